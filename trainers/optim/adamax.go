// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// AdamaxConfig holds the settings of [Adamax]. The zero value is torch's default.
type AdamaxConfig struct {
	Betas       *[2]float64 // nil: 0.9 and 0.999
	Eps         *float64    // nil: 1e-8
	WeightDecay float64
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// Adamax is [Adam] with the largest gradient in the place of the root of the mean square
// (torch.optim.Adamax; Kingma and Ba, 2015). In step n
//
//	g += decay * p
//	m = β1*m + (1-β1)*g
//	u = max(β2*u, |g| + eps)
//	p -= lr/(1-β1ⁿ) * m/u
type Adamax struct{ withMomentum }

// NewAdamax returns an optimizer of params with the learning rate lr; torch's default is
// 2e-3.
func NewAdamax(params []*stheno.Variable, lr float64, c AdamaxConfig) *Adamax {
	o := &adamax{c, orDefault(c.Betas, [2]float64{0.9, 0.999}), orDefault(c.Eps, 1e-8)}
	return &Adamax{withMomentum{newBase(o, params, c.Groups, common{lr, c.WeightDecay})}}
}

type adamax struct {
	AdamaxConfig
	betas [2]float64
	eps   float64
}

func (o *adamax) name() string { return "Adamax" }

func (o *adamax) check() error {
	return firstError(nonNegative("epsilon value", o.eps), validBetas(o.betas))
}

func (o *adamax) momentum() float64           { return o.betas[0] }
func (o *adamax) setMomentum(m float64) error { return setBeta(&o.betas, m) }

func (o *adamax) slots(shape stheno.Shape, _ float64) []slot {
	return zeros(shape, "exp_avg", "exp_inf")
}

func (o *adamax) step32(u *Update[float32]) { adamaxStep(o, u) }
func (o *adamax) step64(u *Update[float64]) { adamaxStep(o, u) }

func adamaxStep[T kernels.Float](o *adamax, u *Update[T]) {
	kernels.AdamaxStep(&kernels.Adamax{
		LR: u.LR, Beta1: o.betas[0], Beta2: o.betas[1], Eps: o.eps, WeightDecay: u.WeightDecay,
		Bias1: 1 - math.Pow(o.betas[0], float64(u.Step)), Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.slot(1))
}
