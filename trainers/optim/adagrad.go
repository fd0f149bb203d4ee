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
	Groups             []GroupConfig // instead of params
}

// Adagrad divides the gradient by the square root of the sum of its past squares
// (torch.optim.Adagrad; Duchi et al., 2011). Step n computes
//
//	g += decay * p
//	s += g²
//	p -= lr/(1+(n-1)*lrDecay) * g / (√s + eps)
type Adagrad struct{ base }

// NewAdagrad returns an optimizer of params with the learning rate lr. Torch's default is 1e-2.
func NewAdagrad(params []*stheno.Variable, lr float64, c AdagradConfig) *Adagrad {
	return &Adagrad{newBase(&adagrad{c, orDefault(c.Eps, 1e-10)}, params, c.Groups, common{lr, c.WeightDecay})}
}

type adagrad struct {
	AdagradConfig
	eps float64
}

func (o *adagrad) name() string { return "Adagrad" }

func (o *adagrad) check() error {
	return firstError(nonNegative("lr_decay value", o.LRDecay),
		nonNegative("initial_accumulator_value value", o.InitialAccumulator), nonNegative("epsilon value", o.eps))
}

func (o *adagrad) slots(shape stheno.Shape, _ float64) []slot {
	return []slot{{"sum", shape, o.InitialAccumulator}}
}

func (o *adagrad) step32(u *Update[float32]) { adagradStep(o, u) }
func (o *adagrad) step64(u *Update[float64]) { adagradStep(o, u) }

func adagradStep[T kernels.Float](o *adagrad, u *Update[T]) {
	kernels.AdagradStep(&kernels.Adagrad{
		LR: u.LR, LRDecay: o.LRDecay, WeightDecay: u.WeightDecay, Eps: o.eps, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.Step)
}
