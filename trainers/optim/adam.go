// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// AdamConfig holds the settings of [NewAdam] and [NewAdamW]. The zero value is torch's
// default.
type AdamConfig struct {
	Betas       *[2]float64 // nil: 0.9 and 0.999
	Eps         *float64    // nil: 1e-8
	WeightDecay *float64    // nil: 0 for Adam, 1e-2 for AdamW
	AMSGrad     bool
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// Adam is the optimizer of Kingma and Ba (2015) and, with decoupled weight decay, of
// Loshchilov and Hutter (2019): torch.optim.Adam and AdamW. Step n computes
//
//	g += decay * p // AdamW: p *= 1 - lr*decay
//	m = β1*m + (1-β1)*g
//	v = β2*v + (1-β2)*g²
//	p -= lr/(1-β1ⁿ) * m / (√v/√(1-β2ⁿ) + eps)
//
// AMSGrad uses the largest v so far.
type Adam struct{ withMomentum }

// NewAdam returns an optimizer of params with the learning rate lr, whose weight decay is added to
// the gradient. Torch's default rate is 1e-3.
func NewAdam(params []*stheno.Variable, lr float64, c AdamConfig) *Adam {
	return newAdam(params, lr, orDefault(c.WeightDecay, 0), c, false)
}

// NewAdamW returns an optimizer of params with the learning rate lr, whose weight decay shrinks the
// parameters directly. Torch's default rate is 1e-3.
func NewAdamW(params []*stheno.Variable, lr float64, c AdamConfig) *Adam {
	return newAdam(params, lr, orDefault(c.WeightDecay, 1e-2), c, true)
}

func newAdam(params []*stheno.Variable, lr, decay float64, c AdamConfig, decoupled bool) *Adam {
	o := &adam{AdamConfig: c, betas: orDefault(c.Betas, [2]float64{0.9, 0.999}), eps: orDefault(c.Eps, 1e-8), decoupled: decoupled}
	return &Adam{withMomentum{newBase(o, params, c.Groups, common{lr, decay})}}
}

type adam struct {
	AdamConfig
	betas     [2]float64
	eps       float64
	decoupled bool
	step      int        // that bias was computed for
	bias      [2]float64 // 1-βⁿ
}

func (o *adam) name() string {
	if o.decoupled {
		return "AdamW"
	}
	return "Adam"
}

func (o *adam) check() error {
	if err := nonNegative("epsilon value", o.eps); err != nil {
		return err
	}
	return validBetas(o.betas)
}

func (o *adam) momentum() float64 { return o.betas[0] }

func (o *adam) setMomentum(m float64) error {
	o.step = 0 // the bias must be recomputed
	return setBeta(&o.betas, m)
}

func (o *adam) slots(shape stheno.Shape, _ float64) []slot {
	if o.AMSGrad {
		return zeros(shape, "exp_avg", "exp_avg_sq", "max_exp_avg_sq")
	}
	return zeros(shape, "exp_avg", "exp_avg_sq")
}

func (o *adam) step32(u *Update[float32]) { adamStep(o, u) }
func (o *adam) step64(u *Update[float64]) { adamStep(o, u) }

func adamStep[T kernels.Float](o *adam, u *Update[T]) {
	if o.step != u.Step {
		o.step = u.Step
		for i, beta := range o.betas {
			o.bias[i] = 1 - math.Pow(beta, float64(u.Step))
		}
	}
	kernels.AdamStep(&kernels.Adam{
		LR: u.LR, Beta1: o.betas[0], Beta2: o.betas[1], Eps: o.eps, WeightDecay: u.WeightDecay,
		Bias1: o.bias[0], Bias2: o.bias[1], Decoupled: o.decoupled, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.slot(1), u.slot(2))
}
