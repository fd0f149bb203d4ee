// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

type vars = []*stheno.Variable

// noisy returns a Program of one input that f draws for.
func noisy(f func(x *stheno.Variable) *stheno.Variable) *stheno.Program {
	return stheno.Compile(func(in ...*stheno.Variable) vars { return vars{f(in[0])} })
}

func runs(t *testing.T, p *stheno.Program, x *stheno.Variable) []float32 {
	t.Helper()
	out, err := p.Run(context.Background(), x)
	require.NoError(t, err)
	return draws(t, out[0])
}

// TestCompiledDraws: what a compiled function draws differs from run to run, and is the
// same after the same Seed, in the first run and in later ones.
func TestCompiledDraws(t *testing.T) {
	defer stheno.Seed(0)
	before := stheno.NewGenerator(3)
	rrelu := &layers.RReLU{}
	for name, f := range map[string]func(x *stheno.Variable) *stheno.Variable{
		"randn":    func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Randn(x.Shape()...)) },
		"rand":     func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Rand(x.Shape()...)) },
		"alone":    func(x *stheno.Variable) *stheno.Variable { return stheno.Randn(x.Shape()...) },
		"weight":   func(x *stheno.Variable) *stheno.Variable { return x.MatMul(stheno.Randn(8, 8)) },
		"grad":     func(x *stheno.Variable) *stheno.Variable { return x.MatMul(stheno.Randn(8, 8).WithGrad()) },
		"detached": func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Randn(8, 8).Mul(2).Detach()) },
		"cast":     func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Rand(8, 8).Lt(0.5).To(stheno.Float32)) },
		"tensor":   func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.FromTensor(layers.Normal(0, 1, 8, 8))) },
		"reshaped": func(x *stheno.Variable) *stheno.Variable {
			return x.Add(stheno.FromTensor(layers.Normal(0, 1, 64).Clone().Reshape(8, 8)))
		},
		"generator": func(x *stheno.Variable) *stheno.Variable { return x.Add(before.Randn(x.Shape()...)) },
		"dropout":   func(x *stheno.Variable) *stheno.Variable { return x.Dropout(0.5) },
		"rrelu":     func(x *stheno.Variable) *stheno.Variable { return rrelu.Forward(x.Neg()) },
		"isolated": func(x *stheno.Variable) (y *stheno.Variable) {
			stheno.Isolated(func(*stheno.Generator) { y = x.Add(stheno.Randn(8, 8)) })
			return y
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, x := noisy(f), stheno.Ones(8, 8)
			seed := func(n uint64) { stheno.Seed(n); before.SetState(n, 0) }
			seed(5)
			a, b := runs(t, p, x), runs(t, p, x)
			require.NotEqual(t, a, b)
			seed(5)
			if name != "isolated" {
				require.Equal(t, a, runs(t, p, x), "the first run after the same seed")
				require.Equal(t, b, runs(t, p, x))
			}
			seed(6)
			other := runs(t, p, x)
			seed(5)
			require.NotEqual(t, other, runs(t, p, x), "another seed")
			require.NotEqual(t, runs(t, p, stheno.Ones(8, 8)), runs(t, p, stheno.Ones(8, 8)))
		})
	}
}

// TestCompiledDrawValues: a compiled draw is what the function draws when it is called.
func TestCompiledDrawValues(t *testing.T) {
	defer stheno.Seed(0)
	f := func(x *stheno.Variable) *stheno.Variable {
		return x.Mul(stheno.Randn(1000).Mul(3)).Add(stheno.FromTensor(stheno.DefaultGenerator().Uniform(stheno.Float32, 2, 5, 1000)))
	}
	x := stheno.Ones(1000)
	stheno.Seed(9)
	want := draws(t, f(x))
	stheno.Seed(9)
	require.Equal(t, want, runs(t, noisy(f), x))
	sum := 0.0
	for _, v := range want {
		sum += float64(v)
	}
	require.Less(t, math.Abs(sum/1000-3.5), 0.5)
}

