// SPDX-License-Identifier: MIT

package conv

import (
	"math"

	"github.com/stheno-go/stheno/internal/isa"
)

// channelKernels are the loops of batch normalization and pooling over pixels of a
// block of channels in the blocked layout, for one kind of processor. n is not 0. What
// they compute is written at the functions of their names; sums over pixels add up runs
// of 32 in float32 and those in float64.
type channelKernels struct {
	sums         func(n int, x, shift *float32, sums *float64)
	gradSums     func(n int, x, dy, coef *float32, sums *float64)
	gradSumsReLU func(n int, x, dy, coef *float32, sums *float64)
	affine       func(n int, y, x, res, coef *float32, relu int)
	grad         func(n int, dx, x, dy, coef *float32)
	gradReLU     func(n int, dx, x, dy, coef *float32)

	maxWindows        func(n, rows, cols, stride, step int, y, x *float32)
	sumWindows        func(n, rows, cols, stride, step int, y, x, divisor *float32)
	maxWindowsIndices func(n, rows, cols, stride, step int, y, x *float32, indices *uint8)
	maxWindowsScatter func(n, rows, cols, stride, step int, dx, dy *float32, indices *uint8)
	sumWindowsGrad    func(n, rows, cols, stride, step int, dx, dy, divisor *float32)
}

var channelTable = isa.NewTable(&isa.Kernels, nil, channelSets)

// Rows of a block's coefficients, 16 elements each.
const (
	coefMean  = 0
	coefScale = Block     // weight/√(variance+eps)
	coefShift = 2 * Block // bias
	coefMeanD = 3 * Block // of the gradient: Σdy/m
	coefSlope = 4 * Block // Σ(dy·x̂)/m/√(variance+eps)
	coefRows  = 5 * Block
)

// channelSums adds to sums, for each channel v of the pixels p of x,
//
//	sums[v] += Σ x[p,v] - shift[v]
//	sums[16+v] += Σ (x[p,v] - shift[v])²
func channelSums(x, shift []float32, sums []float64) {
	shift, sums = shift[:Block], sums[:2*Block]
	if k := channelTable.Get(); k != nil && len(x) > 0 {
		k.sums(len(x)/Block, &x[0], &shift[0], &sums[0])
		return
	}
	for ; len(x) > 0; x = x[Block:] {
		for v, s := range shift {
			d := float64(x[v] - s)
			sums[v] += d
			sums[Block+v] += d * d
		}
	}
}

// throughReLU returns dy, or 0 where relu and the batch norm of x, of which d is x-mean, is
// not positive.
func throughReLU(dy, d float32, coef []float32, v int, relu bool) float32 {
	// The conversion keeps the product rounded, as it was when it was computed first.
	if relu && float32(d*coef[coefScale+v])+coef[coefShift+v] <= 0 {
		return 0
	}
	return dy
}

// channelGradSums adds to sums, for each channel v,
//
//	sums[v] += Σ dy[p,v]
//	sums[16+v] += Σ dy[p,v]·(x[p,v] - mean[v])
//
// with relu only where the normalized x is positive.
func channelGradSums(x, dy, coef []float32, relu bool, sums []float64) {
	dy, coef, sums = dy[:len(x)], coef[:coefRows], sums[:2*Block]
	if k := channelTable.Get(); k != nil && len(x) > 0 {
		f := k.gradSums
		if relu {
			f = k.gradSumsReLU
		}
		f(len(x)/Block, &x[0], &dy[0], &coef[0], &sums[0])
		return
	}
	for ; len(x) > 0; x, dy = x[Block:], dy[Block:] {
		for v, g := range dy[:Block] {
			d := x[v] - coef[v]
			g = throughReLU(g, d, coef, v, relu)
			sums[v] += float64(g)
			sums[Block+v] += float64(g) * float64(d)
		}
	}
}

// channelAffine is y = (x-mean)·scale + shift + res, without res if it is nil, and relu
// of it. y may be x or res.
func channelAffine(y, x, res, coef []float32, relu bool) {
	x, coef = x[:len(y)], coef[:coefRows]
	if k := channelTable.Get(); k != nil && len(y) > 0 {
		var r *float32
		if res != nil {
			r = &res[:len(y)][0]
		}
		flag := 0
		if relu {
			flag = 1
		}
		k.affine(len(y)/Block, &y[0], &x[0], r, &coef[0], flag)
		return
	}
	for i, a := range x {
		v := i % Block
		a = float32((a-coef[v])*coef[coefScale+v]) + coef[coefShift+v]
		if res != nil {
			a += res[i]
		}
		if relu {
			a = max(a, 0)
		}
		y[i] = a
	}
}

