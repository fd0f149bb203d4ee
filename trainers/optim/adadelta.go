// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// AdadeltaConfig holds the settings of [Adadelta]. The zero value is torch's default.
type AdadeltaConfig struct {
	Rho         *float64 // nil: 0.9
	Eps         *float64 // nil: 1e-6
	WeightDecay float64
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// Adadelta scales each step by the size of the steps before it (torch.optim.Adadelta;
// Zeiler, 2012):
//
//	g += decay * p
//	s = ρ*s + (1-ρ)*g²
//	d = √(a + eps)/√(s + eps) * g
//	a = ρ*a + (1-ρ)*d²
//	p -= lr * d
type Adadelta struct{ base }

// NewAdadelta returns an optimizer of params with the learning rate lr; torch's default is 1.
func NewAdadelta(params []*stheno.Variable, lr float64, c AdadeltaConfig) *Adadelta {
	o := &adadelta{c, orDefault(c.Rho, 0.9), orDefault(c.Eps, 1e-6)}
	return &Adadelta{newBase(o, params, c.Groups, common{lr, c.WeightDecay})}
}

type adadelta struct {
	AdadeltaConfig
	rho, eps float64
}

func (o *adadelta) name() string { return "Adadelta" }

func (o *adadelta) check() error {
	if !(o.rho >= 0 && o.rho <= 1) {
		return invalid("Invalid rho value: %v", o.rho)
	}
	return nonNegative("epsilon value", o.eps)
}

func (o *adadelta) slots(shape stheno.Shape, _ float64) []slot {
	return zeros(shape, "square_avg", "acc_delta")
}

func (o *adadelta) step32(u *Update[float32]) { adadeltaStep(o, u) }
func (o *adadelta) step64(u *Update[float64]) { adadeltaStep(o, u) }

func adadeltaStep[T kernels.Float](o *adadelta, u *Update[T]) {
	kernels.AdadeltaStep(&kernels.Adadelta{
		LR: u.LR, Rho: o.rho, Eps: o.eps, WeightDecay: u.WeightDecay, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.slot(1))
}
