// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Pool describes 2-D pooling of planes (N·C,H,W) into (N·C,OH,OW).
type Pool struct {
	Planes, H, W, KH, KW int
	StrideH, StrideW     int
	PadH, PadW           int
	DilationH, DilationW int
	OH, OW               int
	ExcludePad           bool // of averages: count only what lies inside
	Divisor              int  // of averages: divide by it, whatever the window holds; 0: by what it holds
}

// cost is about how many elements the windows of a plane hold.
func (p *Pool) Cost() int { return max(p.OH*p.OW*p.KH*p.KW, p.H*p.W) }

// inside returns which elements of a window that begins at start lie in a dimension.
func inside(start, dilation, kernel, size int) (from, to int) {
	if dilation == 1 {
		return max(0, -start), min(kernel, size-start)
	}
	if start < 0 {
		from = (-start + dilation - 1) / dilation
	}
	if start < size {
		to = min(kernel, (size-1-start)/dilation+1)
	}
	return from, to
}

// area is the part of a window that lies in a plane: from element at on, rows of
// count elements that are stepW apart, the rows stepH.
type area struct{ at, rows, count, stepH, stepW int }

// areas calls f for each window.
func (p *Pool) areas(f func(window int, r area)) {
	for i := range p.OH {
		top := i*p.StrideH - p.PadH
		a0, a1 := inside(top, p.DilationH, p.KH, p.H)
		for j := range p.OW {
			left := j*p.StrideW - p.PadW
			b0, b1 := inside(left, p.DilationW, p.KW, p.W)
			f(i*p.OW+j, area{(top+a0*p.DilationH)*p.W + left + b0*p.DilationW, max(a1-a0, 0), max(b1-b0, 0), p.DilationH * p.W, p.DilationW})
		}
	}
}

// largestIn returns the largest element, NaN if one is, -Inf if there is none.
func largestIn[T Float](x []T, r area) T {
	best := T(math.Inf(-1))
	for range r.rows {
		k := r.at
		for range r.count {
			best = max(best, x[k])
			k += r.stepW
		}
		r.at += r.stepH
	}
	return best
}

// winner returns where the first largest element is, -1 if there is none. NaN is
// largest, and the last NaN wins, as in torch. The search goes backwards and has no
// branch that depends on the values: they are hard to predict.
func winner[T Float](x []T, r area) int {
	best, at := largestIn(x, r), -1
	if best != best {
		return lastNaN(x, r)
	}
	begin := r.at + (r.rows-1)*r.stepH + (r.count-1)*r.stepW
	for range r.rows {
		k := begin
		for range r.count {
			if x[k] == best {
				at = k
			}
			k -= r.stepW
		}
		begin -= r.stepH
	}
	return at
}

func lastNaN[T Float](x []T, r area) int {
	at := -1
	for a := range r.rows {
		for b := range r.count {
			if k := r.at + a*r.stepH + b*r.stepW; x[k] != x[k] {
				at = k
			}
		}
	}
	return at
}

// MaxPool is the largest element of each window, -Inf for a window without any.
func MaxPool[T Float](p *Pool, y, x []T) { par.Over(p.Planes, p.Cost(), maxPool[T]{p, y, x}) }

type maxPool[T Float] struct {
	p    *Pool
	y, x []T
}

func (r maxPool[T]) Span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		x, y := r.x[n*in:(n+1)*in], r.y[n*size:(n+1)*size]
		r.p.areas(func(window int, a area) { y[window] = largestIn(x, a) })
	}
}

// MaxPoolPick is the element of v at the place of the largest of x in each window:
// the derivative of [MaxPoolGrad] in dy.
func MaxPoolPick[T Float](p *Pool, out, x, v []T) {
	par.Over(p.Planes, p.Cost(), maxPoolPick[T]{p, out, x, v})
}

type maxPoolPick[T Float] struct {
	p         *Pool
	out, x, v []T
}

func (r maxPoolPick[T]) Span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		out, x, v := r.out[n*size:(n+1)*size], r.x[n*in:(n+1)*in], r.v[n*in:(n+1)*in]
		r.p.areas(func(window int, a area) {
			if at := winner(x, a); at < 0 {
				out[window] = T(math.Inf(-1))
			} else {
				out[window] = v[at]
			}
		})
	}
}

// MaxPoolIndex is the place h·W+w of the largest element of each window, -1 for a
// window without any.
func MaxPoolIndex[T Float](p *Pool, index []int64, x []T) {
	par.Over(p.Planes, p.Cost(), maxPoolIndex[T]{p, index, x})
}

type maxPoolIndex[T Float] struct {
	p     *Pool
	index []int64
	x     []T
}

func (r maxPoolIndex[T]) Span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		index, x := r.index[n*size:(n+1)*size], r.x[n*in:(n+1)*in]
		r.p.areas(func(window int, a area) { index[window] = int64(winner(x, a)) })
	}
}

// MaxPoolGrad is the gradient of MaxPool in x: dy added to the place of the largest
// element of each window.
func MaxPoolGrad[T Float](p *Pool, dx, x, dy []T) {
	par.Over(p.Planes, p.Cost(), maxPoolGrad[T]{p, dx, x, dy})
}

type maxPoolGrad[T Float] struct {
	p         *Pool
	dx, x, dy []T
}

func (r maxPoolGrad[T]) Span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		dx, x, dy := r.dx[n*in:(n+1)*in], r.x[n*in:(n+1)*in], r.dy[n*size:(n+1)*size]
		clear(dx)
		r.p.areas(func(window int, a area) {
			if at := winner(x, a); at >= 0 {
				dx[at] += dy[window]
			}
		})
	}
}
