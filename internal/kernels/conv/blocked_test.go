// SPDX-License-Identifier: MIT

package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

func TestBlockedLayout(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, c := range []int{1, 7, 15, 16, 17, 31, 32, 40} {
			for _, size := range [][2]int{{1, 1}, {3, 5}, {4, 4}, {7, 9}} {
				h, w := size[0], size[1]
				src, checkSrc := kerneltest.Random[float32](2*c*h*w, 1)
				blocked, checkBlocked := kerneltest.Random[float32](BlockedSize(2, c, h, w), 2)
				back, checkBack := kerneltest.Random[float32](len(src), 3)
				ToBlocked(blocked, src, 2, c, h, w)
				for i, v := range blocked {
					n, ch, p := i/(Blocks(c)*Block*h*w), i/(h*w*Block)%Blocks(c)*Block+i%Block, i/Block%(h*w)
					want := float32(0)
					if ch < c {
						want = src[(n*c+ch)*h*w+p]
					}
					require.Equal(t, want, v, "c=%d %dx%d at %d", c, h, w, i)
				}
				FromBlocked(back, blocked, 2, c, h, w)
				require.Equal(t, src, back)
				checkSrc(t)
				checkBlocked(t)
				checkBack(t)
			}
		}
	})
}

// blockedCases are shapes that the blocked kernels compute.
func blockedCases() []Shape {
	list := []Shape{
		square(1, 16, 1, 16, 1, 1, 0, 1),
		square(2, 17, 4, 33, 3, 1, 1, 1),
		square(1, 40, 7, 50, 3, 1, 1, 1),
		square(3, 64, 7, 32, 3, 1, 1, 1),
		square(2, 32, 14, 64, 3, 2, 1, 1),
		square(2, 30, 20, 60, 1, 2, 0, 1), // phases without taps
		square(3, 48, 9, 80, 1, 1, 0, 1),
		square(1, 16, 20, 16, 1, 1, 0, 1), // one row of all pixels in several parts
		square(2, 3, 31, 40, 7, 2, 3, 1),  // planar
		square(1, 3, 64, 64, 7, 2, 3, 1),
		square(3, 1, 20, 16, 7, 2, 0, 1),
		square(1, 4, 17, 20, 7, 2, 5, 1),
		Shape{N: 2, C: 2, H: 130, W: 9, O: 70, KH: 7, KW: 7, StrideH: 2, StrideW: 2, PadH: 6, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1}.sized(1, 4),
		square(1, 1, 28, 16, 5, 1, 2, 1),
		square(2, 7, 9, 20, 3, 1, 1, 1),
		square(1, 8, 9, 20, 3, 1, 0, 1),
		square(2, 16, 10, 16, 3, 1, 2, 1),
		square(1, 16, 40, 33, 5, 3, 2, 1),
		square(1, 130, 6, 140, 3, 1, 1, 1),
		square(1, 20, 2, 16, 1, 3, 0, 1), // a stride wider than the image
		// 1×1: an image in several parts, several images together, with groups, blocks for
		// several tasks.
		square(2, 40, 40, 20, 1, 1, 0, 1),
		square(11, 64, 15, 64, 1, 1, 0, 2),
		square(3, 64, 15, 96, 1, 2, 0, 2),
		square(2, 200, 5, 36, 1, 1, 0, 1),
		// Ranges of images for the gradient of few weights.
		square(18, 10, 5, 20, 3, 2, 1, 1),
		square(9, 64, 4, 64, 3, 1, 1, 2),
		square(5, 20, 5, 40, 3, 2, 1, 1),
		// Small groups, several images a task.
		square(5, 128, 4, 128, 3, 1, 1, 128),
		square(5, 64, 5, 64, 3, 1, 1, 16),
		// Many transformed weights, tiles of three outputs.
		square(2, 176, 7, 180, 3, 1, 1, 1),
		Shape{N: 1, C: 180, H: 5, W: 10, O: 170, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 2, PadW: 0, DilationH: 1, DilationW: 1, Groups: 1}.sized(0, 2),
		Shape{N: 2, C: 170, H: 8, W: 4, O: 190, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1}.sized(1, 1),
		square(2, 100, 13, 120, 3, 2, 1, 1),
		Shape{N: 2, C: 90, H: 28, W: 9, O: 130, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 0, PadW: 2, DilationH: 1, DilationW: 1, Groups: 1}.sized(1, 1),
		square(3, 17, 33, 20, 3, 1, 1, 1), // two ranges of tiles, of several groups each
		// Several groups of tiles of all threads, the first of which has none of four columns; none
		// of four columns at all, in one group.
		Shape{N: 1, C: 240, H: 520, W: 7, O: 5, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1}.sized(1, 1),
		Shape{N: 2, C: 200, H: 9, W: 5, O: 40, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 0, DilationH: 1, DilationW: 1, Groups: 1}.sized(1, 0),
		Shape{N: 2, C: 24, H: 13, W: 19, O: 20, KH: 3, KW: 5, StrideH: 2, StrideW: 3, PadH: 1, PadW: 4, DilationH: 1, DilationW: 1, Groups: 1}.sized(2, 0),
		Shape{N: 1, C: 20, H: 30, W: 8, O: 8, KH: 2, KW: 4, StrideH: 1, StrideW: 1, PadH: 0, PadW: 1, DilationH: 1, DilationW: 1, Groups: 1}.sized(1, 2),
		Shape{N: 1, C: 18, H: 11, W: 6, O: 36, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 0, PadW: 2, DilationH: 1, DilationW: 1, Groups: 1}.sized(2, 0),
	}
	for _, stride := range []int{1, 2} {
		for _, g := range [][3]int{{32, 32, 32}, {20, 20, 20}, {8, 8, 4}, {36, 36, 9}, {40, 40, 5}, {48, 48, 3}, {64, 64, 2}, {32, 96, 2}, {128, 32, 2}} {
			p := square(2, g[0], 15, g[1], 3, stride, 1, g[2])
			p.W = 8 + stride
			list = append(list, p.sized(1, 1))
			p.DilationH, p.PadH, p.DilationW = 2, 2, 3
			list = append(list, p.sized(3, 4))
		}
		p := square(2, 24, 16, 40, 3, stride, 2, 1)
		p.DilationH, p.DilationW = 2, 3
		list = append(list, p.sized(2, 3), p.sized(0, 0))
	}
	for _, groups := range []int{32, 16, 8, 4} { // whole tiles of six pixels
		list = append(list, square(1, 32, 12, 32, 3, 1, 1, groups))
	}
	for size := 1; size <= 20; size++ {
		p := square(1, 16, size, 16, 3, 1, 1, 1)
		p.W = 21 - size
		p.OW = p.W
		list = append(list, p)
		p.StrideH, p.StrideW = 2, 2
		list = append(list, p.sized(1, 1))
	}
	return list
}

