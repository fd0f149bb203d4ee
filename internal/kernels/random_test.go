// SPDX-License-Identifier: MIT

package kernels

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

// The known answers are of Random123 (kat_vectors, philox4x32 10).
func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, [2]uint32{0xffffffff, 0xffffffff},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		join := func(lo, hi uint32) uint64 { return uint64(hi)<<32 | uint64(lo) }
		a, b, x, y := philox(join(c.key[0], c.key[1]), join(c.counter[2], c.counter[3]), join(c.counter[0], c.counter[1]))
		assert.Equal(t, c.want, [4]uint32{a, b, x, y})
	}
}

// manyLengths are below and above the length from which threads share the work.
var manyLengths = append(slices.Clone(lengths), chunkLen-1, chunkLen, 5*chunkLen+3)

// Element i must not depend on the length, nor on the number of threads.
func TestDrawsDependOnThePlaceOnly(t *testing.T) {
	t.Run("uniform", func(t *testing.T) { drawsByPlace(t, Uniform[float32], Uniform[float64]) })
	t.Run("normal", func(t *testing.T) { drawsByPlace(t, Normal[float32], Normal[float64]) })
}

func drawsByPlace(t *testing.T, f32 func(dst []float32, seed, stream uint64), f64 func(dst []float64, seed, stream uint64)) {
	long32, long64 := make([]float32, 6*chunkLen), make([]float64, 6*chunkLen)
	f32(long32, 3, 4)
	f64(long64, 3, 4)
	for _, n := range manyLengths {
		eachThreads(t, func() []uint64 {
			got, check := kerneltest.Random[float32](n, 1)
			f32(got, 3, 4)
			require.True(t, slices.Equal(long32[:n], got), "length %d", n)
			check(t)
			more, check := kerneltest.Random[float64](n, 1)
			f64(more, 3, 4)
			require.True(t, slices.Equal(long64[:n], more), "length %d", n)
			check(t)
			return exactly(got)
		})
	}
	other := make([]float32, 64)
	f32(other, 4, 4)
	assert.NotEqual(t, long32[:64], other, "seed")
	f32(other, 3, 5)
	assert.NotEqual(t, long32[:64], other, "stream")
}

// moments returns the mean, the variance and the fourth central moment.
func moments(x []float64) (mean, second, fourth float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		d := (v - mean) * (v - mean)
		second += d / n
		fourth += d * d / n
	}
	return mean, second, fourth
}

// The tolerances are 5 standard errors for 2e5 draws.
func TestMoments(t *testing.T) {
	const n = 200_000
	x := make([]float64, n)
	Uniform(x, 1, 2)
	mean, second, fourth := moments(x)
	assert.InDelta(t, 0.5, mean, 5*math.Sqrt(1.0/12/n))
	assert.InDelta(t, 1.0/12, second, 5*math.Sqrt(1.0/180/n))
	assert.InDelta(t, 1.0/80, fourth, 5*math.Sqrt(1.0/3600/n))
	assert.GreaterOrEqual(t, slices.Min(x), 0.0)
	assert.Less(t, slices.Max(x), 1.0)
	Normal(x, 1, 2)
	mean, second, fourth = moments(x)
	assert.InDelta(t, 0, mean, 5*math.Sqrt(1.0/n))
	assert.InDelta(t, 1, second, 5*math.Sqrt(2.0/n))
	assert.InDelta(t, 3, fourth, 5*math.Sqrt(96.0/n))
	within := 0
	for _, v := range x {
		if math.Abs(v) < 1 {
			within++
		}
	}
	assert.InDelta(t, math.Erf(math.Sqrt2/2), float64(within)/n, 5*math.Sqrt(0.22/n))
}

func TestUnitIsBelowOne(t *testing.T) {
	assert.Less(t, unit[float32](math.MaxUint32, math.MaxUint32), float32(1))
	assert.Less(t, unit[float64](math.MaxUint32, math.MaxUint32), 1.0)
	assert.Zero(t, unit[float32](0, 0))
	assert.Zero(t, unit[float64](0, 0))
}

func TestDropout(t *testing.T) {
	const n = 4099
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i + 1)
	}
	x[5] = float32(math.Inf(1))
	for _, p := range []float64{0, 0.1, 0.5, 0.9, 1} {
		whole := make([]float32, n)
		Dropout(whole, x, p, 7, 8, 0)
		dropped := 0
		for i, v := range whole {
			words := [4]uint32{}
			words[0], words[1], words[2], words[3] = philox(7, 8, uint64(i/4))
			want := float32(0)
			if p < 1 && float64(words[i%4]) >= p*(1<<32) {
				want = x[i] * float32(1/(1-p))
			}
			require.Equal(t, want, v, "p=%v at %d", p, i)
			if v == 0 {
				dropped++
			}
		}
		assert.InDelta(t, p, float64(dropped)/n, 5*math.Sqrt(p*(1-p)/n), "5 standard errors")
		for at := range 9 { // a piece is what it is in the whole
			for _, size := range lengths {
				got, check := kerneltest.Random[float32](size, 1)
				Dropout(got, x[at:at+size], p, 7, 8, at)
				require.Equal(t, whole[at:at+size], got[:size:size])
				check(t)
			}
		}
		Dropout(x[:100], x[:100], p, 7, 8, 0)
		assert.Equal(t, whole[:100], x[:100], "in place")
		for i := range 100 {
			x[i] = float32(i + 1)
		}
		x[5] = float32(math.Inf(1))
	}
}

func TestPerm(t *testing.T) {
	for _, n := range append(slices.Clone(lengths), 1000) {
		got := Perm(n, 1, 2)
		assert.Equal(t, got, Perm(n, 1, 2))
		if n >= 15 {
			assert.NotEqual(t, got, Perm(n, 1, 3))
			assert.NotEqual(t, got, Perm(n, 2, 2))
		}
		slices.Sort(got)
		for i, v := range got {
			require.Equal(t, i, v)
		}
	}
	counts := map[[3]int]int{} // all orders of 3 are equally likely
	for stream := range uint64(6000) {
		counts[[3]int(Perm(3, 9, stream))]++
	}
	require.Len(t, counts, 6)
	for order, n := range counts {
		assert.InDelta(t, 1000, n, 5*math.Sqrt(6000*5.0/36), "%v, 5 standard errors", order)
	}
}
