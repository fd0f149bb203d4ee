// SPDX-License-Identifier: MIT

package kernels

import "testing"

// BenchmarkNN times the loops around the convolutions of a ResNet's step.
func BenchmarkNN(b *testing.B) {
	const n, c, s = 4, 64, 56 * 56
	x, y, dy, w := make([]float32, n*c*s), make([]float32, n*c*s), make([]float32, n*c*s), make([]float32, c)
	Normal(x, 1, 1)
	Normal(dy, 1, 2)
	stats, sums := make([]float32, 3*c), make([]float32, 2*c)
	BatchNormStats(n, c, s, stats, x, 1e-5)
	pool := Pool{Planes: n * c, H: 56, W: 56, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, OH: 28, OW: 28}
	whole := Pool{Planes: n * c, H: 56, W: 56, KH: 1, KW: 1, OH: 1, OW: 1}
	xent := CrossEntropy[float32]{N: 256, C: 1000, S: 1, Target: make([]int64, 256), Ignore: -100}
	blocked := Pool{Planes: n * c / Block, H: 56, W: 56, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, OH: 28, OW: 28}
	places := make([]uint8, n*c*s)
	for _, l := range []struct {
		name string
		run  func()
		move int // blocked: images of x's size that are read or written
	}{
		{"blocked batch stats", func() { BatchNormStatsBlocked(n, c, s, stats, x, 1e-5) }, 1},
		{"blocked batch apply", func() { BatchNormApplyBlocked(n, c, s, y, x, stats, w, w, nil, true) }, 2},
		{"blocked batch apply + res", func() { BatchNormApplyBlocked(n, c, s, y, x, stats, w, w, dy, true) }, 3},
		{"blocked batch grad stats", func() { BatchNormGradStatsBlocked(n, c, s, sums, x, stats, w, w, dy, false) }, 2},
		{"blocked batch grad stats relu", func() { BatchNormGradStatsBlocked(n, c, s, sums, x, stats, w, w, dy, true) }, 2},
		{"blocked batch grad input", func() { BatchNormGradInputBlocked(n, c, s, y, x, stats, w, w, dy, sums, false) }, 3},
		{"blocked batch grad input relu", func() { BatchNormGradInputBlocked(n, c, s, y, x, stats, w, w, dy, sums, true) }, 3},
		{"blocked max pool", func() { MaxPoolBlocked(&blocked, y, x) }, 1},
		{"blocked max pool grad", func() { MaxPoolGradBlocked(&blocked, y, x, dy) }, 2},
		{"blocked max pool places", func() { MaxPoolPlacesBlocked(&blocked, y, x, places) }, 1},
		{"blocked max pool spread", func() { MaxPoolSpreadBlocked(&blocked, y, dy, places) }, 1},
		{"blocked avg pool", func() { AvgPoolBlocked(&blocked, y, x, false) }, 1},
		{"blocked avg pool grad", func() { AvgPoolGradBlocked(&blocked, y, dy, false) }, 1},
		{"batch stats", func() { BatchNormStats(n, c, s, stats, x, 1e-5) }, 0},
		{"batch apply", func() { BatchNormApply(n, c, s, y, x, stats, w, w) }, 0},
		{"batch grad stats", func() { BatchNormGradStats(n, c, s, sums, x, stats, dy) }, 0},
		{"batch grad input", func() { BatchNormGradInput(n, c, s, y, x, stats, w, dy, sums) }, 0},
		{"row norm", func() { RowNorm(n*s, c, y, x, 1e-5) }, 0},
		{"row norm grad", func() { RowNormGrad(n*s, c, y, x, dy, 1e-5) }, 0},
		{"max pool", func() { MaxPool(&pool, y, x) }, 0},
		{"max pool grad", func() { MaxPoolGrad(&pool, y, x, dy) }, 0},
		{"avg pool", func() { AvgPool(&pool, y, x) }, 0},
		{"avg pool grad", func() { AvgPoolGrad(&pool, y, dy) }, 0},
		{"adaptive avg pool", func() { AdaptiveAvgPool(&whole, y, x) }, 0},
		{"softmax 256x1000", func() { Softmax(y, x, 256, 1000, 1) }, 0},
		{"cross entropy 256x1000", func() { xent.Loss(y, x) }, 0},
		{"cross entropy grad 256x1000", func() { xent.Grad(y, x, dy) }, 0},
	} {
		b.Run(l.name, func(b *testing.B) {
			b.ReportAllocs()
			if l.move > 0 {
				b.SetBytes(int64(4 * n * c * s * l.move))
			}
			for b.Loop() {
				l.run()
			}
		})
	}
}
