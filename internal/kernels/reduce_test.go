// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// blocks have every axis empty, short, longer than a lane, and large enough to be
// split among threads by rows, by columns and by chunks.
var blocks = [][3]int{
	{1, 0, 1}, {1, 0, 3}, {0, 3, 2}, {2, 3, 0}, {1, 1, 1}, {1, 15, 1}, {1, 33, 1}, {3, 7, 1}, {1, 9, 8}, {4, 5, 6},
	{2, 3, 129}, {1, 257, 130}, {1, 100_003, 1}, {1, 140_001, 1}, {300, 401, 1}, {1, 40_007, 3}, {2, 41, 1100}, {3, 30_001, 2},
}

// exactly is the bits of x, so that runs can be compared.
func exactly[T Float](x []T) []uint64 {
	b := make([]uint64, len(x))
	for i, v := range x {
		b[i] = math.Float64bits(float64(v))
	}
	return b
}

// column returns src[o,:,i].
func column[T any](src []T, n, inner, o, i int) []T {
	var c []T
	for k := range n {
		c = append(c, src[(o*n+k)*inner+i])
	}
	return c
}

// eachThreads calls f with one and with several threads, between which the results
// must not differ.
func eachThreads(t *testing.T, f func() []uint64) {
	t.Helper()
	defer par.SetThreads(par.SetThreads(1))
	want := f()
	for _, n := range []int{2, 4} {
		par.SetThreads(n)
		require.Equal(t, want, f(), "%d threads", n)
	}
}

func TestSumMiddle(t *testing.T) {
	t.Run("float32", func(t *testing.T) { testSumMiddle[float32](t, 0x1p-23) })
	t.Run("float64", func(t *testing.T) { testSumMiddle[float64](t, 1e-13) })
}

// The sums are exact but for one rounding in float32; in float64 runs of at most 128
// or chunkLen numbers are added one after another.
func testSumMiddle[T Float](t *testing.T, rel float64) {
	for _, b := range blocks {
		outer, n, inner := b[0], b[1], b[2]
		src, _ := kerneltest.Random[T](outer*n*inner, 7)
		for i := range src {
			src[i] += 1 // not to cancel
		}
		eachThreads(t, func() []uint64 {
			dst, check := kerneltest.Random[T](outer*inner, 8)
			SumMiddle(dst, src, outer, n, inner)
			for o := range outer {
				for i := range inner {
					if outer*inner > 1000 && (o*inner+i)%37 != 0 {
						continue
					}
					want := new(big.Float).SetPrec(200)
					for _, v := range column(src, n, inner, o, i) {
						want.Add(want, big.NewFloat(float64(v)))
					}
					w, _ := want.Float64()
					nearT(t, w, dst[o*inner+i], rel, fmt.Sprint(b, o, i))
				}
			}
			check(t)
			return exactly(dst)
		})
	}
}

func TestSumOfManyIsAccurate(t *testing.T) {
	n := 10_000_000
	if testing.Short() {
		n = 1_000_000
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = 0.1
	}
	want := float64(x[0]) * float64(n)
	eachThreads(t, func() []uint64 {
		got := SumAll(x)
		assert.InEpsilon(t, want, got, 1e-12)
		return []uint64{math.Float64bits(got)}
	})
}

func TestSumOfNonFinite(t *testing.T) {
	inf := math.Inf(1)
	for _, b := range [][3]int{{1, 40, 1}, {1, 5, 40}} {
		src, dst := make([]float64, b[1]*b[2]), make([]float64, b[2])
		src[0] = inf
		SumMiddle(dst, src, 1, b[1], b[2])
		assert.Equal(t, inf, dst[0])
		src[2*b[2]] = -inf
		SumMiddle(dst, src, 1, b[1], b[2])
		assert.True(t, math.IsNaN(dst[0]))
	}
}

