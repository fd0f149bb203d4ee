// SPDX-License-Identifier: MIT

package kernels

// Depthwise convolutions: each output plane sees one input plane. They are computed
// plane by plane, row by row.

// lines calls f for each pair of a row of an output plane and an element of the
// kernel: the outputs [from, to) of the plane see x[src], x[src+StrideW], … through
// kernel element k.
func (p *Conv) lines(f func(from, to, src, k int)) {
	for i := range p.OH {
		for a := range p.KH {
			y := i*p.StrideH - p.PadH + a*p.DilationH
			if y < 0 || y >= p.H {
				continue
			}
			g := grid{w: p.W, stepW: p.StrideW}
			for b := range p.KW {
				from, to, src := g.seen(0, p.OW, b*p.DilationW-p.PadW)
				if from < to {
					f(i*p.OW+from, i*p.OW+to, y*p.W+src, a*p.KW+b)
				}
			}
		}
	}
}

func thinForward[T Float](p *Conv, y, x, w, bias []T) {
	in, out, kernel, each := p.H*p.W, p.OH*p.OW, p.KH*p.KW, p.O/p.Groups
	rows(p.N*p.O, out*kernel, func(i int) {
		n, o := i/p.O, i%p.O
		from := x[(n*p.C+o/each)*in:][:in]
		to, k := y[i*out:(i+1)*out], w[o*kernel:(o+1)*kernel]
		v := T(0)
		if bias != nil {
			v = bias[o]
		}
		fillWith(to, v)
		p.lines(func(first, end, src, tap int) {
			if p.StrideW == 1 {
				axpy(to[first:end], k[tap], from[src:])
				return
			}
			for j := first; j < end; j++ {
				to[j] += k[tap] * from[src]
				src += p.StrideW
			}
		})
	})
}

func thinGradInput[T Float](p *Conv, dx, dy, w []T) {
	in, out, kernel, each := p.H*p.W, p.OH*p.OW, p.KH*p.KW, p.O/p.Groups
	rows(p.N*p.C, out*kernel*each, func(i int) {
		n, c := i/p.C, i%p.C
		to := dx[i*in : (i+1)*in]
		clear(to)
		for o := c * each; o < (c+1)*each; o++ {
			from, k := dy[(n*p.O+o)*out:][:out], w[o*kernel:(o+1)*kernel]
			p.lines(func(first, end, src, tap int) {
				if p.StrideW == 1 {
					axpy(to[src:src+end-first], k[tap], from[first:])
					return
				}
				for j := first; j < end; j++ {
					to[src] += k[tap] * from[j]
					src += p.StrideW
				}
			})
		}
	})
}

func thinGradWeight[T Float](p *Conv, dw, dy, x []T) {
	in, out, kernel, each := p.H*p.W, p.OH*p.OW, p.KH*p.KW, p.O/p.Groups
	rows(p.O, p.N*out*kernel, func(o int) {
		to := dw[o*kernel : (o+1)*kernel]
		clear(to)
		for n := range p.N {
			g, v := dy[(n*p.O+o)*out:][:out], x[(n*p.C+o/each)*in:][:in]
			p.lines(func(first, end, src, tap int) {
				if p.StrideW == 1 {
					to[tap] += dot(g[first:end], v[src:])
					return
				}
				var sum T
				for j := first; j < end; j++ {
					sum += g[j] * v[src]
					src += p.StrideW
				}
				to[tap] += sum
			})
		}
	})
}
