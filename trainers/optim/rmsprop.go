// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// RMSpropConfig holds the settings of [RMSprop]. Zeros stand for torch's defaults: LR
// 1e-2, Alpha 0.99, Eps 1e-8; see [Zero].
type RMSpropConfig struct {
	LR          float64
	Alpha       float64
	Eps         float64
	WeightDecay float64
	Momentum    float64
	Centered    bool
	Maximize    bool
	Groups      []Group // instead of a list of parameters
}

// RMSprop divides the gradient by a running mean of its size (torch.optim.RMSprop):
//
//	g += decay * p
//	s = α*s + (1-α)*g²
//	m = α*m + (1-α)*g // 0 unless centred
//	v = momentum*v + g/(√(s-m²) + eps)
//	p -= lr * v
type RMSprop struct{ base }

// NewRMSprop returns an optimizer of params.
func NewRMSprop(params []*stheno.Variable, c RMSpropConfig) *RMSprop {
	c.LR, c.Alpha, c.Eps = orDefault(c.LR, 1e-2), orDefault(c.Alpha, 0.99), orDefault(c.Eps, 1e-8)
	return &RMSprop{newBase(&rmsprop{c}, params, c.Groups, common{c.LR, c.WeightDecay})}
}

type rmsprop struct{ RMSpropConfig }

func (o *rmsprop) name() string { return "RMSprop" }

func (o *rmsprop) check() error {
	return first(want("epsilon value", o.Eps), want("momentum value", o.Momentum), want("alpha value", o.Alpha))
}

func (o *rmsprop) slots() []string {
	names := []string{"square_avg"}
	if o.Momentum > 0 {
		names = append(names, "momentum_buffer")
	}
	if o.Centered {
		names = append(names, "grad_avg")
	}
	return names
}

func (o *rmsprop) first(string) float64 { return 0 }

func (o *rmsprop) step32(u *update[float32]) { rmspropStep(o, u) }
func (o *rmsprop) step64(u *update[float64]) { rmspropStep(o, u) }

func rmspropStep[T kernels.Float](o *rmsprop, u *update[T]) {
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
		LR: u.lr, Alpha: o.Alpha, Eps: o.Eps, WeightDecay: u.decay, Momentum: o.Momentum, Maximize: o.Maximize,
	}, u.w, u.g, u.slot(0), mean, velocity)
}
