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
	for _, l := range []struct {
		name string
		run  func()
	}{
		{"batch stats", func() { BatchNormStats(n, c, s, stats, x, 1e-5) }},
		{"batch apply", func() { BatchNormApply(n, c, s, y, x, stats, w, w) }},
		{"batch grad stats", func() { BatchNormGradStats(n, c, s, sums, x, stats, dy) }},
		{"batch grad input", func() { BatchNormGradInput(n, c, s, y, x, stats, w, dy, sums) }},
		{"row norm", func() { RowNorm(n*s, c, y, x, 1e-5) }},
		{"row norm grad", func() { RowNormGrad(n*s, c, y, x, dy, 1e-5) }},
		{"max pool", func() { MaxPool(&pool, y, x) }},
		{"max pool grad", func() { MaxPoolGrad(&pool, y, x, dy) }},
		{"avg pool", func() { AvgPool(&pool, y, x) }},
		{"avg pool grad", func() { AvgPoolGrad(&pool, y, dy) }},
		{"adaptive avg pool", func() { AdaptiveAvgPool(&whole, y, x) }},
		{"softmax 256x1000", func() { Softmax(y, x, 256, 1000, 1) }},
		{"cross entropy 256x1000", func() { xent.Loss(y, x) }},
		{"cross entropy grad 256x1000", func() { xent.Grad(y, x, dy) }},
	} {
		b.Run(l.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.run()
			}
		})
	}
}
