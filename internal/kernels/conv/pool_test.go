// SPDX-License-Identifier: MIT

package conv

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

var poolCases = []kernels.Pool{
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

// TestPoolBlocked compares with the kernels of the plain layout.
func TestPoolBlocked(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, p := range poolCases {
			for _, c := range []int{p.Planes, 16, 19} {
				if p.Planes == 0 {
					continue
				}
				t.Run(fmt.Sprintf("%d %+v", c, p), func(t *testing.T) { testPoolBlocked(t, p, 2, c) })
			}
		}
	})
}

func testPoolBlocked(t *testing.T, p kernels.Pool, n, c int) {
	in, out := p.H*p.W, p.OH*p.OW
	plainX, x, _ := blockedTensor(n, c, in, 1, 1)
	plainDY, dy, _ := blockedTensor(n, c, out, 1, 2)
	p.Planes = n * c
	blocked := p
	blocked.Planes = n * Blocks(c)
	wantY, wantDX := make([]float32, n*c*out), make([]float32, n*c*in)
	y, checkY := blockedResult(n, c, out, 3)
	dx, checkDX := blockedResult(n, c, in, 4)

	for _, adaptive := range []bool{false, true} {
		if adaptive {
			kernels.AdaptiveAvgPool(&p, wantY, plainX)
			kernels.AdaptiveAvgPoolGrad(&p, wantDX, plainDY)
		} else {
			kernels.AvgPool(&p, wantY, plainX)
			kernels.AvgPoolGrad(&p, wantDX, plainDY)
		}
		AvgPool(&blocked, y, x, adaptive)
		kerneltest.Near(t, kerneltest.Widened(wantY), checkY(t), 4e-6)
		AvgPoolGrad(&blocked, dx, dy, adaptive)
		require.Equal(t, wantDX, checkDX(t))
	}

	for _, special := range []bool{false, true} { // a window with NaN goes another way
		for i := range plainX {
			plainX[i] = float32(math.Round(float64(plainX[i]))) // with ties
			switch {
			case special && i%11 == 10:
				plainX[i] = float32(math.NaN())
			case special && i%5 == 4:
				plainX[i] = float32(math.Inf(-1))
			}
		}
		ToBlocked(x, plainX, n, c, in, 1)
		kernels.MaxPool(&p, wantY, plainX)
		MaxPool(&blocked, y, x)
		for i, got := range checkY(t) {
			require.True(t, got == wantY[i] || got != got && wantY[i] != wantY[i], "%v is not %v at %d", got, wantY[i], i)
		}
		kernels.MaxPoolGrad(&p, wantDX, plainX, plainDY)
		MaxPoolGrad(&blocked, dx, x, dy)
		require.Equal(t, wantDX, checkDX(t))
		one := append([]float32{}, y...)
		indices, check := kerneltest.Guarded[uint8](len(y), 0)
		MaxPoolIndices(&blocked, y, x, indices)
		checkY(t)
		for i, want := range one { // the first of two zeros, of whatever sign
			require.True(t, y[i] == want || y[i] != y[i] && want != want, "%v is not %v at %d", y[i], want, i)
		}
		check(t)
		clear(dx)
		MaxPoolScatter(&blocked, dx, dy, indices)
		require.Equal(t, wantDX, checkDX(t))
	}
}

// Global averages are taken in float64 where the plane is large.
func TestAvgPoolBlockedGlobal(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		const n, c, h, w = 2, 17, 61, 67
		p := kernels.Pool{Planes: n * c, H: h, W: w, OH: 1, OW: 1, KH: 1, KW: 1}
		plainX, x, _ := blockedTensor(n, c, h, w, 1)
		want := make([]float64, n*c)
		kernels.AdaptiveAvgPool(&p, want, kerneltest.Widened(plainX))
		y, check := blockedResult(n, c, 1, 2)
		p.Planes = n * Blocks(c)
		AvgPool(&p, y, x, true)
		kerneltest.Near(t, want, check(t), 1e-7)
	})
}
