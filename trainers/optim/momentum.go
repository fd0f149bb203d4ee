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

// Momentum returns the momentum.
func (s *SGD) Momentum() float64 {
	if o, ok := s.rule.(*sgd); ok {
		return o.SGDConfig.Momentum
	}
	return 0
}

// SetMomentum changes the momentum of the next steps.
func (s *SGD) SetMomentum(m float64) error {
	o, ok := s.rule.(*sgd)
	if !ok {
		return errZero
	}
	return setMomentum(&o.SGDConfig.Momentum, m)
}

// Momentum returns the momentum.
func (r *RMSprop) Momentum() float64 {
	if o, ok := r.rule.(*rmsprop); ok {
		return o.RMSpropConfig.Momentum
	}
	return 0
}

// SetMomentum changes the momentum of the next steps.
func (r *RMSprop) SetMomentum(m float64) error {
	o, ok := r.rule.(*rmsprop)
	if !ok {
		return errZero
	}
	return setMomentum(&o.RMSpropConfig.Momentum, m)
}

// Momentum returns the first beta.
func (a *Adam) Momentum() float64 {
	if o, ok := a.rule.(*adam); ok {
		return o.betas[0]
	}
	return 0
}

// SetMomentum changes the first beta of the next steps.
func (a *Adam) SetMomentum(m float64) error {
	if !(m >= 0 && m < 1) {
		return invalid("Invalid beta parameter at index 0: %v", m)
	}
	o, ok := a.rule.(*adam)
	if !ok {
		return errZero
	}
	o.betas[0] = m
	o.step = 0 // the bias must be recomputed
	return nil
}
