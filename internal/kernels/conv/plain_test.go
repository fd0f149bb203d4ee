// SPDX-License-Identifier: MIT

package conv

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// sized sets the output's size for padding after, below and to the right.
func (p Shape) sized(afterH, afterW int) Shape {
	p.OH = (p.H+p.PadH+afterH-p.DilationH*(p.KH-1)-1)/p.StrideH + 1
	p.OW = (p.W+p.PadW+afterW-p.DilationW*(p.KW-1)-1)/p.StrideW + 1
	return p
}

func square(n, c, size, o, kernel, stride, pad, groups int) Shape {
	return Shape{N: n, C: c, H: size, W: size, O: o, KH: kernel, KW: kernel, StrideH: stride, StrideW: stride, PadH: pad, PadW: pad, DilationH: 1, DilationW: 1, Groups: groups}.sized(pad, pad)
}

var convCases = []Shape{
	square(1, 1, 1, 1, 1, 1, 0, 1),
	square(2, 3, 5, 4, 3, 1, 1, 1),
	square(0, 3, 5, 4, 3, 1, 1, 1),
	square(2, 0, 5, 4, 3, 1, 1, 1),
	square(2, 3, 5, 0, 3, 1, 1, 1),
	square(3, 5, 9, 13, 3, 1, 1, 1),
	square(2, 7, 17, 25, 3, 2, 1, 1),
	square(2, 3, 31, 12, 7, 2, 3, 1),
	square(3, 40, 7, 26, 3, 1, 1, 1),   // images smaller than a panel, several blocks of k
	square(3, 300, 6, 24, 1, 1, 0, 1),  // 1x1
	square(2, 20, 16, 31, 1, 1, 0, 1),  // whole panels in an image, the last rows fewer than a tile's
	square(2, 30, 20, 60, 1, 2, 0, 1),  // phases without taps
	square(2, 3, 40, 33, 5, 3, 2, 1),   // stride 3
	square(1, 4, 17, 30, 17, 1, 0, 1),  // the kernel is the image, taps exceed a block
	square(2, 12, 11, 24, 3, 1, 1, 4),  // groups
	square(2, 24, 12, 24, 3, 2, 1, 24), // depthwise
	square(2, 9, 13, 27, 3, 1, 1, 9),   // depthwise with a multiplier
	square(2, 6, 9, 30, 3, 1, 1, 6),    // one channel a group, many outputs
	square(2, 2, 30, 3, 1, 4, 2, 1),    // padding wider than the kernel
	Shape{N: 2, C: 6, H: 13, W: 19, O: 14, KH: 3, KW: 5, StrideH: 2, StrideW: 3, PadH: 1, PadW: 4, DilationH: 3, DilationW: 2, Groups: 2}.sized(2, 0),
	Shape{N: 1, C: 4, H: 30, W: 8, O: 8, KH: 2, KW: 4, StrideH: 1, StrideW: 1, PadH: 0, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1}.sized(1, 2),
	Shape{N: 2, C: 5, H: 12, W: 15, O: 10, KH: 4, KW: 1, StrideH: 3, StrideW: 1, PadH: 2, PadW: 0, DilationH: 1, DilationW: 1, Groups: 5}.sized(0, 0),
	Shape{N: 2, C: 5, H: 12, W: 15, O: 10, KH: 2, KW: 3, StrideH: 1, StrideW: 2, PadH: 0, PadW: 2, DilationH: 2, DilationW: 2, Groups: 1}.sized(0, 1),
}

func TestConv(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for i := range convCases {
			p := &convCases[i]
			t.Run(fmt.Sprintf("%+v", *p), func(t *testing.T) {
				testConv[float32](t, p, 1e-6)
				testConv[float64](t, p, 1e-15)
			})
		}
	})
}

