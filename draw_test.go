// SPDX-License-Identifier: MIT

package stheno_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
)

// A compiled function that draws random numbers draws others in each run, as it would if it
// were called each time, and what was drawn before is a constant.
func TestCompiledFunctionsDrawAnew(t *testing.T) {
	own := stheno.NewGenerator(7)
	constant := stheno.Randn(4)
	slopes := &layers.RReLU{}
	stheno.Train(slopes)
	for name, f := range map[string]func(x *stheno.Variable) *stheno.Variable{
		"randn":     func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Randn(4)) },
		"rand":      func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Rand(4)) },
		"itself":    func(*stheno.Variable) *stheno.Variable { return stheno.Randn(4) },
		"scaled":    func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Randn(4).Mul(0.1).Add(1)) },
		"float64":   func(x *stheno.Variable) *stheno.Variable { return stheno.Randn(4).To(stheno.Float64).Add(x) },
		"generator": func(x *stheno.Variable) *stheno.Variable { return x.Add(own.Randn(4)) },
		"tensor": func(x *stheno.Variable) *stheno.Variable {
			return x.Add(stheno.Var(own.Uniform(stheno.Float32, -1, 1, 4)))
		},
		"detached": func(x *stheno.Variable) *stheno.Variable { return x.Add(stheno.Randn(4).Detach()) },
		"gradient": func(x *stheno.Variable) *stheno.Variable {
			z := stheno.Randn(4).WithGrad()
			return stheno.Grad(z.Mul(z).Sum(), z)[0].Add(x)
		},
		"rrelu": func(x *stheno.Variable) *stheno.Variable { return slopes.Forward(x.Sub(5)) },
		"weights": func(x *stheno.Variable) *stheno.Variable {
			return x.Reshape(1, 1, 2, 2).Conv2d(stheno.Randn(1, 1, 2, 2), nil, stheno.Conv2dConfig{})
		},
		"dropout": func(*stheno.Variable) *stheno.Variable { return stheno.Ones(64).Dropout(0.5) },
	} {
		p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{f(in[0])} })
		run := func() []float64 {
			out, err := p.Run(t.Context(), stheno.Ones(4))
			require.NoError(t, err, name)
			y, err := stheno.Values[float64](out[0].To(stheno.Float64))
			require.NoError(t, err, name)
			return y
		}
		run()
		stheno.Seed(3)
		own.SetState(3, 0)
		first, second := run(), run()
		require.NotEqual(t, first, second, name)
		stheno.Seed(3)
		own.SetState(3, 0)
		require.Equal(t, first, run(), "%s: the seed decides", name)
		require.Equal(t, second, run(), name)
	}

	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		z := stheno.Randn(3)
		written := stheno.Randn(3)
		if err := written.Assign(stheno.TensorOf([]float32{1, 2, 3})); err != nil {
			t.Error(err)
		}
		return []*stheno.Variable{in[0].Add(constant), z.Sub(z.Detach()), written.Add(in[0].Sum().Mul(0))}
	})
	for range 3 {
		out, err := p.Run(t.Context(), stheno.Zeros(4))
		require.NoError(t, err)
		sthenotest.Close(t, out[0], constant, sthenotest.Tol{})
		sthenotest.Close(t, out[1], stheno.Zeros(3), sthenotest.Tol{})
		sthenotest.Close(t, out[2], stheno.New([]float32{1, 2, 3}), sthenotest.Tol{})
	}
}
