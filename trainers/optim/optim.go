// SPDX-License-Identifier: MIT

// Package optim implements optimizers and learning-rate schedules with torch.optim's formulas and
// defaults. An optimizer updates parameters in place, in one pass over memory, and names its state
// after the parameters.
//
//	opt := optim.NewSGD(stheno.Parameters(net), 0.1, optim.SGDConfig{Momentum: 0.9})
//	schedule := optim.Cosine(epochs)
//	for epoch := range epochs {
//		optim.Apply(opt, schedule, epoch, 1)
//		// for each batch: opt.ZeroGrad, Backward, opt.Step
//	}
//
// A constructor returns one value. If its arguments are invalid, Err and every Step return the
// error, and Step changes nothing.
//
// An optimizer updates the Variables it was given. If a module's parameters are replaced later, for
// example by a new head, it needs a new optimizer: Step cannot detect the change. The Trainer
// detects it and returns an error.
package optim

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
)

// Optimizer updates parameters from their gradients.
type Optimizer interface {
	// Step updates every parameter that has a gradient. It returns an error, and changes nothing,
	// if the arguments of the constructor or a rate that was set since are invalid.
	Step() error
	// ZeroGrad removes the gradients of all parameters.
	ZeroGrad()
	// LR returns the learning rate of the first group.
	LR() float64
	// SetLR sets the learning rate of the first group, and scales those of the others in the
	// proportion of the initial rates. The initial rates, which schedules multiply, do not change.
	SetLR(lr float64)
	// Parameters returns the parameters of all groups.
	Parameters() []*stheno.Variable
	// Groups returns the parameter groups, whose settings may be changed.
	Groups() []*Group
	// State returns a copy of everything that Step depends on besides parameters and gradients.
	// LoadState sets it.
	State() []stheno.NamedTensor
	LoadState(state []stheno.NamedTensor) error
	// Err returns the error of the constructor.
	Err() error
}

// GroupConfig is a group of parameters with their own settings. nil stands for the optimizer's
// setting.
type GroupConfig struct {
	Params      []*stheno.Variable
	LR          *float64
	WeightDecay *float64
}

// Group is a group of parameters with its current learning rate and weight decay.
type Group struct {
	Params      []*stheno.Variable
	LR          float64
	WeightDecay float64
	InitialLR   float64 // as given to the constructor; schedules multiply it
}

// common are the settings that all optimizers have.
type common struct{ lr, decay float64 }

// orDefault returns *v, or def if v is nil.
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

// sensible reports whether v is finite and not negative.
func sensible(v float64) bool { return v >= 0 && v <= math.MaxFloat64 }

// firstError returns the first error that is not nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// nonNegative returns torch's error for a setting that is not sensible.
func nonNegative(what string, v float64) error {
	if sensible(v) {
		return nil
	}
	return invalid("Invalid %s: %v", what, v)
}
