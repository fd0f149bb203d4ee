// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// AdagradConfig holds the settings of [Adagrad]. The zero value is torch's default.
type AdagradConfig struct {
	LRDecay            float64
	WeightDecay        float64
	InitialAccumulator float64
	Eps                *float64 // nil: 1e-10
	Maximize           bool
	Groups             []GroupConfig // instead of a list of parameters
}

// Adagrad divides the gradient by the root of the sum of its squares so far
// (torch.optim.Adagrad; Duchi et al., 2011). In step n
//
//	g += decay * p
//	s += g²
//	p -= lr/(1+(n-1)*lrDecay) * g / (√s + eps)
type Adagrad struct{ base }

// NewAdagrad returns an optimizer of params with the learning rate lr; torch's default is
// 1e-2.
func NewAdagrad(params []*stheno.Variable, lr float64, c AdagradConfig) *Adagrad {
	return &Adagrad{newBase(&adagrad{c, orDefault(c.Eps, 1e-10)}, params, c.Groups, common{lr, c.WeightDecay})}
}

type adagrad struct {
	AdagradConfig
	eps float64
}

func (o *adagrad) name() string { return "Adagrad" }

func (o *adagrad) check() error {
	return first(want("lr_decay value", o.LRDecay),
		want("initial_accumulator_value value", o.InitialAccumulator), want("epsilon value", o.eps))
}

func (o *adagrad) slots() []string { return []string{"sum"} }

func (o *adagrad) first(string) float64 { return o.InitialAccumulator }

func (o *adagrad) step32(u *Update[float32]) { adagradStep(o, u) }
func (o *adagrad) step64(u *Update[float64]) { adagradStep(o, u) }

func adagradStep[T kernels.Float](o *adagrad, u *Update[T]) {
	kernels.AdagradStep(&kernels.Adagrad{
		LR: u.LR, LRDecay: o.LRDecay, WeightDecay: u.WeightDecay, Eps: o.eps, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.Step)
}
