// SPDX-License-Identifier: MIT

package conv

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Batch normalization of float32 in the blocked layout: x (n, c, s) as [n][Blocks(c)][s][16].
// Sums are taken unit by unit, parts of a plane or several planes of a few pixels, and
// the units are added in their order.

// unitPixels is about how many pixels a unit has.
const unitPixels = 1024

// planes are n images of blocks planes of s pixels.
type planes struct{ n, blocks, s int }

// parts is how many units a plane is split into.
func (p planes) parts() int { return (p.s + unitPixels - 1) / unitPixels }

// images is how many images a unit of whole planes takes together.
func (p planes) images() int { return max(1, unitPixels/p.s) }

// plane returns where part k of n of plane i begins and ends in memory.
func (p planes) plane(i, k, n int) (from, to int) {
	per := (p.s + n - 1) / n
	return (i*p.s + min(k*per, p.s)) * Block, (i*p.s + min((k+1)*per, p.s)) * Block
}

// reduction sums up over units.
type reduction struct {
	planes
	x, dy, coef []float32 // dy is nil: of statistics
	relu        bool
	sums        []float64 // 32 of each unit
}

// run returns the sums of the blocks: 32 of each, the first ones of r.sums.
func (r reduction) run() []float64 {
	parts, images := r.parts(), r.images()
	groups := (r.n + images - 1) / images
	clear(r.sums)
	par.Over(groups*r.blocks*parts, min(images, r.n)*r.s/parts*Block/4+1, r)
	row := r.blocks * parts * 2 * Block // of a group of images
	for k := range groups * parts {
		if k == 0 {
			continue
		}
		for j := range r.blocks {
			from := r.sums[k/parts*row+(j*parts+k%parts)*2*Block:][:2*Block]
			for v, s := range from {
				r.sums[j*parts*2*Block+v] += s
			}
		}
	}
	for j := range r.blocks {
		copy(r.sums[j*2*Block:(j+1)*2*Block], r.sums[j*parts*2*Block:])
	}
	return r.sums[:r.blocks*2*Block]
}

// units is how many there are.
func (p planes) units() int {
	return (p.n + p.images() - 1) / p.images() * p.blocks * p.parts()
}

func (r reduction) Span(from, to int) {
	parts, images := r.parts(), r.images()
	for u := from; u < to; u++ {
		part, j, first := u%parts, u/parts%r.blocks, u/parts/r.blocks*images
		sums := r.sums[u*2*Block : (u+1)*2*Block]
		for i := first; i < min(first+images, r.n); i++ {
			a, b := r.plane(i*r.blocks+j, part, parts)
			if r.dy == nil {
				channelSums(r.x[a:b], r.x[j*r.s*Block:], sums)
			} else {
				channelGradSums(r.x[a:b], r.dy[a:b], r.coef[j*coefRows:], r.relu, sums)
			}
		}
	}
}

// BatchNormStats is [kernels.BatchNormStats] of x in the blocked layout. One pass takes
// the sums of x and of x² relative to the first pixel of the channel, so that they do
// not cancel where the mean is large.
func BatchNormStats(n, c, s int, stats, x []float32, eps float64) {
	p := planes{n, Blocks(c), s}
	sums := par.Scratch[float64](p.units() * 2 * Block)
	defer par.GiveBack(sums)
	r := reduction{planes: p, x: x, sums: *sums}
	total := r.run()
	m := float64(n * s)
	for ch := range c {
		j, v := ch/Block, ch%Block
		mean := total[j*2*Block+v] / m
		variance := max(total[j*2*Block+Block+v]/m-mean*mean, 0)
		stats[ch] = float32(float64(x[j*s*Block+v]) + mean)
		stats[c+ch], stats[2*c+ch] = float32(1/math.Sqrt(variance+eps)), float32(variance)
	}
}

// coefficients fills the rows of each block from statistics, which may be nil, and
// weights, which may be too. The channels that fill up the last block get zeros.
func coefficients(coef []float32, c int, stats, w, b []float32) {
	clear(coef)
	for ch := range c {
		k := coef[ch/Block*coefRows+ch%Block:]
		k[coefMean], k[coefScale] = stats[ch], stats[c+ch]
		if w != nil {
			k[coefScale] *= w[ch]
		}
		if b != nil {
			k[coefShift] = b[ch]
		}
	}
}

// BatchNormApply is [kernels.BatchNormApply] in the blocked layout, then + res, if it is
// not nil, then with relu that. y may be x or res.
func BatchNormApply(n, c, s int, y, x, stats, w, b, res []float32, relu bool) {
	coef := par.Scratch[float32](Blocks(c) * coefRows)
	defer par.GiveBack(coef)
	coefficients(*coef, c, stats, w, b)
	p := planes{n, Blocks(c), s}
	par.Over(n*p.blocks*p.parts(), s/p.parts()*Block/4+1, batchApplyBlocked{p, y, x, res, *coef, relu})
}

type batchApplyBlocked struct {
	planes
	y, x, res, coef []float32
	relu            bool
}

func (r batchApplyBlocked) Span(from, to int) {
	parts := r.parts()
	for u := from; u < to; u++ {
		a, b := r.plane(u/parts, u%parts, parts)
		res := r.res
		if res != nil {
			res = res[a:b]
		}
		channelAffine(r.y[a:b], r.x[a:b], res, r.coef[u/parts%r.blocks*coefRows:], r.relu)
	}
}

// BatchNormGradStats is [kernels.BatchNormGradStats] in the blocked layout. With relu, dy
// counts only where the batch norm of x with w and b is positive: then it is the
// gradient of relu of that.
func BatchNormGradStats(n, c, s int, sums, x, stats, w, b, dy []float32, relu bool) {
	p := planes{n, Blocks(c), s}
	coef := par.Scratch[float32](p.blocks * coefRows)
	defer par.GiveBack(coef)
	coefficients(*coef, c, stats, w, b)
	parts := par.Scratch[float64](p.units() * 2 * Block)
	defer par.GiveBack(parts)
	r := reduction{p, x, dy, *coef, relu, *parts}
	total := r.run()
	for ch := range c {
		at := ch/Block*2*Block + ch%Block
		sums[ch], sums[c+ch] = float32(total[at]), float32(total[at+Block]*float64(stats[c+ch]))
	}
}

// BatchNormGradInput is [kernels.BatchNormGradInput] in the blocked layout, with relu for
// dy only where the batch norm of x with w and b is positive. dx may be x or dy.
func BatchNormGradInput(n, c, s int, dx, x, stats, w, b, dy, sums []float32, relu bool) {
	p := planes{n, Blocks(c), s}
	coef := par.Scratch[float32](p.blocks * coefRows)
	defer par.GiveBack(coef)
	coefficients(*coef, c, stats, w, b)
	m := float32(n * s)
	for ch := range c {
		k := (*coef)[ch/Block*coefRows+ch%Block:]
		k[coefMeanD], k[coefSlope] = sums[ch]/m, sums[c+ch]/m*stats[c+ch]
	}
	par.Over(n*p.blocks*p.parts(), s/p.parts()*Block/2+1, batchGradBlocked{p, dx, x, dy, *coef, relu})
}

type batchGradBlocked struct {
	planes
	dx, x, dy, coef []float32
	relu            bool
}

func (r batchGradBlocked) Span(from, to int) {
	parts := r.parts()
	for u := from; u < to; u++ {
		a, b := r.plane(u/parts, u%parts, parts)
		channelGrad(r.dx[a:b], r.x[a:b], r.dy[a:b], r.coef[u/parts%r.blocks*coefRows:], r.relu)
	}
}