// algorithms returns those that compute p.
func algorithms(p *Shape) []Algorithm {
	if p.Winograd(Forward) || p.Winograd(GradInput) || p.Winograd(GradWeight) {
		return []Algorithm{Auto, Direct, Winograd}
	}
	return []Algorithm{Auto, Direct}
}

// A planar input has whole groups and no dilation.
func TestConvBlockedPlanar(t *testing.T) {
	p := square(2, 4, 9, 8, 3, 1, 1, 1)
	require.True(t, p.Planar())
	for _, pass := range []Pass{Forward, GradInput, GradWeight} {
		assert.Equal(t, pass != GradInput, p.Blocked(pass))
		for _, change := range []func(*Shape){
			func(p *Shape) { p.Groups = 4; p.O = 4 },
			func(p *Shape) { p.Groups = 2; p.O = 4 },
			func(p *Shape) { p.DilationH = 2 },
			func(p *Shape) { p.DilationW = 2 },
		} {
			q := p
			change(&q)
			assert.False(t, q.Blocked(pass), "%v of %+v", pass, q)
		}
	}
}

func TestConvBlocked(t *testing.T) {
	list := blockedCases()
	wanted := make([]convResults, len(list))
	for i := range list {
		wanted[i] = blockedResults(&list[i])
	}
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for i := range list {
			p := &list[i]
			for _, alg := range algorithms(p) {
				t.Run(fmt.Sprintf("%v %+v", alg, *p), func(t *testing.T) { testBlocked(t, p, alg, wanted[i]) })
			}
		}
	})
}

