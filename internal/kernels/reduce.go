// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// A reduction sees its input as (outer, n, inner) and reduces n. Rows are read in the
// order of memory, whatever is reduced. Below serialLen elements all is done by the
// caller and nothing is allocated.

const (
	sumRun    = 128   // elements added one after another; partial sums are paired
	serialLen = 32768 // elements below which nothing is done in parallel
	chunkLen  = 16384 // elements of one chunk of a parallel reduction
	laneLen   = 128   // columns that are reduced together, accumulated on the stack
)

// SumAll returns the sum of x, accumulated in float64 by pairs of runs: the error grows
// with the logarithm of the length.
func SumAll[T Float](x []T) float64 {
	if len(x) < 4*serialLen {
		return sumPairs(x)
	}
	return sumChunks(x)
}

func sumChunks[T Float](x []T) float64 {
	parts := make([]float64, pieces(len(x)))
	eachPiece(len(x), 1, len(parts), func(i, from, to int) { parts[i] = sumPairs(x[from:to]) })
	return sumPairs(parts)
}

func sumPairs[T Float](x []T) float64 {
	if len(x) <= sumRun {
		var a, b, c, d float64
		f, i, k := whole(x)
		if i > 0 {
			d = k.total(i, &f[0])
		}
		for ; i+4 <= len(x); i += 4 {
			a += float64(x[i])
			b += float64(x[i+1])
			c += float64(x[i+2])
			d += float64(x[i+3])
		}
		for ; i < len(x); i++ {
			a += float64(x[i])
		}
		return (a + b) + (c + d)
	}
	half := (len(x)/2 + sumRun - 1) / sumRun * sumRun
	return sumPairs(x[:half]) + sumPairs(x[half:])
}

// pieces is the number of chunks that n elements are split into, by size only.
func pieces(n int) int { return min((n+chunkLen-1)/chunkLen, par.MaxChunks) }

// eachPiece calls f for piece i, the rows from … to-1, of n rows in count pieces, if
// a row has width elements.
func eachPiece(n, width, count int, f func(i, from, to int)) {
	size := (n + count - 1) / count
	par.Parallel(count, int64(n)*int64(width)/2, func(i int) { f(i, min(i*size, n), min((i+1)*size, n)) })
}

// rows calls f(0) … f(count-1), in parallel if their cost of about cost elements
// each is worth it.
func rows(count, cost int, f func(i int)) {
	if count*cost < serialLen {
		for i := range count {
			f(i)
		}
		return
	}
	group := max(1, chunkLen/max(cost, 1)) // rows of one chunk, by size only
	chunks := (count + group - 1) / group
	for chunks > par.MaxChunks {
		group *= 2
		chunks = (count + group - 1) / group
	}
	par.Parallel(chunks, int64(count)*int64(cost)/2, func(c int) {
		for i := c * group; i < min((c+1)*group, count); i++ {
			f(i)
		}
	})
}

// reduceTiles calls f for every o and range of columns: all of them if they are few.
func reduceTiles(outer, n, inner int, f func(o, from, to int)) {
	const wide = 4 * laneLen
	tiles := (inner + wide - 1) / wide
	if tiles == 1 {
		rows(outer, n*inner, func(o int) { f(o, 0, inner) })
		return
	}
	rows(outer*tiles, n*min(inner, wide), func(i int) {
		from := i % tiles * wide
		f(i/tiles, from, min(from+wide, inner))
	})
}

// SumMiddle is dst[o,i] = Σₙ src[o,n,i] for src of shape (outer, n, inner).
func SumMiddle[T Float](dst, src []T, outer, n, inner int) {
	sumMiddle(dst, src, outer, n, inner, 1)
}

// MeanMiddle is SumMiddle divided by n, before a sum is rounded to T, which may not hold it.
func MeanMiddle[T Float](dst, src []T, outer, n, inner int) {
	sumMiddle(dst, src, outer, n, inner, float64(n))
}

func sumMiddle[T Float](dst, src []T, outer, n, inner int, by float64) {
	switch {
	case outer == 1 && inner == 1:
		dst[0] = T(SumAll(src[:n]) / by)
	case outer*n*inner < serialLen:
		for o := range outer {
			sumLane(dst, src, n, inner, o, 0, inner, by)
		}
	case inner == 1:
		rows(outer, n, func(o int) { dst[o] = T(sumPairs(src[o*n:(o+1)*n]) / by) })
	case inner < 8*laneLen && n*inner >= 4*chunkLen:
		sumTall(dst, src, outer, n, inner, by)
	default:
		reduceTiles(outer, n, inner, func(o, from, to int) { sumLane(dst, src, n, inner, o, from, to, by) })
	}
}

func sumLane[T Float](dst, src []T, n, inner, o, from, to int, by float64) {
	if inner == 1 {
		dst[o] = T(sumPairs(src[o*n:(o+1)*n]) / by)
		return
	}
	var acc [laneLen]float64
	for ; from < to; from += laneLen {
		s := acc[:min(laneLen, to-from)]
		clear(s)
		sumColumns(s, src[o*n*inner:(o+1)*n*inner], inner, from)
		d := dst[o*inner+from:][:len(s)]
		for i, v := range s {
			d[i] = T(v / by)
		}
	}
}

