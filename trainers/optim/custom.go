// SPDX-License-Identifier: MIT

package optim

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/dtype"
)

// Rule is the arithmetic of an optimizer of one's own, for [NewCustom]. All else is as of the
// others: groups, learning rates and schedules, decay, checkpoints.
type Rule struct {
	// Name is for messages.
	Name string
	// Slots names the tensors that the rule keeps for each parameter, of its shape and type.
	// They are zeros before the first step, and saved with the optimizer's state.
	Slots []string
	// Step32 and Step64 step one parameter of float32 and of float64: two instances of one
	// generic function, as a rule. One that is nil is an error for parameters of that type.
	Step32 func(u *Update[float32])
	Step64 func(u *Update[float64])
}

// CustomConfig holds the settings of a [Custom] optimizer.
type CustomConfig struct {
	WeightDecay float64
	Groups      []GroupConfig // instead of a list of parameters
}

// Custom is an optimizer that steps by a [Rule].
type Custom struct{ base }

// NewCustom returns an optimizer of params with the learning rate lr that steps by r.
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
			return invalid("rule %s: the name of slot %q is empty, taken, or used twice", o.name(), s)
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

func (o custom) slots() []string { return o.Slots }

func (o custom) first(string) float64 { return 0 }

func (o custom) step32(u *Update[float32]) { o.Step32(u) }
func (o custom) step64(u *Update[float64]) { o.Step64(u) }
