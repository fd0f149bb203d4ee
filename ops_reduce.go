// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/ops"
)

// The arguments of reductions are the dimensions to reduce; none stands for all. Reduced dimensions are
// removed; Unsqueeze with the same dimensions restores them with size 1.

func (v *Variable) reduce(kind ops.ReduceKind, dims []int) *Variable {
	set, err := v.axes(ops.Reduce{Kind: kind}.Name(), dims)
	if err != nil {
		return err
	}
	return v.record1(ops.Reduce{Kind: kind, Axes: set})
}

// Sum returns the sum of the elements, for integers and booleans as int64.
func (v *Variable) Sum(dims ...int) *Variable { return v.reduce(ops.Sum, dims) }

// Mean returns the mean of the elements; NaN if there are none.
func (v *Variable) Mean(dims ...int) *Variable { return v.reduce(ops.Mean, dims) }

// Prod returns the product of the elements, for integers and booleans as int64.
func (v *Variable) Prod(dims ...int) *Variable { return v.reduce(ops.Prod, dims) }

// Max returns the largest element; NaN if any is NaN. Equal largest elements share the gradient
// (torch.amax).
func (v *Variable) Max(dims ...int) *Variable { return v.reduce(ops.Max, dims) }

// Min returns the smallest element; NaN and equal elements are as with [Variable.Max].
func (v *Variable) Min(dims ...int) *Variable { return v.reduce(ops.Min, dims) }

// All reports whether all elements are nonzero, as bool, or for uint8 as 0 or 1.
func (v *Variable) All(dims ...int) *Variable { return v.truth(ops.All, dims) }

// Any reports whether any element is nonzero, as bool, or for uint8 as 0 or 1.
func (v *Variable) Any(dims ...int) *Variable { return v.truth(ops.Any, dims) }

func (v *Variable) truth(kind ops.ReduceKind, dims []int) *Variable {
	r := v.To(Bool).reduce(kind, dims)
	if v.node().Err() == nil && v.DType() == Uint8 {
		return r.To(Uint8)
	}
	return r
}

// ArgMax returns the index of the first largest element along dim, as int64.
func (v *Variable) ArgMax(dim int) *Variable { return v.arg(dim, false) }

// ArgMin returns the index of the first smallest element along dim, as int64.
func (v *Variable) ArgMin(dim int) *Variable { return v.arg(dim, true) }

func (v *Variable) arg(dim int, least bool) *Variable {
	if v.scalarAlong(dim) {
		return v.Unsqueeze(0).arg(0, least)
	}
	o := ops.Arg{Least: least}
	a, err := v.axis(o.Name(), dim)
	if err != nil {
		return err
	}
	o.Axis = a
	return v.record1(o)
}

// Var returns the variance: the sum of squared deviations from the mean divided by the number of
// elements minus correction, which is 1 for the unbiased estimate (torch's default). It is computed in
// float64 for all types.
func (v *Variable) Var(correction int, dims ...int) *Variable {
	return v.variance(ops.Variance{Correction: correction}, dims)
}

// Std returns the square root of [Variable.Var]. Its gradient is 0 where all elements are equal.
func (v *Variable) Std(correction int, dims ...int) *Variable {
	return v.variance(ops.Variance{Correction: correction, Root: true}, dims)
}

func (v *Variable) variance(o ops.Variance, dims []int) *Variable {
	set, err := v.axes(o.Name(), dims)
	if err != nil {
		return err
	}
	o.Axes = set
	return v.record1(o)
}

