// SPDX-License-Identifier: MIT

package conv

import (
	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Shape describes a 2-D convolution of x (N,C,H,W) with w (O,C/Groups,KH,KW) into y
// (N,O,OH,OW). PadH and PadW are the padding above and to the left; what lies below
// and to the right follows from the output's size.
type Shape struct {
	N, C, H, W, O, KH, KW int
	StrideH, StrideW      int
	PadH, PadW            int
	DilationH, DilationW  int
	Groups, OH, OW        int
}

// smallConv is the number of products below which packing does not pay.
const smallConv = 1024

// products returns the number of multiplications of one pass.
func (p *Shape) products() int {
	return p.N * p.O * p.OH * p.OW * (p.C / p.Groups) * p.KH * p.KW
}

// thin reports whether each group has one input channel and few output channels, so
// that there is no matrix to speak of.
func (p *Shape) thin() bool { return p.Groups > 1 && p.C == p.Groups && p.O < 4*p.Groups }

// Plain is
//
//	for n, o, i, j := range N, O, OH, OW {
//		y[n,o,i,j] = bias[o] + Σ_{c,a,b} w[o,c,a,b] * x[n,c',i*StrideH-PadH+a*DilationH,j*StrideW-PadW+b*DilationW]
//	}
//
// where c' is c in o's group and x is 0 outside. bias may be nil.
func Plain[T par.Float](p *Shape, y, x, w, bias []T) {
	switch {
	case p.products() < smallConv:
		naiveForward(p, y, x, w, bias)
	case p.thin():
		thinForward(p, y, x, w, bias)
	default:
		packedForward(p, y, x, w, bias)
	}
}

// PlainGradInput is the gradient of Plain in x, given dy:
//
//	dx[n,c',i*StrideH-PadH+a*DilationH,j*StrideW-PadW+b*DilationW] += w[o,c,a,b] * dy[n,o,i,j]
func PlainGradInput[T par.Float](p *Shape, dx, dy, w []T) {
	switch {
	case p.products() < smallConv:
		naiveGradInput(p, dx, dy, w)
	case p.thin():
		thinGradInput(p, dx, dy, w)
	case 2*p.C <= gemm.TileFor[T]().Rows*p.Groups:
		columnsGradInput(p, dx, dy, w)
	default:
		packedGradInput(p, dx, dy, w)
	}
}

// PlainGradWeight is the gradient of Plain in w, given dy:
//
//	dw[o,c,a,b] = Σ_{n,i,j} dy[n,o,i,j] * x[n,c',i*StrideH-PadH+a*DilationH,j*StrideW-PadW+b*DilationW]
func PlainGradWeight[T par.Float](p *Shape, dw, dy, x []T) {
	switch {
	case p.products() < smallConv:
		naiveGradWeight(p, dw, dy, x)
	case p.thin():
		thinGradWeight(p, dw, dy, x)
	default:
		packedGradWeight(p, dw, dy, x)
	}
}

// grid writes the windows of the convolution to g, which keeps its memory for taps.
func (p *Shape) grid(g *grid) {
	*g = grid{h: p.H, w: p.W, gh: p.OH, gw: p.OW, stepH: p.StrideH, stepW: p.StrideW, row: p.W, planes: p.C, taps: g.taps[:0]}
	for a := range p.KH {
		for b := range p.KW {
			g.taps = append(g.taps, tap{y: a*p.DilationH - p.PadH, x: b*p.DilationW - p.PadW, w: a*p.KW + b})
		}
	}
}

func packedForward[T par.Float](p *Shape, y, x, w, bias []T) {
	r := newWindowed[T]()
	p.grid(&r.grid)
	r.groups, r.inC, r.outC = p.Groups, p.C/p.Groups, p.O/p.Groups
	r.wIn = p.KH * p.KW
	r.wOut = r.inC * r.wIn
	r.wGroup = r.outC * r.wOut
	r.outPlane, r.base, r.rowStep, r.colStep = p.OH*p.OW, 0, p.OW, 1
	r.out, r.in, r.weight, r.bias = y, x, w, bias
	s := split(&r.grid, x)
	if s != nil {
		r.in = *s
	}
	r.run(p.N)
	if s != nil {
		par.GiveBack(s)
	}
	r.close()
}

// packedGradInput turns the gradient into convolutions of dy with stride 1: one
// for each phase, the elements of dx that are a stride apart, with the taps of the
// kernel that reach them.
func packedGradInput[T par.Float](p *Shape, dx, dy, w []T) {
	if p.StrideH > 1 && (p.KH < p.StrideH || p.DilationH > 1) || p.StrideW > 1 && (p.KW < p.StrideW || p.DilationW > 1) {
		clear(dx) // some phases may have no tap
	}
	r := newWindowed[T]()
	for h := range min(p.StrideH, p.H) {
		for x := range min(p.StrideW, p.W) {
			taps := r.taps[:0]
			for a := range p.KH {
				for b := range p.KW {
					i, j := h+p.PadH-a*p.DilationH, x+p.PadW-b*p.DilationW
					if i%p.StrideH == 0 && j%p.StrideW == 0 {
						taps = append(taps, tap{y: i / p.StrideH, x: j / p.StrideW, w: a*p.KW + b})
					}
				}
			}
			if len(taps) == 0 {
				continue
			}
			r.grid = grid{h: p.OH, w: p.OW, gh: (p.H - h + p.StrideH - 1) / p.StrideH, gw: (p.W - x + p.StrideW - 1) / p.StrideW, stepH: 1, stepW: 1, row: p.OW, planes: p.O, taps: taps}
			r.groups, r.inC, r.outC = p.Groups, p.O/p.Groups, p.C/p.Groups
			r.wOut = p.KH * p.KW
			r.wIn = r.outC * r.wOut
			r.wGroup = r.inC * r.wIn
			r.outPlane, r.base, r.rowStep, r.colStep = p.H*p.W, h*p.W+x, p.StrideH*p.W, p.StrideW
			r.out, r.in, r.weight, r.bias = dx, dy, w, nil
			r.run(p.N)
		}
	}
	r.close()
}

// columnsGradInput multiplies dy by the transposed weights and adds up the columns
// where their windows overlap. It suits a few input channels, which would fill only
// part of a tile otherwise.
func columnsGradInput[T par.Float](p *Shape, dx, dy, w []T) {
	c, o, windows := p.C/p.Groups, p.O/p.Groups, p.OH*p.OW
	k := c * p.KH * p.KW
	high := min(p.OH, max(1, columnsSize/(k*p.OW))) // rows of windows at a time
	par.Parallel(p.N*p.Groups, int64(p.products())/40, func(i int) {
		n, g := i/p.Groups, i%p.Groups
		to := dx[(n*p.C+g*c)*p.H*p.W:][:c*p.H*p.W]
		clear(to)
		s := par.Scratch[T](k * high * p.OW)
		for from := 0; from < p.OH; from += high {
			end := min(from+high, p.OH)
			size := (end - from) * p.OW
			gemm.MatMul(true, false, k, size, o, 1, w[g*o*k:], k, dy[(n*p.O+g*o)*windows+from*p.OW:], windows, 0, *s, size)
			p.addColumns(func(plane, src, row, at, count int) {
				x, v := to[plane*p.H*p.W+src:], (*s)[row*size+at:][:count]
				if p.StrideW == 1 {
					x = x[:count]
					for j, d := range v {
						x[j] += d
					}
					return
				}
				for j, d := range v {
					x[j*p.StrideW] += d
				}
			}, c, from, end)
		}
		par.GiveBack(s)
	})
}

// columnsSize is how many elements of columns should stay in the second-level cache.
const columnsSize = 1 << 17

// addColumns calls f for each run of a row of the matrix of columns that lies in a
// row of a plane: where it begins in both, and its length.
func (p *Shape) addColumns(f func(plane, src, row, at, count int), planes, from, end int) {
	g := grid{w: p.W, stepW: p.StrideW}
	for k := range planes * p.KH * p.KW {
		plane, a, b := k/(p.KH*p.KW), k/p.KW%p.KH, k%p.KW
		first, last, src := g.seen(0, p.OW, b*p.DilationW-p.PadW)
		for i := from; i < end && first < last; i++ {
			if y := i*p.StrideH - p.PadH + a*p.DilationH; y >= 0 && y < p.H {
				f(plane, y*p.W+src, k, (i-from)*p.OW+first, last-first)
			}
		}
	}
}

func fillWith[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}
