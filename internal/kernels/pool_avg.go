// SPDX-License-Identifier: MIT

package kernels

import "github.com/stheno-go/stheno/internal/kernels/par"

// windows calls f for each window of an average with the elements [h0,h1)×[w0,w1) of
// the plane in it and what their sum is divided by. By default that is the size of
// the window, of which padding is a part, but not what lies beyond the padding.
func (p *Pool) windows(adaptive bool, f func(window, h0, h1, w0, w1, divisor int)) {
	if adaptive {
		p.adaptiveWindows(f)
		return
	}
	for i := range p.OH {
		top := i*p.StrideH - p.PadH
		bottom := min(top+p.KH, p.H+p.PadH)
		h0, h1 := max(top, 0), min(bottom, p.H)
		for j := range p.OW {
			left := j*p.StrideW - p.PadW
			right := min(left+p.KW, p.W+p.PadW)
			w0, w1 := max(left, 0), min(right, p.W)
			divisor := (bottom - top) * (right - left)
			if p.ExcludePad {
				divisor = max((h1-h0)*(w1-w0), 1)
			}
			if p.Divisor != 0 {
				divisor = p.Divisor
			}
			f(i*p.OW+j, h0, h1, w0, w1, divisor)
		}
	}
}

// adaptiveWindows calls f for windows from ⌊i·H/OH⌋ to ⌈(i+1)·H/OH⌉.
func (p *Pool) adaptiveWindows(f func(window, h0, h1, w0, w1, divisor int)) {
	for i := range p.OH {
		h0, h1 := i*p.H/p.OH, ((i+1)*p.H+p.OH-1)/p.OH
		for j := range p.OW {
			w0, w1 := j*p.W/p.OW, ((j+1)*p.W+p.OW-1)/p.OW
			f(i*p.OW+j, h0, h1, w0, w1, (h1-h0)*(w1-w0))
		}
	}
}

// AvgPool is the mean of each window.
func AvgPool[T Float](p *Pool, y, x []T) {
	par.Over(p.Planes, p.Cost(), avgPool[T]{p, false, y, x})
}

// AdaptiveAvgPool is the mean over windows from ⌊i·H/OH⌋ to ⌈(i+1)·H/OH⌉.
func AdaptiveAvgPool[T Float](p *Pool, y, x []T) {
	par.Over(p.Planes, p.Cost(), avgPool[T]{p, true, y, x})
}

type avgPool[T Float] struct {
	p        *Pool
	adaptive bool
	y, x     []T
}

func (r avgPool[T]) Span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		y, x := r.y[n*size:(n+1)*size], r.x[n*in:(n+1)*in]
		r.p.windows(r.adaptive, func(window, h0, h1, w0, w1, divisor int) {
			y[window] = T(sumArea(x, r.p.W, h0, h1, w0, w1) / float64(divisor))
		})
	}
}

// sumArea is the sum of the elements [h0,h1)×[w0,w1) of a plane of width w.
func sumArea[T Float](x []T, w, h0, h1, w0, w1 int) (sum float64) {
	if h0 >= h1 || w0 >= w1 {
		return 0
	}
	if w1-w0 == w {
		return SumAll(x[h0*w : h1*w])
	}
	for a := h0; a < h1; a++ {
		for _, v := range x[a*w+w0 : a*w+w1] {
			sum += float64(v)
		}
	}
	return sum
}

// AvgPoolGrad is the gradient of AvgPool in x.
func AvgPoolGrad[T Float](p *Pool, dx, dy []T) {
	par.Over(p.Planes, p.Cost(), avgPoolGrad[T]{p, false, dx, dy})
}

// AdaptiveAvgPoolGrad is the gradient of AdaptiveAvgPool in x.
func AdaptiveAvgPoolGrad[T Float](p *Pool, dx, dy []T) {
	par.Over(p.Planes, p.Cost(), avgPoolGrad[T]{p, true, dx, dy})
}

type avgPoolGrad[T Float] struct {
	p        *Pool
	adaptive bool
	dx, dy   []T
}

func (r avgPoolGrad[T]) Span(from, to int) {
	in, size := r.p.H*r.p.W, r.p.OH*r.p.OW
	for n := from; n < to; n++ {
		dx, dy := r.dx[n*in:(n+1)*in], r.dy[n*size:(n+1)*size]
		clear(dx)
		r.p.windows(r.adaptive, func(window, h0, h1, w0, w1, divisor int) {
			g := dy[window] / T(divisor)
			for a := h0; a < h1 && w0 < w1; a++ {
				row := dx[a*r.p.W+w0 : a*r.p.W+w1]
				for b := range row {
					row[b] += g
				}
			}
		})
	}
}