// channelGrad is dx = scale·(dy - meanD - (x-mean)·slope), with relu for dy only where
// the normalized x is positive. dx may be x or dy.
func channelGrad(dx, x, dy, coef []float32, relu bool) {
	x, dy, coef = x[:len(dx)], dy[:len(dx)], coef[:coefRows]
	if k := channelTable.Get(); k != nil && len(dx) > 0 {
		f := k.grad
		if relu {
			f = k.gradReLU
		}
		f(len(dx)/Block, &dx[0], &x[0], &dy[0], &coef[0])
		return
	}
	for i, a := range x {
		v := i % Block
		d := a - coef[v]
		dx[i] = coef[coefScale+v] * (throughReLU(dy[i], d, coef, v, relu) - coef[coefMeanD+v] - d*coef[coefSlope+v])
	}
}

// strip is n windows side by side, each stride elements after the one before; a window
// has rows of cols pixels, step elements apart.
type strip struct{ n, rows, cols, stride, step int }

// each calls f with the place in x of every pixel of window i, in order.
func (s *strip) each(i int, f func(at int)) {
	for r := range s.rows {
		for c := range s.cols {
			f(i*s.stride + r*s.step + c*Block)
		}
	}
}

// end is how many elements of x the strip sees.
func (s *strip) end() int { return (s.n-1)*s.stride + (s.rows-1)*s.step + s.cols*Block }

// maxWindows is the largest element of each channel of each window, NaN if one is.
func (s *strip) maxWindows(y, x []float32) {
	y, x = y[:s.n*Block], x[:s.end()]
	if k := channelTable.Get(); k != nil {
		k.maxWindows(s.n, s.rows, s.cols, s.stride, s.step, &y[0], &x[0])
		return
	}
	for i := range s.n {
		y := y[i*Block:][:Block]
		for v := range y {
			y[v] = float32(math.Inf(-1))
		}
		s.each(i, func(at int) {
			for v, e := range x[at:][:Block] {
				y[v] = max(y[v], e)
			}
		})
	}
}

// sumWindows is the sum of each channel of each window, divided by divisor[0].
func (s *strip) sumWindows(y, x, divisor []float32) {
	y, x = y[:s.n*Block], x[:s.end()]
	if k := channelTable.Get(); k != nil {
		k.sumWindows(s.n, s.rows, s.cols, s.stride, s.step, &y[0], &x[0], &divisor[0])
		return
	}
	for i := range s.n {
		y := y[i*Block:][:Block]
		clear(y)
		s.each(i, func(at int) {
			for v, e := range x[at:][:Block] {
				y[v] += e
			}
		})
		for v := range y {
			y[v] /= divisor[0]
		}
	}
}

// maxWindowsIndices is maxWindows, with the number of the pixel within the window that is
// the first largest, of the last NaN if there is one. Windows have at most 256 pixels.
func (s *strip) maxWindowsIndices(y, x []float32, indices []uint8) {
	y, x, indices = y[:s.n*Block], x[:s.end()], indices[:s.n*Block]
	if k := channelTable.Get(); k != nil {
		k.maxWindowsIndices(s.n, s.rows, s.cols, s.stride, s.step, &y[0], &x[0], &indices[0])
		return
	}
	for i := range s.n {
		y, indices := y[i*Block:][:Block], indices[i*Block:][:Block]
		for v := range y {
			y[v], indices[v] = float32(math.Inf(-1)), 0
		}
		number := uint8(0)
		s.each(i, func(at int) {
			for v, e := range x[at:][:Block] {
				if e > y[v] || e != e {
					y[v], indices[v] = e, number
				}
			}
			number++
		})
	}
}

// maxWindowsScatter adds dy to the pixel in dx of each window that has that number.
func (s *strip) maxWindowsScatter(dx, dy []float32, indices []uint8) {
	dx, dy, indices = dx[:s.end()], dy[:s.n*Block], indices[:s.n*Block]
	if k := channelTable.Get(); k != nil {
		k.maxWindowsScatter(s.n, s.rows, s.cols, s.stride, s.step, &dx[0], &dy[0], &indices[0])
		return
	}
	for i, index := range indices {
		at := int(index)
		dx[i/Block*s.stride+at/s.cols*s.step+at%s.cols*Block+i%Block] += dy[i]
	}
}

// sumWindowsGrad adds dy/divisor[0] to every pixel of each window.
func (s *strip) sumWindowsGrad(dx, dy, divisor []float32) {
	dx, dy = dx[:s.end()], dy[:s.n*Block]
	if k := channelTable.Get(); k != nil {
		k.sumWindowsGrad(s.n, s.rows, s.cols, s.stride, s.step, &dx[0], &dy[0], &divisor[0])
		return
	}
	for i := range s.n {
		s.each(i, func(at int) {
			for v := range Block {
				dx[at+v] += dy[i*Block+v] / divisor[0]
			}
		})
	}
}
