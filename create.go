// SPDX-License-Identifier: MIT

package stheno

import (
	"math"

	"github.com/stheno-go/stheno/internal/dtype"
)

// Zeros, Ones, Full, Linspace, Eye, Rand and Randn return float32, and Arange returns int64. Functions
// with the suffix Of have the element type as the first argument, and those with Like return the type
// and shape of another Variable. All return leaves without gradient.

// Zeros returns float32 zeros.
func Zeros(shape ...int) *Variable { return ZerosOf(Float32, shape...) }

// ZerosOf returns zeros of type t.
func ZerosOf(t DType, shape ...int) *Variable { return FromTensor(NewTensor(t, shape...)) }

// ZerosLike returns zeros of v's type and shape.
func ZerosLike(v *Variable) *Variable { return FullLike(v, 0) }

// Ones returns float32 ones.
func Ones(shape ...int) *Variable { return OnesOf(Float32, shape...) }

// OnesOf returns ones of type t.
func OnesOf(t DType, shape ...int) *Variable { return FullOf(t, 1, shape...) }

// OnesLike returns ones of v's type and shape.
func OnesLike(v *Variable) *Variable { return FullLike(v, 1) }

// Full returns float32 elements of value x.
func Full(x float64, shape ...int) *Variable { return FullOf(Float32, x, shape...) }

// FullOf returns elements of type t and value x. It is an error if an integer type cannot represent x.
// For bool, any number but 0 is true.
func FullOf(t DType, x float64, shape ...int) *Variable {
	if v := holds("full", t, x); v != nil {
		return v
	}
	return filled(NewTensor(t, shape...), func(int) float64 { return x })
}

// FullLike returns elements of value x in v's type and shape.
func FullLike(v *Variable, x float64) *Variable {
	if v.node().Err() != nil {
		return v
	}
	return FullOf(v.DType(), x, v.Shape()...)
}

// Scalar returns a Variable without dimensions. Unlike a Go number in an expression, it has an element
// type.
func Scalar[T Elem](x T) *Variable { return FromTensor(ScalarOf(x)) }

// Arange returns the int64 numbers start, start+step, … up to but not including stop.
func Arange(start, stop, step int) *Variable {
	if step == 0 || step > 0 && stop < start || step < 0 && stop > start {
		return Failed("arange", ErrValue, "upper bound and larger bound inconsistent with step sign: start %d, stop %d, step %d", start, stop, step)
	}
	span, by := uint64(stop)-uint64(start), uint64(step)
	if step < 0 {
		span, by = -span, -by
	}
	n := span / by
	if span%by != 0 {
		n++
	}
	t := NewTensor(Int64, int(min(n, math.MaxInt))) // a size that is too large is an error
	if t.err == nil {
		data := elements[int64](t)
		for i := range data {
			data[i] = int64(start + i*step)
		}
	}
	return FromTensor(t)
}

// ArangeOf returns the numbers start, start+step, … up to but not including stop in type t. As in
// torch there are ⌈(stop-start)/step⌉ of them, even if rounding makes the last one equal to stop. It
// is an error if an integer type cannot represent an argument.
func ArangeOf(t DType, start, stop, step float64) *Variable {
	for _, x := range []float64{start, stop, step} {
		if v := holds("arange", t, x); v != nil {
			return v
		}
	}
	n := math.Ceil((stop - start) / step)
	switch {
	case t == Bool:
		return Failed("arange", ErrDType, "not defined for bool")
	case !(n >= 0) || step == 0 || math.IsInf(start, 0):
		return Failed("arange", ErrValue, "upper bound and larger bound inconsistent with step sign: start %v, stop %v, step %v", start, stop, step)
	}
	return filled(NewTensor(t, sizeOf(n)), func(i int) float64 { return start + float64(i)*step })
}

// Linspace returns n float32 numbers from start to stop, both included.
func Linspace(start, stop float64, n int) *Variable { return LinspaceOf(Float32, start, stop, n) }

// LinspaceOf returns n numbers of the float type t from start to stop, both included.
func LinspaceOf(t DType, start, stop float64, n int) *Variable {
	switch {
	case n < 0:
		return Failed("linspace", ErrValue, "number of steps must be non-negative, got %d", n)
	case !t.IsFloat():
		return Failed("linspace", ErrDType, "expects float32 or float64, got %v", t)
	}
	step := (stop - start) / math.Max(float64(n-1), 1)
	return filled(NewTensor(t, n), func(i int) float64 {
		// From both ends, so that the last number is exactly stop.
		if i < n/2 || n == 1 {
			return start + step*float64(i)
		}
		return stop - step*float64(n-1-i)
	})
}

// Eye returns the float32 identity matrix of n rows.
func Eye(n int) *Variable { return EyeOf(Float32, n) }

// EyeOf returns the identity matrix of n rows in type t.
func EyeOf(t DType, n int) *Variable {
	if n < 0 {
		return Failed("eye", ErrValue, "n must be greater or equal to 0, got %d", n)
	}
	return filled(NewTensor(t, n, n), func(i int) float64 {
		if i%(n+1) == 0 {
			return 1
		}
		return 0
	})
}

// filled returns a leaf over t with the elements f(0), f(1), …
func filled(t *Tensor, f func(i int) float64) *Variable {
	if t.err != nil {
		return FromTensor(t)
	}
	switch t.data.DType() {
	case dtype.Float32:
		fill(elements[float32](t), f)
	case dtype.Float64:
		fill(elements[float64](t), f)
	case dtype.Int64:
		fill(elements[int64](t), f)
	case dtype.Uint8:
		fill(elements[uint8](t), f)
	case dtype.Bool:
		data := elements[bool](t)
		for i := range data {
			data[i] = f(i) != 0
		}
	}
	return FromTensor(t)
}

func fill[T float32 | float64 | int64 | uint8](data []T, f func(i int) float64) {
	for i := range data {
		data[i] = T(f(i))
	}
}

// holds returns a failed Variable if t cannot represent x, else nil.
func holds(op string, t DType, x float64) *Variable {
	low, high := -0x1p63, 0x1p63
	switch t {
	case Uint8:
		low, high = 0, 256
	case Int64:
	default:
		return nil
	}
	if x != math.Trunc(x) || x < low || x >= high {
		return Failed(op, ErrValue, "%v cannot represent %v", t, x)
	}
	return nil
}

// sizeOf returns n as a size. A size that is too large is an error where it is used.
func sizeOf(n float64) int {
	if n > math.MaxInt32 {
		return math.MaxInt
	}
	return int(n)
}