// convResults are what the passes give, by their definition in float64.
type convResults struct{ y, dx, dw []float64 }

// blockedResults computes those of the tensors that testBlocked makes.
func blockedResults(p *Shape) (r convResults) {
	x, dy := make([]float32, p.N*p.C*p.H*p.W), make([]float32, p.N*p.O*p.OH*p.OW)
	kernels.Normal(x, 1, 1)
	kernels.Normal(dy, 2, 1)
	w, _ := kerneltest.Random[float32](p.wSize(), 4)
	r = convResults{make([]float64, len(dy)), make([]float64, len(x)), make([]float64, len(w))}
	p.each(func(iy, ix, iw int) {
		r.y[iy] += float64(x[ix]) * float64(w[iw])
		r.dx[ix] += float64(dy[iy]) * float64(w[iw])
		r.dw[iw] += float64(dy[iy]) * float64(x[ix])
	})
	return r
}

// blockedTensor is a random tensor, also in the blocked layout between sentinels.
func blockedTensor(n, c, h, w int, seed uint64) (plain, blocked []float32, check func(testing.TB)) {
	plain = make([]float32, n*c*h*w)
	kernels.Normal(plain, seed, 1)
	blocked, check = kerneltest.Random[float32](BlockedSize(n, c, h, w), seed)
	ToBlocked(blocked, plain, n, c, h, w)
	return plain, blocked, check
}

