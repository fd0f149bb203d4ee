// SPDX-License-Identifier: MIT

package conv

import (
	"unsafe"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Pooling of float32 in the blocked layout. Planes counts blocks of channels: N·C/16.

// window is the part of a row or column that a window sees, and what the sum over it
// is divided by.
type window struct{ from, count, divisor int }

// along returns window i of a dimension: of maxima and averages by the rules of [kernels.Pool],
// of adaptive ones from ⌊i·size/out⌋ to ⌈(i+1)·size/out⌉.
func along(i, size, out, kernel, stride, pad int, adaptive bool) window {
	if adaptive {
		from, to := i*size/out, ((i+1)*size+out-1)/out
		return window{from, to - from, to - from}
	}
	start := i*stride - pad
	from, to := max(start, 0), min(start+kernel, size)
	return window{from, to - from, min(start+kernel, size+pad) - start}
}

// strips calls f for strips of windows of the same size and distance: the first is
// window first, sees x from at on, and its sums are divided by divisor.
func strips(p *kernels.Pool, adaptive bool, f func(s strip, first, at int, divisor float32)) {
	col := func(j int) window { return along(j, p.W, p.OW, p.KW, p.StrideW, p.PadW, adaptive) }
	for i := range p.OH {
		row := along(i, p.H, p.OH, p.KH, p.StrideH, p.PadH, adaptive)
		for j := 0; j < p.OW; {
			c := col(j)
			s := strip{1, row.count, c.count, 0, p.W * Block}
			for ; j+s.n < p.OW; s.n++ {
				next, stride := col(j+s.n), (col(j+1).from-c.from)*Block
				if next.count != c.count || next.divisor != c.divisor || (next.from-c.from)*Block != s.n*stride {
					break
				}
				s.stride = stride
			}
			divisor := row.divisor * c.divisor
			switch {
			case adaptive:
			case p.Divisor != 0:
				divisor = p.Divisor
			case p.ExcludePad:
				divisor = row.count * c.count
			}
			f(s, i*p.OW+j, (row.from*p.W+c.from)*Block, float32(divisor))
			j += s.n
		}
	}
}

// pool is a pooling of planes of x to y, or a gradient of one.
type pool struct {
	p            *kernels.Pool
	kind         poolKind
	adaptive     bool
	y, x, dx, dy []float32
	indices      []uint8
}

type poolKind uint8

const (
	poolMax poolKind = iota
	poolMaxIndices
	poolSum
	poolMaxScatter
	poolMaxGrad
	poolSumGrad
)

func (r pool) run() { par.Over(r.p.Planes, r.p.Cost()*Block/4, r) }

func (r pool) Span(from, to int) {
	in, out := r.p.H*r.p.W*Block, r.p.OH*r.p.OW*Block
	scale := par.Scratch[float32](1) // of the heap, as assembly takes its address
	defer par.GiveBack(scale)
	row := par.Scratch[float32](r.p.OW * Block) // of y and elements that are not used
	indicesRow := par.Scratch[float32](r.p.OW * Block / 4)
	indices := unsafe.Slice((*uint8)(unsafe.Pointer(unsafe.SliceData(*indicesRow))), r.p.OW*Block)
	defer par.GiveBack(row)
	defer par.GiveBack(indicesRow)
	for n := from; n < to; n++ {
		cleared := n * in
		clearTo := func(end int) { // just before it is used, while it is in the cache
			if r.dx != nil && end > cleared {
				clear(r.dx[cleared:end])
				cleared = end
			}
		}
		strips(r.p, r.adaptive, func(s strip, first, at int, divisor float32) {
			clearTo(n*in + (at/s.step+s.rows)*s.step)
			(*scale)[0] = divisor
			first = n*out + first*Block
			switch r.kind {
			case poolMax:
				s.maxWindows(r.y[first:], r.x[n*in : (n+1)*in][at:])
			case poolMaxIndices:
				s.maxWindowsIndices(r.y[first:], r.x[n*in : (n+1)*in][at:], r.indices[first:])
			case poolMaxScatter:
				s.maxWindowsScatter(r.dx[n*in : (n+1)*in][at:], r.dy[first:], r.indices[first:])
			case poolMaxGrad:
				s.maxWindowsIndices(*row, r.x[n*in : (n+1)*in][at:], indices)
				s.maxWindowsScatter(r.dx[n*in : (n+1)*in][at:], r.dy[first:], indices)
			case poolSum:
				s.average(r.y[first:], r.x[n*in : (n+1)*in][at:], *scale)
			case poolSumGrad:
				s.sumWindowsGrad(r.dx[n*in : (n+1)*in][at:], r.dy[first:], *scale)
			}
		})
		clearTo((n + 1) * in)
	}
}

// average is sumWindows, accumulated in float64 if the windows are large.
func (s *strip) average(y, x, divisor []float32) {
	const few = 32
	if s.rows*s.cols <= few {
		s.sumWindows(y, x, divisor)
		return
	}
	sums, zeros := par.Scratch[float64](2*Block), par.Scratch[float32](Block)
	defer par.GiveBack(sums)
	defer par.GiveBack(zeros)
	clear(*zeros)
	rows, cols := s.rows, s.cols
	if cols*Block == s.step {
		rows, cols = 1, rows*cols
	}
	for i := range s.n {
		clear(*sums)
		for r := range rows {
			channelSums(x[i*s.stride+r*s.step:][:cols*Block], *zeros, *sums)
		}
		for v := range Block {
			y[i*Block+v] = float32((*sums)[v] / float64(divisor[0]))
		}
	}
}

// MaxPool is [kernels.MaxPool]; it requires windows that are not dilated.
func MaxPool(p *kernels.Pool, y, x []float32) { pool{p: p, kind: poolMax, y: y, x: x}.run() }

// MostIndices is how many pixels a window may have for [MaxPoolIndices].
const MostIndices = 256

// MaxPoolIndices is MaxPool; it also writes which pixel of its window, or of
// what lies in x of it, each element of y is.
func MaxPoolIndices(p *kernels.Pool, y, x []float32, indices []uint8) {
	pool{p: p, kind: poolMaxIndices, y: y, x: x, indices: indices}.run()
}

// MaxPoolScatter is MaxPoolGrad, given the indices.
func MaxPoolScatter(p *kernels.Pool, dx, dy []float32, indices []uint8) {
	pool{p: p, kind: poolMaxScatter, dx: dx, dy: dy, indices: indices}.run()
}

// MaxPoolGrad is [kernels.MaxPoolGrad]; it requires windows that are not dilated and have at
// most [MostIndices] pixels.
func MaxPoolGrad(p *kernels.Pool, dx, x, dy []float32) {
	pool{p: p, kind: poolMaxGrad, dx: dx, x: x, dy: dy}.run()
}

// AvgPool is [kernels.AvgPool], or if adaptive [kernels.AdaptiveAvgPool].
func AvgPool(p *kernels.Pool, y, x []float32, adaptive bool) {
	pool{p: p, kind: poolSum, adaptive: adaptive, y: y, x: x}.run()
}

// AvgPoolGrad is [kernels.AvgPoolGrad], or if adaptive [kernels.AdaptiveAvgPoolGrad].
func AvgPoolGrad(p *kernels.Pool, dx, dy []float32, adaptive bool) {
	pool{p: p, kind: poolSumGrad, adaptive: adaptive, dx: dx, dy: dy}.run()
}
