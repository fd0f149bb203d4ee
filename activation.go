// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/ops"
)

// The activations have the names of torch.nn.functional and keep the shape. Integers are supported
// where torch supports them, booleans by Sigmoid and Tanh only; otherwise they are an error.

// floats returns v, or a failed Variable unless v is float, as most of torch's activations require.
func (v *Variable) floats(op string) *Variable {
	if v.node().Err() != nil || v.n.DType().IsFloat() {
		return v
	}
	return new(Variable).fail(op, &ops.InferError{DType: true, Text: fmt.Sprintf("expects floats, got %v", v.DType())}, &v.n)
}

// numbers returns v, or a failed Variable if v is bool.
func (v *Variable) numbers(op string) *Variable {
	if v.isBool() {
		return v.floats(op)
	}
	return v
}

// wholes returns x and y as integers for an integer v, or an error if they are not integers.
func (v *Variable) wholes(op string, x, y float64) (a, b int64, err *Variable) {
	for _, z := range [...]float64{x, y} {
		if z != math.Trunc(z) || math.Abs(z) > 1<<53 {
			return 0, 0, Failed(op, ErrValue, "%v is not an integer, but the input is %v", z, v.DType())
		}
	}
	return int64(x), int64(y), nil
}

// ReLU returns max(v, 0), for integers an integer; booleans are an error. Its gradient at 0 is 0.
func (v *Variable) ReLU() *Variable { return v.numbers("relu").record1(ops.Relu) }

// ReLU6 returns min(max(v, 0), 6), for integers an integer; booleans are an error. Its gradient at 0
// and at 6 is 0.
func (v *Variable) ReLU6() *Variable { return v.numbers("relu6").Clamp(0, 6) }

// Hardtanh returns min(max(v, lo), hi); lo must be below hi. Torch's defaults are -1 and 1. For
// integers it is an integer, and limits that are not integers are an error. Booleans are an error.
// Its gradient at a limit is 0.
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

// Threshold returns v where v > limit, and value elsewhere. For integers it is an integer, and
// arguments that are not integers, or are out of the range of uint8, are an error. Booleans are an
// error.
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
		return Failed("threshold", ErrValue, "the limit %d is out of the range of uint8", l)
	}
	return Where(v.Le(l), x, v)
}

// LeakyReLU returns v where v > 0, and slope*v elsewhere. torch's default is 0.01. A v that is
// not float is an error.
func (v *Variable) LeakyReLU(slope float64) *Variable {
	v = v.floats("leaky_relu")
	return Where(v.Gt(0), v, v.Mul(slope))
}

// PReLU returns v where v > 0, and weight*v elsewhere. Shapes: (N,C,…), weight (C) -> (N,C,…); (…),
// weight () or (1) -> (…); others are errors, and so are a v and a weight that are not float.
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
		w = w.Reshape() // so that a scalar remains a scalar
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

// RReLU returns v where v > 0, and a*v elsewhere. In training, a is uniformly random in [lower, upper)
// for each element, otherwise it is (lower+upper)/2. lower must not be above upper. Torch's defaults
// are 1.0/8, 1.0/3 and false. The random numbers are fixed when the operation is recorded; a [Program]
// draws new ones in each run. A v that is not float is an error.
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
	inner := v.Clamp(-3.0, 3.0) // finite where it is not used
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
