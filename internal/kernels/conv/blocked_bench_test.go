// SPDX-License-Identifier: MIT

package conv

import (
	"fmt"
	"testing"

	"github.com/stheno-go/stheno/internal/kernels"
)

// benchConvs are shapes of ResNets, ResNeXt and MobileNet for a batch.
func benchConvs(n int) []Shape {
	small := []Shape{square(n, 16, 32, 16, 3, 1, 1, 1), square(n, 32, 16, 32, 3, 1, 1, 1), square(n, 64, 8, 64, 3, 1, 1, 1)}
	if n == 128 {
		return small
	}
	list := append(resnetConvs(n),
		square(n, 128, 56, 128, 3, 1, 1, 32), square(n, 512, 14, 512, 3, 1, 1, 32), square(n, 1024, 7, 1024, 3, 1, 1, 32),
		square(n, 32, 112, 32, 3, 1, 1, 32), square(n, 192, 28, 192, 3, 1, 1, 192), square(n, 144, 56, 144, 3, 2, 1, 144))
	if n == 1 {
		list = append(list, small...)
	}
	dilated := square(n, 256, 28, 256, 3, 1, 2, 1)
	dilated.DilationH, dilated.DilationW = 2, 2
	return append(list, dilated.sized(2, 2))
}

// BenchmarkConvBlocked times the passes of blocked convolutions. Rates count the products
// of the definition, which Winograd's algorithm does a quarter of.
func BenchmarkConvBlocked(b *testing.B) {
	for _, batch := range []int{8, 1, 128} {
		for _, p := range benchConvs(batch) {
			name := fmt.Sprintf("b%d/%dx%dx%d-%d_k%ds%dg%dd%d", batch, p.C, p.H, p.W, p.O, p.KH, p.StrideH, p.Groups, p.DilationH)
			x := make([]float32, p.xSize())
			y := make([]float32, p.ySize())
			w := make([]float32, p.wSize())
			bias := make([]float32, p.O)
			kernels.Normal(x, 1, 1)
			kernels.Normal(y, 2, 1)
			kernels.Normal(w, 3, 1)
			run := func(pass string, f func()) {
				b.Run(name+"/"+pass, func(b *testing.B) {
					benchmarkRate(b, 2*float64(p.products()), f)
				})
			}
			for _, alg := range algorithms(&p)[1:] {
				packed := make([]float32, PackedSize(&p, Forward, alg))
				PackWeights(&p, Forward, alg, packed, w, nil)
				run("forward-"+alg.String(), func() { Blocked(&p, alg, y, x, packed, Epilogue{Bias: bias, ReLU: true}) })
				run("pack-"+alg.String(), func() { PackWeights(&p, Forward, alg, packed, w, nil) })
			}
			for _, alg := range algorithms(&p)[1:] {
				if !p.Blocked(GradInput) {
					continue
				}
				packed := make([]float32, PackedSize(&p, GradInput, alg))
				PackWeights(&p, GradInput, alg, packed, w, nil)
				run("gradInput-"+alg.String(), func() { BlockedGradInput(&p, alg, x, y, packed, Epilogue{}) })
				run("packGrad-"+alg.String(), func() { PackWeights(&p, GradInput, alg, packed, w, nil) })
			}
			for _, alg := range algorithms(&p)[1:] {
				run("gradWeight-"+alg.String(), func() { BlockedGradWeight(&p, alg, w, y, x) })
			}
		}
	}
}

// BenchmarkPackWeights times the packing of large weights, as training does in each step.
func BenchmarkPackWeights(b *testing.B) {
	for _, p := range []Shape{
		square(1, 2048, 7, 512, 1, 1, 0, 1), square(1, 512, 7, 2048, 1, 1, 0, 1), square(1, 256, 14, 1024, 1, 1, 0, 1),
		square(1, 256, 14, 512, 3, 2, 1, 1), square(1, 256, 14, 256, 3, 1, 1, 1), square(1, 512, 7, 512, 3, 1, 1, 1),
	} {
		w := make([]float32, p.wSize())
		kernels.Normal(w, 3, 1)
		for _, pass := range []Pass{Forward, GradInput} {
			alg := p.resolve(pass, Auto)
			b.Run(fmt.Sprintf("%d-%d_k%ds%d/%s/%v", p.C, p.O, p.KH, p.StrideH, alg, pass), func(b *testing.B) {
				packed := make([]float32, PackedSize(&p, pass, alg))
				b.SetBytes(4 * int64(len(packed)+len(w)))
				for b.Loop() {
					PackWeights(&p, pass, alg, packed, w, nil)
				}
			})
		}
	}
}
