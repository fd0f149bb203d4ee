// SPDX-License-Identifier: MIT

package conv

import "github.com/stheno-go/stheno/internal/kernels/par"

// The loops below are what the convolutions compute. They are the reference of the
// fast paths, and they run problems that are too small to pack.

// at returns the offset of what window (i, j) sees through kernel element (a, b) in a
// plane of x, or false if that is padding.
func (p *Shape) at(i, j, a, b int) (int, bool) {
	y, x := i*p.StrideH-p.PadH+a*p.DilationH, j*p.StrideW-p.PadW+b*p.DilationW
	return y*p.W + x, y >= 0 && y < p.H && x >= 0 && x < p.W
}

// each calls f for every product of a convolution: the offsets into y, x and w.
func (p *Shape) each(f func(y, x, w int)) {
	c, o := p.C/p.Groups, p.O/p.Groups
	for n := range p.N {
		for out := range p.O {
			for i := range p.OH {
				for j := range p.OW {
					y := ((n*p.O+out)*p.OH+i)*p.OW + j
					for ch := range c {
						plane := (n*p.C + out/o*c + ch) * p.H * p.W
						for a := range p.KH {
							for b := range p.KW {
								if at, ok := p.at(i, j, a, b); ok {
									f(y, plane+at, ((out*c+ch)*p.KH+a)*p.KW+b)
								}
							}
						}
					}
				}
			}
		}
	}
}

func naiveForward[T par.Float](p *Shape, y, x, w, bias []T) {
	size := p.OH * p.OW
	for i := range p.N * p.O {
		v := T(0)
		if bias != nil {
			v = bias[i%p.O]
		}
		fillWith(y[i*size:(i+1)*size], v)
	}
	p.each(func(iy, ix, iw int) { y[iy] += x[ix] * w[iw] })
}

func naiveGradInput[T par.Float](p *Shape, dx, dy, w []T) {
	clear(dx)
	p.each(func(iy, ix, iw int) { dx[ix] += dy[iy] * w[iw] })
}

func naiveGradWeight[T par.Float](p *Shape, dw, dy, x []T) {
	clear(dw)
	p.each(func(iy, ix, iw int) { dw[iw] += dy[iy] * x[ix] })
}
