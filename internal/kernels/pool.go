// SPDX-License-Identifier: MIT

package kernels

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

func (p *Pool) planes(f func(plane int)) {
	rows(p.Planes, p.OH*p.OW*p.KH*p.KW, f)
}

// winner returns where in the plane the first largest element of a window is; NaN
// is largest. A window always holds an element: padding is at most half the kernel.
func winner[T Float](p *Pool, x []T, i, j int) int {
	best := -1
	for a := range p.KH {
		y := i*p.StrideH - p.PadH + a*p.DilationH
		if y < 0 || y >= p.H {
			continue
		}
		for b := range p.KW {
			c := j*p.StrideW - p.PadW + b*p.DilationW
			if c < 0 || c >= p.W {
				continue
			}
			if v := x[y*p.W+c]; best < 0 || v > x[best] || v != v {
				best = y*p.W + c
			}
		}
	}
	return best
}

// MaxPool is the largest element of each window.
func MaxPool[T Float](p *Pool, y, x []T) { MaxPoolPick(p, y, x, x) }

// MaxPoolPick is the element of v at the place of the largest of x in each window.
func MaxPoolPick[T Float](p *Pool, y, x, v []T) {
	size, out := p.H*p.W, p.OH*p.OW
	p.planes(func(n int) {
		in, from := x[n*size:(n+1)*size], v[n*size:(n+1)*size]
		for i := range p.OH {
			for j := range p.OW {
				y[n*out+i*p.OW+j] = from[winner(p, in, i, j)]
			}
		}
	})
}

// MaxPoolGrad adds dy to the place of the largest of x in each window.
func MaxPoolGrad[T Float](p *Pool, dx, x, dy []T) {
	size, out := p.H*p.W, p.OH*p.OW
	p.planes(func(n int) {
		in, to := x[n*size:(n+1)*size], dx[n*size:(n+1)*size]
		clear(to)
		for i := range p.OH {
			for j := range p.OW {
				to[winner(p, in, i, j)] += dy[n*out+i*p.OW+j]
			}
		}
	})
}

// window returns the part of window i that lies inside, and its size with padding.
func window(i, stride, pad, kernel, size int) (from, to, whole int) {
	from = i*stride - pad
	to = min(from+kernel, size+pad)
	whole = to - from
	return max(from, 0), min(to, size), whole
}

func (p *Pool) divisor(h, w, wholeH, wholeW int) int {
	switch {
	case p.Divisor > 0:
		return p.Divisor
	case p.ExcludePad:
		return max(h*w, 1)
	}
	return wholeH * wholeW
}

// AvgPool is the mean of each window.
func AvgPool[T Float](p *Pool, y, x []T) {
	p.planes(func(n int) {
		in := x[n*p.H*p.W:]
		for i := range p.OH {
			h0, h1, hw := window(i, p.StrideH, p.PadH, p.KH, p.H)
			for j := range p.OW {
				w0, w1, ww := window(j, p.StrideW, p.PadW, p.KW, p.W)
				var sum T
				for a := h0; a < h1; a++ {
					for b := w0; b < w1; b++ {
						sum += in[a*p.W+b]
					}
				}
				y[(n*p.OH+i)*p.OW+j] = sum / T(p.divisor(h1-h0, w1-w0, hw, ww))
			}
		}
	})
}

// AvgPoolGrad is the gradient of AvgPool in x.
func AvgPoolGrad[T Float](p *Pool, dx, dy []T) {
	p.planes(func(n int) {
		to := dx[n*p.H*p.W : (n+1)*p.H*p.W]
		clear(to)
		for i := range p.OH {
			h0, h1, hw := window(i, p.StrideH, p.PadH, p.KH, p.H)
			for j := range p.OW {
				w0, w1, ww := window(j, p.StrideW, p.PadW, p.KW, p.W)
				g := dy[(n*p.OH+i)*p.OW+j] / T(p.divisor(h1-h0, w1-w0, hw, ww))
				for a := h0; a < h1; a++ {
					for b := w0; b < w1; b++ {
						to[a*p.W+b] += g
					}
				}
			}
		}
	})
}

// AdaptiveAvgPool is the mean over windows from ⌊i·H/OH⌋ to ⌈(i+1)·H/OH⌉.
func AdaptiveAvgPool[T Float](p *Pool, y, x []T) {
	p.planes(func(n int) {
		in := x[n*p.H*p.W:]
		for i := range p.OH {
			h0, h1 := i*p.H/p.OH, ((i+1)*p.H+p.OH-1)/p.OH
			for j := range p.OW {
				w0, w1 := j*p.W/p.OW, ((j+1)*p.W+p.OW-1)/p.OW
				var sum T
				for a := h0; a < h1; a++ {
					sum += T(SumAll(in[a*p.W+w0 : a*p.W+w1]))
				}
				y[(n*p.OH+i)*p.OW+j] = sum / T((h1-h0)*(w1-w0))
			}
		}
	})
}

// AdaptiveAvgPoolGrad is the gradient of AdaptiveAvgPool in x.
func AdaptiveAvgPoolGrad[T Float](p *Pool, dx, dy []T) {
	p.planes(func(n int) {
		to := dx[n*p.H*p.W : (n+1)*p.H*p.W]
		clear(to)
		for i := range p.OH {
			h0, h1 := i*p.H/p.OH, ((i+1)*p.H+p.OH-1)/p.OH
			for j := range p.OW {
				w0, w1 := j*p.W/p.OW, ((j+1)*p.W+p.OW-1)/p.OW
				g := dy[(n*p.OH+i)*p.OW+j] / T((h1-h0)*(w1-w0))
				for a := h0; a < h1; a++ {
					for b := w0; b < w1; b++ {
						to[a*p.W+b] += g
					}
				}
			}
		}
	})
}