// sumColumns adds to acc the columns from … of src, whose rows have width elements.
func sumColumns[T Float](acc []float64, src []T, width, from int) {
	for ; len(src) >= 4*width; src = src[4*width:] {
		a, b := src[from:][:len(acc)], src[width+from:][:len(acc)]
		c, d := src[2*width+from:][:len(acc)], src[3*width+from:][:len(acc)]
		for i, s := range acc {
			acc[i] = s + ((float64(a[i]) + float64(b[i])) + (float64(c[i]) + float64(d[i])))
		}
	}
	for ; len(src) > 0; src = src[width:] {
		row := src[from:][:len(acc)]
		for i := range acc {
			acc[i] += float64(row[i])
		}
	}
}

// sumTall splits the rows of few columns. The partial sums are added in their order.
func sumTall[T Float](dst, src []T, outer, n, inner int, by float64) {
	count := pieces(n * inner)
	parts := make([]float64, count*inner)
	for o := range outer {
		clear(parts)
		x := src[o*n*inner : (o+1)*n*inner]
		eachPiece(n, inner, count, func(i, from, to int) {
			for c := 0; c < inner; c += laneLen {
				sumColumns(parts[i*inner+c:][:min(laneLen, inner-c)], x[from*inner:to*inner], inner, c)
			}
		})
		total := parts[:inner]
		for i := 1; i < count; i++ {
			Add(total, total, parts[i*inner:][:inner])
		}
		for i, v := range total {
			dst[o*inner+i] = T(v / by)
		}
	}
}

// FoldMiddle is dst[o,i] = f(… f(f(src[o,0,i]), src[o,1,i]) …), with first for the
// innermost f, for src of shape (outer, n, inner) and n ≥ 1.
func FoldMiddle[D, S any](dst []D, src []S, outer, n, inner int, first func(S) D, f func(D, S) D) {
	if outer*n*inner < serialLen {
		for o := range outer {
			foldLane(dst, src, n, inner, o, 0, inner, first, f)
		}
		return
	}
	reduceTiles(outer, n, inner, func(o, from, to int) { foldLane(dst, src, n, inner, o, from, to, first, f) })
}

func foldLane[D, S any](dst []D, src []S, n, inner, o, from, to int, first func(S) D, f func(D, S) D) {
	src = src[o*n*inner : (o+1)*n*inner]
	if inner == 1 {
		v := first(src[0])
		for _, x := range src[1:] {
			v = f(v, x)
		}
		dst[o] = v
		return
	}
	d := dst[o*inner+from : o*inner+to]
	for i, x := range src[from:to] {
		d[i] = first(x)
	}
	for src = src[inner:]; len(src) > 0; src = src[inner:] {
		for i, x := range src[from:to] {
			d[i] = f(d[i], x)
		}
	}
}

// MaxMiddle is the largest of src[o,:,i]; NaN if one is. n ≥ 1.
func MaxMiddle[T Number](dst, src []T, outer, n, inner int) {
	extreme(dst, src, outer, n, inner, false)
}

// MinMiddle is the smallest of src[o,:,i]; NaN if one is. n ≥ 1.
func MinMiddle[T Number](dst, src []T, outer, n, inner int) { extreme(dst, src, outer, n, inner, true) }

func extreme[T Number](dst, src []T, outer, n, inner int, least bool) {
	switch {
	case outer*n*inner < serialLen:
		for o := range outer {
			extremeLane(dst, src, n, inner, o, 0, inner, least)
		}
	case outer == 1 && inner == 1:
		size := (n + pieces(n) - 1) / pieces(n)
		parts := make([]T, (n+size-1)/size) // no piece is empty
		eachPiece(n, 1, len(parts), func(i, from, to int) { parts[i] = extremeOf(src[from:to], least) })
		dst[0] = extremeOf(parts, least)
	default:
		reduceTiles(outer, n, inner, func(o, from, to int) { extremeLane(dst, src, n, inner, o, from, to, least) })
	}
}

func extremeLane[T Number](dst, src []T, n, inner, o, from, to int, least bool) {
	src = src[o*n*inner : (o+1)*n*inner]
	if inner == 1 {
		dst[o] = extremeOf(src, least)
		return
	}
	d := dst[o*inner+from : o*inner+to]
	copy(d, src[from:to])
	for src = src[inner:]; len(src) > 0; src = src[inner:] {
		if least {
			Minimum(d, d, src[from:to])
		} else {
			Maximum(d, d, src[from:to])
		}
	}
}

func extremeOf[T Number](x []T, least bool) T {
	if least {
		return smallestOf(x)
	}
	return largestOf(x)
}

