// SPDX-License-Identifier: MIT

package conv

import (
	"testing"

	"github.com/stheno-go/stheno/internal/kernels"
)

// BenchmarkChannels times the loops around the convolutions of a ResNet's step.
func BenchmarkChannels(b *testing.B) {
	const n, c, s = 4, 64, 56 * 56
	x, y, dy, w := make([]float32, n*c*s), make([]float32, n*c*s), make([]float32, n*c*s), make([]float32, c)
	kernels.Normal(x, 1, 1)
	kernels.Normal(dy, 1, 2)
	stats, sums := make([]float32, 3*c), make([]float32, 2*c)
	BatchNormStats(n, c, s, stats, x, 1e-5)
	pool := kernels.Pool{Planes: n * c / Block, H: 56, W: 56, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, OH: 28, OW: 28}
	indices := make([]uint8, n*c*s)
	for _, l := range []struct {
		name string
		run  func()
		move int // images of x's size that are read or written
	}{
		{"batch stats", func() { BatchNormStats(n, c, s, stats, x, 1e-5) }, 1},
		{"batch apply", func() { BatchNormApply(n, c, s, y, x, stats, w, w, nil, true) }, 2},
		{"batch apply + res", func() { BatchNormApply(n, c, s, y, x, stats, w, w, dy, true) }, 3},
		{"batch grad stats", func() { BatchNormGradStats(n, c, s, sums, x, stats, w, w, dy, false) }, 2},
		{"batch grad stats relu", func() { BatchNormGradStats(n, c, s, sums, x, stats, w, w, dy, true) }, 2},
		{"batch grad input", func() { BatchNormGradInput(n, c, s, y, x, stats, w, w, dy, sums, false) }, 3},
		{"batch grad input relu", func() { BatchNormGradInput(n, c, s, y, x, stats, w, w, dy, sums, true) }, 3},
		{"max pool", func() { MaxPool(&pool, y, x) }, 1},
		{"max pool grad", func() { MaxPoolGrad(&pool, y, x, dy) }, 2},
		{"max pool indices", func() { MaxPoolIndices(&pool, y, x, indices) }, 1},
		{"max pool scatter", func() { MaxPoolScatter(&pool, y, dy, indices) }, 1},
		{"avg pool", func() { AvgPool(&pool, y, x, false) }, 1},
		{"avg pool grad", func() { AvgPoolGrad(&pool, y, dy, false) }, 1},
	} {
		b.Run(l.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(4 * n * c * s * l.move))
			for b.Loop() {
				l.run()
			}
		})
	}
}
