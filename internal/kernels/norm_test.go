// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

func TestBatchNorm(t *testing.T) {
	for _, s := range [][3]int{{1, 1, 2}, {2, 3, 1}, {5, 37, 1}, {4, 20, 6}, {3, 5, 49}, {300, 33, 3}, {8, 3, 1025}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			testBatchNorm[float32](t, s[0], s[1], s[2], 1e-6)
			testBatchNorm[float64](t, s[0], s[1], s[2], 1e-13)
		})
	}
}

func testBatchNorm[T Float](t *testing.T, n, c, s int, tol float64) {
	const eps = 1e-5
	x, _ := kerneltest.Random[T](n*c*s, 1)
	dy, _ := kerneltest.Random[T](n*c*s, 2)
	w, _ := kerneltest.Random[T](c, 3)
	b, _ := kerneltest.Random[T](c, 4)
	for i := range x {
		x[i] = 3*x[i] + 2
	}
	m := float64(n * s)
	mean, variance, db, dw := make([]float64, c), make([]float64, c), make([]float64, c), make([]float64, c)
	each := func(f func(i, ch int)) {
		for i := range x {
			f(i, i/s%c)
		}
	}
	each(func(i, ch int) { mean[ch] += float64(x[i]) / m })
	each(func(i, ch int) { variance[ch] += math.Pow(float64(x[i])-mean[ch], 2) / m })
	inv := make([]float64, c)
	for ch, v := range variance {
		inv[ch] = 1 / math.Sqrt(v+eps)
	}
	each(func(i, ch int) {
		db[ch] += float64(dy[i])
		dw[ch] += float64(dy[i]) * (float64(x[i]) - mean[ch]) * inv[ch]
	})
	y, plain, wantDX := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	each(func(i, ch int) {
		hat := (float64(x[i]) - mean[ch]) * inv[ch]
		plain[i], y[i] = hat, hat*float64(w[ch])+float64(b[ch])
		wantDX[i] = float64(w[ch]) * inv[ch] * (float64(dy[i]) - db[ch]/m - hat*dw[ch]/m)
	})

	stats, checkStats := kerneltest.Random[T](3*c, 5)
	BatchNormStats(n, c, s, stats, x, eps)
	kerneltest.Near(t, append(append(append([]float64{}, mean...), inv...), variance...), stats, tol)
	got, checkGot := kerneltest.Random[T](len(x), 6)
	// Rounding the mean moves a normalized value by eps·|mean|·invstd.
	loss := 10 * max(1, slices.Max(inv))
	BatchNormApply(n, c, s, got, x, stats, w, b)
	kerneltest.Near(t, y, got, loss*tol)
	BatchNormApply(n, c, s, got, x, stats, nil, nil)
	kerneltest.Near(t, plain, got, loss*tol)
	BatchNormEval(n, c, s, got, x, stats[:c], stats[2*c:], w, b, eps)
	kerneltest.Near(t, y, got, loss*tol)
	BatchNormEval(n, c, s, got, x, stats[:c], stats[2*c:], nil, nil, eps)
	kerneltest.Near(t, plain, got, loss*tol)
	sums, checkSums := kerneltest.Random[T](2*c, 7)
	BatchNormGradStats(n, c, s, sums, x, stats, dy)
	kerneltest.Near(t, append(append([]float64{}, db...), dw...), sums, loss*tol*math.Sqrt(m))
	BatchNormGradInput(n, c, s, got, x, stats, w, dy, sums)
	kerneltest.Near(t, wantDX, got, loss*max(1, slices.Max(inv))*tol)
	checkStats(t)
	checkGot(t)
	checkSums(t)
}

// The variance of large numbers that are close to each other must not cancel.
func TestBatchNormStatsFarFromZero(t *testing.T) {
	const n = 100_000
	x := make([]float32, n)
	for i := range x {
		x[i] = 4096 + float32(i%2) // variance 1/4
	}
	stats := make([]float32, 3)
	BatchNormStats(1, 1, n, stats, x, 0)
	require.Equal(t, []float32{4096.5, 2, 0.25}, stats)
}

func TestBatchNormEmpty(t *testing.T) {
	BatchNormStats(0, 0, 0, []float32{}, []float32{}, 1e-5)
	BatchNormApply(0, 3, 4, []float32{}, []float32{}, make([]float32, 9), nil, nil)
	sums := []float32{1, 2, 3, 4}
	BatchNormGradStats(0, 2, 3, sums, []float32{}, make([]float32, 6), []float32{})
	require.Equal(t, make([]float32, 4), sums)
}

func TestRowNorm(t *testing.T) { kerneltest.Each(t, &isa.Kernels, testRowNorms) }

func testRowNorms(t *testing.T) {
	for _, s := range [][2]int{{0, 4}, {1, 2}, {7, 3}, {5, 129}, {3, 1000}, {400, 33}, {2, 16}, {3, 47}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			testRowNorm[float32](t, s[0], s[1], 1e-6)
			testRowNorm[float64](t, s[0], s[1], 1e-13)
		})
	}
}

func testRowNorm[T Float](t *testing.T, count, n int, tol float64) {
	const eps = 1e-5
	x, _ := kerneltest.Random[T](count*n, 1)
	dy, _ := kerneltest.Random[T](count*n, 2)
	got, check := kerneltest.Random[T](count*n, 3)
	y, dx, loss := make([]float64, len(x)), make([]float64, len(x)), 1.0
	for r := range count {
		mean, variance, sum, dot := 0.0, 0.0, 0.0, 0.0
		for i := r * n; i < (r+1)*n; i++ {
			mean += float64(x[i]) / float64(n)
		}
		for i := r * n; i < (r+1)*n; i++ {
			variance += math.Pow(float64(x[i])-mean, 2) / float64(n)
		}
		inv := 1 / math.Sqrt(variance+eps)
		loss = max(loss, inv)
		for i := r * n; i < (r+1)*n; i++ {
			y[i] = (float64(x[i]) - mean) * inv
			sum += float64(dy[i]) / float64(n)
			dot += float64(dy[i]) * y[i] / float64(n)
		}
		for i := r * n; i < (r+1)*n; i++ {
			dx[i] = inv * (float64(dy[i]) - sum - y[i]*dot)
		}
	}
	RowNorm(count, n, got, x, eps)
	kerneltest.Near(t, y, got, loss*tol)
	RowNormGrad(count, n, got, x, dy, eps)
	kerneltest.Near(t, dx, got, loss*loss*tol)
	check(t)
}

// A first element that is far from the others, or a mean that is, must not cancel.
func TestRowNormFarFromZero(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		x, y := make([]float32, 64), make([]float32, 64)
		for i := range x {
			x[i] = 1<<23 + float32(i%2)
		}
		RowNorm(1, 64, y, x, 0)
		for i := range y {
			require.Equal(t, float32(2*(i%2)-1), y[i])
		}
		x[0] = 0
		RowNorm(1, 64, y, x, 0)
		require.InDelta(t, -math.Sqrt(63), y[0], 1e-6)
		require.InDelta(t, 1/math.Sqrt(63), y[1], 1e-6)
	})
}
