// SPDX-License-Identifier: MIT

package kernels

import "math"

// The functions below work on arrays of shape (outer, n, inner), along n.

func lanes(outer, n, inner int, f func(at int)) {
	rows(outer*inner, 8*n, func(i int) { f(i/inner*n*inner + i%inner) })
}

// shift returns the largest of a lane and Σ exp(x - largest).
func shift[T Float](x []T, at, n, inner int) (top, sum float64) {
	top = math.Inf(-1)
	for k := range n {
		if v := float64(x[at+k*inner]); v > top || v != v {
			top = v
		}
	}
	for k := range n {
		sum += math.Exp(float64(x[at+k*inner]) - top)
	}
	return top, sum
}

// Softmax is exp(x)/Σexp(x), without overflow.
func Softmax[T Float](y, x []T, outer, n, inner int) {
	lanes(outer, n, inner, func(at int) {
		top, sum := shift(x, at, n, inner)
		for k := range n {
			i := at + k*inner
			y[i] = T(math.Exp(float64(x[i])-top) / sum)
		}
	})
}

// LogSoftmax is x - log Σexp(x), without overflow.
func LogSoftmax[T Float](y, x []T, outer, n, inner int) {
	lanes(outer, n, inner, func(at int) {
		top, sum := shift(x, at, n, inner)
		l := math.Log(sum)
		for k := range n {
			i := at + k*inner
			y[i] = T(float64(x[i]) - top - l)
		}
	})
}
