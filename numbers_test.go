// SPDX-License-Identifier: MIT

package stheno_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/gorgonia"
	"github.com/stheno-go/stheno/layers"
)

// withNumbers are the operations that take Go numbers, as functions of one number within
// (0, 1), and the gradient of which some have by their definition.
var withNumbers = map[string]func(x *stheno.Variable, p float64) *stheno.Variable{
	"add":      func(x *stheno.Variable, p float64) *stheno.Variable { return x.Add(p) },
	"sub":      func(x *stheno.Variable, p float64) *stheno.Variable { return x.Sub(p) },
	"mul":      func(x *stheno.Variable, p float64) *stheno.Variable { return x.Mul(p) },
	"div":      func(x *stheno.Variable, p float64) *stheno.Variable { return x.Div(p) },
	"pow":      func(x *stheno.Variable, p float64) *stheno.Variable { return x.Abs().Pow(p + 1) },
	"maximum":  func(x *stheno.Variable, p float64) *stheno.Variable { return x.Maximum(p) },
	"minimum":  func(x *stheno.Variable, p float64) *stheno.Variable { return x.Minimum(p) },
	"compare":  func(x *stheno.Variable, p float64) *stheno.Variable { return x.Mul(x.Gt(p).To(stheno.Float64)) },
	"where":    func(x *stheno.Variable, p float64) *stheno.Variable { return stheno.Where(x.Gt(0), x, p) },
	"clamp":    func(x *stheno.Variable, p float64) *stheno.Variable { return x.Clamp(-p, p/2) },
	"softplus": func(x *stheno.Variable, p float64) *stheno.Variable { return x.Softplus(p, 1+p) },
	"pad":      func(x *stheno.Variable, p float64) *stheno.Variable { return x.Pad(p, 1, 2).Square() },
	"norm":     func(x *stheno.Variable, p float64) *stheno.Variable { return x.Norm(p+2.25, 1) },
	"layer norm": func(x *stheno.Variable, p float64) *stheno.Variable {
		return x.LayerNorm([]int{4}, nil, nil, p).Square()
	},
	"group norm": func(x *stheno.Variable, p float64) *stheno.Variable {
		return x.GroupNorm(2, nil, nil, p).Pow(3)
	},
	"batch norm": func(x *stheno.Variable, p float64) *stheno.Variable {
		s := stheno.BatchNormState{Eps: &p, Momentum: &p, Training: true}
		return x.BatchNorm(s).Pow(3)
	},
	"frozen batch norm": func(x *stheno.Variable, p float64) *stheno.Variable {
		ones := stheno.Ones(4).To(stheno.Float64)
		return x.BatchNorm(stheno.BatchNormState{Eps: &p, Mean: ones, Var: ones})
	},
	"label smoothing": func(x *stheno.Variable, p float64) *stheno.Variable {
		return layers.CrossEntropyLoss{LabelSmoothing: p}.Forward(x, stheno.New([]int64{0, 3, 2}))
	},
	"leaky relu": func(x *stheno.Variable, p float64) *stheno.Variable { return x.LeakyReLU(p) },
	"elu":        func(x *stheno.Variable, p float64) *stheno.Variable { return x.ELU(p) },
	"celu":       func(x *stheno.Variable, p float64) *stheno.Variable { return x.CELU(p) },
	"hardtanh": func(x *stheno.Variable, p float64) *stheno.Variable {
		return x.Hardtanh(-p, p)
	},
	"hardshrink": func(x *stheno.Variable, p float64) *stheno.Variable { return x.Hardshrink(p) },
	"softshrink": func(x *stheno.Variable, p float64) *stheno.Variable { return x.Softshrink(p) },
	"threshold": func(x *stheno.Variable, p float64) *stheno.Variable {
		return x.Threshold(p, 2*p)
	},
	"huber": func(x *stheno.Variable, p float64) *stheno.Variable {
		return x.HuberLoss(x.Mul(0), p)
	},
	"smooth l1": func(x *stheno.Variable, p float64) *stheno.Variable {
		return x.SmoothL1Loss(x.Mul(0), p)
	},
}

// A number that changes compiles nothing again, and both the value and the gradient follow
// it: on every machine the second number gives what it gives a program of its own.
func TestNumbersAreSlots(t *testing.T) {
	data := []float64{0.3, -1.5, 2, 0.1, -0.2, 0.6, 1.7, -2.5, 0.9, -0.05, 0.45, -0.7}
	numbers := []float64{0.125, 0.75, 0.5}
	run := func(name string, p float64) [2][]float64 {
		x := stheno.New(data, 3, 4).WithGrad()
		y := withNumbers[name](x, p)
		dx := stheno.Grad(y.Sum(), x)[0]
		require.NoError(t, stheno.Run(y, dx), name)
		return [2][]float64{floats(t, y), floats(t, dx)}
	}
	for name := range withNumbers {
		for _, machine := range []func(*G.ExprGraph) G.VM{nil, func(g *G.ExprGraph) G.VM { return G.NewTapeMachine(g) }} {
			var fresh [][2][]float64
			for _, p := range numbers {
				gorgonia.SetMachine(machine)
				fresh = append(fresh, run(name, p))
			}
			gorgonia.SetMachine(machine)
			var compiles uint64
			for i, p := range numbers {
				require.Equal(t, fresh[i], run(name, p), "%s of %v", name, p)
				if i == 0 {
					compiles = debug.ReadCacheStats().Compiles
				}
			}
			assert.Equal(t, compiles, debug.ReadCacheStats().Compiles, name)
			for i := range fresh[1:] {
				assert.NotEqual(t, fresh[i], fresh[i+1], "%s does not depend on its number", name)
			}
		}
	}
	gorgonia.SetMachine(nil)
}

func TestDropoutProbabilityIsASlot(t *testing.T) {
	x := stheno.Ones(10_000).WithGrad()
	var compiles uint64
	for i, p := range []float64{0.5, 0.1, 0.9, 1} {
		y := x.Dropout(p)
		x.ZeroGrad()
		require.NoError(t, y.Keep().Sum().Backward())
		if i == 0 {
			compiles = debug.ReadCacheStats().Compiles
		}
		got, err := stheno.Values[float32](y)
		require.NoError(t, err)
		dx, err := stheno.Values[float32](x.Grad())
		require.NoError(t, err)
		assert.Equal(t, got, dx)
		zeros := 0
		for _, v := range got {
			if v == 0 {
				zeros++
			} else {
				assert.InDelta(t, 1/(1-p), v, 1e-5)
			}
		}
		assert.InDelta(t, p, float64(zeros)/1e4, 4*math.Sqrt(p*(1-p)/1e4))
	}
	assert.Equal(t, compiles, debug.ReadCacheStats().Compiles)
}
