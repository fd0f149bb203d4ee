// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/internal/storage"
)

type params = []*stheno.Variable

// optimizers has a row for every case of the fixture.
var optimizers = map[string]func(p params) Optimizer{
	"sgd":                func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1}) },
	"sgd_momentum":       func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9}) },
	"sgd_nesterov":       func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, Nesterov: true}) },
	"sgd_dampening":      func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, Dampening: 0.1}) },
	"sgd_decay":          func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, WeightDecay: 0.01}) },
	"sgd_momentum_decay": func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, WeightDecay: 0.01}) },
	"sgd_nesterov_decay": func(p params) Optimizer {
		return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 0.01})
	},
	"sgd_maximize": func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, Maximize: true}) },
	"adam":         func(p params) Optimizer { return NewAdam(p, AdamConfig{LR: 0.01}) },
	"adam_betas_eps": func(p params) Optimizer {
		return NewAdam(p, AdamConfig{LR: 0.01, Betas: [2]float64{0.8, 0.95}, Eps: 1e-3})
	},
	"adam_decay":    func(p params) Optimizer { return NewAdam(p, AdamConfig{LR: 0.01, WeightDecay: 0.1}) },
	"adam_amsgrad":  func(p params) Optimizer { return NewAdam(p, AdamConfig{LR: 0.01, AMSGrad: true}) },
	"adam_maximize": func(p params) Optimizer { return NewAdam(p, AdamConfig{LR: 0.01, Maximize: true}) },
	"adamw":         func(p params) Optimizer { return NewAdamW(p, AdamConfig{LR: 0.01, WeightDecay: 0.1}) },
	"adamw_amsgrad": func(p params) Optimizer { return NewAdamW(p, AdamConfig{LR: 0.01, WeightDecay: 0.1, AMSGrad: true}) },
	"adamw_betas_eps": func(p params) Optimizer {
		return NewAdamW(p, AdamConfig{LR: 0.01, Betas: [2]float64{0.8, 0.95}, Eps: 1e-3})
	},
	"adamw_maximize": func(p params) Optimizer { return NewAdamW(p, AdamConfig{LR: 0.01, WeightDecay: 0.1, Maximize: true}) },
	"rmsprop_eps":    func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01, Eps: 1e-2}) },
	"rmsprop_maximize": func(p params) Optimizer {
		return NewRMSprop(p, RMSpropConfig{LR: 0.01, Centered: true, Momentum: 0.5, WeightDecay: 0.1, Maximize: true})
	},
	"adagrad_eps": func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1, Eps: 1e-2}) },
	"adagrad_maximize": func(p params) Optimizer {
		return NewAdagrad(p, AdagradConfig{LR: 0.1, LRDecay: 0.05, WeightDecay: 0.1, Maximize: true})
	},
	"rmsprop":             func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01}) },
	"rmsprop_alpha_decay": func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01, Alpha: 0.9, WeightDecay: 0.1}) },
	"rmsprop_momentum":    func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01, Momentum: 0.9}) },
	"rmsprop_centered":    func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01, Centered: true}) },
	"rmsprop_centered_momentum": func(p params) Optimizer {
		return NewRMSprop(p, RMSpropConfig{LR: 0.01, Centered: true, Momentum: 0.9})
	},
	"adagrad":          func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1}) },
	"adagrad_lr_decay": func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1, LRDecay: 0.05}) },
	"adagrad_initial":  func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1, InitialAccumulator: 0.5}) },
	"adagrad_decay":    func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1, WeightDecay: 0.1}) },
}

func TestEveryFixtureHasARow(t *testing.T) {
	for _, name := range golden.Load(t, "optim").Names() {
		if name != "init" && name != "grads" {
			require.NotNil(t, optimizers[name], name)
		}
	}
}

// TestOptimizersEqualTorch steps 100 times with the fixture's gradients. The tolerance
// is relative to the largest element: rounding errors of the steps add up in it.
func TestOptimizersEqualTorch(t *testing.T) {
	for name, make := range optimizers {
		t.Run(name+"/f32", func(t *testing.T) { equalTorch[float32](t, name, "f32", make, 1e-6) })
		t.Run(name+"/f64", func(t *testing.T) { equalTorch[float64](t, name, "f64", make, 1e-12) })
	}
}

func TestLoadedStateGoesOnWithTheSameBits(t *testing.T) {
	for name, make := range optimizers {
		t.Run(name+"/f32", func(t *testing.T) { goesOn[float32](t, "f32", make) })
		t.Run(name+"/f64", func(t *testing.T) { goesOn[float64](t, "f64", make) })
	}
}