func TestExtremesAndFolds(t *testing.T) {
	for _, b := range blocks {
		outer, n, inner := b[0], b[1], b[2]
		if n == 0 {
			continue // an error of the caller
		}
		src, _ := kerneltest.Random[float32](outer*n*inner, 9)
		for i := range src { // many equal elements, and sometimes NaN
			src[i] = float32(math.Round(float64(src[i]) * 3))
			if i%1009 == 500 {
				src[i] = float32(math.NaN())
			}
		}
		eachThreads(t, func() []uint64 {
			most, check1 := kerneltest.Random[float32](outer*inner, 1)
			least, check2 := kerneltest.Random[float32](outer*inner, 1)
			last, check3 := kerneltest.Random[float64](outer*inner, 1)
			argMost, argLeast := make([]int64, outer*inner), make([]int64, outer*inner)
			MaxMiddle(most, src, outer, n, inner)
			MinMiddle(least, src, outer, n, inner)
			ArgMiddle(argMost, src, outer, n, inner, false)
			ArgMiddle(argLeast, src, outer, n, inner, true)
			fold := func(a float64, x float32) float64 { return math.Mod(float64(a*3)+float64(x), 1000) } // depends on the order
			FoldMiddle(last, src, outer, n, inner, func(x float32) float64 { return float64(x) }, fold)
			for o := range outer {
				for i := range inner {
					c := column(src, n, inner, o, i)
					hi, lo, f := c[0], c[0], float64(c[0])
					kHi, kLo := 0, 0
					for k, v := range c[1:] {
						if hi == hi && (v > hi || v != v) {
							hi, kHi = v, k+1
						}
						if lo == lo && (v < lo || v != v) {
							lo, kLo = v, k+1
						}
						f = fold(f, v)
					}
					at := o*inner + i
					nearT(t, float64(hi), most[at], 0, "max")
					nearT(t, float64(lo), least[at], 0, "min")
					nearT(t, f, last[at], 0, "fold")
					require.Equal(t, int64(kHi), argMost[at], "argmax %v", b)
					require.Equal(t, int64(kLo), argLeast[at], "argmin %v", b)
				}
			}
			check1(t)
			check2(t)
			check3(t)
			return append(exactly(most), exactly(least)...)
		})
	}
}

func TestIntegerExtremes(t *testing.T) {
	x := []int64{3, -9, 3, math.MaxInt64, math.MinInt64, 0, 1, 2, 5}
	dst, at := make([]int64, 3), make([]int64, 3)
	MaxMiddle(dst[:1], x, 1, 9, 1)
	assert.Equal(t, int64(math.MaxInt64), dst[0])
	MinMiddle(dst, x, 1, 3, 3)
	assert.Equal(t, []int64{1, math.MinInt64, 0}, dst)
	ArgMiddle(at, x, 1, 3, 3, true)
	assert.Equal(t, []int64{2, 1, 1}, at)
	u := make([]uint8, 1)
	MinMiddle(u, []uint8{7, 255, 0, 3, 9}, 1, 5, 1)
	assert.Equal(t, []uint8{0}, u)
}

func TestVarMiddle(t *testing.T) {
	for _, b := range blocks {
		outer, n, inner := b[0], b[1], b[2]
		src, _ := kerneltest.Random[float64](outer*n*inner, 11)
		for i := range src {
			src[i] += 1000 // the naive E[x²]-E[x]² would lose 6 digits
		}
		for _, ddof := range []int{0, 1} {
			eachThreads(t, func() []uint64 {
				dst, check := kerneltest.Random[float64](outer*inner, 1)
				VarMiddle(dst, src, outer, n, inner, float64(max(0, n-ddof)), false)
				for o := range outer {
					for i := range inner {
						c := column(src, n, inner, o, i)
						mean, dev := 0.0, 0.0
						for _, v := range c {
							mean += v / float64(n)
						}
						for _, v := range c {
							dev += (v - mean) * (v - mean)
						}
						nearT(t, dev/float64(max(0, n-ddof)), dst[o*inner+i], 1e-9, fmt.Sprint(b))
					}
				}
				check(t)
				return exactly(dst)
			})
		}
	}
}

func TestSquaredError(t *testing.T) {
	for _, n := range append(lengths, 1000, 4097) {
		a, b := make([]float32, n), make([]float32, n)
		Normal(a, 1, 1)
		Normal(b, 1, 2)
		want := 0.0
		for i := range a {
			want += float64(a[i]-b[i]) * float64(a[i]-b[i])
		}
		assert.InDelta(t, want, SquaredError(a, b), 1e-13*float64(n))
	}
}

func TestShortReductionsAllocateNothing(t *testing.T) {
	src, dst, at := make([]float32, 120), make([]float32, 120), make([]int64, 120)
	for _, b := range [][3]int{{1, 15, 1}, {4, 15, 1}, {1, 15, 4}, {2, 5, 3}} {
		got := testing.AllocsPerRun(20, func() {
			SumMiddle(dst, src, b[0], b[1], b[2])
			MaxMiddle(dst, src, b[0], b[1], b[2])
			ArgMiddle(at, src, b[0], b[1], b[2], false)
		})
		assert.Zero(t, got, "%v", b)
	}
}