// testBlocked compares the three passes with their definition in float64.
func testBlocked(t *testing.T, p *Shape, alg Algorithm, wanted convResults) {
	require.True(t, p.Blocked(Forward) && p.Blocked(GradWeight))
	plainX, x, checkX := blockedTensor(p.N, p.C, p.H, p.W, 1)
	if p.Planar() {
		x = plainX
	}
	plainDY, dy, checkDY := blockedTensor(p.N, p.O, p.OH, p.OW, 2)
	plainRes, res, checkRes := blockedTensor(p.N, p.O, p.OH, p.OW, 3)
	w, checkW := kerneltest.Random[float32](p.O*p.C/p.Groups*p.KH*p.KW, 4)
	bias, checkBias := kerneltest.Random[float32](p.O, 5)
	scale, checkScale := kerneltest.Random[float32](p.O, 6)
	y, checkY := kerneltest.Random[float32](BlockedSize(p.N, p.O, p.OH, p.OW), 7)
	dw, checkDW := kerneltest.Random[float32](len(w), 8)

	close := func(name string, want []float64, got []float32, terms int) {
		t.Helper()
		bound := make([]float64, len(want))
		for i := range bound {
			bound[i] = 1.5e-5 * math.Sqrt(float64(terms)+1)
		}
		kerneltest.Close(t, want, bound, got, name)
	}
	plainY := make([]float32, len(plainDY))
	fill := func(s []float32) { fillWith(s, float32(math.NaN())) }

	packed, checkPacked := kerneltest.Random[float32](PackedSize(p, Forward, alg), 9)
	fill(packed)
	PackWeights(p, Forward, alg, packed, w, nil)
	fill(y)
	Blocked(p, alg, y, x, packed, Epilogue{})
	FromBlocked(plainY, y, p.N, p.O, p.OH, p.OW)
	close("forward", wanted.y, plainY, p.C/p.Groups*p.KH*p.KW)
	requireFilling(t, y, p.N, p.O, p.OH*p.OW)

	if p.Unpacked(Forward, alg) {
		fill(y)
		BlockedUnpacked(p, Forward, y, x, w, Epilogue{Bias: bias, Residual: res, ReLU: true})
		FromBlocked(plainY, y, p.N, p.O, p.OH, p.OW)
		want := make([]float64, len(wanted.y))
		for i := range want {
			want[i] = max(0, wanted.y[i]+float64(bias[i/(p.OH*p.OW)%p.O])+float64(plainRes[i]))
		}
		close("unpacked forward", want, plainY, p.C*p.KH*p.KW)
		requireFilling(t, y, p.N, p.O, p.OH*p.OW)
	}

	fill(y)
	PackWeights(p, Forward, alg, packed, w, scale)
	Blocked(p, alg, y, x, packed, Epilogue{Bias: bias, Residual: res, ReLU: true})
	FromBlocked(plainY, y, p.N, p.O, p.OH, p.OW)
	want := make([]float64, len(wanted.y))
	for i := range want {
		o := i / (p.OH * p.OW) % p.O
		want[i] = max(0, wanted.y[i]*float64(scale[o])+float64(bias[o])+float64(plainRes[i]))
	}
	close("epilogue", want, plainY, 10*p.C/p.Groups*p.KH*p.KW)
	requireFilling(t, y, p.N, p.O, p.OH*p.OW)

	copy(y, res)
	Blocked(p, alg, y, x, packed, Epilogue{Bias: bias, Residual: y, ReLU: true})
	again := make([]float32, len(plainY))
	FromBlocked(again, y, p.N, p.O, p.OH, p.OW)
	require.Equal(t, plainY, again, "the residual may be y")
	if p.canWritePlain(p.resolve(Forward, alg)) {
		Blocked(p, alg, y, x, packed, Epilogue{Bias: bias, ReLU: true})
		FromBlocked(plainY, y, p.N, p.O, p.OH, p.OW)
		direct, check := kerneltest.Random[float32](len(plainY), 12)
		fill(direct)
		Blocked(p, alg, direct, x, packed, Epilogue{Bias: bias, ReLU: true, Plain: true})
		require.Equal(t, plainY, direct, "in torch's order")
		check(t)
	}
	checkPacked(t)

	fill(dw)
	BlockedGradWeight(p, alg, dw, dy, x)
	close("grad weight", wanted.dw, dw, p.N*p.OH*p.OW)

	if p.Blocked(GradInput) {
		packed, checkPacked := kerneltest.Random[float32](PackedSize(p, GradInput, alg), 10)
		fill(packed)
		PackWeights(p, GradInput, alg, packed, w, nil)
		dx, checkDX := kerneltest.Random[float32](BlockedSize(p.N, p.C, p.H, p.W), 11)
		fill(dx)
		BlockedGradInput(p, alg, dx, dy, packed, Epilogue{})
		plainDX := make([]float32, len(plainX))
		FromBlocked(plainDX, dx, p.N, p.C, p.H, p.W)
		close("grad input", wanted.dx, plainDX, p.O/p.Groups*p.KH*p.KW)
		requireFilling(t, dx, p.N, p.C, p.H*p.W)
		testGradEpilogue(t, p, alg, plainDX, dy, w, packed)
		checkPacked(t)
		if p.Unpacked(GradInput, alg) {
			fill(dx)
			BlockedUnpacked(p, GradInput, dx, dy, w, Epilogue{})
			FromBlocked(plainDX, dx, p.N, p.C, p.H, p.W)
			close("unpacked grad input", wanted.dx, plainDX, p.O*p.KH*p.KW)
			requireFilling(t, dx, p.N, p.C, p.H*p.W)
		}
		checkDX(t)
	}
	for _, check := range []func(testing.TB){checkX, checkDY, checkRes, checkW, checkBias, checkScale, checkY, checkDW} {
		check(t)
	}
}

