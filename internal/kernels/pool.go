// SPDX-License-Identifier: MIT

package kernels

import "math"

// Pool describes 2-D pooling of planes (N·C,H,W) into (N·C,OH,OW).
type Pool struct {
	Planes, H, W, KH, KW int
	StrideH, StrideW     int
	PadH, PadW           int
	DilationH, DilationW int
	OH, OW               int
	ExcludePad           bool // of averages: count only what lies inside
	Divisor              int  // of averages: divide by it, whatever the window holds
}

// cost is about how many elements the windows of a plane hold.
func (p *Pool) cost() int { return max(p.OH*p.OW*p.KH*p.KW, p.H*p.W) }

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

// winners calls f for each window with where in the plane its first largest element
// is, -1 if the window holds none. NaN is largest, and the last NaN wins, as in torch.
func winners[T Float](p *Pool, x []T, f func(window, at int)) {
	for i := range p.OH {
		top := i*p.StrideH - p.PadH
		a0, a1 := inside(top, p.DilationH, p.KH, p.H)
		for j := range p.OW {
			left := j*p.StrideW - p.PadW
			b0, b1 := inside(left, p.DilationW, p.KW, p.W)
			at, best := -1, T(0)
			for a := a0; a < a1 && b0 < b1; a++ {
				begin := (top+a*p.DilationH)*p.W + left
				for b := b0; b < b1; b++ {
					k := begin + b*p.DilationW
					if v := x[k]; v > best || v != v || at < 0 {
						at, best = k, v
					}
				}
			}
			f(i*p.OW+j, at)
		}
	}
}

// MaxPool is the largest element of each window, -Inf for a window without any.
func MaxPool[T Float](p *Pool, y, x []T) { MaxPoolPick(p, y, x, x) }

// MaxPoolPick is the element of v at the place of the largest of x in each window:
// the derivative of [MaxPoolGrad] in dy.
func MaxPoolPick[T Float](p *Pool, out, x, v []T) {
	over(p.Planes, p.cost(), maxPoolPick[T]{p, out, x, v})
}

type maxPoolPick[T Float] struct {
	p         *Pool
	out, x, v []T
}

func (r maxPoolPick[T]) span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		out, v := r.out[n*size:(n+1)*size], r.v[n*in:(n+1)*in]
		winners(r.p, r.x[n*in:(n+1)*in], func(window, at int) {
			if at < 0 {
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
	over(p.Planes, p.cost(), maxPoolIndex[T]{p, index, x})
}

type maxPoolIndex[T Float] struct {
	p     *Pool
	index []int64
	x     []T
}

func (r maxPoolIndex[T]) span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		index := r.index[n*size : (n+1)*size]
		winners(r.p, r.x[n*in:(n+1)*in], func(window, at int) { index[window] = int64(at) })
	}
}

// MaxPoolGrad is the gradient of MaxPool in x: dy added to the place of the largest
// element of each window.
func MaxPoolGrad[T Float](p *Pool, dx, x, dy []T) {
	over(p.Planes, p.cost(), maxPoolGrad[T]{p, dx, x, dy})
}

type maxPoolGrad[T Float] struct {
	p         *Pool
	dx, x, dy []T
}

func (r maxPoolGrad[T]) span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		dx, dy := r.dx[n*in:(n+1)*in], r.dy[n*size:(n+1)*size]
		clear(dx)
		winners(r.p, r.x[n*in:(n+1)*in], func(window, at int) {
			if at >= 0 {
				dx[at] += dy[window]
			}
		})
	}
}
