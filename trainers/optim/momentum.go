// SPDX-License-Identifier: MIT

package optim

// Momentum is an optimizer whose momentum, of Adam its first beta, can be changed on the
// way. An optimizer made without one keeps none.
type Momentum interface {
	Momentum() float64
	SetMomentum(m float64) error
}

// ApplyMomentum sets opt's momentum to what s says of the step, of which perEpoch make an
// epoch; see [OneCycleMomentum]. A nil Schedule changes nothing. It is an error if opt has
// no momentum.
func ApplyMomentum(opt Optimizer, s Schedule, step, perEpoch int) error {
	if s == nil {
		return nil
	}
	m, ok := opt.(Momentum)
	if !ok {
		return invalid("optimizer must support momentum or beta1 to cycle it, a %T does not", opt)
	}
	return m.SetMomentum(s(step, perEpoch))
}

// setMomentum changes the momentum of an optimizer that keeps a velocity.
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
func (s *SGD) Momentum() float64 { return s.rule.(*sgd).SGDConfig.Momentum }

// SetMomentum changes the momentum of the next steps.
func (s *SGD) SetMomentum(m float64) error { return setMomentum(&s.rule.(*sgd).SGDConfig.Momentum, m) }

// Momentum returns the momentum.
func (r *RMSprop) Momentum() float64 { return r.rule.(*rmsprop).RMSpropConfig.Momentum }

// SetMomentum changes the momentum of the next steps.
func (r *RMSprop) SetMomentum(m float64) error {
	return setMomentum(&r.rule.(*rmsprop).RMSpropConfig.Momentum, m)
}

// Momentum returns the first beta.
func (a *Adam) Momentum() float64 { return a.rule.(*adam).betas[0] }

// SetMomentum changes the first beta of the next steps.
func (a *Adam) SetMomentum(m float64) error {
	if !(m >= 0 && m < 1) {
		return invalid("Invalid beta parameter at index 0: %v", m)
	}
	o := a.rule.(*adam)
	o.betas[0] = m
	o.step = 0 // the bias is another
	return nil
}