// testGradEpilogue expects of the gradient with another branch's and a ReLU's exactly what
// follows from the gradient by itself.
func testGradEpilogue(t *testing.T, p *Shape, alg Algorithm, plainDX, dy, w, packed []float32) {
	plainRes, res, checkRes := blockedTensor(p.N, p.C, p.H, p.W, 13)
	plainPass, pass, checkPass := blockedTensor(p.N, p.C, p.H, p.W, 14)
	for i := range plainPass {
		switch i % 5 {
		case 0:
			plainPass[i] = 0
		case 1:
			plainPass[i] = float32(math.Copysign(0, -1))
		case 2:
			plainPass[i] = float32(math.NaN())
		}
	}
	ToBlocked(pass, plainPass, p.N, p.C, p.H, p.W)
	dx, checkDX := kerneltest.Random[float32](len(res), 15)
	got, want := make([]float32, len(plainDX)), make([]float32, len(plainDX))
	for _, e := range []Epilogue{{Residual: res}, {Mask: pass}, {Residual: res, Mask: pass}, {Residual: dx, Mask: pass}} {
		for i, v := range plainDX {
			if e.Residual != nil {
				v += plainRes[i]
			}
			if e.Mask != nil && plainPass[i] <= 0 {
				v = 0
			}
			want[i] = v
		}
		compute := []func(){func() { BlockedGradInput(p, alg, dx, dy, packed, e) }}
		if p.Unpacked(GradInput, alg) {
			compute = append(compute, func() { BlockedUnpacked(p, GradInput, dx, dy, w, e) })
		}
		for k, f := range compute {
			if len(e.Residual) > 0 && &e.Residual[0] == &dx[0] {
				copy(dx, res)
			} else {
				fillWith(dx, float32(math.NaN()))
			}
			f()
			FromBlocked(got, dx, p.N, p.C, p.H, p.W)
			for i := range want {
				// Sums of weights that were not packed may be in another order.
				if d := math.Abs(float64(want[i] - got[i])); !(d <= 1e-5*float64(k*100)*(1+math.Abs(float64(want[i])))) {
					require.Equal(t, want[i], got[i], "element %d of way %d", i, k)
				}
			}
			requireFilling(t, dx, p.N, p.C, p.H*p.W)
		}
	}
	checkRes(t)
	checkPass(t)
	checkDX(t)
}

// requireFilling fails the test unless the channels beyond c are 0.
func requireFilling(t *testing.T, blocked []float32, n, c, size int) {
	t.Helper()
	if c%Block == 0 {
		return
	}
	for i, v := range blocked {
		if ch := i/(size*Block)%Blocks(c)*Block + i%Block; ch >= c && v != 0 {
			require.Failf(t, "filling channel is not 0", "element %d, channel %d: %v", i, ch, v)
		}
	}
}

// TestConvUnpackedGroups: more tiles than go together, against the direct algorithm.
func TestConvUnpackedGroups(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		if isa.Kernels.Set() == isa.Go {
			t.Skip("4 G products of plain Go; TestConvBlocked covers one group")
		}
		p := square(4, 180, 39, 190, 3, 1, 1, 1)
		require.Greater(t, p.tiles(Forward), winogradShared/(winogradTaps*(Blocks(p.C)+Blocks(p.O))*Block))
		_, x, _ := blockedTensor(p.N, p.C, p.H, p.W, 1)
		_, dy, _ := blockedTensor(p.N, p.O, p.OH, p.OW, 2)
		w := make([]float32, p.wSize())
		kernels.Normal(w, 3, 1)
		packed := make([]float32, PackedSize(&p, Forward, Direct))
		PackWeights(&p, Forward, Direct, packed, w, nil)
		want, got := make([]float32, len(dy)), make([]float32, len(dy))
		Blocked(&p, Direct, want, x, packed, Epilogue{})
		BlockedUnpacked(&p, Forward, got, x, w, Epilogue{})
		assert.Less(t, largestDifference(want, got), 1e-5*math.Sqrt(float64(p.C*9))*5)
		packed = make([]float32, PackedSize(&p, GradInput, Direct))
		PackWeights(&p, GradInput, Direct, packed, w, nil)
		want, got = make([]float32, len(x)), make([]float32, len(x))
		BlockedGradInput(&p, Direct, want, dy, packed, Epilogue{})
		BlockedUnpacked(&p, GradInput, got, dy, w, Epilogue{})
		assert.Less(t, largestDifference(want, got), 1e-5*math.Sqrt(float64(p.O*9))*5)
		want, got = make([]float32, len(w)), make([]float32, len(w))
		for _, p.N = range []int{2, 4} { // for the gradient of the weights two parts of one group, and two groups
			BlockedGradWeight(&p, Direct, want, dy, x)
			BlockedGradWeight(&p, Winograd, got, dy, x)
			assert.Less(t, largestDifference(want, got), 1e-5*math.Sqrt(float64(p.N*p.OH*p.OW))*5)
		}
	})
}

func largestDifference(a, b []float32) (d float64) {
	for i, v := range a {
		d = max(d, math.Abs(float64(v)-float64(b[i])))
	}
	return d
}

