// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// RAdamConfig holds the settings of [RAdam]. The zero value is torch's default.
type RAdamConfig struct {
	Betas       *[2]float64 // nil: 0.9 and 0.999
	Eps         *float64    // nil: 1e-8
	WeightDecay float64
	Decoupled   bool // the decay shrinks the parameters themselves (decoupled_weight_decay)
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// RAdam is [Adam] whose first steps, for which the second moment is not known well enough,
// are those of momentum alone (torch.optim.RAdam; Liu et al., 2019). In step n, with
// ρ∞ = 2/(1-β2) - 1 and ρ = ρ∞ - 2n*β2ⁿ/(1-β2ⁿ),
//
//	g += decay * p // p *= 1 - lr*decay if Decoupled
//	m = β1*m + (1-β1)*g
//	v = β2*v + (1-β2)*g²
//	r = √((ρ-4)(ρ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρ))
//	p -= lr * m/(1-β1ⁿ) * r*√(1-β2ⁿ)/(√v + eps) // lr * m/(1-β1ⁿ) while ρ ≤ 5
type RAdam struct{ withMomentum }

// NewRAdam returns an optimizer of params with the learning rate lr; torch's default is
// 1e-3.
func NewRAdam(params []*stheno.Variable, lr float64, c RAdamConfig) *RAdam {
	o := &radam{c, orDefault(c.Betas, [2]float64{0.9, 0.999}), orDefault(c.Eps, 1e-8)}
	return &RAdam{withMomentum{newBase(o, params, c.Groups, common{lr, c.WeightDecay})}}
}

type radam struct {
	RAdamConfig
	betas [2]float64
	eps   float64
}

func (o *radam) name() string { return "RAdam" }

func (o *radam) check() error {
	return firstError(nonNegative("epsilon value", o.eps), validBetas(o.betas))
}

func (o *radam) momentum() float64           { return o.betas[0] }
func (o *radam) setMomentum(m float64) error { return setBeta(&o.betas, m) }

func (o *radam) slots(shape stheno.Shape, _ float64) []slot {
	return zeros(shape, "exp_avg", "exp_avg_sq")
}

func (o *radam) step32(u *Update[float32]) { radamStep(o, u) }
func (o *radam) step64(u *Update[float64]) { radamStep(o, u) }

func radamStep[T kernels.Float](o *radam, u *Update[T]) {
	step, power := float64(u.Step), math.Pow(o.betas[1], float64(u.Step))
	longest := 2/(1-o.betas[1]) - 1
	length, rect := longest-2*step*power/(1-power), 0.0
	if length > 5 {
		rect = math.Sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
	}
	kernels.RAdamStep(&kernels.RAdam{
		LR: u.LR, Beta1: o.betas[0], Beta2: o.betas[1], Eps: o.eps, WeightDecay: u.WeightDecay,
		Bias1: 1 - math.Pow(o.betas[0], step), Bias2: 1 - power, Rect: rect,
		Decoupled: o.Decoupled, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.slot(1))
}
