// SPDX-License-Identifier: MIT

package stheno_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/sthenotest"
)

// exact is for results of a few operations on small whole numbers.
var exact = sthenotest.Tol{}

func leaf64(data ...float64) *V { return stheno.New(data, len(data)).WithGrad() }

// touch writes a leaf as an optimizer does.
func touch(v *V) { access.Node(v).Data().Touch() }

func TestBackward(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		t.Run("seed", func(t *testing.T) {
			x := leaf64(1, 2, 3)
			require.NoError(t, x.Mul(x).Backward(stheno.New([]float64{1, 10, 100})))
			sthenotest.Close(t, x.Grad(), []float64{2, 40, 600}, exact)
		})
		t.Run("seed of another type is converted", func(t *testing.T) {
			x := leaf64(1, 2)
			require.NoError(t, x.Mul(3).Backward(stheno.New([]int64{1, 2})))
			sthenotest.Close(t, x.Grad(), []float64{3, 6}, exact)
		})
		t.Run("accumulates until ZeroGrad", func(t *testing.T) {
			x := leaf64(1, 2)
			for want := 1.0; want <= 3; want++ {
				require.NoError(t, x.Sum().Backward())
				sthenotest.Close(t, x.Grad(), []float64{want, want}, exact)
			}
			x.ZeroGrad()
			assert.Nil(t, x.Grad())
			require.NoError(t, x.Sum().Backward())
			sthenotest.Close(t, x.Grad(), []float64{1, 1}, exact)
		})
		t.Run("a gradient that was handed out does not change", func(t *testing.T) {
			x := leaf64(1, 2)
			require.NoError(t, x.Mul(2).Sum().Backward())
			first := x.Grad()
			x.ZeroGrad()
			require.NoError(t, x.Mul(5).Sum().Backward())
			sthenotest.Close(t, first, []float64{2, 2}, exact)
			sthenotest.Close(t, x.Grad(), []float64{5, 5}, exact)
		})
		t.Run("several uses of one Variable", func(t *testing.T) {
			x := leaf64(2, 3)
			y := x.Mul(x)
			require.NoError(t, y.Add(y).Mul(x).Sum().Backward()) // 2x³
			sthenotest.Close(t, x.Grad(), []float64{24, 54}, exact)
		})
		t.Run("a leaf is its own root", func(t *testing.T) {
			x := leaf64(7)
			require.NoError(t, x.Backward())
			sthenotest.Close(t, x.Grad(), []float64{1}, exact)
		})
		t.Run("seed that depends on the leaf", func(t *testing.T) {
			x := leaf64(2)
			require.NoError(t, x.Mul(3).Backward(x.Detach()))
			sthenotest.Close(t, x.Grad(), []float64{6}, exact)
		})
		t.Run("the root can be read, the rest is freed", func(t *testing.T) {
			x := leaf64(2)
			y := x.Mul(3)
			z := y.Mul(y)
			require.NoError(t, z.Backward())
			sthenotest.Close(t, z, []float64{36}, exact)
			require.ErrorIs(t, z.Backward(), stheno.ErrFreed)
			_, err := stheno.Values[float64](y)
			require.ErrorIs(t, err, stheno.ErrFreed)
			require.ErrorIs(t, y.Sum().Backward(), stheno.ErrFreed)
		})
		t.Run("Keep", func(t *testing.T) {
			x := leaf64(2)
			y := x.Mul(3).Keep()
			require.NoError(t, y.Mul(y).Backward())
			sthenotest.Close(t, y, []float64{6}, exact)
			require.ErrorIs(t, y.Mul(2).Backward(), stheno.ErrFreed)
			assert.Same(t, y, y.Keep())
		})
		t.Run("Retain", func(t *testing.T) {
			x := leaf64(2)
			y := x.Mul(x).Retain()
			for want := 4.0; want <= 12; want += 4 {
				require.NoError(t, y.Backward())
				sthenotest.Close(t, x.Grad(), []float64{want}, exact)
			}
		})
		t.Run("Detach", func(t *testing.T) {
			x := leaf64(2)
			y := x.Mul(x)
			require.NoError(t, y.Detach().Mul(x).Backward())
			sthenotest.Close(t, x.Grad(), []float64{4}, exact)
			assert.False(t, y.Detach().RequiresGrad())
			assert.True(t, x.Detach().IsLeaf())
		})
		t.Run("WithoutGrad", func(t *testing.T) {
			x, w := leaf64(2), leaf64(5)
			w.WithoutGrad()
			require.NoError(t, x.Mul(w).Backward())
			assert.Nil(t, w.Grad())
			sthenotest.Close(t, x.Grad(), []float64{5}, exact)
		})
		t.Run("float32 and float64 in one record", func(t *testing.T) {
			x := leaf64(2)
			w := stheno.New([]float32{3}).WithGrad()
			require.NoError(t, x.Mul(w).Backward())
			assert.Equal(t, stheno.Float32, w.Grad().DType())
			sthenotest.Close(t, w.Grad(), []float64{2}, exact)
			sthenotest.Close(t, x.Grad(), []float64{3}, exact)
		})
		t.Run("scalars", func(t *testing.T) {
			x := stheno.Scalar(3.0).WithGrad()
			require.NoError(t, x.Square().Backward())
			assert.Empty(t, x.Grad().Shape())
			sthenotest.Close(t, x.Grad(), 6.0, exact)
		})
	})
}

