// SPDX-License-Identifier: MIT

package conv

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

var blockedNorms = [][3]int{{1, 1, 2}, {2, 16, 1}, {3, 37, 1}, {2, 33, 49}, {70, 17, 6}, {1, 16, 1024}, {2, 20, 1100}, {1, 3, 5000}, {40, 5, 63}}

// blockedResult is a guarded tensor in the blocked layout that a kernel writes.
func blockedResult(n, c, s int, seed uint64) (y []float32, check func(t *testing.T) (plain []float32)) {
	y, intact := kerneltest.Random[float32](BlockedSize(n, c, s, 1), seed)
	return y, func(t *testing.T) []float32 {
		t.Helper()
		intact(t)
		plain, again := make([]float32, n*c*s), make([]float32, len(y))
		FromBlocked(plain, y, n, c, s, 1)
		ToBlocked(again, plain, n, c, s, 1)
		for i, v := range again {
			require.False(t, v == 0 && y[i] != 0, "the filling channel at %d is %v", i, y[i])
		}
		return plain
	}
}

func TestBatchNormBlocked(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, s := range blockedNorms {
			for _, relu := range []bool{false, true} {
				t.Run(fmt.Sprint(s, relu), func(t *testing.T) { testBatchNormBlocked(t, s[0], s[1], s[2], relu) })
			}
		}
	})
}

// testBatchNormBlocked compares with the kernels of the plain layout in float64.
func testBatchNormBlocked(t *testing.T, n, c, s int, relu bool) {
	const eps = 1e-5
	plainX, x, checkX := blockedTensor(n, c, s, 1, 1)
	for i := range plainX {
		plainX[i] = 3*plainX[i] + 2
	}
	ToBlocked(x, plainX, n, c, s, 1)
	plainDY, dy, checkDY := blockedTensor(n, c, s, 1, 2)
	plainRes, res, checkRes := blockedTensor(n, c, s, 1, 3)
	w, checkW := kerneltest.Random[float32](c, 4)
	b, checkB := kerneltest.Random[float32](c, 5)
	stats, checkStats := kerneltest.Random[float32](3*c, 6)
	sums, checkSums := kerneltest.Random[float32](2*c, 7)
	close := func(want []float64, got []float32, factor float64) {
		t.Helper()
		bound := make([]float64, len(want))
		for i, v := range want {
			bound[i] = factor * 0x1p-23 * (1 + math.Abs(v))
		}
		kerneltest.Close(t, want, bound, got)
	}

	x64, size := kerneltest.Widened(plainX), n*c*s
	wantStats := make([]float64, 3*c)
	kernels.BatchNormStats(n, c, s, wantStats, x64, eps)
	BatchNormStats(n, c, s, stats, x, eps)
	close(wantStats, stats, 8*max(1, slices.Max(wantStats[c:2*c])))
	checkStats(t)

	// From here on both begin with the same statistics.
	stats64, w64, b64 := kerneltest.Widened(stats), kerneltest.Widened(w), kerneltest.Widened(b)
	inv := max(1, slices.Max(stats64[c:2*c]))
	want := make([]float64, size)
	kernels.BatchNormApply(n, c, s, want, x64, stats64, w64, b64)
	normal := append([]float64{}, want...)
	for i := range want {
		want[i] += float64(plainRes[i])
		if relu {
			want[i] = max(want[i], 0)
		}
	}
	y, check := blockedResult(n, c, s, 8)
	BatchNormApply(n, c, s, y, x, stats, w, b, res, relu)
	close(want, check(t), 16*inv)
	BatchNormApply(n, c, s, y, x, stats, w, b, nil, false)
	close(normal, check(t), 16*inv)
	kernels.BatchNormApply(n, c, s, want, x64, stats64, nil, nil)
	BatchNormApply(n, c, s, y, x, stats, nil, nil, nil, false)
	close(want, check(t), 16*inv)
	copy(y, x)
	BatchNormApply(n, c, s, y, y, stats, nil, nil, nil, false)
	close(want, check(t), 16*inv)

	mask := append([]float32{}, plainDY...)
	if relu {
		// Signs are those of the kernel itself, which rounds in its own way.
		BatchNormApply(n, c, s, y, x, stats, w, b, nil, true)
		for i, v := range check(t) {
			if v <= 0 {
				mask[i] = 0
			}
		}
	}
	dy64 := kerneltest.Widened(mask)
	wantSums := make([]float64, 2*c)
	kernels.BatchNormGradStats(n, c, s, wantSums, x64, stats64, dy64)
	BatchNormGradStats(n, c, s, sums, x, stats, w, b, dy, relu)
	close(wantSums, sums, 16*inv*math.Sqrt(float64(n*s)))
	checkSums(t)

	sums64 := kerneltest.Widened(sums)
	kernels.BatchNormGradInput(n, c, s, want, x64, stats64, w64, dy64, sums64)
	BatchNormGradInput(n, c, s, y, x, stats, w, b, dy, sums, relu)
	close(want, check(t), 32*inv*inv)
	copy(y, dy)
	BatchNormGradInput(n, c, s, y, x, stats, w, b, y, sums, relu)
	close(want, check(t), 32*inv*inv)
	for _, check := range []func(testing.TB){checkX, checkDY, checkRes, checkW, checkB} {
		check(t)
	}
}