// TestCompiledConstants: what is not drawn by the function's own draws stays.
func TestCompiledConstants(t *testing.T) {
	defer stheno.Seed(0)
	noise := stheno.Randn(8)
	var layer *layers.Linear
	for name, f := range map[string]func(x *stheno.Variable) *stheno.Variable{
		"before": func(x *stheno.Variable) *stheno.Variable { return x.Add(noise) },
		"own":    func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.NewGenerator(1).Randn(8)) },
		"seed":   func(x *stheno.Variable) *stheno.Variable { stheno.Seed(3); return x.Add(stheno.Randn(8)).Dropout(0.5) },
		"layer": func(x *stheno.Variable) *stheno.Variable {
			if layer == nil {
				layer = layers.NewLinear(8, 8)
			}
			return layer.Forward(x.Reshape(1, 8))
		},
		"buffer": func(x *stheno.Variable) *stheno.Variable {
			return x.Add(stheno.NewBuffer(layers.Normal(0, 1, 8)))
		},
	} {
		p, x := noisy(f), stheno.Ones(8)
		require.Equal(t, runs(t, p, x), runs(t, p, x), name)
	}
	weight, err := stheno.Values[float32](layer.Weight)
	require.NoError(t, err)
	require.NotEqual(t, weight[:8], weight[8:16])

	x, n := stheno.Ones(8), 0
	p := noisy(func(x *stheno.Variable) *stheno.Variable { // one draw, two leaves
		noise := layers.Normal(0, 1, 8)
		n++
		return stheno.FromTensor(noise).Sub(stheno.FromTensor(noise.Reshape(2, 4)).Reshape(8))
	})
	for range 3 {
		require.Equal(t, make([]float32, 8), runs(t, p, x))
	}
	require.Equal(t, 1, n, "recorded once")
}

// TestCompiledDrawErrors: what no run can follow is an error.
func TestCompiledDrawErrors(t *testing.T) {
	x := stheno.Ones(8)
	fails := func(f func(x *stheno.Variable) *stheno.Variable) {
		t.Helper()
		_, err := noisy(f).Run(context.Background(), x)
		require.Error(t, err)
	}
	fails(func(x *stheno.Variable) *stheno.Variable { // read
		v, err := stheno.Randn(8).Mul(2).Sum().Item()
		if err != nil {
			return stheno.Failed("f", err, "read")
		}
		return x.Mul(v)
	})
	fails(func(x *stheno.Variable) *stheno.Variable { // written
		n := layers.Normal(0, 1, 8)
		data, _ := stheno.Data[float32](n)
		data[0] = 7
		return x.Add(stheno.FromTensor(n))
	})
	var escaped *stheno.Variable
	_, err := noisy(func(x *stheno.Variable) *stheno.Variable { escaped = stheno.Randn(8); return x.Add(escaped) }).Run(context.Background(), x)
	require.NoError(t, err)
	_, err = stheno.Values[float32](escaped)
	require.ErrorIs(t, err, stheno.ErrFreed)
	fails(func(x *stheno.Variable) *stheno.Variable { return x.Add(escaped) })
}

// TestCompiledDrawsShared: goroutines that run a Program get draws of their own, and shapes
// have each their own form.
func TestCompiledDrawsShared(t *testing.T) {
	defer stheno.Seed(0)
	p := noisy(func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Randn(x.Shape()...)) })
	seen := map[float32]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for k := range 8 {
				out, err := p.Run(context.Background(), stheno.Ones(1+(i+k)%3))
				if err != nil {
					t.Error(err)
					return
				}
				v, err := stheno.Values[float32](out[0])
				mu.Lock()
				if err != nil || seen[v[0]] {
					t.Errorf("%v is drawn twice, or %v", v, err)
				}
				seen[v[0]] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Len(t, seen, 32)
}
