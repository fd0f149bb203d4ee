// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/sthenotest"
)

// program draws a computation over three leaves: chains of pointwise operations,
// views, reductions and products, with results used several times. What is drawn
// depends on r only.
func program(r *rand.Rand, leaves []*V) *V {
	pool := append([]*V(nil), leaves...)
	pick := func() *V { return pool[len(pool)-1-min(r.IntN(len(pool)), r.IntN(len(pool)))] }
	for range 4 + r.IntN(14) {
		v := pick()
		dim := 0
		if v.NDim() > 0 {
			dim = r.IntN(v.NDim())
		}
		var w *V
		switch r.IntN(20) {
		case 0:
			w = v.Tanh()
		case 1:
			w = v.Sigmoid().Mul(v)
		case 2:
			w = v.Neg().ReLU()
		case 3:
			w = v.Square().Add(1).Sqrt()
		case 4:
			w = v.Mul(r.Float64()).Add(0.25)
		case 5, 6:
			w = v.Transpose(dim, -1)
		case 7:
			w = v.Slice(dim, r.IntN(max(v.Dim(dim), 1)), v.Dim(dim), 1+r.IntN(2))
		case 8:
			w = v.Reshape(-1, v.Dim(-1))
		case 9:
			w = v.Mean(dim).Unsqueeze(dim).Add(v)
		case 10:
			w = v.Unsqueeze(dim).Expand(expanded(v, dim)...).Sum(dim + 1)
		case 11:
			w = stheno.Cat(dim, v, v.Mul(0.5))
			if w.Size() > 4000 {
				continue
			}
		case 12:
			w = v.Softmax(dim)
		case 13:
			w = stheno.Where(v.Gt(0.1), v, v.Mul(-0.5))
		case 14:
			w = v.Max(dim).Unsqueeze(dim).Sub(v)
		case 15:
			w = v.Sum().Tanh().Mul(v)
		case 16:
			w = v.Pad(0.5, r.IntN(2), r.IntN(2))
		case 17:
			if v.NDim() != 2 {
				continue
			}
			w = v.MatMul(v.T()).Mul(0.1)
		default:
			u := pick()
			w = v.Add(u.Mul(v))
			if w.Err() != nil { // shapes that do not broadcast
				w = v.Sub(u.Mean())
			}
		}
		pool = append(pool, w)
	}
	sum := stheno.Scalar(0.0)
	for _, v := range pool[3:] {
		sum = sum.Add(v.Mean())
	}
	return sum
}

// expanded is the shape of v after Unsqueeze(dim), with the new dimension repeated.
func expanded(v *V, dim int) []int {
	var sizes []int
	for i, d := range v.Shape() {
		if i == dim {
			sizes = append(sizes, 3)
		}
		sizes = append(sizes, d)
	}
	return sizes
}

// TestRandomProgramsAgreeOnBothMachines finds what views, fusion and the reuse of
// memory get wrong: Gorgonia's machine has none of them.
func TestRandomProgramsAgreeOnBothMachines(t *testing.T) {
	count := uint64(300)
	if testing.Short() {
		count = 60
	}
	g := stheno.NewGenerator(5)
	data := []*stheno.Tensor{
		g.Normal(stheno.Float64, 0, 1, 3, 5), g.Normal(stheno.Float64, 0, 1, 2, 3, 5), g.Normal(stheno.Float64, 0, 1, 5),
	}
	results := map[string][]*stheno.Tensor{}
	onEachMachine(t, func(t *testing.T) {
		for seed := range count {
			leaves := make([]*V, len(data))
			for i, x := range data {
				leaves[i] = stheno.Var(x).WithGrad()
			}
			y := program(rand.New(rand.NewPCG(seed, 1)), leaves)
			require.NoError(t, y.Err(), "seed %d", seed)
			second := seed%3 == 0 && y.RequiresGrad()
			if second {
				y = y.Add(stheno.Grad(y, leaves[1])[0].Square().Sum().Mul(0.1))
			}
			require.NoError(t, y.Backward(), "seed %d", seed)
			got := []*stheno.Tensor{must(y.Tensor())}
			for _, x := range leaves {
				if x.Grad() != nil {
					got = append(got, must(x.Grad().Tensor()))
				}
			}
			key := fmt.Sprint(seed)
			want, ok := results[key]
			if !ok {
				results[key] = got
				continue
			}
			require.Len(t, got, len(want))
			for i := range want {
				// Sums are added up in another order; the values are of the order of 1 to 100.
				if !sthenotest.Close(t, got[i], want[i], sthenotest.Tol{Rel: 1e-10, Abs: 1e-10}) {
					t.Fatalf("seed %d, result %d", seed, i)
				}
			}
		}
	})
}