// The variance of large numbers that are close to each other must not cancel.
func TestBatchNormStatsBlockedFarFromZero(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		const n = 100_000
		x := make([]float32, n*Block)
		for i := range n {
			x[i*Block] = 4096 + float32(i%2) // variance 1/4
		}
		stats := make([]float32, 3)
		BatchNormStats(1, 1, n, stats, x, 0)
		require.Equal(t, []float32{4096.5, 2, 0.25}, stats)
	})
}

func TestBatchNormBlockedNaN(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		x := []float32{1, 2, 3, float32(math.NaN()), 5, 6, 7, 8}
		blocked := make([]float32, BlockedSize(1, 2, 4, 1))
		ToBlocked(blocked, x, 1, 2, 4, 1)
		stats := []float32{0, 0, 1, 1, 1, 1}
		y, dx := make([]float32, len(blocked)), make([]float32, len(blocked))
		BatchNormApply(1, 2, 4, y, blocked, stats, nil, nil, nil, true)
		FromBlocked(x, y, 1, 2, 4, 1)
		require.True(t, x[3] != x[3], "relu of NaN is NaN, got %v", x)
		require.Equal(t, []float32{5, 6, 7, 8}, x[4:])
		// The gradient of relu passes where its argument is NaN.
		BatchNormGradInput(1, 2, 4, dx, make([]float32, len(blocked)), stats, nil, []float32{float32(math.NaN()), -1}, y, make([]float32, 4), true)
		FromBlocked(x, dx, 1, 2, 4, 1)
		require.Equal(t, []float32{1, 2, 3}, x[:3])
		require.Equal(t, []float32{0, 0, 0, 0}, x[4:])
	})
}

func TestBatchNormBlockedThreads(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		const n, c, s = 3, 40, 5000
		_, x, _ := blockedTensor(n, c, s, 1, 1)
		_, dy, _ := blockedTensor(n, c, s, 1, 2)
		run := func(threads int) []float32 {
			defer par.SetThreads(par.SetThreads(threads))
			stats, sums, y := make([]float32, 3*c), make([]float32, 2*c), make([]float32, len(x))
			BatchNormStats(n, c, s, stats, x, 1e-5)
			BatchNormGradStats(n, c, s, sums, x, stats, nil, nil, dy, true)
			BatchNormGradInput(n, c, s, y, x, stats, nil, nil, dy, sums, true)
			return append(append(stats, sums...), y...)
		}
		require.Equal(t, run(1), run(2))
	})
}
