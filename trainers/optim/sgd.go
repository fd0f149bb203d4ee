// SPDX-License-Identifier: MIT

package optim

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// SGDConfig holds the settings of [SGD]. A zero LR stands for 1e-3.
type SGDConfig struct {
	LR, Momentum, Dampening, WeightDecay float64
	Nesterov, Maximize                   bool
	Groups                               []Group // instead of a list of parameters
}

// SGD is stochastic gradient descent (torch.optim.SGD). The learning rate is not part
// of the velocity.
type SGD struct{ base }

// NewSGD returns an optimizer of params.
func NewSGD(params []*stheno.Variable, c SGDConfig) *SGD {
	c.LR = orDefault(c.LR, 1e-3)
	return &SGD{newBase(&sgd{config: c}, params, c.Groups, c.LR, c.WeightDecay)}
}

type sgd struct {
	config SGDConfig
	set    kernels.SGD
}

func (o *sgd) check() error {
	c := o.config
	switch {
	case !(c.Momentum >= 0):
		return fmt.Errorf("optim: Invalid momentum value: %v", c.Momentum)
	case c.Nesterov && (c.Momentum <= 0 || c.Dampening != 0):
		return errors.New("optim: Nesterov momentum requires a momentum and zero dampening")
	case c.Dampening != c.Dampening:
		return fmt.Errorf("optim: Invalid dampening value: %v", c.Dampening)
	}
	return nil
}

func (o *sgd) slots() []string {
	if o.config.Momentum == 0 {
		return nil
	}
	return []string{"momentum_buffer"}
}

func (o *sgd) first(string) float64 { return 0 }

func (o *sgd) settings(lr, decay float64) *kernels.SGD {
	c := &o.config
	o.set = kernels.SGD{LR: lr, Momentum: c.Momentum, Dampening: c.Dampening, WeightDecay: decay, Nesterov: c.Nesterov, Maximize: c.Maximize}
	return &o.set
}

func (o *sgd) step32(w, g []float32, slots [][]float32, lr, decay float64, step int) {
	kernels.SGDStep(o.settings(lr, decay), w, g, optional(slots, 0), step == 1)
}

func (o *sgd) step64(w, g []float64, slots [][]float64, lr, decay float64, step int) {
	kernels.SGDStep(o.settings(lr, decay), w, g, optional(slots, 0), step == 1)
}

// optional returns slot i, nil if there is none.
func optional[T any](slots [][]T, i int) []T {
	if i < len(slots) {
		return slots[i]
	}
	return nil
}
