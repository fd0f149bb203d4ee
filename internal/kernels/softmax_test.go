// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

func TestSoftmax(t *testing.T) {
	for _, s := range [][3]int{{0, 3, 1}, {2, 0, 3}, {1, 1, 1}, {3, 7, 1}, {5, 1, 4}, {2, 9, 5}, {1, 1000, 3}, {70, 100, 9}, {300, 129, 1}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			testSoftmax[float32](t, s[0], s[1], s[2], 1e-6)
			testSoftmax[float64](t, s[0], s[1], s[2], 1e-14)
		})
	}
}

func testSoftmax[T Float](t *testing.T, outer, n, inner int, eps float64) {
	x, _ := kerneltest.Random[T](outer*n*inner, 1)
	dy, _ := kerneltest.Random[T](outer*n*inner, 2)
	got, check := kerneltest.Random[T](outer*n*inner, 3)
	soft, logs, total := make([]float64, len(x)), make([]float64, len(x)), make([]float64, outer*inner)
	softGrad, logGrad := make([]float64, len(x)), make([]float64, len(x))
	for o := range outer {
		for i := range inner {
			at := func(k int) int { return (o*n+k)*inner + i }
			sum, dot, sumDY := 0.0, 0.0, 0.0
			for k := range n {
				sum += math.Exp(float64(x[at(k)]))
			}
			total[o*inner+i] = math.Log(sum)
			for k := range n {
				soft[at(k)] = math.Exp(float64(x[at(k)])) / sum
				logs[at(k)] = math.Log(soft[at(k)])
				dot += soft[at(k)] * float64(dy[at(k)])
				sumDY += float64(dy[at(k)])
			}
			for k := range n {
				softGrad[at(k)] = soft[at(k)] * (float64(dy[at(k)]) - dot)
				logGrad[at(k)] = float64(dy[at(k)]) - soft[at(k)]*sumDY
			}
		}
	}
	Softmax(got, x, outer, n, inner)
	kerneltest.Near(t, soft, got, eps)
	y := append([]T{}, got...)
	SoftmaxGrad(got, y, dy, outer, n, inner)
	kerneltest.Near(t, softGrad, got, eps)
	LogSoftmax(got, x, outer, n, inner)
	kerneltest.Near(t, logs, got, eps)
	y = append(y[:0], got...)
	LogSoftmaxGrad(got, y, dy, outer, n, inner)
	kerneltest.Near(t, logGrad, got, eps*math.Sqrt(float64(n)))
	check(t)
	out, check := kerneltest.Random[T](outer*inner, 4)
	LogSumExp(out, x, outer, n, inner)
	kerneltest.Near(t, total, out, eps)
	check(t)
	copy(got, x)
	Softmax(got, got, outer, n, inner)
	kerneltest.Near(t, soft, got, eps)
}

// What torch 2 gives for rows at the edges.
func TestSoftmaxSpecial(t *testing.T) {
	t.Run("float32", testSoftmaxSpecial[float32])
	t.Run("float64", testSoftmaxSpecial[float64])
}

func testSoftmaxSpecial[T Float](t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name          string
		x, soft, logs []float64
		total         float64
	}{
		{"large", []float64{1000, 1000}, []float64{0.5, 0.5}, []float64{-math.Ln2, -math.Ln2}, 1000 + math.Ln2},
		{"far apart", []float64{-1000, 1000}, []float64{0, 1}, []float64{-2000, 0}, 1000},
		{"small", []float64{-1000, -1000}, []float64{0.5, 0.5}, []float64{-math.Ln2, -math.Ln2}, -1000 + math.Ln2},
		{"one -Inf", []float64{-inf, 0}, []float64{0, 1}, []float64{-inf, 0}, 0},
		{"all -Inf", []float64{-inf, -inf}, []float64{nan, nan}, []float64{nan, nan}, -inf},
		{"+Inf", []float64{inf, 0}, []float64{nan, nan}, []float64{nan, nan}, inf},
		{"NaN", []float64{nan, 0}, []float64{nan, nan}, []float64{nan, nan}, nan},
		{"NaN last", []float64{0, nan}, []float64{nan, nan}, []float64{nan, nan}, nan},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, s := range [][3]int{{1, 2, 1}, {1, 2, 3}} {
				x, got, total := make([]T, 2*s[2]), make([]T, 2*s[2]), make([]T, s[2])
				for i := range x {
					x[i] = T(c.x[i/s[2]])
				}
				wide := func(v []float64) []float64 {
					out := make([]float64, len(x))
					for i := range out {
						out[i] = v[i/s[2]]
					}
					return out
				}
				Softmax(got, x, s[0], s[1], s[2])
				kerneltest.Near(t, wide(c.soft), got, 1e-7)
				LogSoftmax(got, x, s[0], s[1], s[2])
				kerneltest.Near(t, wide(c.logs), got, 1e-7)
				LogSumExp(total, x, s[0], s[1], s[2])
				kerneltest.Near(t, wide([]float64{c.total, c.total})[:s[2]], total, 1e-7)
			}
		})
	}
}

func TestLargest(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, n := range lengths {
			x, _ := kerneltest.Random[float32](n, 1)
			for i := range x {
				old := x[i]
				x[i] = 100
				require.Equal(t, float32(100), largest(x), "at %d of %d", i, n)
				x[i] = float32(math.NaN())
				require.True(t, math.IsNaN(float64(largest(x))), "NaN at %d of %d", i, n)
				x[i] = old
			}
			for i := range x {
				x[i] = float32(math.Inf(-1))
			}
			require.Equal(t, float32(math.Inf(-1)), largest(x))
		}
	})
}

// The exponentials of a row and their sum have the same bits in every implementation.
func TestExpSum(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, n := range append(lengths, 63, 64, 65, 1000) {
			x, checkX := kerneltest.Random[float32](n, uint64(n))
			for i := range x {
				x[i] *= 20 // of which some vanish
			}
			dst, check := kerneltest.Random[float32](n, 1)
			want, wantSum := make([]float32, n), 0.0
			generically(t, func() { wantSum = expSum(want, x, 30) })
			require.Equal(t, wantSum, expSum(dst, x, 30), n)
			requireBits(t, want, dst, x)
			sum := 0.0
			for i, v := range x {
				sum += math.Exp(float64(v - 30))
				require.LessOrEqual(t, ulps(dst[i], math.Exp(float64(v-30))), 1.0)
			}
			require.InEpsilon(t, 1+sum, 1+wantSum, 1e-7)
			require.Equal(t, wantSum, expSum(x, x, 30), n)
			requireBits(t, want, x)
			check(t)
			checkX(t)
		}
	})
}
