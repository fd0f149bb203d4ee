// SPDX-License-Identifier: MIT

package optim

import (
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// NAdamConfig holds the settings of [NAdam]. The zero value is torch's default.
type NAdamConfig struct {
	Betas         *[2]float64 // nil: 0.9 and 0.999
	Eps           *float64    // nil: 1e-8
	WeightDecay   float64
	MomentumDecay *float64 // nil: 4e-3
	Decoupled     bool     // the decay shrinks the parameters themselves (decoupled_weight_decay)
	Maximize      bool
	Groups        []GroupConfig // instead of params
}

// NAdam is [Adam] with Nesterov's momentum (torch.optim.NAdam; Dozat, 2016). In step n,
// with d = 0.96^momentumDecay,
//
//	g += decay * p // p *= 1 - lr*decay if Decoupled
//	m = β1*m + (1-β1)*g
//	v = β2*v + (1-β2)*g²
//	μ(n) = β1 * (1 - dⁿ/2)
//	ĝ = (1-μ(n))/(1-μ(1)⋯μ(n)) * g + μ(n+1)/(1-μ(1)⋯μ(n+1)) * m
//	p -= lr * ĝ / (√(v/(1-β2ⁿ)) + eps)
type NAdam struct{ withMomentum }

// NewNAdam returns an optimizer of params with the learning rate lr; torch's default is
// 2e-3.
func NewNAdam(params []*stheno.Variable, lr float64, c NAdamConfig) *NAdam {
	o := &nadam{c, orDefault(c.Betas, [2]float64{0.9, 0.999}), orDefault(c.Eps, 1e-8), orDefault(c.MomentumDecay, 4e-3)}
	return &NAdam{withMomentum{newBase(o, params, c.Groups, common{lr, c.WeightDecay})}}
}

type nadam struct {
	NAdamConfig
	betas      [2]float64
	eps, decay float64
}

func (o *nadam) name() string { return "NAdam" }

func (o *nadam) check() error {
	return firstError(nonNegative("epsilon value", o.eps), validBetas(o.betas), nonNegative("momentum_decay value", o.decay))
}

func (o *nadam) momentum() float64           { return o.betas[0] }
func (o *nadam) setMomentum(m float64) error { return setBeta(&o.betas, m) }

func (o *nadam) slots(shape stheno.Shape, _ float64) []slot {
	return append(zeros(shape, "exp_avg", "exp_avg_sq"), slot{"mu_product", stheno.Shape{}, 1})
}

func (o *nadam) step32(u *Update[float32]) { nadamStep(o, u) }
func (o *nadam) step64(u *Update[float64]) { nadamStep(o, u) }

func nadamStep[T kernels.Float](o *nadam, u *Update[T]) {
	step := float64(u.Step)
	mu := o.betas[0] * (1 - 0.5*math.Pow(0.96, step*o.decay))
	next := o.betas[0] * (1 - 0.5*math.Pow(0.96, (step+1)*o.decay))
	product := float64(float32(u.slot(2)[0]) * float32(mu)) // float32 whatever the parameter is, as in torch
	u.slot(2)[0] = T(product)
	kernels.NAdamStep(&kernels.NAdam{
		LR: u.LR, Beta1: o.betas[0], Beta2: o.betas[1], Eps: o.eps, WeightDecay: u.WeightDecay,
		Bias2:  1 - math.Pow(o.betas[1], step),
		OfGrad: u.LR * (1 - mu) / (1 - product), OfMean: u.LR * next / (1 - product*next),
		Decoupled: o.Decoupled, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.slot(1))
}