func TestConvBlockedSameBitsForAnyThreads(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, p := range []Shape{square(5, 40, 7, 50, 3, 1, 1, 1), square(1, 64, 28, 48, 3, 1, 1, 1), square(8, 17, 33, 20, 3, 1, 1, 1), square(3, 16, 30, 40, 3, 2, 1, 1), square(3, 200, 30, 40, 1, 1, 0, 1), square(2, 3, 60, 12, 7, 2, 3, 1), square(1, 300, 6, 340, 3, 1, 1, 1), square(1, 920, 7, 20, 3, 1, 1, 1), square(3, 40, 30, 40, 3, 1, 1, 40), square(2, 64, 30, 64, 3, 2, 1, 2)} {
			for _, alg := range algorithms(&p) {
				_, x, _ := blockedTensor(p.N, p.C, p.H, p.W, 1)
				_, dy, _ := blockedTensor(p.N, p.O, p.OH, p.OW, 2)
				w, _ := kerneltest.Random[float32](p.O*p.C/p.Groups*p.KH*p.KW, 3)
				var want []float32
				for _, threads := range []int{1, 2, 8} {
					old := runtime.GOMAXPROCS(threads)
					y, dx, dw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w))
					packed := make([]float32, PackedSize(&p, Forward, alg))
					PackWeights(&p, Forward, alg, packed, w, nil)
					Blocked(&p, alg, y, x, packed, Epilogue{ReLU: true})
					var unpacked []float32
					for _, pass := range []Pass{Forward, GradInput} {
						if from, to := x, make([]float32, len(y)); p.Unpacked(pass, alg) {
							if pass == GradInput {
								from, to = dy, make([]float32, len(dx))
							}
							BlockedUnpacked(&p, pass, to, from, w, Epilogue{})
							unpacked = append(unpacked, to...)
						}
					}
					if p.Blocked(GradInput) {
						packed = make([]float32, PackedSize(&p, GradInput, alg))
						PackWeights(&p, GradInput, alg, packed, w, nil)
						BlockedGradInput(&p, alg, dx, dy, packed, Epilogue{})
					}
					BlockedGradWeight(&p, alg, dw, dy, x)
					runtime.GOMAXPROCS(old)
					got := slices.Concat(y, dx, dw, unpacked)
					if want == nil {
						want = got
					}
					require.Equal(t, want, got, "%v %+v on %d threads", alg, p, threads)
				}
			}
		}
	})
}

// NaN and infinities reach all outputs that see them, and nothing else but, with
// Winograd's algorithm, the tiles of those; a filling channel stays 0.
func TestConvBlockedNaN(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, p := range []Shape{square(1, 20, 12, 40, 3, 1, 1, 1), square(1, 20, 12, 40, 3, 2, 1, 1), square(1, 3, 12, 40, 3, 1, 1, 1)} {
			for _, alg := range algorithms(&p) {
				for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
					plain, x, _ := blockedTensor(p.N, p.C, p.H, p.W, 1)
					const h, v = 5, 6
					plain[2*p.H*p.W+h*p.W+v] = bad
					if p.Planar() {
						x = plain
					} else {
						ToBlocked(x, plain, p.N, p.C, p.H, p.W)
					}
					w, _ := kerneltest.Random[float32](p.O*p.C*9, 2)
					for i := range w {
						w[i] = max(0.1, float32(math.Abs(float64(w[i])))) // so that relu keeps +Inf
					}
					packed := make([]float32, PackedSize(&p, Forward, alg))
					PackWeights(&p, Forward, alg, packed, w, nil)
					y, plainY := make([]float32, BlockedSize(p.N, p.O, p.OH, p.OW)), make([]float32, p.O*p.OH*p.OW)
					Blocked(&p, alg, y, x, packed, Epilogue{ReLU: true})
					requireFilling(t, y, p.N, p.O, p.OH*p.OW)
					FromBlocked(plainY, y, p.N, p.O, p.OH, p.OW)
					for i, got := range plainY {
						r, c := i/p.OW%p.OH, i%p.OW
						sees := func(r, c int) bool {
							y, x := r*p.StrideH-1, c*p.StrideW-1
							return h >= y && h < y+3 && v >= x && v < x+3
						}
						finite := !math.IsNaN(float64(got)) && !math.IsInf(float64(got), 0)
						if sees(r, c) {
							require.False(t, finite, "%v %v at %d,%d: %v", alg, bad, r, c, got)
						} else if alg == Direct {
							require.True(t, finite, "%v %v at %d,%d: %v", alg, bad, r, c, got)
						}
					}
				}
			}
		}
	})
}

