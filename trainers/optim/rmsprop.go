// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// RMSpropConfig holds the settings of [RMSprop]. Zeros stand for torch's defaults: LR
// 1e-2, Alpha 0.99, Eps 1e-8.
type RMSpropConfig struct {
	LR, Alpha, Eps, WeightDecay, Momentum float64
	Centered, Maximize                    bool
	Groups                                []Group // instead of a list of parameters
}

// RMSprop divides the gradient by a running mean of its size (torch.optim.RMSprop);
// eps is added outside the square root.
type RMSprop struct{ base }

// NewRMSprop returns an optimizer of params.
func NewRMSprop(params []*stheno.Variable, c RMSpropConfig) *RMSprop {
	c.LR, c.Alpha, c.Eps = orDefault(c.LR, 1e-2), orDefault(c.Alpha, 0.99), orDefault(c.Eps, 1e-8)
	return &RMSprop{newBase(&rmsprop{c}, params, c.Groups, c.LR, c.WeightDecay)}
}

type rmsprop struct{ RMSpropConfig }

func (o *rmsprop) check() error {
	switch {
	case !(o.Momentum >= 0):
		return fmt.Errorf("optim: Invalid momentum value: %v", o.Momentum)
	case !(o.Alpha >= 0):
		return fmt.Errorf("optim: Invalid alpha value: %v", o.Alpha)
	case !(o.Eps >= 0):
		return fmt.Errorf("optim: Invalid epsilon value: %v", o.Eps)
	}
	return nil
}

func (o *rmsprop) slots() []string {
	names := []string{"square_avg"}
	if o.Centered {
		names = append(names, "grad_avg")
	}
	if o.Momentum > 0 {
		names = append(names, "momentum_buffer")
	}
	return names
}

func (o *rmsprop) first(string) float64 { return 0 }

func (o *rmsprop) settings(lr, decay float64) *kernels.RMSprop {
	return &kernels.RMSprop{LR: lr, Alpha: o.Alpha, Eps: o.Eps, WeightDecay: decay, Momentum: o.Momentum, Maximize: o.Maximize}
}

// pick returns the mean and the velocity, nil for what is not kept.
func pick[T any](o *rmsprop, slots [][]T) (mean, buf []T) {
	next := 1
	if o.Centered {
		mean = slots[next]
		next++
	}
	return mean, optional(slots, next)
}

func (o *rmsprop) step32(w, g []float32, slots [][]float32, lr, decay float64, _ int) {
	mean, buf := pick(o, slots)
	kernels.RMSpropStep(o.settings(lr, decay), w, g, slots[0], mean, buf)
}

func (o *rmsprop) step64(w, g []float64, slots [][]float64, lr, decay float64, _ int) {
	mean, buf := pick(o, slots)
	kernels.RMSpropStep(o.settings(lr, decay), w, g, slots[0], mean, buf)
}