// LogSumExp returns log Σ exp(v) without overflow, for integers and booleans as float32.
func (v *Variable) LogSumExp(dims ...int) *Variable {
	set, err := v.axes("logsumexp", dims)
	if err != nil {
		return err
	}
	v = v.inFloat()
	if v.Size() == 0 { // there is no maximum
		return v.Exp().record1(ops.Reduce{Kind: ops.Sum, Axes: set}).Log()
	}
	top := v.cut().record1(ops.Reduce{Kind: ops.Max, Axes: set, Keep: true})
	limit := math.MaxFloat64
	if v.DType() == Float32 {
		limit = math.MaxFloat32
	}
	top = top.Clamp(-limit, limit) // so that an infinite maximum does not become Inf-Inf
	sum := v.Sub(top).Exp().record1(ops.Reduce{Kind: ops.Sum, Axes: set})
	return sum.Log().Add(top.Reshape(sum.Shape()...))
}

// Norm returns the p-norm: the sum of |v| to the power p, to the power 1/p. p may be +Inf (the largest
// |v|), -Inf (the smallest) or 0 (the number of nonzero elements). The gradient at the zero vector is
// 0. For p = ±Inf with NaN among the elements, the gradient is NaN (torch: 0).
func (v *Variable) Norm(p float64, dims ...int) *Variable {
	if v.node().Err() == nil && !v.DType().IsFloat() {
		return new(Variable).fail("norm", &ops.InferError{DType: true, Text: fmt.Sprintf("Expected a floating point tensor as input. Got %v", v.DType())}, v.node())
	}
	switch {
	case math.IsNaN(p):
		return Failed("norm", ErrValue, "p is NaN")
	case math.IsInf(p, 1):
		return v.Abs().Max(dims...)
	case math.IsInf(p, -1):
		return v.Abs().Min(dims...)
	case p == 0:
		return v.Ne(0).To(v.DType()).Sum(dims...)
	case p == 1:
		return v.Abs().Sum(dims...)
	case p == 2 && v.NDim() == 0: // no dimension to reduce
		return v.Abs().reduce(ops.Sum, dims)
	case p == 2:
		return v.reduce(ops.Norm, dims)
	}
	x, scale := v.scaled(p, dims)
	var y *Variable
	switch {
	case p < 0:
		y = x.powFlat(p).Sum(dims...).Pow(1 / p)
	case p < 1:
		y = x.powFlat(p).Sum(dims...).powFlat(1 / p)
	default:
		y = x.Pow(p).Sum(dims...).powFlat(1 / p)
	}
	if scale == nil {
		return y
	}
	return y.Mul(scale.Reshape(y.Shape()...)).To(v.DType())
}

// scaled returns |v| in float64 divided by a scale that keeps its powers p from overflow and underflow:
// the largest |v| or, for negative powers, the smallest. The norm is linear in the scale, which
// therefore needs no gradient. The scale is nil if it is not needed.
func (v *Variable) scaled(p float64, dims []int) (x, scale *Variable) {
	set, err := v.axes("norm", dims)
	switch {
	case err != nil:
		return err, nil
	case v.Size() == 0 || p > 0 && p < 1:
		return v.Abs(), nil
	}
	kind := ops.Max
	if p < 0 {
		kind = ops.Min
	}
	x = v.To(Float64).Abs()
	scale = x.cut().record1(ops.Reduce{Kind: kind, Axes: set, Keep: true})
	scale = Where(scale.Eq(0), 1.0, Where(scale.Eq(math.Inf(1)), 1.0, scale))
	return x.Div(scale), scale
}

// powFlat is Pow with a nonzero p and the gradient 0 at 0.
func (v *Variable) powFlat(p float64) *Variable {
	at := 0.0
	if p < 0 {
		at = math.Inf(1)
	}
	zero := v.Eq(0)
	return Where(zero, at, Where(zero, 1.0, v).Pow(p))
}

// Cumsum returns the cumulative sums along dim, for integers and booleans as int64.
func (v *Variable) Cumsum(dim int) *Variable {
	if v.scalarAlong(dim) {
		return v.Unsqueeze(0).Cumsum(0).Squeeze(0)
	}
	a, err := v.axis("cumsum", dim)
	if err != nil {
		return err
	}
	if !v.DType().IsFloat() {
		v = v.To(Int64)
	}
	return v.record1(ops.Cumsum{Axis: a})
}