// Large weights go past the caches; they are the same.
func TestPackWeightsStream(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		testStream(t, square(1, 64, 7, streamFrom/(36*64)+40, 3, 1, 1, 1), winogradTaps, winogradPad, Forward, GradInput)
		testStream(t, square(1, 64, 7, streamFrom/(100*64)+40, 3, 2, 1, 1), stridedTaps, 0, Forward)
	})
}

// testStream packs weights of n matrices, gap elements apart, to places that suit
// stores past the caches and to others.
func testStream(t *testing.T, p Shape, matrices, gap int, passes ...Pass) {
	w := make([]float32, p.wSize())
	for i := range w {
		w[i] = float32(i%1013) - 500
	}
	for _, pass := range passes {
		n := PackedSize(&p, pass, Winograd)
		require.Greater(t, n, streamFrom)
		memory := make([]float32, n+Block)
		first := 0
		for uintptr(unsafe.Pointer(&memory[first]))%(4*Block) != 0 {
			first++
		}
		aligned, other := memory[first:first+n], make([]float32, n+Block+1)
		PackWeights(&p, pass, Winograd, aligned, w, nil)
		for uintptr(unsafe.Pointer(&other[0]))%(4*Block) == 0 {
			other = other[1:]
		}
		PackWeights(&p, pass, Winograd, other, w, nil)
		// What lies between the matrices is nobody's.
		for from := 0; from < n; from += n / matrices {
			to := from + n/matrices - gap
			require.Equal(t, other[from:to], aligned[from:to], "%v at %d", pass, from)
		}
	}
}

// resnetConvs are the convolutions of ResNet-18 and one of ResNet-50 for n images.
func resnetConvs(n int) []Shape {
	return []Shape{
		square(n, 3, 224, 64, 7, 2, 3, 1),
		square(n, 64, 56, 64, 3, 1, 1, 1),
		square(n, 64, 56, 128, 3, 2, 1, 1),
		square(n, 64, 56, 128, 1, 2, 0, 1),
		square(n, 128, 28, 128, 3, 1, 1, 1),
		square(n, 128, 28, 256, 3, 2, 1, 1),
		square(n, 128, 28, 256, 1, 2, 0, 1),
		square(n, 256, 14, 256, 3, 1, 1, 1),
		square(n, 256, 14, 512, 3, 2, 1, 1),
		square(n, 256, 14, 512, 1, 2, 0, 1),
		square(n, 512, 7, 512, 3, 1, 1, 1),
		square(n, 64, 56, 256, 1, 1, 0, 1),
		square(n, 256, 14, 1024, 1, 1, 0, 1),
	}
}

