// SPDX-License-Identifier: MIT

package kernels

import "unsafe"

// The loops below are what the convolutions compute. They are the reference of the
// fast paths, and they run problems that are too small to pack.

// at returns the offset of what window (i, j) sees through kernel element (a, b) in a
// plane of x, or false if that is padding.
func (p *Conv) at(i, j, a, b int) (int, bool) {
	y, x := i*p.StrideH-p.PadH+a*p.DilationH, j*p.StrideW-p.PadW+b*p.DilationW
	return y*p.W + x, y >= 0 && y < p.H && x >= 0 && x < p.W
}

// each calls f for every product of a convolution: the offsets into y, x and w.
func (p *Conv) each(f func(y, x, w int)) {
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

func convForwardNaive[T Float](p *Conv, y, x, w, bias []T) {
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

func convGradInputNaive[T Float](p *Conv, dx, dy, w []T) {
	clear(dx)
	p.each(func(iy, ix, iw int) { dx[ix] += dy[iy] * w[iw] })
}

func convGradWeightNaive[T Float](p *Conv, dw, dy, x []T) {
	clear(dw)
	p.each(func(iy, ix, iw int) { dw[iw] += dy[iy] * x[ix] })
}

var (
	tileGo32 = &tile[float32]{rows: 4, cols: 16, run: tileGo[float32]}
	tileGo64 = &tile[float64]{rows: 4, cols: 16, run: tileGo[float64]}
)

// convTile returns the chosen kernel for T, or the one in Go.
func convTile[T Float]() *tile[T] {
	if t := tileFor[T](); t != nil {
		return t
	}
	if t, ok := any(tileGo32).(*tile[T]); ok {
		return t
	}
	t, _ := any(tileGo64).(*tile[T])
	return t
}

// tileGo is [tile] in Go, for 4 rows and 16 columns: 4×2 sums at a time stay in
// registers.
func tileGo[T Float](k int, pa, pb, pc *T, ldc int, add bool) {
	const rows, cols = 4, 16
	c := unsafe.Slice(pc, (rows-1)*ldc+cols)
	for j := 0; j < cols; j += 2 {
		a, b := unsafe.Slice(pa, k*rows), unsafe.Slice(pb, k*cols)[j:]
		var c00, c01, c10, c11, c20, c21, c30, c31 T
		for len(a) >= rows && len(b) >= 2 {
			b0, b1 := b[0], b[1]
			c00 += a[0] * b0
			c01 += a[0] * b1
			c10 += a[1] * b0
			c11 += a[1] * b1
			c20 += a[2] * b0
			c21 += a[2] * b1
			c30 += a[3] * b0
			c31 += a[3] * b1
			a, b = a[rows:], b[min(cols, len(b)):]
		}
		for i, s := range [rows][2]T{{c00, c01}, {c10, c11}, {c20, c21}, {c30, c31}} {
			out := c[i*ldc+j : i*ldc+j+2]
			if add {
				s[0] += out[0]
				s[1] += out[1]
			}
			out[0], out[1] = s[0], s[1]
		}
	}
}
