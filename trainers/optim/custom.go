// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/dtype"
)

// Rule is the update rule of a custom optimizer; see [NewCustom]. Groups, learning rates and
// schedules, decay, and checkpoints work as for other optimizers.
type Rule struct {
	// Name is used in messages.
	Name string
	// Slots are the names of the tensors that the rule keeps for each parameter, of its shape and
	// type. They are initially zero and part of the optimizer's state.
	Slots []string
	// Step32 and Step64 update one parameter of float32 and of float64. Usually they are instances
	// of one generic function. If one is nil, parameters of its type are an error.
	Step32 func(u *Update[float32])
	Step64 func(u *Update[float64])
}

// CustomConfig holds the settings of a [Custom] optimizer.
type CustomConfig struct {
	WeightDecay float64
	Groups      []GroupConfig // instead of params
}

// Custom is an optimizer with a [Rule].
type Custom struct{ base }

// NewCustom returns an optimizer of params with the learning rate lr and the rule r.
func NewCustom(r Rule, params []*stheno.Variable, lr float64, c CustomConfig) *Custom {
	return &Custom{newBase(custom{r}, params, c.Groups, common{lr, c.WeightDecay})}
}

type custom struct{ Rule }

func (o custom) name() string {
	if o.Name == "" {
		return "Custom"
	}
	return o.Name
}

func (o custom) check() error {
	seen := map[string]bool{stepKey: true}
	for _, s := range o.Slots {
		if s == "" || seen[s] {
			return invalid("rule %s: the name of slot %q is empty, reserved, or used twice", o.name(), s)
		}
		seen[s] = true
	}
	if o.Step32 == nil && o.Step64 == nil {
		return invalid("rule %s has neither Step32 nor Step64", o.name())
	}
	return nil
}

// steps reports whether o can step parameters of type d.
func (o custom) steps(d dtype.DType) bool {
	return d == dtype.Float32 && o.Step32 != nil || d == dtype.Float64 && o.Step64 != nil
}

func (o custom) slots(shape stheno.Shape, _ float64) []slot { return zeros(shape, o.Slots...) }

func (o custom) step32(u *Update[float32]) { o.Step32(u) }
func (o custom) step64(u *Update[float64]) { o.Step64(u) }
