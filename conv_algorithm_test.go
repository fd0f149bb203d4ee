// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/internal/golden/parity"
	"github.com/stheno-go/stheno/trainers/optim"
)

var convAlgorithms = []stheno.ConvAlgorithm{stheno.ConvAuto, stheno.ConvDirect, stheno.ConvWinograd, stheno.ConvNCHW}

// onEachAlgorithm forces every way to compute convolutions in turn.
func onEachAlgorithm(t *testing.T, f func(t *testing.T)) {
	for _, a := range convAlgorithms {
		t.Run(a.String(), func(t *testing.T) {
			defer stheno.SetConvAlgorithm(stheno.SetConvAlgorithm(a))
			f(t)
		})
	}
}

// TestOperationsOfImages compares what may run in blocked memory with PyTorch, whatever
// the algorithm.
func TestOperationsOfImages(t *testing.T) {
	onEachAlgorithm(t, func(t *testing.T) {
		for _, name := range golden.Load(t, "ops").Names() {
			for _, prefix := range []string{"conv2d", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "batch_norm"} {
				if _, ok := parity.Rows[name]; ok && strings.HasPrefix(name, prefix) {
					t.Run(name, func(t *testing.T) {
						for _, lay := range layouts {
							checkOperation(t, name, stheno.Float32, lay)
						}
					})
				}
			}
		}
	})
}

// randomImageNet is a random network of operations on images; the same rand makes the same.
type randomImageNet struct {
	r      *rand.Rand
	params []*V
	size   int
}

func (n *randomImageNet) param(shape ...int) *V {
	fan := 1
	for _, d := range shape[1:] {
		fan *= d
	}
	p := stheno.Var(stheno.NewGenerator(n.r.Uint64()).Normal(stheno.Float32, 0, 1/math.Sqrt(float64(fan)), shape...)).WithGrad()
	n.params = append(n.params, p)
	return p
}

// grow applies one random operation; others of the values so far have a share in it.
func (n *randomImageNet) grow(list []*V) *V {
	x := list[n.r.IntN(len(list))]
	c, h := x.Dim(1), x.Dim(2)
	switch n.r.IntN(16) {
	case 0, 1, 2:
		out := []int{3, 8, 16, 20, 32, 33}[n.r.IntN(6)]
		k := []int{1, 3, 3, 5}[n.r.IntN(4)]
		cfg := stheno.Conv2dConfig{Padding: [2]int{k / 2, k / 2}, Stride: [2]int{1 + n.r.IntN(2), 1 + n.r.IntN(2)}}
		var bias *V
		if n.r.IntN(2) == 0 {
			bias = n.param(out)
		}
		return x.Conv2d(n.param(out, c, k, k), bias, cfg)
	case 3:
		return x.Conv2d(n.param(c, 1, 3, 3), nil, stheno.Conv2dConfig{Padding: [2]int{1, 1}, Groups: c})
	case 4, 5:
		s := stheno.BatchNormState{Weight: n.param(c), Bias: n.param(c), Eps: new(1e-5), Training: true}
		if n.r.IntN(2) == 0 {
			s.Mean, s.Var, s.Training = stheno.Full(0.25, c), stheno.Full(1.5, c), false
		}
		return x.BatchNorm(s)
	case 6, 7:
		return x.ReLU()
	case 8, 9:
		for _, y := range list { // a residual
			if y != x && y.Shape().String() == x.Shape().String() {
				return x.Add(y)
			}
		}
		return x.Mul(2)
	case 10:
		if h < 3 || x.Dim(3) < 3 {
			return x.Tanh()
		}
		return x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: [2]int{1, 1}})
	case 11:
		return x.Mul(x.AdaptiveAvgPool2d(1, 1).Sigmoid()) // squeeze and excitation
	case 12:
		return stheno.Cat(1, x, x.Neg())
	case 13: // the parameter-free shortcut of CIFAR's ResNets
		return x.Slice(2, 0, h, 2).Slice(3, 0, x.Dim(3), 2).Pad(0, 0, 0, 0, 0, 4, 8)
	case 14:
		return x.Pad(0, 1, 0, 0, 2)
	default:
		return x.Slice(1, c/3, c, 1).Add(n.r.Float64())
	}
}

func (n *randomImageNet) loss(x *V) *V {
	list := []*V{x}
	for range n.size {
		list = append(list, n.grow(list[max(0, len(list)-4):]))
	}
	loss := list[len(list)-1].Mul(list[len(list)-1]).Mean()
	for _, y := range list[max(0, len(list)-4):] {
		loss = loss.Add(y.AdaptiveAvgPool2d(1, 1).Tanh().Mean())
	}
	return loss
}