// testConv compares the three passes with the sums of their definition in float64. A
// sum of k products of normal numbers has size √k and, in any order, an error of a
// few eps·√k.
func testConv[T par.Float](t *testing.T, p *Shape, eps float64) {
	x, checkX := kerneltest.Random[T](p.N*p.C*p.H*p.W, 1)
	w, checkW := kerneltest.Random[T](p.O*(p.C/p.Groups)*p.KH*p.KW, 2)
	dy, checkDY := kerneltest.Random[T](p.N*p.O*p.OH*p.OW, 3)
	bias, checkBias := kerneltest.Random[T](p.O, 4)
	y, checkY := kerneltest.Random[T](len(dy), 5)
	dx, checkDX := kerneltest.Random[T](len(x), 6)
	dw, checkDW := kerneltest.Random[T](len(w), 7)
	all := []func(testing.TB){checkX, checkW, checkDY, checkBias, checkY, checkDX, checkDW}

	wantY, wantDX, wantDW := make([]float64, len(y)), make([]float64, len(x)), make([]float64, len(w))
	c, o := p.C/p.Groups, p.O/p.Groups
	for iy := range wantY {
		n, out, i, j := iy/(p.OW*p.OH*p.O), iy/(p.OW*p.OH)%p.O, iy/p.OW%p.OH, iy%p.OW
		for iw := out * c * p.KH * p.KW; iw < (out+1)*c*p.KH*p.KW; iw++ {
			ch, a, b := iw/(p.KH*p.KW)%c, iw/p.KW%p.KH, iw%p.KW
			h, v := i*p.StrideH-p.PadH+a*p.DilationH, j*p.StrideW-p.PadW+b*p.DilationW
			if h < 0 || h >= p.H || v < 0 || v >= p.W {
				continue
			}
			ix := ((n*p.C+out/o*c+ch)*p.H+h)*p.W + v
			wantY[iy] += float64(x[ix]) * float64(w[iw])
			wantDX[ix] += float64(dy[iy]) * float64(w[iw])
			wantDW[iw] += float64(dy[iy]) * float64(x[ix])
		}
	}
	compare := func(name string, want []float64, got []T, k int) {
		t.Helper()
		for i := range want {
			if !(math.Abs(want[i]-float64(got[i])) <= 10*eps*math.Sqrt(float64(k+1))) {
				require.Equal(t, want[i], float64(got[i]), "%s[%d]", name, i)
			}
		}
		for i := range got {
			got[i] = T(math.NaN()) // must not be read by the next one
		}
	}
	for name, f := range map[string]func(p *Shape, y, x, w, bias []T){"forward": Plain[T], "naive": naiveForward[T]} {
		f(p, y, x, w, nil)
		compare(name, wantY, y, c*p.KH*p.KW)
	}
	for name, f := range map[string]func(p *Shape, dx, dy, w []T){"grad input": PlainGradInput[T], "naive grad input": naiveGradInput[T]} {
		f(p, dx, dy, w)
		compare(name, wantDX, dx, o*p.KH*p.KW)
	}
	for name, f := range map[string]func(p *Shape, dw, dy, x []T){"grad weight": PlainGradWeight[T], "naive grad weight": naiveGradWeight[T]} {
		f(p, dw, dy, x)
		compare(name, wantDW, dw, p.N*p.OH*p.OW)
	}
	for i := range wantY {
		wantY[i] += float64(bias[i/(p.OH*p.OW)%p.O])
	}
	for name, f := range map[string]func(p *Shape, y, x, w, bias []T){"forward": Plain[T], "naive": naiveForward[T]} {
		f(p, y, x, w, bias)
		compare(name+" with bias", wantY, y, c*p.KH*p.KW)
	}
	for _, check := range all {
		check(t)
	}
}

func TestConvSameBitsForAnyThreads(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, p := range []Shape{square(5, 40, 7, 50, 3, 1, 1, 1), square(3, 16, 30, 40, 3, 2, 1, 1), square(2, 24, 40, 24, 3, 1, 1, 24), square(2, 3, 60, 12, 7, 2, 3, 1)} {
			x, _ := kerneltest.Random[float32](p.N*p.C*p.H*p.W, 1)
			w, _ := kerneltest.Random[float32](p.O*(p.C/p.Groups)*p.KH*p.KW, 2)
			dy, _ := kerneltest.Random[float32](p.N*p.O*p.OH*p.OW, 3)
			var want []float32
			for _, threads := range []int{1, 2, 3, 8} {
				old := runtime.GOMAXPROCS(threads)
				got := make([]float32, len(dy)+len(x)+len(w))
				Plain(&p, got[:len(dy)], x, w, nil)
				PlainGradInput(&p, got[len(dy):len(dy)+len(x)], dy, w)
				PlainGradWeight(&p, got[len(dy)+len(x):], dy, x)
				runtime.GOMAXPROCS(old)
				if want == nil {
					want = got
				}
				require.Equal(t, want, got)
			}
		}
	})
}

// An image's result must not depend on where it lies in the batch.
func TestConvSameBitsForAnyBatch(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		p := square(5, 40, 7, 50, 3, 1, 1, 1)
		x, _ := kerneltest.Random[float32](p.N*p.C*p.H*p.W, 1)
		w, _ := kerneltest.Random[float32](p.O*p.C*p.KH*p.KW, 2)
		bias, _ := kerneltest.Random[float32](p.O, 3)
		want := make([]float32, p.N*p.O*p.OH*p.OW)
		Plain(&p, want, x, w, bias)
		one := p
		one.N = 1
		size, out := len(x)/p.N, len(want)/p.N
		for n := range p.N {
			got := make([]float32, out)
			Plain(&one, got, x[n*size:(n+1)*size], w, bias)
			require.Equal(t, want[n*out:(n+1)*out], got)
		}
	})
}

// A NaN in x reaches exactly the outputs that see it.
func TestConvNaN(t *testing.T) {
	p := square(1, 3, 12, 20, 3, 1, 1, 1)
	x, _ := kerneltest.Random[float32](p.C*p.H*p.W, 1)
	w, _ := kerneltest.Random[float32](p.O*p.C*9, 2)
	x[p.H*p.W+5*p.W+6] = float32(math.NaN())
	y := make([]float32, p.O*p.OH*p.OW)
	Plain(&p, y, x, w, nil)
	for i, v := range y {
		h, j := i/p.OW%p.OH, i%p.OW
		require.Equal(t, h >= 4 && h <= 6 && j >= 5 && j <= 7, v != v, "at %d,%d", h, j)
	}
}
