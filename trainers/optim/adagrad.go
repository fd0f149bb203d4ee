// SPDX-License-Identifier: MIT

package optim

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/kernels"
)

// AdagradConfig holds the settings of [Adagrad]. Zeros stand for torch's defaults: LR
// 1e-2, Eps 1e-10.
type AdagradConfig struct {
	LR, LRDecay, WeightDecay, InitialAccumulator, Eps float64
	Maximize                                          bool
	Groups                                            []Group // instead of a list of parameters
}

// Adagrad divides the gradient by the root of the sum of its squares so far
// (torch.optim.Adagrad; Duchi et al., 2011).
type Adagrad struct{ base }

// NewAdagrad returns an optimizer of params.
func NewAdagrad(params []*stheno.Variable, c AdagradConfig) *Adagrad {
	c.LR, c.Eps = orDefault(c.LR, 1e-2), orDefault(c.Eps, 1e-10)
	return &Adagrad{newBase(&adagrad{c}, params, c.Groups, c.LR, c.WeightDecay)}
}

type adagrad struct{ AdagradConfig }

func (o *adagrad) check() error {
	switch {
	case !(o.LRDecay >= 0):
		return fmt.Errorf("optim: Invalid lr_decay value: %v", o.LRDecay)
	case !(o.InitialAccumulator >= 0):
		return fmt.Errorf("optim: Invalid initial_accumulator_value value: %v", o.InitialAccumulator)
	case !(o.Eps >= 0):
		return fmt.Errorf("optim: Invalid epsilon value: %v", o.Eps)
	}
	return nil
}

func (o *adagrad) slots() []string { return []string{"sum"} }

func (o *adagrad) first(string) float64 { return o.InitialAccumulator }

func (o *adagrad) settings(lr, decay float64) *kernels.Adagrad {
	return &kernels.Adagrad{LR: lr, LRDecay: o.LRDecay, WeightDecay: decay, Eps: o.Eps, Maximize: o.Maximize}
}

func (o *adagrad) step32(w, g []float32, slots [][]float32, lr, decay float64, step int) {
	kernels.AdagradStep(o.settings(lr, decay), w, g, slots[0], step)
}

func (o *adagrad) step64(w, g []float64, slots [][]float64, lr, decay float64, step int) {
	kernels.AdagradStep(o.settings(lr, decay), w, g, slots[0], step)
}