func largestOf[T Number](x []T) T {
	a := x[0]
	b, c, d := a, a, a // four chains: one comparison need not wait for another
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d = max(a, x[0]), max(b, x[1]), max(c, x[2]), max(d, x[3])
	}
	for _, v := range x {
		a = max(a, v)
	}
	return max(a, b, c, d)
}

func smallestOf[T Number](x []T) T {
	a := x[0]
	b, c, d := a, a, a
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d = min(a, x[0]), min(b, x[1]), min(c, x[2]), min(d, x[3])
	}
	for _, v := range x {
		a = min(a, v)
	}
	return min(a, b, c, d)
}

// ArgMiddle is the position k of the first largest, or with least of the first
// smallest, of src[o,:,i]. NaN beats everything. n ≥ 1.
func ArgMiddle[T Number](dst []int64, src []T, outer, n, inner int, least bool) {
	if outer*n*inner < serialLen {
		for o := range outer {
			argLane(dst, src, n, inner, o, 0, inner, least)
		}
		return
	}
	reduceTiles(outer, n, inner, func(o, from, to int) { argLane(dst, src, n, inner, o, from, to, least) })
}

func argLane[T Number](dst []int64, src []T, n, inner, o, from, to int, least bool) {
	src = src[o*n*inner : (o+1)*n*inner]
	if inner == 1 {
		best, where := src[0], 0
		for k, v := range src {
			if best != best {
				break
			}
			if v != v || !least && v > best || least && v < best {
				best, where = v, k
			}
		}
		dst[o] = int64(where)
		return
	}
	var lane [laneLen]T
	for ; from < to; from += laneLen {
		best := lane[:min(laneLen, to-from)]
		d := dst[o*inner+from:][:len(best)]
		copy(best, src[from:])
		clear(d)
		for k := 1; k < n; k++ {
			for i, v := range src[k*inner+from:][:len(best)] {
				b := best[i]
				if b == b && (v != v || !least && v > b || least && v < b) {
					best[i], d[i] = v, int64(k)
				}
			}
		}
	}
}

// VarMiddle is the sum of the squared deviations of src[o,:,i] from their mean, divided by
// divisor; with root its square root.
func VarMiddle[T Float](dst, src []T, outer, n, inner int, divisor float64, root bool) {
	squareMiddle(dst, src, outer, n, inner, divisor, true, root)
}

// NormMiddle is the square root of Σₙ src[o,n,i]².
func NormMiddle[T Float](dst, src []T, outer, n, inner int) {
	squareMiddle(dst, src, outer, n, inner, 1, false, true)
}

// SquareSum is Σ x[i]², accumulated in float64.
func SquareSum[T Float](x []T) float64 { return squaresAll(x, 0) }

func squareMiddle[T Float](dst, src []T, outer, n, inner int, divisor float64, center, root bool) {
	finish := func(sum float64) T {
		sum /= divisor
		if root {
			sum = math.Sqrt(sum)
		}
		return T(sum)
	}
	if inner == 1 {
		sum, squared := sumPairs[T], squares[T]
		if outer == 1 { // one long row is split itself
			sum, squared = SumAll[T], squaresAll[T]
		}
		rows(outer, 2*n, func(o int) {
			x, mean := src[o*n:(o+1)*n], 0.0
			if center {
				mean = sum(x) / float64(n)
			}
			dst[o] = finish(squared(x, mean))
		})
		return
	}
	reduceTiles(outer, n, inner, func(o, from, to int) {
		x := src[o*n*inner : (o+1)*n*inner]
		for ; from < to; from += laneLen {
			var means, sums [laneLen]float64
			mean := means[:min(laneLen, to-from)]
			if center {
				sumColumns(mean, x, inner, from)
				for i := range mean {
					mean[i] /= float64(n)
				}
			}
			for row := x; len(row) > 0; row = row[inner:] {
				for i, v := range row[from:][:len(mean)] {
					d := float64(v) - mean[i]
					sums[i] += d * d
				}
			}
			d := dst[o*inner+from:][:len(mean)]
			for i := range d {
				d[i] = finish(sums[i])
			}
		}
	})
}

// squaresAll is Σ (x[i]-mean)², in parallel if there are many.
func squaresAll[T Float](x []T, mean float64) float64 {
	if len(x) < 4*serialLen {
		return squares(x, mean)
	}
	parts := make([]float64, pieces(len(x)))
	eachPiece(len(x), 1, len(parts), func(i, from, to int) { parts[i] = squares(x[from:to], mean) })
	return sumPairs(parts)
}

// SquaredError is Σ (a[i]-b[i])², accumulated in float64 by pairs of runs.
func SquaredError[T Float](a, b []T) float64 {
	b = b[:len(a)]
	if len(a) <= sumRun {
		sum := 0.0
		for i, x := range a {
			d := float64(x - b[i])
			sum += d * d
		}
		return sum
	}
	half := (len(a)/2 + sumRun - 1) / sumRun * sumRun
	return SquaredError(a[:half], b[:half]) + SquaredError(a[half:], b[half:])
}
