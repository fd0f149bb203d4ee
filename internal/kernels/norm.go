// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// squares is Σ (x[i]-mean)², accumulated in float64 by pairs of runs.
func squares[T Float](x []T, mean float64) float64 {
	if len(x) > sumRun {
		half := (len(x)/2 + sumRun - 1) / sumRun * sumRun
		return squares(x[:half], mean) + squares(x[half:], mean)
	}
	var a, b, c, d float64
	for len(x) >= 4 {
		p, q, r, s := float64(x[0])-mean, float64(x[1])-mean, float64(x[2])-mean, float64(x[3])-mean
		a += p * p
		b += q * q
		c += r * r
		d += s * s
		x = x[4:]
	}
	for _, v := range x {
		p := float64(v) - mean
		a += p * p
	}
	return (a + b) + (c + d)
}

// products is Σ dy[i] and Σ dy[i]·(x[i]-mean), accumulated likewise.
func products[T Float](dy, x []T, mean float64) (sum, dot float64) {
	x = x[:len(dy)]
	if len(x) > sumRun {
		half := (len(x)/2 + sumRun - 1) / sumRun * sumRun
		s0, d0 := products(dy[:half], x[:half], mean)
		s1, d1 := products(dy[half:], x[half:], mean)
		return s0 + s1, d0 + d1
	}
	var s0, s1, d0, d1 float64
	i := 0
	for ; i+2 <= len(dy); i += 2 {
		p, q := float64(dy[i]), float64(dy[i+1])
		s0 += p
		s1 += q
		d0 += p * (float64(x[i]) - mean)
		d1 += q * (float64(x[i+1]) - mean)
	}
	if i < len(dy) {
		s0 += float64(dy[i])
		d0 += float64(dy[i]) * (float64(x[i]) - mean)
	}
	return s0 + s1, d0 + d1
}

// RowNorm is x̂ = (x-mean)/√(variance+eps) of each row of n elements: layer and group
// normalization without their weights.
func RowNorm[T Float](count, n int, y, x []T, eps float64) {
	par.Over(count, 3*n, rowNorm[T]{n, y, x, eps})
}

type rowNorm[T Float] struct {
	n    int
	y, x []T
	eps  float64
}

// rowMoments returns the mean of a row and 1/√(variance+eps). Assembly takes one pass,
// with sums relative to the first element: they do not cancel where the mean is large.
func rowMoments[T Float](x []T, eps float64) (mean, inv float64) {
	n := float64(len(x))
	if f, m, k := whole(x); m > 0 {
		shift := float64(f[0])
		sum, squares := k.moments(m, &f[0], shift)
		for _, v := range f[m:] {
			d := float64(v) - shift
			sum += d
			squares += d * d
		}
		mean = sum / n
		return shift + mean, 1 / math.Sqrt(max(squares/n-mean*mean, 0)+eps)
	}
	mean = SumAll(x) / n
	return mean, 1 / math.Sqrt(squares(x, mean)/n+eps)
}

func (r rowNorm[T]) Span(from, to int) {
	for i := from; i < to; i++ {
		x, y := r.x[i*r.n:(i+1)*r.n], r.y[i*r.n:(i+1)*r.n]
		mean, inv := rowMoments(x, r.eps)
		f, n, k := whole(y)
		if n > 0 {
			k.normalize(n, &f[0], &any(x).([]float32)[0], mean, inv)
		}
		for j := n; j < len(x); j++ {
			y[j] = T((float64(x[j]) - mean) * inv)
		}
	}
}

// RowNormGrad is the gradient of RowNorm in x, with dy that in x̂:
//
//	dx = invstd·(dy - Σdy/n - x̂·Σ(dy·x̂)/n)
func RowNormGrad[T Float](count, n int, dx, x, dy []T, eps float64) {
	par.Over(count, 5*n, rowNormGrad[T]{n, dx, x, dy, eps})
}

type rowNormGrad[T Float] struct {
	n         int
	dx, x, dy []T
	eps       float64
}

func (r rowNormGrad[T]) Span(from, to int) {
	n := float64(r.n)
	for i := from; i < to; i++ {
		x, dy, dx := r.x[i*r.n:(i+1)*r.n], r.dy[i*r.n:(i+1)*r.n], r.dx[i*r.n:(i+1)*r.n]
		mean, inv := rowMoments(x, r.eps)
		f, m, k := whole(dx)
		sum, dot := products(dy[m:], x[m:], mean)
		if m > 0 {
			s, d := k.products(m, &any(dy).([]float32)[0], &any(x).([]float32)[0], mean)
			sum, dot = sum+s, dot+d
		}
		sum, dot = sum/n, dot/n*inv*inv
		if m > 0 {
			k.normalGrad(m, &f[0], &any(x).([]float32)[0], &any(dy).([]float32)[0], mean, inv, sum, dot)
		}
		for j := m; j < len(dx); j++ {
			dx[j] = T(inv * (float64(dy[j]) - sum - (float64(x[j])-mean)*dot))
		}
	}
}
