// SPDX-License-Identifier: MIT

package layers

import "github.com/stheno-go/stheno"

// The activations call the method of Variable of the same name with torch's defaults. nil stands for
// a default that is not 0. Check returns the method's error for the settings.

func orDefault[T any](v *T, def T) T {
	if v == nil {
		return def
	}
	return *v
}

// nothing returns an empty Variable, on which Check tries the settings.
func nothing() *stheno.Variable { return stheno.Zeros(0) }

// ReLU is max(x, 0).
type ReLU struct{}

// Forward returns the activation of x.
func (ReLU) Forward(x *stheno.Variable) *stheno.Variable { return x.ReLU() }

// ReLU6 is x limited to [0, 6].
type ReLU6 struct{}

// Forward returns the activation of x.
func (ReLU6) Forward(x *stheno.Variable) *stheno.Variable { return x.ReLU6() }

// Sigmoid is 1/(1+exp(-x)).
type Sigmoid struct{}

// Forward returns the activation of x.
func (Sigmoid) Forward(x *stheno.Variable) *stheno.Variable { return x.Sigmoid() }

// Tanh is the hyperbolic tangent.
type Tanh struct{}

// Forward returns the activation of x.
func (Tanh) Forward(x *stheno.Variable) *stheno.Variable { return x.Tanh() }

// LeakyReLU is x where it is positive and Slope·x elsewhere.
type LeakyReLU struct {
	Slope *float64 // nil: 0.01
}

// Forward returns the activation of x.
func (l LeakyReLU) Forward(x *stheno.Variable) *stheno.Variable {
	return x.LeakyReLU(orDefault(l.Slope, 0.01))
}

// ELU is x where it is positive and Alpha·(exp(x)-1) elsewhere (Clevert et al., 2016).
type ELU struct {
	Alpha *float64 // nil: 1
}

// Forward returns the activation of x.
func (l ELU) Forward(x *stheno.Variable) *stheno.Variable { return x.ELU(orDefault(l.Alpha, 1)) }

// SELU is a scaled ELU that keeps mean and variance (Klambauer et al., 2017).
type SELU struct{}

// Forward returns the activation of x.
func (SELU) Forward(x *stheno.Variable) *stheno.Variable { return x.SELU() }

// CELU is x where it is positive and Alpha·(exp(x/Alpha)-1) elsewhere. Alpha must not be
// 0.
type CELU struct {
	Alpha *float64 // nil: 1
}

// Check returns an error for an Alpha of 0.
func (l CELU) Check() error { return l.Forward(nothing()).Err() }

// Forward returns the activation of x.
func (l CELU) Forward(x *stheno.Variable) *stheno.Variable { return x.CELU(orDefault(l.Alpha, 1)) }

// GELU is x·Φ(x), where Φ is the standard normal distribution function; with Tanh it is approximated
// (Hendrycks and Gimpel, 2016).
type GELU struct{ Tanh bool }

// Forward returns the activation of x.
func (l GELU) Forward(x *stheno.Variable) *stheno.Variable {
	if l.Tanh {
		return x.GELUTanh()
	}
	return x.GELU()
}

// SiLU is x·sigmoid(x).
type SiLU struct{}

// Forward returns the activation of x.
func (SiLU) Forward(x *stheno.Variable) *stheno.Variable { return x.SiLU() }

// Mish is x·tanh(softplus(x)) (Misra, 2019).
type Mish struct{}

// Forward returns the activation of x.
func (Mish) Forward(x *stheno.Variable) *stheno.Variable { return x.Mish() }

// Softplus is log(1+exp(Beta·x))/Beta, and x where Beta·x is over Threshold.
type Softplus struct {
	Beta      *float64 // nil: 1
	Threshold *float64 // nil: 20
}

// Forward returns the activation of x.
func (l Softplus) Forward(x *stheno.Variable) *stheno.Variable {
	return x.Softplus(orDefault(l.Beta, 1), orDefault(l.Threshold, 20))
}

// Softsign is x/(1+|x|).
type Softsign struct{}

// Forward returns the activation of x.
func (Softsign) Forward(x *stheno.Variable) *stheno.Variable { return x.Softsign() }

// Hardtanh is x limited to [Min, Max]. Max must be greater than Min.
type Hardtanh struct {
	Min *float64 // nil: -1
	Max *float64 // nil: 1
}

// Check returns an error for bounds in the wrong order.
func (l Hardtanh) Check() error { return l.Forward(nothing()).Err() }

// Forward returns the activation of x.
func (l Hardtanh) Forward(x *stheno.Variable) *stheno.Variable {
	return x.Hardtanh(orDefault(l.Min, -1), orDefault(l.Max, 1))
}

// Hardsigmoid is (x+3)/6 limited to [0, 1].
type Hardsigmoid struct{}

// Forward returns the activation of x.
func (Hardsigmoid) Forward(x *stheno.Variable) *stheno.Variable { return x.Hardsigmoid() }

// Hardswish is 0 below -3, x above 3 and x·(x+3)/6 between (Howard et al., 2019).
type Hardswish struct{}

// Forward returns the activation of x.
func (Hardswish) Forward(x *stheno.Variable) *stheno.Variable { return x.Hardswish() }

// Hardshrink is 0 where |x| is at most Lambda and x elsewhere.
type Hardshrink struct {
	Lambda *float64 // nil: 0.5
}

// Forward returns the activation of x.
func (l Hardshrink) Forward(x *stheno.Variable) *stheno.Variable {
	return x.Hardshrink(orDefault(l.Lambda, 0.5))
}

// Softshrink is x-Lambda above Lambda, x+Lambda below -Lambda and 0 between. Lambda must not be
// negative.
type Softshrink struct {
	Lambda *float64 // nil: 0.5
}

// Check returns an error for a negative Lambda.
func (l Softshrink) Check() error { return l.Forward(nothing()).Err() }

// Forward returns the activation of x.
func (l Softshrink) Forward(x *stheno.Variable) *stheno.Variable {
	return x.Softshrink(orDefault(l.Lambda, 0.5))
}

// Tanhshrink is x - tanh(x).
type Tanhshrink struct{}

// Forward returns the activation of x.
func (Tanhshrink) Forward(x *stheno.Variable) *stheno.Variable { return x.Tanhshrink() }

// Threshold is x where it is over Limit and Value elsewhere.
type Threshold struct{ Limit, Value float64 }

// Forward returns the activation of x.
func (l Threshold) Forward(x *stheno.Variable) *stheno.Variable { return x.Threshold(l.Limit, l.Value) }

// LogSigmoid is log(sigmoid(x)), without overflow.
type LogSigmoid struct{}

// Forward returns the activation of x.
func (LogSigmoid) Forward(x *stheno.Variable) *stheno.Variable { return x.LogSigmoid() }
