// SPDX-License-Identifier: MIT

package kernels

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// updates calls every update; x are w, g and the slots, of one length.
var updates = map[string]struct {
	slots int
	step  func(x [][]float32, step int)
}{
	"sgd": {0, func(x [][]float32, _ int) {
		SGDStep(&SGD{LR: 0.1}, x[0], x[1], nil, false)
	}},
	"sgd everything": {1, func(x [][]float32, step int) {
		SGDStep(&SGD{LR: 0.1, Momentum: 0.9, WeightDecay: 1e-4, Nesterov: true, Maximize: true}, x[0], x[1], x[2], step == 1)
	}},
	"adam": {2, func(x [][]float32, _ int) {
		AdamStep(&Adam{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1, Bias1: 0.1, Bias2: 0.001}, x[0], x[1], x[2], x[3], nil)
	}},
	"adamw amsgrad": {3, func(x [][]float32, _ int) {
		AdamStep(&Adam{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1, Bias1: 0.1, Bias2: 0.001, Decoupled: true}, x[0], x[1], x[2], x[3], x[4])
	}},
	"rmsprop": {1, func(x [][]float32, _ int) {
		RMSpropStep(&RMSprop{LR: 0.1, Alpha: 0.99, Eps: 1e-8}, x[0], x[1], x[2], nil, nil)
	}},
	"rmsprop everything": {3, func(x [][]float32, _ int) {
		RMSpropStep(&RMSprop{LR: 0.1, Alpha: 0.99, Eps: 1e-8, WeightDecay: 0.1, Momentum: 0.9}, x[0], x[1], x[2], x[3], x[4])
	}},
	"adagrad": {1, func(x [][]float32, step int) {
		AdagradStep(&Adagrad{LR: 0.1, LRDecay: 0.1, WeightDecay: 0.1, Eps: 1e-10}, x[0], x[1], x[2], step)
	}},
}

// TestUpdatesOfManyAreThoseOfOne holds the pieces of a large parameter, for any number
// of threads, to updates of one element each.
func TestUpdatesOfManyAreThoseOfOne(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, testUpdatesOfMany)
}

func testUpdatesOfMany(t *testing.T) {
	for name, u := range updates {
		for _, n := range []int{0, 1, 7, updateChunk, updateChunk + 1, 3*updateChunk + 5} {
			fresh := func() [][]float32 {
				x := make([][]float32, 2+u.slots)
				for i := range x {
					x[i] = make([]float32, n)
				}
				Normal(x[0], 1, 1)
				Normal(x[1], 1, 2)
				return x
			}
			want := fresh()
			for i := range n {
				one := make([][]float32, len(want))
				for k := range want {
					one[k] = want[k][i : i+1]
				}
				for step := 1; step <= 3; step++ {
					u.step(one, step)
				}
			}
			for _, threads := range []int{1, 2, 5} {
				old := par.SetThreads(threads)
				got := fresh()
				for step := 1; step <= 3; step++ {
					u.step(got, step)
				}
				par.SetThreads(old)
				require.Equal(t, want, got, "%s of %d, %d threads", name, n, threads)
			}
		}
	}
}

func TestUpdatesPassNaNOn(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for name, u := range updates {
			x := make([][]float32, 2+u.slots)
			for i := range x {
				x[i] = make([]float32, 33)
				for k := range x[i] {
					x[i][k] = 1
				}
			}
			x[1][5] = float32(math.NaN())
			u.step(x, 1)
			for k, v := range x[0] {
				require.Equal(t, k == 5, v != v, "%s at %d", name, k)
			}
		}
	})
}

func TestSumSquares(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 5, 15, updateChunk, updateChunk + 1, 5*updateChunk + 3} {
		x := make([]float32, n)
		Normal(x, 1, 7)
		want := 0.0
		for _, v := range x {
			want += float64(v) * float64(v)
		}
		var first float64
		for _, threads := range []int{1, 2} {
			old := par.SetThreads(threads)
			got := SumSquares(x)
			par.SetThreads(old)
			require.InDelta(t, want, got, 1e-12*want, "n = %d", n) // float64, n terms
			if threads == 1 {
				first = got
			}
			require.Equal(t, first, got, "threads")
		}
	}
	require.Equal(t, 0x1p200, SumSquares([]float64{0x1p100}))
	require.True(t, math.IsInf(SumSquares([]float32{1, float32(math.Inf(-1))}), 1))
}