// load returns fresh parameters p0 and p1 of the fixture.
func load[T float32 | float64](t *testing.T, dt string) params {
	f := golden.Load(t, "optim")
	var list params
	for _, key := range keys {
		g := f.Get(t, "init/"+dt+"/"+key)
		list = append(list, stheno.NewParameter(stheno.TensorOf(elements[T](t, g), g.Shape...)))
	}
	return list
}

var keys = []string{"p0", "p1"}

func elements[T float32 | float64](t *testing.T, g *golden.Tensor) []T {
	out := make([]T, g.Len())
	for i, v := range g.Float64s(t) {
		out[i] = T(v)
	}
	return out
}

// feed gives the parameters the gradients of a step, counted from 0.
func feed[T float32 | float64](t *testing.T, list params, dt string, step int) {
	f := golden.Load(t, "optim")
	for i, p := range list {
		all := elements[T](t, f.Get(t, "grads/"+dt+"/"+keys[i]))
		setGrad(p, all[step*p.Size():(step+1)*p.Size()])
	}
}

func setGrad[T float32 | float64](p *stheno.Variable, g []T) {
	x := access.Node(p).Extra()
	x.GradData, x.HasGrad = storage.Of(g), true
}

func values[T float32 | float64](t *testing.T, v *stheno.Variable) []T {
	t.Helper()
	got, err := stheno.Values[T](v)
	require.NoError(t, err)
	return got
}

// near compares relative to the largest element.
func near(t *testing.T, want, got []float64, tol float64, what string) {
	t.Helper()
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	require.Len(t, got, len(want), what)
	for i := range want {
		require.InDelta(t, want[i], got[i], tol*scale, "%s element %d", what, i)
	}
}

func equalTorch[T float32 | float64](t *testing.T, name, dt string, make func(params) Optimizer, tol float64) {
	f := golden.Load(t, "optim")
	list := load[T](t, dt)
	opt := make(list)
	compared := 0
	for n := 1; n <= 100; n++ {
		feed[T](t, list, dt, n-1)
		require.NoError(t, opt.Step())
		for i, key := range keys {
			if key = fmt.Sprintf("%s/%s/step%d/%s", name, dt, n, key); f.Has(key) {
				x, err := list[i].Tensor()
				require.NoError(t, err)
				near(t, f.Get(t, key).Float64s(t), x.Floats(), tol, key)
				compared++
			}
		}
	}
	require.Equal(t, 6, compared, "steps 1, 10 and 100 of two parameters")
	state := map[string]*stheno.Tensor{}
	for _, e := range opt.State() {
		state[e.Name] = e.Tensor
	}
	for i, key := range keys {
		for _, path := range f.Keys(name + "/" + dt + "/state100/" + key + "/") {
			slot := path[strings.LastIndexByte(path, '/')+1:]
			got := state[fmt.Sprintf("state.param_%d.%s", i, slot)]
			require.NotNil(t, got, "torch keeps %s", path)
			near(t, f.Get(t, path).Float64s(t), got.Floats(), tol, path)
			if slot != "step" {
				require.Equal(t, list[i].Shape(), got.Shape(), path)
				require.Equal(t, list[i].DType(), got.DType(), path)
			}
		}
	}
}

func goesOn[T float32 | float64](t *testing.T, dt string, make func(params) Optimizer) {
	list := load[T](t, dt)
	opt := make(list)
	run := func(list params, opt Optimizer, from, to int) {
		for step := from; step < to; step++ {
			feed[T](t, list, dt, step)
			require.NoError(t, opt.Step())
		}
	}
	run(list, opt, 0, 7)
	opt.SetLR(opt.LR() / 2)
	state := opt.State()
	var copies params
	for _, p := range list {
		x, err := p.Tensor()
		require.NoError(t, err)
		copies = append(copies, stheno.NewParameter(x))
	}
	run(list, opt, 7, 12)
	path := filepath.Join(t.TempDir(), "optimizer.safetensors")
	require.NoError(t, stheno.SaveState(path, state))
	state, err := stheno.LoadState(path)
	require.NoError(t, err)
	again := make(copies)
	require.NoError(t, again.LoadState(state))
	run(copies, again, 7, 12)
	for i := range list {
		require.Equal(t, values[T](t, list[i]), values[T](t, copies[i]))
	}
	require.Equal(t, plain(opt.State()), plain(again.State()))
}
