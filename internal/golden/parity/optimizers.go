// SPDX-License-Identifier: MIT

package parity

import (
	"fmt"
	"math"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/trainers/optim"
)

// Optimizers has a row for every case of the fixture.
var Optimizers = map[string]func(p []*V) optim.Optimizer{
	"sgd":          func(p []*V) optim.Optimizer { return optim.NewSGD(p, 0.1, optim.SGDConfig{}) },
	"sgd_momentum": func(p []*V) optim.Optimizer { return optim.NewSGD(p, 0.1, optim.SGDConfig{Momentum: 0.9}) },
	"sgd_nesterov": func(p []*V) optim.Optimizer {
		return optim.NewSGD(p, 0.1, optim.SGDConfig{Momentum: 0.9, Nesterov: true})
	},
	"sgd_dampening": func(p []*V) optim.Optimizer {
		return optim.NewSGD(p, 0.1, optim.SGDConfig{Momentum: 0.9, Dampening: 0.1})
	},
	"sgd_decay": func(p []*V) optim.Optimizer { return optim.NewSGD(p, 0.1, optim.SGDConfig{WeightDecay: 0.01}) },
	"sgd_momentum_decay": func(p []*V) optim.Optimizer {
		return optim.NewSGD(p, 0.1, optim.SGDConfig{Momentum: 0.9, WeightDecay: 0.01})
	},
	"sgd_nesterov_decay": func(p []*V) optim.Optimizer {
		return optim.NewSGD(p, 0.1, optim.SGDConfig{Momentum: 0.9, Nesterov: true, WeightDecay: 0.01})
	},
	"sgd_maximize": func(p []*V) optim.Optimizer {
		return optim.NewSGD(p, 0.1, optim.SGDConfig{Momentum: 0.9, Maximize: true})
	},
	"adam": func(p []*V) optim.Optimizer { return optim.NewAdam(p, 0.01, optim.AdamConfig{}) },
	"adam_betas_eps": func(p []*V) optim.Optimizer {
		return optim.NewAdam(p, 0.01, optim.AdamConfig{Betas: &[2]float64{0.8, 0.95}, Eps: new(1e-3)})
	},
	"adam_decay":    func(p []*V) optim.Optimizer { return optim.NewAdam(p, 0.01, optim.AdamConfig{WeightDecay: new(0.1)}) },
	"adam_amsgrad":  func(p []*V) optim.Optimizer { return optim.NewAdam(p, 0.01, optim.AdamConfig{AMSGrad: true}) },
	"adam_maximize": func(p []*V) optim.Optimizer { return optim.NewAdam(p, 0.01, optim.AdamConfig{Maximize: true}) },
	"adamw":         func(p []*V) optim.Optimizer { return optim.NewAdamW(p, 0.01, optim.AdamConfig{WeightDecay: new(0.1)}) },
	"adamw_amsgrad": func(p []*V) optim.Optimizer {
		return optim.NewAdamW(p, 0.01, optim.AdamConfig{WeightDecay: new(0.1), AMSGrad: true})
	},
	"adamw_betas_eps": func(p []*V) optim.Optimizer {
		return optim.NewAdamW(p, 0.01, optim.AdamConfig{Betas: &[2]float64{0.8, 0.95}, Eps: new(1e-3)})
	},
	"adamw_maximize": func(p []*V) optim.Optimizer {
		return optim.NewAdamW(p, 0.01, optim.AdamConfig{WeightDecay: new(0.1), Maximize: true})
	},
	"rmsprop_eps": func(p []*V) optim.Optimizer { return optim.NewRMSprop(p, 0.01, optim.RMSpropConfig{Eps: new(1e-2)}) },
	"rmsprop_maximize": func(p []*V) optim.Optimizer {
		return optim.NewRMSprop(p, 0.01, optim.RMSpropConfig{Centered: true, Momentum: 0.5, WeightDecay: 0.1, Maximize: true})
	},
	"adagrad_eps": func(p []*V) optim.Optimizer { return optim.NewAdagrad(p, 0.1, optim.AdagradConfig{Eps: new(1e-2)}) },
	"adagrad_maximize": func(p []*V) optim.Optimizer {
		return optim.NewAdagrad(p, 0.1, optim.AdagradConfig{LRDecay: 0.05, WeightDecay: 0.1, Maximize: true})
	},
	"rmsprop": func(p []*V) optim.Optimizer { return optim.NewRMSprop(p, 0.01, optim.RMSpropConfig{}) },
	"rmsprop_alpha_decay": func(p []*V) optim.Optimizer {
		return optim.NewRMSprop(p, 0.01, optim.RMSpropConfig{Alpha: new(0.9), WeightDecay: 0.1})
	},
	"rmsprop_momentum": func(p []*V) optim.Optimizer { return optim.NewRMSprop(p, 0.01, optim.RMSpropConfig{Momentum: 0.9}) },
	"rmsprop_centered": func(p []*V) optim.Optimizer {
		return optim.NewRMSprop(p, 0.01, optim.RMSpropConfig{Centered: true})
	},
	"rmsprop_centered_momentum": func(p []*V) optim.Optimizer {
		return optim.NewRMSprop(p, 0.01, optim.RMSpropConfig{Centered: true, Momentum: 0.9})
	},
	"sgd_one_cycle": func(p []*V) optim.Optimizer {
		return optim.NewSGD(p, 0.1, optim.SGDConfig{Momentum: 0.9, Nesterov: true})
	},
	"adamw_one_cycle":   func(p []*V) optim.Optimizer { return optim.NewAdamW(p, 0.1, optim.AdamConfig{WeightDecay: new(0.1)}) },
	"rmsprop_one_cycle": func(p []*V) optim.Optimizer { return optim.NewRMSprop(p, 0.1, optim.RMSpropConfig{Momentum: 0.9}) },
	"adagrad":           func(p []*V) optim.Optimizer { return optim.NewAdagrad(p, 0.1, optim.AdagradConfig{}) },
	"adagrad_lr_decay":  func(p []*V) optim.Optimizer { return optim.NewAdagrad(p, 0.1, optim.AdagradConfig{LRDecay: 0.05}) },
	"adagrad_initial": func(p []*V) optim.Optimizer {
		return optim.NewAdagrad(p, 0.1, optim.AdagradConfig{InitialAccumulator: 0.5})
	},
	"adagrad_decay": func(p []*V) optim.Optimizer {
		return optim.NewAdagrad(p, 0.1, optim.AdagradConfig{WeightDecay: 0.1})
	},
}

