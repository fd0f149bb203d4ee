// SPDX-License-Identifier: MIT

// Package optim has optimizers and learning-rate schedules, with torch.optim's formulas and
// defaults. An optimizer changes parameters in place, in one pass over memory each, and keeps its
// state by the parameters' names.
//
//	opt := optim.NewSGD(stheno.Parameters(net), 0.1, optim.SGDConfig{Momentum: 0.9})
//	schedule := optim.Cosine(epochs)
//	for epoch := range epochs {
//		optim.Apply(opt, schedule, epoch, 1)
//		// for each batch: opt.ZeroGrad, Backward, opt.Step
//	}
//
// A constructor returns one value. If its arguments are wrong, Err and every Step return the error,
// before anything is changed.
//
// An optimizer changes the Variables it was given. A module that gets other parameters later, such
// as a new head, needs a new optimizer: Step cannot notice the change. The Trainer notices it and
// returns an error.
package optim

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
)

// Optimizer changes parameters against their gradients.
type Optimizer interface {
	// Step updates every parameter that has a gradient, and no other. It returns what was
	// wrong with the arguments of the constructor, or with a rate that was set since; then
	// nothing is changed.
	Step() error
	// ZeroGrad drops the gradients of all parameters.
	ZeroGrad()
	// LR returns the learning rate of the first group.
	LR() float64
	// SetLR sets the learning rate of the first group, and those of the others so that the
	// groups keep the proportions they were made with. The initial rates, which schedules
	// multiply, stay as they are.
	SetLR(lr float64)
	// Parameters returns the parameters of all groups.
	Parameters() []*stheno.Variable
	// Groups returns the parameter groups, whose settings may be changed.
	Groups() []*Group
	// State returns a copy of everything that a step depends on besides parameters and
	// gradients. LoadState sets it, also in an optimizer that was just made.
	State() []stheno.NamedTensor
	LoadState(state []stheno.NamedTensor) error
	// Err returns what was wrong with the arguments of the constructor.
	Err() error
}

// GroupConfig is parameters that an optimizer is to give settings of their own. nil stands
// for the optimizer's.
type GroupConfig struct {
	Params      []*stheno.Variable
	LR          *float64
	WeightDecay *float64
}

// Group is parameters that share a learning rate and a weight decay, as they are now.
type Group struct {
	Params      []*stheno.Variable
	LR          float64
	WeightDecay float64
	InitialLR   float64 // what the constructor was given: schedules multiply it
}

// common is the settings that all optimizers have.
type common struct{ lr, decay float64 }

// orDefault returns def for a setting that was left out.
func orDefault[T any](v *T, def T) T {
	if v == nil {
		return def
	}
	return *v
}

// invalid returns an error about a setting.
func invalid(format string, args ...any) error {
	return fmt.Errorf("optim: "+format+": %w", append(args, stheno.ErrValue)...)
}

// sensible reports whether v is neither negative nor NaN nor infinite.
func sensible(v float64) bool { return v >= 0 && v <= math.MaxFloat64 }

// first returns the first error that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// want returns torch's error for a setting that is not sensible.
func want(what string, v float64) error {
	if sensible(v) {
		return nil
	}
	return invalid("Invalid %s: %v", what, v)
}
