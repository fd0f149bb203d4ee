// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

var poolCases = []Pool{
	{Planes: 1, H: 1, W: 1, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, OH: 1, OW: 1},
	{Planes: 0, H: 4, W: 4, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 1, OH: 2, OW: 2},
	{Planes: 3, H: 7, W: 5, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 1, OH: 3, OW: 2},
	{Planes: 3, H: 7, W: 5, KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 1, OH: 4, OW: 3}, // ceil mode
	{Planes: 5, H: 9, W: 11, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, OH: 5, OW: 6},
	{Planes: 5, H: 9, W: 11, KH: 3, KW: 3, StrideH: 2, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, OH: 5, OW: 6, ExcludePad: true},
	{Planes: 2, H: 8, W: 6, KH: 3, KW: 2, StrideH: 1, StrideW: 2, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, OH: 8, OW: 4, Divisor: 5},
	{Planes: 2, H: 6, W: 6, KH: 5, KW: 5, StrideH: 3, StrideW: 3, PadH: 2, PadW: 2, DilationH: 1, DilationW: 1, OH: 3, OW: 3}, // ceil mode, beyond the padding
	{Planes: 40, H: 31, W: 33, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 1, DilationW: 1, OH: 31, OW: 33},
}

var dilatedPools = []Pool{
	{Planes: 4, H: 13, W: 9, KH: 3, KW: 2, StrideH: 2, StrideW: 1, PadH: 1, PadW: 1, DilationH: 2, DilationW: 3, OH: 6, OW: 8},
	{Planes: 2, H: 1, W: 5, KH: 2, KW: 2, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilationH: 2, DilationW: 2, OH: 1, OW: 5}, // windows without elements
}

// seenBy returns the elements of a plane in window (i, j), in order.
func seenBy(p Pool, i, j int) (places []int) {
	for a := range p.KH {
		for b := range p.KW {
			h, w := i*p.StrideH-p.PadH+a*p.DilationH, j*p.StrideW-p.PadW+b*p.DilationW
			if h >= 0 && h < p.H && w >= 0 && w < p.W {
				places = append(places, h*p.W+w)
			}
		}
	}
	return places
}

func TestMaxPool(t *testing.T) {
	for _, p := range append(dilatedPools, poolCases...) {
		t.Run(fmt.Sprintf("%+v", p), func(t *testing.T) {
			testMaxPool[float32](t, p)
			testMaxPool[float64](t, p)
		})
	}
}

func testMaxPool[T Float](t *testing.T, p Pool) {
	in, out := p.H*p.W, p.OH*p.OW
	x, _ := kerneltest.Random[T](p.Planes*in, 1)
	v, _ := kerneltest.Random[T](p.Planes*in, 2)
	dy, _ := kerneltest.Random[T](p.Planes*out, 3)
	for i := range x {
		x[i] = T(math.Round(float64(x[i]))) // with ties
		switch {
		case i%11 == 10:
			x[i] = T(math.NaN())
		case i%5 == 4:
			x[i] = T(math.Inf(-1))
		}
	}
	wantIndex, wantPick, wantMax, wantGrad := make([]int64, p.Planes*out), make([]T, p.Planes*out), make([]T, p.Planes*out), make([]T, len(x))
	for o := range wantIndex {
		n, best := o/out, -1
		for _, k := range seenBy(p, o/p.OW%p.OH, o%p.OW) {
			e := float64(x[n*in+k])
			if best < 0 || math.IsNaN(e) || e > float64(x[n*in+best]) {
				best = k
			}
		}
		wantIndex[o] = int64(best)
		if best < 0 {
			wantPick[o], wantMax[o] = T(math.Inf(-1)), T(math.Inf(-1))
			continue
		}
		wantPick[o], wantMax[o] = v[n*in+best], x[n*in+best]
		wantGrad[n*in+best] += dy[o]
	}
	index := make([]int64, len(wantIndex))
	MaxPoolIndex(&p, index, x)
	require.Equal(t, wantIndex, index)
	got, check := kerneltest.Random[T](p.Planes*out, 4)
	MaxPoolPick(&p, got, x, v)
	require.Equal(t, wantPick, append([]T{}, got...))
	MaxPool(&p, got, x)
	for i := range got {
		require.True(t, got[i] == wantMax[i] || got[i] != got[i] && wantMax[i] != wantMax[i], "%v is not %v", got[i], wantMax[i])
	}
	check(t)
	grad, check := kerneltest.Random[T](len(x), 5)
	MaxPoolGrad(&p, grad, x, dy)
	require.Equal(t, wantGrad, append([]T{}, grad...))
	check(t)
}

