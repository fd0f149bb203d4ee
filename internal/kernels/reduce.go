// SPDX-License-Identifier: MIT

package kernels

import "math"

// sumRun is how many elements are added one after another before partial sums are
// paired: the error of a sum grows with the logarithm of its length.
const sumRun = 128

// SumAll returns the sum of x, accumulated in float64 by pairs of runs.
func SumAll[T Float](x []T) float64 {
	if len(x) <= sumRun {
		var a, b, c, d float64
		i := 0
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
	return SumAll(x[:half]) + SumAll(x[half:])
}

// SumMiddle is dst[o,i] = Σₙ src[o,n,i] for src of shape (outer, n, inner).
func SumMiddle[T Float](dst, src []T, outer, n, inner int) {
	if outer == 1 && inner == 1 {
		dst[0] = T(SumAll(src))
		return
	}
	if outer == 1 && n*inner < 32768 {
		sumColumns(dst, src)
		return
	}
	if inner == 1 {
		rows(outer, n, func(o int) { dst[o] = T(SumAll(src[o*n : (o+1)*n])) })
		return
	}
	rows(outer, n*inner, func(o int) { sumColumns(dst[o*inner:(o+1)*inner], src[o*n*inner:(o+1)*n*inner]) })
}

// rows calls f(0) … f(count-1), in parallel if their cost of about cost elements
// each is worth it.
func rows(count, cost int, f func(i int)) {
	if count*cost < 32768 {
		for i := range count {
			f(i)
		}
		return
	}
	group := max(1, 16384/max(cost, 1)) // rows of one chunk, by size only
	chunks := (count + group - 1) / group
	for chunks > maxChunks {
		group *= 2
		chunks = (count + group - 1) / group
	}
	Parallel(chunks, int64(count)*int64(cost)/2, func(c int) {
		for i := c * group; i < min((c+1)*group, count); i++ {
			f(i)
		}
	})
}

// sumColumns adds the rows of src, each as long as dst, by halves.
func sumColumns[T Float](dst, src []T) {
	w := len(dst)
	n := len(src) / max(w, 1)
	if n <= 32 {
		clear(dst)
		for i := range n {
			Add(dst, dst, src[i*w:(i+1)*w])
		}
		return
	}
	half := n / 2
	sumColumns(dst, src[:half*w])
	more := make([]T, w)
	sumColumns(more, src[half*w:])
	Add(dst, dst, more)
}

// FoldMiddle is dst[o,i] = f(… f(f(src[o,0,i], src[o,1,i]), …)) for src of shape
// (outer, n, inner) and n ≥ 1.
func FoldMiddle[D, S any](dst []D, src []S, outer, n, inner int, first func(S) D, f func(D, S) D) {
	rows(outer, n*inner, func(o int) {
		for i := range inner {
			at := o*n*inner + i
			v := first(src[at])
			for k := 1; k < n; k++ {
				v = f(v, src[at+k*inner])
			}
			dst[o*inner+i] = v
		}
	})
}

// MaxMiddle is the largest of src[o,:,i]; NaN if one is.
func MaxMiddle[T Number](dst, src []T, outer, n, inner int) {
	FoldMiddle(dst, src, outer, n, inner, same[T], func(a, b T) T { return max(a, b) })
}

// MinMiddle is the smallest of src[o,:,i]; NaN if one is.
func MinMiddle[T Number](dst, src []T, outer, n, inner int) {
	FoldMiddle(dst, src, outer, n, inner, same[T], func(a, b T) T { return min(a, b) })
}

func same[T any](x T) T { return x }

// ArgMiddle is the position k of the first largest, or with least of the first
// smallest, of src[o,:,i]. NaN beats everything.
func ArgMiddle[T Number](dst []int64, src []T, outer, n, inner int, least bool) {
	rows(outer, n*inner, func(o int) {
		for i := range inner {
			at := o*n*inner + i
			best, where := src[at], 0
			for k := 1; k < n && best == best; k++ {
				v := src[at+k*inner]
				if v != v || !least && v > best || least && v < best {
					best, where = v, k
				}
			}
			dst[o*inner+i] = int64(where)
		}
	})
}

// VarMiddle is the mean squared deviation of src[o,:,i] from its mean, with n-ddof
// in the denominator.
func VarMiddle[T Float](dst, src []T, outer, n, inner, ddof int) {
	rows(outer, n*inner, func(o int) {
		for i := range inner {
			at := o*n*inner + i
			sum := 0.0
			for k := range n {
				sum += float64(src[at+k*inner])
			}
			mean, dev := sum/float64(n), 0.0
			for k := range n {
				d := float64(src[at+k*inner]) - mean
				dev += d * d
			}
			dst[o*inner+i] = T(dev / math.Max(0, float64(n-ddof)))
		}
	})
}

// CumsumMiddle is dst[o,k,i] = Σ_{j≤k} src[o,j,i].
func CumsumMiddle[T Float](dst, src []T, outer, n, inner int) {
	rows(outer, n*inner, func(o int) {
		for i := range inner {
			sum := 0.0
			for k := range n {
				at := (o*n+k)*inner + i
				sum += float64(src[at])
				dst[at] = T(sum)
			}
		}
	})
}

// CumsumBackMiddle is dst[o,k,i] = Σ_{j≥k} src[o,j,i].
func CumsumBackMiddle[T Float](dst, src []T, outer, n, inner int) {
	rows(outer, n*inner, func(o int) {
		for i := range inner {
			sum := 0.0
			for k := n - 1; k >= 0; k-- {
				at := (o*n+k)*inner + i
				sum += float64(src[at])
				dst[at] = T(sum)
			}
		}
	})
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