// TestRandomImageNetsAgree runs random networks in every algorithm: what the plan keeps
// in blocked memory must not be seen.
func TestRandomImageNetsAgree(t *testing.T) {
	count := 60
	if testing.Short() {
		count = 20
	}
	for seed := range count {
		run := func(a stheno.ConvAlgorithm) (name []string, values []*stheno.Tensor) {
			defer stheno.SetConvAlgorithm(stheno.SetConvAlgorithm(a))
			n := &randomImageNet{r: rand.New(rand.NewPCG(uint64(seed), 1)), size: 3 + seed%12}
			x := stheno.Var(stheno.NewGenerator(uint64(seed)).Normal(stheno.Float32, 0, 1, 2+seed%2, []int{3, 16, 19}[seed%3], 9+seed%5, 11)).WithGrad()
			loss := n.loss(x)
			require.NoError(t, loss.Backward(), "net %d", seed)
			for i, v := range append(n.params, x) {
				if g := v.Grad(); g != nil {
					name, values = append(name, fmt.Sprintf("gradient %d", i)), append(values, must(g.Tensor()))
				}
			}
			// Without gradients other fusions apply.
			p := stheno.Compile(func(in ...*V) []*V {
				m := &randomImageNet{r: rand.New(rand.NewPCG(uint64(seed), 1)), size: n.size}
				return []*V{m.loss(in[0])}
			})
			out, err := p.Run(context.Background(), x.Detach())
			require.NoError(t, err)
			return append(name, "loss", "compiled loss"), append(values, must(loss.Tensor()), must(out[0].Tensor()))
		}
		_, want := run(stheno.ConvNCHW)
		for _, a := range convAlgorithms[:3] {
			names, got := run(a)
			require.Len(t, got, len(want))
			for i := range want {
				scale, diff := 1e-3, 0.0
				g := got[i].Floats()
				for j, w := range want[i].Floats() {
					scale = max(scale, math.Abs(w))
					diff = max(diff, math.Abs(w-g[j]))
				}
				assert.LessOrEqual(t, diff, 5e-4*scale, "net %d, %v, %s", seed, a, names[i])
			}
		}
	}
}

// TestPackedWeightsFollow changes weights in every way there is: a program must never
// compute with what was packed of the old ones.
func TestPackedWeightsFollow(t *testing.T) {
	g := stheno.NewGenerator(4)
	x := stheno.Var(g.Normal(stheno.Float32, 0, 1, 1, 32, 12, 12))
	w := stheno.NewParameter(g.Normal(stheno.Float32, 0, 0.1, 32, 32, 3, 3))
	variance := stheno.NewBuffer(must(stheno.Full(2, 32).Tensor()))
	state := stheno.BatchNormState{Mean: stheno.NewBuffer(must(stheno.Full(0, 32).Tensor())), Var: variance, Eps: new(1e-5), Momentum: new(0.5)}
	f := func(x *V) *V {
		return x.Conv2d(w, nil, stheno.Conv2dConfig{Padding: [2]int{1, 1}}).BatchNorm(state).ReLU()
	}
	p := stheno.Compile(func(in ...*V) []*V { return []*V{f(in[0])} })
	var last []float64
	check := func(what string) {
		t.Helper()
		out, err := p.Run(context.Background(), x)
		require.NoError(t, err)
		got := must(out[0].Tensor()).Floats()
		recorded := must(f(x).Tensor()).Floats()
		defer stheno.SetConvAlgorithm(stheno.SetConvAlgorithm(stheno.ConvNCHW))
		want := must(f(x).Tensor()).Floats()
		require.InDeltaSlice(t, want, got, 1e-4, what)
		require.InDeltaSlice(t, want, recorded, 1e-4, what)
		require.False(t, slices.Equal(last, want), "%s changed nothing", what)
		last = want
	}
	check("nothing yet")
	require.Contains(t, p.Plan(), "kept")
	require.NoError(t, stheno.LoadStateDict(holder{w}, []stheno.NamedTensor{{Name: "w", Tensor: g.Normal(stheno.Float32, 0, 0.1, 32, 32, 3, 3)}}))
	check("LoadStateDict")
	require.NoError(t, f(x).Sum().Backward())
	require.NoError(t, optim.NewSGD([]*V{w}, 0.1, optim.SGDConfig{}).Step())
	check("an optimizer")
	state.Training = true
	require.NoError(t, stheno.Run(f(x)))
	state.Training = false
	check("the running statistics")
}

type holder struct{ W *V }
