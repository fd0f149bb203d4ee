// SPDX-License-Identifier: MIT

package conv

import (
	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Depthwise convolutions: each output plane sees one input plane. They are computed
// plane by plane, row by row.

// lines calls f for each pair of a row of an output plane and an element of the
// kernel: the outputs [from, to) of the plane see x[src], x[src+StrideW], … through
// kernel element k.
func (p *Shape) lines(f func(from, to, src, k int)) {
	g := grid{w: p.W, stepW: p.StrideW}
	for i := range p.OH {
		for a := range p.KH {
			y := i*p.StrideH - p.PadH + a*p.DilationH
			if y < 0 || y >= p.H {
				continue
			}
			for b := range p.KW {
				from, to, src := g.seen(0, p.OW, b*p.DilationW-p.PadW)
				if from < to {
					f(i*p.OW+from, i*p.OW+to, y*p.W+src, a*p.KW+b)
				}
			}
		}
	}
}

// thinCost is about how many elements one output plane has to do with.
func (p *Shape) thinCost() int { return p.OH * p.OW * p.KH * p.KW }

func thinForward[T par.Float](p *Shape, y, x, w, bias []T) {
	par.Over(p.N*p.O, p.thinCost(), thinForwards[T]{p, y, x, w, bias})
}

type thinForwards[T par.Float] struct {
	p             *Shape
	y, x, w, bias []T
}

func (r thinForwards[T]) Span(begin, end int) {
	p := r.p
	in, out, kernel, each := p.H*p.W, p.OH*p.OW, p.KH*p.KW, p.O/p.Groups
	for i := begin; i < end; i++ {
		n, o := i/p.O, i%p.O
		x, y, w := r.x[(n*p.C+o/each)*in:][:in], r.y[i*out:(i+1)*out], r.w[o*kernel:(o+1)*kernel]
		v := T(0)
		if r.bias != nil {
			v = r.bias[o]
		}
		fillWith(y, v)
		p.lines(func(from, to, src, k int) {
			if p.StrideW == 1 {
				gemm.Axpy(y[from:to], w[k], x[src:])
				return
			}
			for j := from; j < to; j++ {
				y[j] += w[k] * x[src]
				src += p.StrideW
			}
		})
	}
}

func thinGradInput[T par.Float](p *Shape, dx, dy, w []T) {
	par.Over(p.N*p.C, p.thinCost()*(p.O/p.Groups), thinGradInputs[T]{p, dx, dy, w})
}

type thinGradInputs[T par.Float] struct {
	p         *Shape
	dx, dy, w []T
}

func (r thinGradInputs[T]) Span(begin, end int) {
	p := r.p
	in, out, kernel, each := p.H*p.W, p.OH*p.OW, p.KH*p.KW, p.O/p.Groups
	for i := begin; i < end; i++ {
		dx := r.dx[i*in : (i+1)*in]
		clear(dx)
		for o := i % p.C * each; o < (i%p.C+1)*each; o++ {
			dy, w := r.dy[(i/p.C*p.O+o)*out:][:out], r.w[o*kernel:(o+1)*kernel]
			p.lines(func(from, to, src, k int) {
				if p.StrideW == 1 {
					gemm.Axpy(dx[src:src+to-from], w[k], dy[from:])
					return
				}
				for _, d := range dy[from:to] {
					dx[src] += w[k] * d
					src += p.StrideW
				}
			})
		}
	}
}

func thinGradWeight[T par.Float](p *Shape, dw, dy, x []T) {
	par.Over(p.O, p.thinCost()*p.N, thinGradWeights[T]{p, dw, dy, x})
}

type thinGradWeights[T par.Float] struct {
	p         *Shape
	dw, dy, x []T
}

func (r thinGradWeights[T]) Span(begin, end int) {
	p := r.p
	in, out, kernel, each := p.H*p.W, p.OH*p.OW, p.KH*p.KW, p.O/p.Groups
	for o := begin; o < end; o++ {
		dw := r.dw[o*kernel : (o+1)*kernel]
		clear(dw)
		for n := range p.N {
			dy, x := r.dy[(n*p.O+o)*out:][:out], r.x[(n*p.C+o/each)*in:][:in]
			p.lines(func(from, to, src, k int) {
				if p.StrideW == 1 {
					dw[k] += gemm.Dot(dy[from:to], x[src:])
					return
				}
				var sum T
				for _, d := range dy[from:to] {
					sum += d * x[src]
					src += p.StrideW
				}
				dw[k] += sum
			})
		}
	}
}
