// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// RMSpropConfig holds the settings of [RMSprop]. The zero value is torch's default.
type RMSpropConfig struct {
	Alpha       *float64 // nil: 0.99
	Eps         *float64 // nil: 1e-8
	WeightDecay float64
	Momentum    float64
	Centered    bool
	Maximize    bool
	Groups      []GroupConfig // instead of params
}

// RMSprop divides the gradient by a running average of its magnitude (torch.optim.RMSprop):
//
//	g += decay * p
//	s = α*s + (1-α)*g²
//	m = α*m + (1-α)*g // 0 unless Centered
//	v = momentum*v + g/(√(s-m²) + eps)
//	p -= lr * v
type RMSprop struct{ withMomentum }

// NewRMSprop returns an optimizer of params with the learning rate lr. Torch's default is 1e-2.
func NewRMSprop(params []*stheno.Variable, lr float64, c RMSpropConfig) *RMSprop {
	o := &rmsprop{c, orDefault(c.Alpha, 0.99), orDefault(c.Eps, 1e-8)}
	return &RMSprop{withMomentum{newBase(o, params, c.Groups, common{lr, c.WeightDecay})}}
}

type rmsprop struct {
	RMSpropConfig
	alpha, eps float64
}

func (o *rmsprop) name() string { return "RMSprop" }

func (o *rmsprop) check() error {
	return firstError(nonNegative("epsilon value", o.eps), nonNegative("momentum value", o.Momentum), nonNegative("alpha value", o.alpha))
}

func (o *rmsprop) slots(shape stheno.Shape, _ float64) []slot {
	names := []string{"square_avg"}
	if o.Momentum > 0 {
		names = append(names, "momentum_buffer")
	}
	if o.Centered {
		names = append(names, "grad_avg")
	}
	return zeros(shape, names...)
}

func (o *rmsprop) momentum() float64           { return o.Momentum }
func (o *rmsprop) setMomentum(m float64) error { return setMomentum(&o.Momentum, m) }

func (o *rmsprop) step32(u *Update[float32]) { rmspropStep(o, u) }
func (o *rmsprop) step64(u *Update[float64]) { rmspropStep(o, u) }

func rmspropStep[T kernels.Float](o *rmsprop, u *Update[T]) {
	next := 1
	var mean, velocity []T
	if o.Momentum > 0 {
		velocity = u.slot(next)
		next++
	}
	if o.Centered {
		mean = u.slot(next)
	}
	kernels.RMSpropStep(&kernels.RMSprop{
		LR: u.LR, Alpha: o.alpha, Eps: o.eps, WeightDecay: u.WeightDecay, Momentum: o.Momentum, Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), mean, velocity)
}
