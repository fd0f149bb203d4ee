// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// SGDConfig holds the settings of [SGD]. The zero value is torch's default.
type SGDConfig struct {
	Momentum    float64
	Dampening   float64
	WeightDecay float64
	Nesterov    bool
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// SGD is stochastic gradient descent (torch.optim.SGD):
//
//	g += decay * p
//	v = momentum*v + (1-dampening)*g // g in the first step
//	p -= lr * v                      // g + momentum*v with Nesterov
//
// The learning rate is not part of the velocity v.
type SGD struct{ withMomentum }

// NewSGD returns an optimizer of params with the learning rate lr.
func NewSGD(params []*stheno.Variable, lr float64, c SGDConfig) *SGD {
	return &SGD{withMomentum{newBase(&sgd{c}, params, c.Groups, common{lr, c.WeightDecay})}}
}

type sgd struct{ SGDConfig }

func (o *sgd) name() string { return "SGD" }

func (o *sgd) check() error {
	if err := firstError(nonNegative("momentum value", o.Momentum), nonNegative("dampening value", o.Dampening)); err != nil {
		return err
	}
	if o.Nesterov && (o.Momentum == 0 || o.Dampening != 0) {
		return invalid("Nesterov momentum requires a momentum and zero dampening")
	}
	return nil
}

func (o *sgd) slots(shape stheno.Shape, _ float64) []slot {
	if o.Momentum == 0 {
		return nil
	}
	return zeros(shape, "momentum_buffer")
}

func (o *sgd) momentum() float64           { return o.Momentum }
func (o *sgd) setMomentum(m float64) error { return setMomentum(&o.Momentum, m) }

func (o *sgd) step32(u *Update[float32]) { sgdStep(o, u) }
func (o *sgd) step64(u *Update[float64]) { sgdStep(o, u) }

func sgdStep[T kernels.Float](o *sgd, u *Update[T]) {
	kernels.SGDStep(&kernels.SGD{
		LR: u.LR, Momentum: o.Momentum, Dampening: o.Dampening, WeightDecay: u.WeightDecay,
		Nesterov: o.Nesterov, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.Step == 1)
}
