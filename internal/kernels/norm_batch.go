// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Batch normalization of x (n, c, s), s being the product of the spatial sizes:
// each channel over n and s.

// channelBlock returns how many channels go through the images together: one, unless
// its runs of s elements are so short that most of a line of cache would be wasted.
func channelBlock(s int) int {
	if s < 16 {
		return 16
	}
	return 1
}

// overChannels runs r for blocks of channels.
func overChannels[J par.Spanner](n, c, s int, r J) {
	block := channelBlock(s)
	par.Over((c+block-1)/block, 2*n*s*block, r)
}

// BatchNormStats writes (3, c): mean, 1/√(variance+eps) and biased variance.
func BatchNormStats[T Float](n, c, s int, stats, x []T, eps float64) {
	overChannels(n, c, s, batchStats[T]{n, c, s, stats, x, eps})
}

type batchStats[T Float] struct {
	n, c, s  int
	stats, x []T
	eps      float64
}

func (r batchStats[T]) Span(from, to int) {
	block := channelBlock(r.s)
	from, to = from*block, min(to*block, r.c)
	s := par.Scratch[float64](2 * (to - from))
	clear(*s)
	mean, dev := (*s)[:to-from], (*s)[to-from:]
	for i := range r.n {
		for ch := range mean {
			mean[ch] += SumAll(r.x[(i*r.c+from+ch)*r.s:][:r.s])
		}
	}
	count := float64(r.n * r.s)
	for ch := range mean {
		mean[ch] /= count
	}
	for i := range r.n {
		for ch := range dev {
			dev[ch] += squares(r.x[(i*r.c+from+ch)*r.s:][:r.s], mean[ch])
		}
	}
	for ch, m := range mean {
		v := dev[ch] / count
		ch += from
		r.stats[ch], r.stats[r.c+ch], r.stats[2*r.c+ch] = T(m), T(1/math.Sqrt(v+r.eps)), T(v)
	}
	par.GiveBack(s)
}

// BatchNormApply is y = (x-mean)·invstd·w + b; w and b may be nil.
func BatchNormApply[T Float](n, c, s int, y, x, stats, w, b []T) {
	par.Over(n*c, s, batchApply[T]{c, s, y, x, stats[:c], stats[c : 2*c], w, b, -1})
}

// BatchNormEval is y = (x-mean)/√(variance+eps)·w + b; w and b may be nil.
func BatchNormEval[T Float](n, c, s int, y, x, mean, variance, w, b []T, eps float64) {
	par.Over(n*c, s, batchApply[T]{c, s, y, x, mean, variance, w, b, eps})
}

type batchApply[T Float] struct {
	c, s        int
	y, x        []T
	mean, scale []T // with eps ≥ 0, scale holds variances
	w, b        []T
	eps         float64
}

func (r batchApply[T]) Span(from, to int) {
	for i := from; i < to; i++ {
		ch := i % r.c
		mean, scale, shift := r.mean[ch], r.scale[ch], T(0)
		if r.eps >= 0 {
			scale = T(1 / math.Sqrt(float64(scale)+r.eps))
		}
		if r.w != nil {
			scale *= r.w[ch]
		}
		if r.b != nil {
			shift = r.b[ch]
		}
		x, y := r.x[i*r.s:(i+1)*r.s], r.y[i*r.s:(i+1)*r.s]
		for j, v := range x {
			y[j] = (v-mean)*scale + shift
		}
	}
}

// BatchNormGradStats writes (2, c): Σdy and Σdy·x̂, the gradients of b and w.
func BatchNormGradStats[T Float](n, c, s int, sums, x, stats, dy []T) {
	overChannels(n, c, s, batchGradStats[T]{n, c, s, sums, x, stats, dy})
}

type batchGradStats[T Float] struct {
	n, c, s            int
	sums, x, stats, dy []T
}

func (r batchGradStats[T]) Span(from, to int) {
	block := channelBlock(r.s)
	from, to = from*block, min(to*block, r.c)
	s := par.Scratch[float64](2 * (to - from))
	clear(*s)
	db, dw := (*s)[:to-from], (*s)[to-from:]
	for i := range r.n {
		for ch := range db {
			at := (i*r.c + from + ch) * r.s
			sum, dot := products(r.dy[at:at+r.s], r.x[at:at+r.s], float64(r.stats[from+ch]))
			db[ch] += sum
			dw[ch] += dot
		}
	}
	for ch := range db {
		inv := float64(r.stats[r.c+from+ch])
		r.sums[from+ch], r.sums[r.c+from+ch] = T(db[ch]), T(dw[ch]*inv)
	}
	par.GiveBack(s)
}

// BatchNormGradInput is the gradient in x, through the statistics too:
//
//	dx = w·invstd·(dy - Σdy/m - x̂·Σ(dy·x̂)/m), m = n·s
func BatchNormGradInput[T Float](n, c, s int, dx, x, stats, w, dy, sums []T) {
	par.Over(n*c, 2*s, batchGradInput[T]{n, c, s, dx, x, stats, w, dy, sums})
}

type batchGradInput[T Float] struct {
	n, c, s                   int
	dx, x, stats, w, dy, sums []T
}

func (r batchGradInput[T]) Span(from, to int) {
	m := T(r.n * r.s)
	for i := from; i < to; i++ {
		ch := i % r.c
		mean, inv := r.stats[ch], r.stats[r.c+ch]
		scale := inv
		if r.w != nil {
			scale *= r.w[ch]
		}
		db, dw := r.sums[ch]/m, r.sums[r.c+ch]/m*inv
		x, dy, dx := r.x[i*r.s:(i+1)*r.s], r.dy[i*r.s:(i+1)*r.s], r.dx[i*r.s:(i+1)*r.s]
		for j, v := range x {
			dx[j] = scale * (dy[j] - db - (v-mean)*dw)
		}
	}
}
