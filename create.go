// SPDX-License-Identifier: MIT

package stheno

import (
	"math"

	"github.com/stheno-go/stheno/internal/storage"
)

// Zeros returns float32 zeros.
func Zeros(shape ...int) *Variable { return Var(NewTensor(Float32, shape...)) }

// Ones returns float32 ones.
func Ones(shape ...int) *Variable { return Full(1, shape...) }

// Full returns float32 elements that are all x.
func Full(x float64, shape ...int) *Variable {
	t := NewTensor(Float32, shape...)
	if t.err == nil {
		data := storage.View[float32](t.data)
		for i := range data {
			data[i] = float32(x)
		}
	}
	return Var(t)
}

// Scalar returns a Variable without dimensions. Unlike a Go number in an expression
// it has a type of its own.
func Scalar[T Elem](x T) *Variable { return Var(ScalarOf(x)) }

// Arange returns the int64 numbers start, start+step, … up to stop, without it.
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
	t := NewTensor(Int64, int(min(n, math.MaxInt))) // too large a size is an error
	if t.err == nil {
		data := storage.View[int64](t.data)
		for i := range data {
			data[i] = int64(start + i*step)
		}
	}
	return Var(t)
}

// Linspace returns n float32 numbers from start to stop, both included.
func Linspace(start, stop float64, n int) *Variable {
	if n < 0 {
		return Failed("linspace", ErrValue, "number of steps must be non-negative, got %d", n)
	}
	t := NewTensor(Float32, n)
	if t.err != nil {
		return Var(t)
	}
	data := storage.View[float32](t.data)
	step := (stop - start) / math.Max(float64(n-1), 1)
	for i := range data {
		// From both ends, so that the last is stop exactly.
		if i < n/2 || n == 1 {
			data[i] = float32(start + step*float64(i))
		} else {
			data[i] = float32(stop - step*float64(n-1-i))
		}
	}
	return Var(t)
}

// Eye returns the float32 identity matrix of n rows.
func Eye(n int) *Variable {
	if n < 0 {
		return Failed("eye", ErrValue, "n must be greater or equal to 0, got %d", n)
	}
	t := NewTensor(Float32, n, n)
	if t.err == nil {
		data := storage.View[float32](t.data)
		for i := range n {
			data[i*n+i] = 1
		}
	}
	return Var(t)
}
