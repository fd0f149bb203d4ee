// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// RpropConfig holds the settings of [Rprop]. The zero value is torch's default.
type RpropConfig struct {
	Etas      *[2]float64 // by what steps shrink and grow; nil: 0.5 and 1.2
	StepSizes *[2]float64 // the shortest and the longest step; nil: 1e-6 and 50
	Maximize  bool
	Groups    []GroupConfig // instead of params
}

// Rprop steps by the signs of the gradients alone, with a step size for each element
// (torch.optim.Rprop; Riedmiller and Braun, 1993). It is for gradients of all the data:
//
//	s *= 1.2 where g has the sign of the step before, 0.5 where it has the other one
//	g = 0    where it has the other one
//	p -= sign(g) * s
//
// The learning rate is the size of the first step; later changes of it have no effect.
// There is no weight decay. A NaN in the gradient makes the parameter NaN.
type Rprop struct{ base }

// NewRprop returns an optimizer of params with the learning rate lr; torch's default is
// 1e-2.
func NewRprop(params []*stheno.Variable, lr float64, c RpropConfig) *Rprop {
	o := &rprop{c, orDefault(c.Etas, [2]float64{0.5, 1.2}), orDefault(c.StepSizes, [2]float64{1e-6, 50})}
	return &Rprop{newBase(o, params, c.Groups, common{lr, 0})}
}

type rprop struct {
	RpropConfig
	etas, sizes [2]float64
}

func (o *rprop) name() string { return "Rprop" }

func (o *rprop) check() error {
	if !(o.etas[0] > 0 && o.etas[0] < 1 && o.etas[1] > 1 && sensible(o.etas[1])) {
		return invalid("Invalid eta values: %v, %v", o.etas[0], o.etas[1])
	}
	if !(sensible(o.sizes[0]) && o.sizes[0] <= o.sizes[1]) {
		return invalid("Invalid step sizes: %v, %v", o.sizes[0], o.sizes[1])
	}
	return nil
}

func (o *rprop) checkGroup(g *Group) error {
	if g.WeightDecay != 0 {
		return invalid("Rprop has no weight decay, a group has %v", g.WeightDecay)
	}
	return nil
}

func (o *rprop) slots(shape stheno.Shape, lr float64) []slot {
	return append(zeros(shape, "prev"), slot{"step_size", shape, lr})
}

func (o *rprop) step32(u *Update[float32]) { rpropStep(o, u) }
func (o *rprop) step64(u *Update[float64]) { rpropStep(o, u) }

func rpropStep[T kernels.Float](o *rprop, u *Update[T]) {
	kernels.RpropStep(&kernels.Rprop{
		Minus: o.etas[0], Plus: o.etas[1], Min: o.sizes[0], Max: o.sizes[1], Maximize: o.Maximize,
	}, u.Param, u.Grad, u.slot(0), u.slot(1))
}
