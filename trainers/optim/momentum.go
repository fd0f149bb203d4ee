// SPDX-License-Identifier: MIT

package optim

import "github.com/stheno-go/stheno/internal/absent"

// Momentum is implemented by optimizers whose momentum, for Adam the first beta, can be changed
// between steps. An optimizer that was made without momentum cannot get one later.
type Momentum interface {
	Momentum() float64
	SetMomentum(m float64) error
}

// ApplyMomentum sets opt's momentum to the value of s for the step, with perEpoch steps per epoch;
// see [OneCycleMomentum]. A nil Schedule changes nothing. It is an error if opt has no momentum.
func ApplyMomentum(opt Optimizer, s Schedule, step, perEpoch int) error {
	if s == nil {
		return nil
	}
	m, ok := opt.(Momentum)
	if !ok || absent.Is(opt) {
		return invalid("optimizer must support momentum or beta1 to cycle it, a %T does not", opt)
	}
	return m.SetMomentum(s(step, perEpoch))
}

// errZero is the error of the zero value of an optimizer.
var errZero = invalid("the zero value is not an optimizer: use its constructor")

// setMomentum changes the momentum of an optimizer with a velocity.
func setMomentum(to *float64, m float64) error {
	if *to == 0 {
		return invalid("optimizer must support momentum or beta1 to cycle it, this one was made with momentum 0")
	}
	if m == 0 || !sensible(m) {
		return invalid("Invalid momentum value: %v", m)
	}
	*to = m
	return nil
}

// setBeta changes the first of two betas.
func setBeta(to *[2]float64, m float64) error {
	if !(m >= 0 && m < 1) {
		return invalid("Invalid beta parameter at index 0: %v", m)
	}
	to[0] = m
	return nil
}

// validBetas returns torch's error for betas that are not in [0, 1).
func validBetas(betas [2]float64) error {
	for i, b := range betas {
		if !(b >= 0 && b < 1) {
			return invalid("Invalid beta parameter at index %d: %v", i, b)
		}
	}
	return nil
}

// momentumRule is a rule with a momentum.
type momentumRule interface {
	momentum() float64
	setMomentum(m float64) error
}

// withMomentum is a base whose rule is a momentumRule.
type withMomentum struct{ base }

// Momentum returns the momentum, or the first beta.
func (w *withMomentum) Momentum() float64 {
	if r, ok := w.rule.(momentumRule); ok {
		return r.momentum()
	}
	return 0
}

// SetMomentum changes the momentum, or the first beta, of the next steps.
func (w *withMomentum) SetMomentum(m float64) error {
	if r, ok := w.rule.(momentumRule); ok {
		return r.setMomentum(m)
	}
	return errZero
}
