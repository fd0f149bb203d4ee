// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// BenchmarkConvBlocked times the passes of blocked convolutions on the shapes of
// ResNet-18, for batches of 8 and of 1. Rates count the products of the definition;
// best is that of the fastest call, which other work on the machine disturbs least.
func BenchmarkConvBlocked(b *testing.B) {
	for _, batch := range []int{8, 1} {
		for _, p := range resnetConvs(batch) {
			name := fmt.Sprintf("b%d/%dx%dx%d-%d_k%ds%d", batch, p.C, p.H, p.W, p.O, p.KH, p.StrideH)
			x := make([]float32, p.xSize())
			y := make([]float32, p.ySize())
			w := make([]float32, p.wSize())
			bias := make([]float32, p.O)
			Normal(x, 1, 1)
			Normal(y, 2, 1)
			Normal(w, 3, 1)
			run := func(pass string, f func()) {
				b.Run(name+"/"+pass, func(b *testing.B) {
					b.ReportAllocs()
					best := time.Duration(math.MaxInt64)
					for b.Loop() {
						begin := time.Now()
						f()
						best = min(best, time.Since(begin))
					}
					flops := 2 * float64(p.products())
					b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
					b.ReportMetric(flops/best.Seconds()/1e9, "best-GFLOP/s")
				})
			}
			for _, alg := range algorithms(&p)[1:] {
				packed := make([]float32, PackedSize(&p, Forward, alg))
				PackWeights(&p, Forward, alg, packed, w, nil)
				run("forward-"+alg.String(), func() { ConvBlocked(&p, alg, y, x, packed, Epilogue{Bias: bias, ReLU: true}) })
				run("pack-"+alg.String(), func() { PackWeights(&p, Forward, alg, packed, w, nil) })
			}
			for _, alg := range algorithms(&p)[1:] {
				if !p.Blocked(GradInput) {
					continue
				}
				packed := make([]float32, PackedSize(&p, GradInput, alg))
				PackWeights(&p, GradInput, alg, packed, w, nil)
				run("gradInput-"+alg.String(), func() { ConvBlockedGradInput(&p, alg, x, y, packed) })
				run("packGrad-"+alg.String(), func() { PackWeights(&p, GradInput, alg, packed, w, nil) })
			}
			for _, alg := range algorithms(&p)[1:] {
				run("gradWeight-"+alg.String(), func() { ConvBlockedGradWeight(&p, alg, w, y, x) })
			}
		}
	}
}