func TestAvgPool(t *testing.T) {
	for _, p := range poolCases {
		t.Run(fmt.Sprintf("%+v", p), func(t *testing.T) {
			// torch's rule: a window ends with the padding at the latest; see AvgPoolKernel.cpp.
			divisor := func(i, j int) float64 {
				if p.Divisor > 0 {
					return float64(p.Divisor)
				}
				if p.ExcludePad {
					return float64(len(seenBy(p, i, j)))
				}
				padded := p
				padded.H, padded.W, padded.PadH, padded.PadW = p.H+2*p.PadH, p.W+2*p.PadW, 0, 0
				return float64(len(seenBy(padded, i, j)))
			}
			seen := func(i, j int) []int { return seenBy(p, i, j) }
			testAvgPool(t, p, AvgPool[float32], AvgPoolGrad[float32], seen, divisor, 1e-6)
			testAvgPool(t, p, AvgPool[float64], AvgPoolGrad[float64], seen, divisor, 1e-14)
		})
	}
}

func TestAdaptiveAvgPool(t *testing.T) {
	for _, s := range [][5]int{{1, 1, 1, 1, 1}, {0, 5, 5, 2, 2}, {3, 7, 5, 1, 1}, {3, 7, 5, 3, 2}, {2, 3, 4, 7, 9}, {2, 10, 7, 10, 7}, {2, 10, 7, 0, 7}, {64, 20, 30, 7, 6}} {
		p := Pool{Planes: s[0], H: s[1], W: s[2], OH: s[3], OW: s[4], KH: 1, KW: 1}
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			edges := func(i, size, out int) (int, int) {
				return int(math.Floor(float64(i*size) / float64(out))), int(math.Ceil(float64((i+1)*size) / float64(out)))
			}
			seen := func(i, j int) (places []int) {
				h0, h1 := edges(i, p.H, p.OH)
				w0, w1 := edges(j, p.W, p.OW)
				for h := h0; h < h1; h++ {
					for w := w0; w < w1; w++ {
						places = append(places, h*p.W+w)
					}
				}
				return places
			}
			divisor := func(i, j int) float64 { return float64(len(seen(i, j))) }
			testAvgPool(t, p, AdaptiveAvgPool[float32], AdaptiveAvgPoolGrad[float32], seen, divisor, 1e-6)
			testAvgPool(t, p, AdaptiveAvgPool[float64], AdaptiveAvgPoolGrad[float64], seen, divisor, 1e-14)
		})
	}
}

func testAvgPool[T Float](t *testing.T, p Pool, pool, grad func(p *Pool, y, x []T), seen func(i, j int) []int, divisor func(i, j int) float64, eps float64) {
	in, out := p.H*p.W, p.OH*p.OW
	x, _ := kerneltest.Random[T](p.Planes*in, 1)
	dy, _ := kerneltest.Random[T](p.Planes*out, 2)
	y, checkY := kerneltest.Random[T](len(dy), 3)
	dx, checkDX := kerneltest.Random[T](len(x), 4)
	wantY, wantDX := make([]float64, len(y)), make([]float64, len(x))
	for o := range y {
		n, i, j := o/out, o/p.OW%p.OH, o%p.OW
		for _, k := range seen(i, j) {
			wantY[o] += float64(x[n*in+k]) / divisor(i, j)
			wantDX[n*in+k] += float64(dy[o]) / divisor(i, j)
		}
	}
	pool(&p, y, x)
	kerneltest.Near(t, wantY, y, eps)
	grad(&p, dx, dy)
	kerneltest.Near(t, wantDX, dx, 10*eps) // up to 25 terms
	checkY(t)
	checkDX(t)
}
