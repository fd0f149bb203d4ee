// SPDX-License-Identifier: MIT

package conv

import (
	"testing"

	"github.com/stheno-go/stheno/internal/kernels"
)

// BenchmarkConv times the three passes on shapes of ResNets and of a small network.
func BenchmarkConv(b *testing.B) {
	for _, s := range []struct {
		name string
		p    Shape
	}{
		{"stem 7x7s2", Shape{N: 4, C: 3, H: 224, W: 224, O: 64, KH: 7, KW: 7, StrideH: 2, StrideW: 2, PadH: 3, PadW: 3, DilationH: 1, DilationW: 1, Groups: 1, OH: 112, OW: 112}},
		{"64 56x56", Shape{N: 4, C: 64, H: 56, W: 56, O: 64, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1, OH: 56, OW: 56}},
		{"256 14x14", Shape{N: 4, C: 256, H: 14, W: 14, O: 256, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1, OH: 14, OW: 14}},
		{"128 s2", Shape{N: 4, C: 128, H: 56, W: 56, O: 128, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1, OH: 28, OW: 28}},
		{"512 7x7", Shape{N: 4, C: 512, H: 7, W: 7, O: 512, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1, OH: 7, OW: 7}},
		{"1x1 256-64", Shape{N: 4, C: 256, H: 56, W: 56, O: 64, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 1, OH: 56, OW: 56}},
		{"16 32x32", Shape{N: 32, C: 16, H: 32, W: 32, O: 16, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1, OH: 32, OW: 32}},
		{"depthwise", Shape{N: 4, C: 96, H: 56, W: 56, O: 96, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 96, OH: 56, OW: 56}},
	} {
		p := &s.p
		x := make([]float32, p.N*p.C*p.H*p.W)
		w := make([]float32, p.O*p.C/p.Groups*p.KH*p.KW)
		y := make([]float32, p.N*p.O*p.OH*p.OW)
		kernels.Normal(x, 1, 1)
		kernels.Normal(w, 1, 2)
		kernels.Normal(y, 1, 3)
		flops := 2 * float64(len(y)) * float64(len(w)/p.O)
		for _, pass := range []struct {
			name string
			run  func()
		}{
			{"forward", func() { Plain(p, y, x, w, nil) }},
			{"grad input", func() { PlainGradInput(p, x, y, w) }},
			{"grad weight", func() { PlainGradWeight(p, w, y, x) }},
		} {
			b.Run(s.name+"/"+pass.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					pass.run()
				}
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