func TestStaleRecordIsAnError(t *testing.T) {
	w := leaf64(1, 2)
	y := w.Mul(2)
	touch(w)
	_, err := stheno.Values[float64](y)
	require.ErrorIs(t, err, stheno.ErrStale)
	require.ErrorIs(t, y.Sum().Backward(), stheno.ErrStale)
	sthenotest.Close(t, w.Mul(2), []float64{2, 4}, exact)

	z := w.Mul(2)
	sthenotest.Close(t, z, []float64{2, 4}, exact) // computed in time
	touch(w)
	sthenotest.Close(t, z, []float64{2, 4}, exact)
}

func TestHigherDerivatives(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		x := leaf64(-1.5, 0.5, 2)
		y := x.Pow(3).Mul(x.Exp()).Sum() // p(x) eˣ, whose derivative is (p+p') eˣ
		p := [][4]float64{{0, 0, 0, 1}}
		for range 3 {
			d, q := p[len(p)-1], [4]float64{}
			for k := range d {
				q[k] += d[k]
				if k > 0 {
					q[k-1] += float64(k) * d[k]
				}
			}
			p = append(p, q)
		}
		g := y
		for order := 1; order <= 3; order++ {
			g = stheno.Grad(g.Sum(), x)[0]
			want := make([]float64, 3)
			for i, v := range []float64{-1.5, 0.5, 2} {
				c := p[order]
				want[i] = (c[0] + v*(c[1]+v*(c[2]+v*c[3]))) * math.Exp(v)
			}
			sthenotest.Close(t, g, want, sthenotest.Tol{Rel: 1e-13, Abs: 1e-13}) // some ten operations
		}
		// Backward through a gradient: a gradient penalty.
		x = leaf64(1, 2)
		g = stheno.Grad(x.Pow(3).Sum(), x)[0]
		require.NoError(t, g.Square().Sum().Backward()) // (3x²)², derivative 36x³
		sthenotest.Close(t, x.Grad(), []float64{36, 288}, sthenotest.Tol{Rel: 1e-14})
		// The derivative of what does not depend on x is zero, not an error.
		a, b := leaf64(1, 2), leaf64(3, 4)
		sthenotest.Close(t, stheno.Grad(a.Sum(), b)[0], []float64{0, 0}, exact)
		// Gradients of several variables, one of them an intermediate result.
		m := a.Mul(b)
		gs := stheno.Grad(m.Square().Sum(), a, b, m)
		require.NoError(t, stheno.Run(gs...))
		sthenotest.Close(t, gs[0], []float64{18, 64}, exact)
		sthenotest.Close(t, gs[1], []float64{6, 32}, exact)
		sthenotest.Close(t, gs[2], []float64{6, 16}, exact)
		assert.Nil(t, a.Grad())
	})
}

func TestConstantSubgraphIsComputedOnce(t *testing.T) {
	w := leaf64(1, 2)
	c := stheno.New([]float64{3, 4}).Exp().Log() // no gradient below: a prepared batch, say
	node := access.Node(c)
	require.False(t, node.IsLeaf())
	require.NoError(t, w.Mul(c).Sum().Backward())
	require.True(t, node.IsLeaf(), "the constant must have become a value")
	at := node.Data()
	require.NoError(t, w.Mul(c).Sum().Backward())
	assert.Same(t, at, node.Data())
	sthenotest.Close(t, w.Grad(), []float64{6, 8}, sthenotest.Tol{Rel: 1e-15})

	y := w.Detach().Mul(2).Sum()
	require.NoError(t, stheno.Run(y))
	compiled := debug.ReadCacheStats()
	_, err := y.Item()
	require.NoError(t, err)
	assert.Equal(t, compiled, debug.ReadCacheStats(), "a value is not computed twice")
	assert.True(t, access.Node(y).Has(record.Valued) || access.Node(y).IsLeaf())
}

func TestNumbersDoNotRecompile(t *testing.T) {
	debug.ResetCache()
	x := leaf64(1, 2, 3)
	for i := range 20 {
		s := float64(i) + 0.5
		y := x.Mul(s).Add(i).Sub(float32(i)).Div(s).Pow(s).Maximum(i).Minimum(s)
		require.NoError(t, y.Mul(y.Gt(s).To(stheno.Float64)).Sum().Backward())
		y = x.Dropout(0.5)
		require.NoError(t, y.Sum().Backward())
		if i == 0 {
			debug.ReadCacheStats()
		}
	}
	assert.Equal(t, 2, debug.ReadCacheStats().Programs)
	assert.Equal(t, uint64(2), debug.ReadCacheStats().Compiles)
	assert.Equal(t, uint64(38), debug.ReadCacheStats().Hits)
}