// TestConvBlockedAccuracy bounds the largest error among sampled elements over the root
// mean square of the result, for all shapes of ResNet-18.
func TestConvBlockedAccuracy(t *testing.T) {
	if isa.Kernels.Set() == isa.Go {
		t.Skip("minutes of plain Go; the shapes of TestConvBlocked cover it")
	}
	for _, p := range resnetConvs(1) {
		for _, alg := range algorithms(&p)[1:] {
			plainX, x, _ := blockedTensor(p.N, p.C, p.H, p.W, 1)
			if p.Planar() {
				x = plainX
			}
			plainDY, dy, _ := blockedTensor(p.N, p.O, p.OH, p.OW, 2)
			w := make([]float32, p.O*p.C/p.Groups*p.KH*p.KW)
			kernels.Normal(w, 3, 1)
			y, plainY := make([]float32, len(dy)), make([]float32, len(plainDY))
			packed := make([]float32, PackedSize(&p, Forward, alg))
			PackWeights(&p, Forward, alg, packed, w, nil)
			Blocked(&p, alg, y, x, packed, Epilogue{})
			FromBlocked(plainY, y, p.N, p.O, p.OH, p.OW)
			forward := sampledError(&p, plainY, func(i int, sum *float64) {
				p.eachOf(i, func(ix, iw int) { *sum += float64(plainX[ix]) * float64(w[iw]) })
			})
			dw := make([]float32, len(w))
			BlockedGradWeight(&p, alg, dw, dy, x)
			weight := sampledError(&p, dw, func(i int, sum *float64) {
				o, c, a, b := i/(p.C*p.KH*p.KW), i/(p.KH*p.KW)%p.C, i/p.KW%p.KH, i%p.KW
				for r := range p.OH {
					for q := range p.OW {
						if h, v := r*p.StrideH-p.PadH+a, q*p.StrideW-p.PadW+b; h >= 0 && h < p.H && v >= 0 && v < p.W {
							*sum += float64(plainDY[(o*p.OH+r)*p.OW+q]) * float64(plainX[(c*p.H+h)*p.W+v])
						}
					}
				}
			})
			input, inputText := 0.0, "–"
			if p.Blocked(GradInput) {
				dx, plainDX := make([]float32, len(x)), make([]float32, len(plainX))
				packed := make([]float32, PackedSize(&p, GradInput, alg))
				PackWeights(&p, GradInput, alg, packed, w, nil)
				BlockedGradInput(&p, alg, dx, dy, packed, Epilogue{})
				FromBlocked(plainDX, dx, p.N, p.C, p.H, p.W)
				input = sampledError(&p, plainDX, func(i int, sum *float64) {
					p.eachInto(i, func(iy, iw int) { *sum += float64(plainDY[iy]) * float64(w[iw]) })
				})
				inputText = fmt.Sprintf("%.1e", input)
			}
			t.Logf("| %dx%d at %d, %dx%d, stride %d | %v | %.1e | %s | %.1e |", p.C, p.O, p.H, p.KH, p.KW, p.StrideH, alg, forward, inputText, weight)
			assert.Less(t, forward, 1.5e-5, "%v forward %+v", alg, p)
			assert.Less(t, input, 1.5e-5, "%v grad input %+v", alg, p)
			assert.Less(t, weight, 3e-5, "%v grad weight %+v", alg, p)
		}
	}
}

// eachOf calls f with the pairs of x and w whose products make element i of y, for one
// image.
func (p *Shape) eachOf(i int, f func(ix, iw int)) {
	o, r, q := i/(p.OH*p.OW), i/p.OW%p.OH, i%p.OW
	for iw := o * p.C * p.KH * p.KW; iw < (o+1)*p.C*p.KH*p.KW; iw++ {
		c, a, b := iw/(p.KH*p.KW)%p.C, iw/p.KW%p.KH, iw%p.KW
		if h, v := r*p.StrideH-p.PadH+a, q*p.StrideW-p.PadW+b; h >= 0 && h < p.H && v >= 0 && v < p.W {
			f((c*p.H+h)*p.W+v, iw)
		}
	}
}

// eachInto calls f with the pairs of dy and w whose products make element i of dx, for
// one image.
func (p *Shape) eachInto(i int, f func(iy, iw int)) {
	c, h, v := i/(p.H*p.W), i/p.W%p.H, i%p.W
	for a := range p.KH {
		for b := range p.KW {
			r, q := h+p.PadH-a, v+p.PadW-b
			if r < 0 || q < 0 || r%p.StrideH != 0 || q%p.StrideW != 0 || r/p.StrideH >= p.OH || q/p.StrideW >= p.OW {
				continue
			}
			for o := range p.O {
				f((o*p.OH+r/p.StrideH)*p.OW+q/p.StrideW, ((o*p.C+c)*p.KH+a)*p.KW+b)
			}
		}
	}
}

// sampledError returns the largest error of some elements of got over their root mean
// square.
func sampledError(p *Shape, got []float32, want func(i int, sum *float64)) float64 {
	worst, squares := 0.0, 0.0
	random := rand.New(rand.NewPCG(1, 2))
	const samples = 300
	for range samples {
		i := random.IntN(len(got))
		sum := 0.0
		want(i, &sum)
		worst = max(worst, math.Abs(sum-float64(got[i])))
		squares += sum * sum
	}
	return worst / math.Sqrt(squares/samples)
}
