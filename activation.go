// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/ops"
)

// The activations have the names of torch.nn.functional, take their numbers as they stand and
// keep the shape. Of integers they are what torch's are: most are errors, as all are of
// booleans but Sigmoid and Tanh.

// floats returns v, failed unless it holds floats: most of torch's activations want them.
func (v *Variable) floats(op string) *Variable {
	if v.node().Err() != nil || v.n.DType().IsFloat() {
		return v
	}
	return new(Variable).fail(op, &ops.InferError{DType: true, Text: fmt.Sprintf("wants floats, got %v", v.DType())}, &v.n)
}

// numbers returns v, failed if it holds booleans.
func (v *Variable) numbers(op string) *Variable {
	if v.isBool() {
		return v.floats(op)
	}
	return v
}

// wholes returns two numbers for a v of integers, and an error if they are none.
func (v *Variable) wholes(op string, x, y float64) (a, b int64, err *Variable) {
	for _, z := range [...]float64{x, y} {
		if z != math.Trunc(z) || math.Abs(z) > 1<<53 {
			return 0, 0, Failed(op, ErrValue, "%v is no whole number, and the input is %v", z, v.DType())
		}
	}
	return int64(x), int64(y), nil
}

// ReLU returns max(v, 0), of integers an integer; booleans are an error. Its gradient at 0
// is 0.
func (v *Variable) ReLU() *Variable { return v.numbers("relu").record1(ops.Relu) }

// ReLU6 returns min(max(v, 0), 6), of integers an integer; booleans are an error. Its
// gradient at 0 and at 6 is 0.
func (v *Variable) ReLU6() *Variable { return v.numbers("relu6").Clamp(0, 6) }

// Hardtanh returns min(max(v, lo), hi); lo must be below hi. torch's defaults are -1 and 1.
// Of integers it is an integer, and limits that are none are an error; booleans are one. Its gradient at a limit is 0.
func (v *Variable) Hardtanh(lo, hi float64) *Variable {
	if !(hi > lo) {
		return Failed("hardtanh", ErrValue, "max_val (%v) must be greater than min_val (%v)", hi, lo)
	}
	v = v.numbers("hardtanh")
	if v.node().Err() != nil || v.n.DType().IsFloat() {
		return v.Clamp(lo, hi)
	}
	a, b, err := v.wholes("hardtanh", lo, hi)
	if err != nil {
		return err
	}
	return v.Clamp(a, b)
}

// Threshold returns v where v > limit, and value elsewhere. Of integers it is an integer, and
// numbers that are none, or that uint8 does not hold, are an error; booleans are one.
func (v *Variable) Threshold(limit, value float64) *Variable {
	v = v.numbers("threshold")
	if v.node().Err() != nil || v.n.DType().IsFloat() {
		return Where(v.Le(limit), value, v)
	}
	l, x, err := v.wholes("threshold", limit, value)
	if err != nil {
		return err
	}
	if v.DType() == Uint8 && (l < 0 || l > math.MaxUint8) {
		return Failed("threshold", ErrValue, "the limit %d is not within uint8", l)
	}
	return Where(v.Le(l), x, v)
}

// LeakyReLU returns v where v > 0, and slope*v elsewhere. torch's default is 0.01. A v that is
// not float is an error.
func (v *Variable) LeakyReLU(slope float64) *Variable {
	v = v.floats("leaky_relu")
	return Where(v.Gt(0), v, v.Mul(slope))
}

// PReLU returns v where v > 0, and weight*v elsewhere. Shapes: v (N,C,…) and weight (C), of
// each channel, or v (…) and weight () or (1) -> that of v; others are errors, and so are a v
// and a weight that are not float.
func (v *Variable) PReLU(weight *Variable) *Variable {
	if weight == nil {
		return new(Variable).fail("prelu", fmt.Errorf("weight: %w", errNil), v.node())
	}
	v, w := v.floats("prelu"), weight.floats("prelu")
	for _, x := range []*Variable{v, w} {
		if x.Err() != nil {
			return failedBy(x.Err())
		}
	}
	switch n := w.Size(); {
	case w.NDim() > 1 || n == 0:
		return Failed("prelu", ErrShape, "expected weight to be a scalar or 1D tensor, but got %v", w.Shape())
	case n == 1:
		w = w.Reshape() // so that a scalar stays one
	default:
		channels := 1
		if v.NDim() > 1 {
			channels = v.Dim(1)
		}
		if n != channels {
			return Failed("prelu", ErrShape, "Mismatch of parameter numbers and input channel size. Found parameter numbers = %d and channel size = %d.", n, channels)
		}
		w = w.perChannel(v.NDim())
	}
	return Where(v.Gt(0), v, v.Mul(w))
}

// RReLU returns v where v > 0, and a*v elsewhere: in training a is drawn for each element
// from [lower, upper), otherwise it is (lower+upper)/2. lower must not be above upper. torch's
// defaults are 1.0/8, 1.0/3 and false. The choice is fixed when the operation is recorded; a
// [Program] chooses anew in each run. A v that is not float is an error.
func (v *Variable) RReLU(lower, upper float64, training bool) *Variable {
	if !(lower <= upper) {
		return Failed("rrelu", ErrValue, "Lower bound should be less than or equal to the upper bound, got %v and %v", lower, upper)
	}
	if v = v.floats("rrelu"); v.node().Err() != nil || !training {
		return Where(v.Gt(0), v, v.Mul((lower+upper)/2))
	}
	slope := FromTensor(DefaultGenerator().Uniform(Float32, lower, upper, v.Shape()...))
	return Where(v.Gt(0), v, v.Mul(slope))
}

// Hardsigmoid returns min(max(v+3, 0), 6)/6. A v that is not float is an error.
func (v *Variable) Hardsigmoid() *Variable {
	return v.floats("hardsigmoid").Add(3.0).Clamp(0, 6).Div(6)
}

// Hardswish returns 0 where v <= -3, v where v >= 3, and v*(v+3)/6 between (Howard et al.,
// 2019). A v that is not float is an error.
func (v *Variable) Hardswish() *Variable {
	v = v.floats("hardswish")
	inner := v.Clamp(-3.0, 3.0) // finite where the curve is not taken
	curve := inner.Mul(inner.Add(3)).Div(6)
	return Where(v.Ge(3.0), v, Where(v.Le(-3.0), v.Mul(0), curve))
}

// Hardshrink returns 0 where |v| <= lambda, and v elsewhere. torch's default is 0.5. A v that
// is not float is an error.
func (v *Variable) Hardshrink(lambda float64) *Variable {
	v = v.floats("hardshrink")
	return Where(v.Ge(-lambda).And(v.Le(lambda)), 0, v)
}

// Softshrink returns v-lambda where v > lambda, v+lambda where v < -lambda, and 0 between.
// lambda must not be negative. torch's default is 0.5. A v that is not float is an error.
func (v *Variable) Softshrink(lambda float64) *Variable {
	if !(lambda >= 0) {
		return Failed("softshrink", ErrValue, "lambda must not be negative, but found %v", lambda)
	}
	v = v.floats("softshrink")
	return Where(v.Gt(lambda), v.Sub(lambda), Where(v.Lt(-lambda), v.Add(lambda), v.Mul(0)))
}
