// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// The functions below work on arrays of shape (outer, n, inner), along n. A lane is
// the n elements that belong together; lane i begins at i/inner*n*inner + i%inner.

// largest returns the largest element of a lane, NaN if one is, -Inf if it is empty.
func largest[T Float](x []T) T {
	top := T(math.Inf(-1))
	if f, n, k := whole(x); n > 0 {
		top, x = T(k.maximum(n, &f[0])), x[n:]
		if top != top {
			return top
		}
	}
	for _, v := range x {
		if v > top || v != v {
			top = v
		}
	}
	return top
}

// expShifted is dst[i] = exp(x[i] - top); it returns the sum. dst may be x.
func expShifted[T Float](dst, x []T, top T) (sum float64) {
	dst = dst[:len(x)]
	if d, ok := any(dst).([]float32); ok {
		return expSum(d, any(x).([]float32), float32(top))
	}
	for i, v := range x {
		e := math.Exp(float64(v - top))
		dst[i] = T(e)
		sum += e
	}
	return sum
}

// expSum is expShifted of float32, where top is no less than any element. What fills
// vectors is added up in eight sums by [expSumVectors], the rest one by one.
func expSum(dst, x []float32, top float32) (sum float64) {
	_, n, k := whole(x)
	if n > 0 {
		sum = k.expSum(n, &dst[0], &x[0], top)
	} else {
		n = len(x) &^ (vectorLanes - 1)
		sum = expSumVectors(dst[:n], x[:n], top)
	}
	for i, v := range x[n:] {
		e := expf(v - top)
		dst[n+i] = e
		sum += float64(e)
	}
	return sum
}

// expSumVectors adds up to four vectors in float32, then elements i and i+8 of their sum,
// then those in float64.
func expSumVectors(dst, x []float32, top float32) float64 {
	var sums [8]float64
	for at := 0; at < len(x); {
		to := at + 4*vectorLanes
		if to > len(x) {
			to = at + vectorLanes
		}
		var part [vectorLanes]float32
		for ; at < to; at++ {
			e := expf(x[at] - top)
			dst[at] = e
			part[at%vectorLanes] += e
		}
		for i := range sums {
			sums[i] += float64(part[i] + part[8+i])
		}
	}
	for half := len(sums) / 2; half > 0; half /= 2 {
		for i := range half {
			sums[i] += sums[half+i]
		}
	}
	return sums[0]
}

// logSumExp is log Σ exp of a lane, without overflow; s is memory for the exponentials.
func logSumExp[T Float](x, s []T) float64 {
	top := largest(x)
	if math.IsInf(float64(top), 0) {
		return float64(top) // the difference to it would be NaN
	}
	return float64(top) + math.Log(expShifted(s, x, top))
}

// gatherLane is dst[k] = src[k*step].
func gatherLane[T any](dst, src []T, step int) {
	if step == 1 {
		copy(dst, src)
		return
	}
	for k := range dst {
		dst[k] = src[k*step]
	}
}

// scatterLane is dst[k*step] = src[k].
func scatterLane[T any](dst, src []T, step int) {
	if step == 1 {
		copy(dst, src)
		return
	}
	for k, v := range src {
		dst[k*step] = v
	}
}

// laneCost is what an element of a lane costs, in additions.
const laneCost = 4

// Softmax is exp(x)/Σexp(x), without overflow.
func Softmax[T Float](y, x []T, outer, n, inner int) {
	par.Over(outer*inner, laneCost*n, softmax[T]{y, x, n, inner, false})
}

// LogSoftmax is x - log Σexp(x), without overflow.
func LogSoftmax[T Float](y, x []T, outer, n, inner int) {
	par.Over(outer*inner, laneCost*n, softmax[T]{y, x, n, inner, true})
}

type softmax[T Float] struct {
	y, x     []T
	n, inner int
	log      bool
}

func (r softmax[T]) Span(from, to int) {
	if r.inner == 1 {
		for i := from; i < to; i++ {
			r.lane(r.y[i*r.n:(i+1)*r.n], r.x[i*r.n:(i+1)*r.n])
		}
		return
	}
	s := par.Scratch[T](r.n)
	for i := from; i < to && r.n > 0; i++ {
		at := i/r.inner*r.n*r.inner + i%r.inner
		gatherLane(*s, r.x[at:], r.inner)
		r.lane(*s, *s)
		scatterLane(r.y[at:], *s, r.inner)
	}
	par.GiveBack(s)
}

func (r softmax[T]) lane(y, x []T) {
	if r.log {
		logSoftmaxLane(y, x)
	} else {
		softmaxLane(y, x)
	}
}

func softmaxLane[T Float](y, x []T) {
	scale := 1 / expShifted(y, x, largest(x))
	MulScalar(y, y, T(scale))
}

func logSoftmaxLane[T Float](y, x []T) {
	top := largest(x)
	s := par.Scratch[T](len(x))
	l := math.Log(expShifted(*s, x, top))
	par.GiveBack(s)
	SubScalar(y, x, top)
	SubScalar(y, y, T(l))
}

// LogSumExp is out[o,i] = log Σₙ exp(x[o,n,i]), without overflow.
func LogSumExp[T Float](out, x []T, outer, n, inner int) {
	par.Over(outer*inner, laneCost*n, logSumExps[T]{out, x, n, inner})
}

type logSumExps[T Float] struct {
	out, x   []T
	n, inner int
}

func (r logSumExps[T]) Span(from, to int) {
	s := par.Scratch[T](r.n)
	for i := from; i < to; i++ {
		lane := *s
		if r.n > 0 {
			gatherLane(lane, r.x[i/r.inner*r.n*r.inner+i%r.inner:], r.inner)
		}
		r.out[i] = T(logSumExp(lane, lane))
	}
	par.GiveBack(s)
}

// SoftmaxGrad is the gradient of Softmax, whose result is y: y·(dy - Σ y·dy).
func SoftmaxGrad[T Float](dx, y, dy []T, outer, n, inner int) {
	par.Over(outer*inner, laneCost*n, softmaxGrad[T]{dx, y, dy, n, inner})
}

type softmaxGrad[T Float] struct {
	dx, y, dy []T
	n, inner  int
}

func (r softmaxGrad[T]) Span(from, to int) {
	for i := from; i < to; i++ {
		at, dot := i/r.inner*r.n*r.inner+i%r.inner, 0.0
		for k := at; k < at+r.n*r.inner; k += r.inner {
			dot += float64(r.y[k]) * float64(r.dy[k])
		}
		for k := at; k < at+r.n*r.inner; k += r.inner {
			r.dx[k] = T(float64(r.y[k]) * (float64(r.dy[k]) - dot))
		}
	}
}

// LogSoftmaxGrad is the gradient of LogSoftmax, whose result is y: dy - exp(y)·Σ dy.
func LogSoftmaxGrad[T Float](dx, y, dy []T, outer, n, inner int) {
	par.Over(outer*inner, 2*laneCost*n, logSoftmaxGrad[T]{dx, y, dy, n, inner})
}

type logSoftmaxGrad[T Float] struct {
	dx, y, dy []T
	n, inner  int
}

func (r logSoftmaxGrad[T]) Span(from, to int) {
	for i := from; i < to; i++ {
		at, sum := i/r.inner*r.n*r.inner+i%r.inner, 0.0
		for k := at; k < at+r.n*r.inner; k += r.inner {
			sum += float64(r.dy[k])
		}
		for k := at; k < at+r.n*r.inner; k += r.inner {
			r.dx[k] = T(float64(r.dy[k]) - math.Exp(float64(r.y[k]))*sum)
		}
	}
}
