// SPDX-License-Identifier: MIT

package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// An activation or a loss of integers equals that of the same numbers as floats, or is an error: there
// is no overflow.
func TestIntegersAreNumbersOrErrors(t *testing.T) {
	whole := []int64{-300, -7, -3, -2, -1, 0, 1, 2, 3, 4, 6, 100, 253, 254, 255, 256}
	inputs := []*v{
		stheno.New(whole, 4, 4), stheno.New([]uint8{0, 1, 2, 3, 4, 6, 7, 100, 127, 128, 200, 250, 252, 253, 254, 255}, 4, 4),
		stheno.New([]bool{true, false, true, true, false, false, true, false}, 2, 4),
	}
	taken := 0
	for name, f := range kinks {
		switch name {
		case "square", "abs", "pow_2", "pow_3", "pow_0", "pow_1", "pow_-1", "pow_0.5", "pow_1.5", "exp2", "logsumexp": // which compute with integers
			continue
		}
		for _, x := range inputs {
			y, want := f(x), f(x.To(stheno.Float32))
			got, err := y.To(stheno.Float32).Tensor()
			if err != nil {
				continue
			}
			taken++
			for i, w := range floatsOf(t, want) {
				g := got.Floats()[i]
				assert.True(t, g == w || math.IsNaN(g) && math.IsNaN(w) || math.Abs(g-w) <= 1e-6*math.Abs(w), "%s of %v: %v at %d, of floats %v", name, x.DType(), g, i, w)
			}
		}
	}
	assert.Greater(t, taken, 45)
	for _, x := range inputs {
		for _, l := range []stheno.Loss{layers.MSELoss{}, layers.MSELoss{Reduction: layers.Sum}, layers.L1Loss{Reduction: layers.Sum}, layers.SmoothL1Loss{},
			layers.HuberLoss{Reduction: layers.None}, layers.BCELoss{}, layers.BCEWithLogitsLoss{}, layers.KLDivLoss{}} {
			require.ErrorIs(t, l.Forward(x, x).Err(), stheno.ErrDType, "%T of %v", l, x.DType())
		}
	}
}

func floatsOf(t *testing.T, x *v) []float64 {
	t.Helper()
	y, err := x.Tensor()
	require.NoError(t, err)
	return y.Floats()
}
