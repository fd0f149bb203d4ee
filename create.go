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
	if step == 0 || (stop-start)*sign(step) < 0 {
		return Failed("arange", ErrValue, "upper bound and larger bound inconsistent with step sign: start %d, stop %d, step %d", start, stop, step)
	}
	n := (stop - start + step - sign(step)) / step
	data := make([]int64, n)
	for i := range data {
		data[i] = int64(start + i*step)
	}
	return Var(TensorOf(data, n))
}

func sign(x int) int {
	if x < 0 {
		return -1
	}
	return 1
}

// Linspace returns n float32 numbers from start to stop, both included.
func Linspace(start, stop float64, n int) *Variable {
	if n < 0 {
		return Failed("linspace", ErrValue, "number of steps must be non-negative, got %d", n)
	}
	data := make([]float32, n)
	for i := range data {
		// From both ends, so that the last is stop exactly.
		step := (stop - start) / math.Max(float64(n-1), 1)
		if i < n/2 {
			data[i] = float32(start + step*float64(i))
		} else {
			data[i] = float32(stop - step*float64(n-1-i))
		}
	}
	if n == 1 {
		data[0] = float32(start)
	}
	return Var(TensorOf(data, n))
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
