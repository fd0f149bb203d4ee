// SPDX-License-Identifier: MIT

package layers

import (
	"errors"
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
)

// The activations work element by element and keep the shape. Zero values are torch's
// defaults: of a number whose default is not 0, nil stands for it.

func orDefault[T any](v *T, def T) T {
	if v == nil {
		return def
	}
	return *v
}

// ReLU is the larger of x and 0.
type ReLU struct{}

// Forward returns the activation of x.
func (ReLU) Forward(x *stheno.Variable) *stheno.Variable { return x.ReLU() }

// ReLU6 is x limited to [0, 6].
type ReLU6 struct{}

// Forward returns the activation of x.
func (ReLU6) Forward(x *stheno.Variable) *stheno.Variable { return x.Clamp(0, 6) }

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
	return stheno.Where(x.Gt(0), x, x.Mul(orDefault(l.Slope, 0.01)))
}

// elu is x where it is positive and scale·(exp(y)-1) elsewhere.
func elu(x, y *stheno.Variable, scale float64) *stheno.Variable {
	positive := x.Gt(0)
	// exp of the branch that is not taken must not overflow.
	return stheno.Where(positive, x, stheno.Where(positive, 0, y).Expm1().Mul(scale))
}

// ELU is x where it is positive and Alpha·(exp(x)-1) elsewhere (Clevert et al., 2016).
type ELU struct {
	Alpha *float64 // nil: 1
}

// Forward returns the activation of x.
func (l ELU) Forward(x *stheno.Variable) *stheno.Variable { return elu(x, x, orDefault(l.Alpha, 1)) }

// SELU is a scaled ELU that keeps mean and variance (Klambauer et al., 2017).
type SELU struct{}

// Forward returns the activation of x.
func (SELU) Forward(x *stheno.Variable) *stheno.Variable {
	const alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
	return elu(x, x, alpha).Mul(scale)
}

// CELU is x where it is positive and Alpha·(exp(x/Alpha)-1) elsewhere. Alpha must not be
// 0.
type CELU struct {
	Alpha *float64 // nil: 1
}

// Check returns an error for an Alpha of 0.
func (l CELU) Check() error {
	if orDefault(l.Alpha, 1) == 0 {
		return errors.New("alpha cannot be 0 for CELU")
	}
	return nil
}

// Forward returns the activation of x.
func (l CELU) Forward(x *stheno.Variable) *stheno.Variable {
	if err := l.Check(); err != nil {
		return faulty{err}.failed("celu")
	}
	a := orDefault(l.Alpha, 1)
	return elu(x, x.Div(a), a)
}

// GELU is x times the probability that a normal number is below x; with Tanh an
// approximation of it (Hendrycks and Gimpel, 2016).
type GELU struct{ Tanh bool }

// Forward returns the activation of x.
func (l GELU) Forward(x *stheno.Variable) *stheno.Variable {
	if l.Tanh {
		inner := x.Add(x.Pow(3.0).Mul(0.044715)).Mul(math.Sqrt(2 / math.Pi))
		return x.Mul(0.5).Mul(inner.Tanh().Add(1))
	}
	return x.Mul(0.5).Mul(x.Mul(math.Sqrt2 / 2).Erf().Add(1))
}

// SiLU is x·sigmoid(x).
type SiLU struct{}

// Forward returns the activation of x.
func (SiLU) Forward(x *stheno.Variable) *stheno.Variable { return x.Mul(x.Sigmoid()) }

// Mish is x·tanh(softplus(x)) (Misra, 2019).
type Mish struct{}

// Forward returns the activation of x.
func (Mish) Forward(x *stheno.Variable) *stheno.Variable { return x.Mul(x.Softplus(1, 20).Tanh()) }

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
func (Softsign) Forward(x *stheno.Variable) *stheno.Variable { return x.Div(x.Abs().Add(1.0)) }

// Hardtanh is x limited to [Min, Max]. Max must be greater than Min.
type Hardtanh struct {
	Min *float64 // nil: -1
	Max *float64 // nil: 1
}

func (l Hardtanh) bounds() (lo, hi float64) { return orDefault(l.Min, -1), orDefault(l.Max, 1) }

// Check returns an error for bounds in the wrong order.
func (l Hardtanh) Check() error {
	if lo, hi := l.bounds(); !(hi > lo) {
		return fmt.Errorf("max_val (%v) must be greater than min_val (%v)", hi, lo)
	}
	return nil
}

// Forward returns the activation of x.
func (l Hardtanh) Forward(x *stheno.Variable) *stheno.Variable {
	if err := l.Check(); err != nil {
		return faulty{err}.failed("hardtanh")
	}
	lo, hi := l.bounds()
	return x.Clamp(lo, hi)
}

// Hardsigmoid is (x+3)/6 limited to [0, 1].
type Hardsigmoid struct{}

// Forward returns the activation of x.
func (Hardsigmoid) Forward(x *stheno.Variable) *stheno.Variable { return x.Add(3.0).Clamp(0, 6).Div(6) }

// Hardswish is 0 below -3, x above 3 and x·(x+3)/6 between (Howard et al., 2019).
type Hardswish struct{}

// Forward returns the activation of x.
func (Hardswish) Forward(x *stheno.Variable) *stheno.Variable {
	inner := x.Clamp(-3.0, 3.0) // finite where the curve is not taken
	curve := inner.Mul(inner.Add(3)).Div(6)
	return stheno.Where(x.Ge(3.0), x, stheno.Where(x.Le(-3.0), x.Mul(0), curve))
}

// Hardshrink is 0 where |x| is at most Lambda and x elsewhere.
type Hardshrink struct {
	Lambda *float64 // nil: 0.5
}

// Forward returns the activation of x.
func (l Hardshrink) Forward(x *stheno.Variable) *stheno.Variable {
	limit := orDefault(l.Lambda, 0.5)
	return stheno.Where(x.Ge(-limit).And(x.Le(limit)), 0, x)
}

// Softshrink moves x towards 0 by Lambda, and to 0 where it is nearer. Lambda must not be
// negative.
type Softshrink struct {
	Lambda *float64 // nil: 0.5
}

// Check returns an error for a negative Lambda.
func (l Softshrink) Check() error {
	if limit := orDefault(l.Lambda, 0.5); !(limit >= 0) {
		return fmt.Errorf("lambda must not be negative, but found %v", limit)
	}
	return nil
}

// Forward returns the activation of x.
func (l Softshrink) Forward(x *stheno.Variable) *stheno.Variable {
	if err := l.Check(); err != nil {
		return faulty{err}.failed("softshrink")
	}
	limit := orDefault(l.Lambda, 0.5)
	return stheno.Where(x.Gt(limit), x.Sub(limit), stheno.Where(x.Lt(-limit), x.Add(limit), x.Mul(0)))
}

// Tanhshrink is x - tanh(x).
type Tanhshrink struct{}

// Forward returns the activation of x.
func (Tanhshrink) Forward(x *stheno.Variable) *stheno.Variable { return x.Sub(x.Tanh()) }

// Threshold is x where it is over Limit and Value elsewhere. Neither has another default:
// 0 is 0.
type Threshold struct{ Limit, Value float64 }

// Forward returns the activation of x.
func (l Threshold) Forward(x *stheno.Variable) *stheno.Variable {
	return stheno.Where(x.Le(l.Limit), l.Value, x)
}

// LogSigmoid is log(sigmoid(x)), without overflow.
type LogSigmoid struct{}

// Forward returns the activation of x.
func (LogSigmoid) Forward(x *stheno.Variable) *stheno.Variable { return x.LogSigmoid() }
