// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// withGrads returns a float32, a float64 and a parameter without gradient.
func withGrads(a []float32, b []float64) params {
	p := params{
		stheno.Zeros(len(a)).WithGrad(),
		stheno.New(make([]float64, len(b))).WithGrad(),
		stheno.Zeros(4).WithGrad(),
	}
	setGrad(p[0], a)
	setGrad(p[1], b)
	return p
}

func TestClipGradNorm(t *testing.T) {
	for name, c := range map[string]struct{ p, limit, norm float64 }{
		"l1":              {1, 3.5, 7},
		"l2":              {2, 1, 5},
		"l3":              {3, 1, math.Cbrt(27 + 64)},
		"inf":             {math.Inf(1), 2, 4},
		"below the limit": {2, 6, 5},
		"no limit":        {2, math.Inf(1), 5},
	} {
		t.Run(name, func(t *testing.T) {
			p := withGrads([]float32{3, 0}, []float64{-4})
			lent := p[0].Grad()
			got, err := ClipGradNorm(p, c.limit, c.p)
			require.NoError(t, err)
			require.InEpsilon(t, c.norm, got, 1e-12)
			factor := min(1, c.limit/(c.norm+1e-6))
			require.InDelta(t, 3*factor, values[float32](t, p[0].Grad())[0], 1e-6) // float32
			require.InDelta(t, -4*factor, values[float64](t, p[1].Grad())[0], 1e-12)
			require.Equal(t, values[float32](t, lent), values[float32](t, p[0].Grad()), "in place")
			require.Nil(t, p[2].Grad())
		})
	}
}

func TestClipGradNormNotFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	p := withGrads([]float32{1, inf}, []float64{1})
	norm, err := ClipGradNorm(p, 1, 2, ErrorIfNonFinite())
	require.ErrorContains(t, err, "The total norm of order 2 for gradients from `parameters` is non-finite, so it cannot be clipped")
	require.True(t, math.IsInf(norm, 1))
	require.Equal(t, []float32{1, inf}, values[float32](t, p[0].Grad()), "nothing was scaled")

	_, err = ClipGradNorm(p, 1, 2)
	require.NoError(t, err)
	got := values[float32](t, p[0].Grad())
	require.Zero(t, got[0])
	require.True(t, math.IsNaN(float64(got[1])))
	norm, err = ClipGradNorm(p, 1, math.Inf(1))
	require.NoError(t, err)
	require.True(t, math.IsNaN(norm), "the largest of NaN and others is NaN")
}

func TestClipGradValue(t *testing.T) {
	p := withGrads([]float32{3, -3, 0.5}, []float64{-4, 1})
	require.NoError(t, ClipGradValue(p, 2))
	require.Equal(t, []float32{2, -2, 0.5}, values[float32](t, p[0].Grad()))
	require.Equal(t, []float64{-2, 1}, values[float64](t, p[1].Grad()))
}

func TestClipErrors(t *testing.T) {
	p := withGrads([]float32{1}, []float64{1})
	failed := stheno.Zeros(2).Add(stheno.Zeros(3))
	for _, bad := range [][2]float64{{-1, 2}, {math.NaN(), 2}, {1, 0}, {1, math.NaN()}} {
		_, err := ClipGradNorm(p, bad[0], bad[1])
		require.ErrorIs(t, err, stheno.ErrValue)
	}
	require.ErrorIs(t, ClipGradValue(p, -1), stheno.ErrValue)
	require.ErrorContains(t, ClipGradValue(append(p, nil), 1), "parameter 3 is nil")
	_, err := ClipGradNorm(params{failed}, 1, 2)
	require.ErrorIs(t, err, stheno.ErrShape)
}