// cycle is how the rows end whose rate, and momentum if they have one, go through a cycle.
const cycle = "_one_cycle"

// Optimizer steps 100 times with the fixture's gradients and compares the parameters after
// 1, 10 and 100 steps and the state after those. Differences are relative to the largest
// element: rounding errors of the steps add up in it.
func Optimizer(name string, dtype stheno.DType) *Check {
	c := &Check{Group: "optimizers", Case: name, DType: dtype, Bound: 1e-6}
	if dtype == stheno.Float64 {
		c.Bound = 1e-12
	}
	if err := c.steps(); err != nil {
		return c.fail(err)
	}
	return c
}

func (c *Check) steps() error {
	f, err := golden.Open(fixtureOf(c.Case))
	if err != nil {
		return err
	}
	list, err := Parameters(c.Case, c.DType)
	if err != nil {
		return err
	}
	make, ok := Optimizers[c.Case]
	if !ok {
		return fmt.Errorf("no optimizer %q", c.Case)
	}
	opt := make(list)
	own := c.Case + "/" + short(c.DType) + "/"
	config := optim.OneCycleConfig{Epochs: 101}
	rate, momentum := optim.OneCycle(config), optim.OneCycleMomentum(config)
	compared := 0
	for n := 1; n <= 100; n++ {
		if err := Feed(list, c.DType, n-1); err != nil {
			return err
		}
		if strings.HasSuffix(c.Case, cycle) {
			optim.Apply(opt, rate, n-1, 1)
			if _, ok := opt.(optim.Momentum); ok {
				if err := optim.ApplyMomentum(opt, momentum, n-1, 1); err != nil {
					return err
				}
			}
		}
		if err := opt.Step(); err != nil {
			return err
		}
		for i, p := range list {
			want := f.Find(fmt.Sprintf("%sstep%d/p%d", own, n, i))
			if want == nil {
				continue
			}
			x, err := p.Tensor()
			if err != nil {
				return err
			}
			c.toLargest(want.Name, x, want)
			compared++
		}
	}
	if compared != 6 {
		return fmt.Errorf("the fixture has %d parameters, not those of steps 1, 10 and 100", compared)
	}
	state := map[string]*stheno.Tensor{}
	for _, e := range opt.State() {
		state[e.Name] = e.Tensor
	}
	for i := range list {
		for _, key := range f.Keys(fmt.Sprintf("%sstate100/p%d/", own, i)) {
			slot := key[strings.LastIndexByte(key, '/')+1:]
			got, want := state[fmt.Sprintf("state.param_%d.%s", i, slot)], f.Find(key)
			if got == nil {
				return fmt.Errorf("PyTorch keeps %s", key)
			}
			if slot != "step" && (got.DType() != c.DType || got.Shape().String() != tensorOf(want).Shape().String()) {
				return fmt.Errorf("%s is %v %v", key, got.DType(), got.Shape())
			}
			c.toLargest(key, got, want)
		}
	}
	return nil
}

// toLargest compares relative to the largest element.
func (c *Check) toLargest(what string, got *stheno.Tensor, want *golden.Tensor) {
	w := tensorOf(want).Floats()
	if got.Size() != len(w) {
		c.fail(fmt.Errorf("%s has %d elements, not %d", what, got.Size(), len(w)))
		return
	}
	largest := 0.0
	for _, v := range w {
		largest = max(largest, math.Abs(v))
	}
	c.numbers(what, got.Floats(), w, func(float64) float64 { return largest })
}

// fixtureOf returns the file that has the case.
func fixtureOf(name string) string {
	if _, more := optimizersMore[name]; more {
		return "optim_more"
	}
	return "optim"
}

// Parameters returns new parameters as the fixture optim has them, for that optimizer.
func Parameters(name string, dtype stheno.DType) ([]*V, error) {
	f, err := golden.Open("optim")
	if err != nil {
		return nil, err
	}
	var list []*V
	for _, key := range f.Keys("init/" + short(dtype) + "/") {
		t := tensorOf(f.Find(key))
		if strings.HasPrefix(name, "muon") { // of matrices only, one of them tall
			t = t.Reshape(map[int][]int{12: {4, 3}, 5: {1, 5}}[t.Size()]...)
		}
		list = append(list, stheno.NewParameter(t))
	}
	return list, nil
}

// Feed gives those parameters the gradients of a step, counted from 0.
func Feed(list []*V, dtype stheno.DType, step int) error {
	f, err := golden.Open("optim")
	if err != nil {
		return err
	}
	for i, p := range list {
		all := stheno.FromTensor(tensorOf(f.Find(fmt.Sprintf("grads/%s/p%d", short(dtype), i))))
		g, err := all.Select(0, step).Tensor()
		if err != nil {
			return err
		}
		b, _ := access.Tensor(g)
		access.Node(p).SetGradient(b)
	}
	return nil
}
