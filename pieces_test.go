// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// cut takes one random piece of x, in one of the ways there are.
func cut(r *rand.Rand, x *stheno.Variable) *stheno.Variable {
	dim := r.IntN(x.NDim())
	size := x.Dim(dim)
	at := r.IntN(2*size) - size
	switch r.IntN(5) {
	case 0:
		return x.Select(dim, at)
	case 1:
		return x.Slice(dim, at, r.IntN(2*size)-size, 1+r.IntN(3))
	case 2:
		parts := x.Split(dim, 1+r.IntN(size))
		return parts[r.IntN(len(parts))]
	case 3:
		return x.Narrow(dim, (at+size)%size, 1).Select(r.IntN(x.NDim()), 0)
	default:
		return x.Transpose(0, dim).Slice(0, 0, size, 2)
	}
}

// The gradient of pieces of a value, whatever they have in common, and its derivative.
func TestGradientOfPieces(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 7))
		sizes := make([]int, 1+r.IntN(4))
		for i := range sizes {
			sizes[i] = 1 + r.IntN(5)
		}
		n := stheno.Shape(sizes).Size()
		data, other := make([]float64, n), make([]float64, n)
		for i := range data {
			data[i], other[i] = r.NormFloat64(), r.NormFloat64()
		}
		x, v := stheno.New(data, sizes...).WithGrad(), stheno.New(other, sizes...)
		index := make([]float64, n)
		for i := range index {
			index[i] = float64(i)
		}
		first, second := make([]float64, n), make([]float64, n)
		loss := stheno.Zeros(1).To(stheno.Float64).Sum()
		for k := range 1 + r.IntN(9) {
			state := r.Uint64()
			same := func() *rand.Rand { return rand.New(rand.NewPCG(state, 1)) }
			w := float64(k + 1)
			loss = loss.Add(cut(same(), x).Square().Mul(w).Sum())
			where := cut(same(), stheno.New(index, sizes...))
			if where.Size() == 0 {
				continue
			}
			for _, i := range floats(t, where) {
				first[int(i)] += 2 * w * data[int(i)]
				second[int(i)] += 2 * w * other[int(i)]
			}
		}
		grads := stheno.Grad(loss, x)
		require.InDeltaSlice(t, first, floats(t, grads[0]), 1e-12, "seed %d, %v", seed, sizes)
		require.NoError(t, grads[0].Mul(v).Sum().Backward())
		require.InDeltaSlice(t, second, floats(t, x.Grad()), 1e-12, "seed %d, %v", seed, sizes)
	}
}

// Eight times as many pieces of one value cost no more than what a piece costs by itself.
func TestPiecesCostNoMoreThanTheWhole(t *testing.T) {
	step := func(pieces int) time.Duration {
		x := stheno.Ones(16, pieces, 1<<13/pieces*4).WithGrad()
		best := time.Hour
		for range 4 {
			x.ZeroGrad()
			var parts []*stheno.Variable
			for i := range pieces {
				parts = append(parts, x.Select(1, i).Mul(2))
			}
			start := time.Now()
			require.NoError(t, stheno.Stack(1, parts...).Sum().Backward())
			best = min(best, time.Since(start))
		}
		return best
	}
	var few, many time.Duration
	for range 5 { // until a quiet moment
		if few, many = step(64), step(512); many < 3*few {
			break
		}
	}
	assert.Less(t, many, 3*few, fmt.Sprint("of 64 pieces ", few))
}
