// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

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

func testPoolBlocked(t *testing.T, p Pool, n, c int) {
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
			AdaptiveAvgPool(&p, wantY, plainX)
			AdaptiveAvgPoolGrad(&p, wantDX, plainDY)
		} else {
			AvgPool(&p, wantY, plainX)
			AvgPoolGrad(&p, wantDX, plainDY)
		}
		AvgPoolBlocked(&blocked, y, x, adaptive)
		kerneltest.Near(t, kerneltest.Widened(wantY), checkY(t), 4e-6)
		AvgPoolGradBlocked(&blocked, dx, dy, adaptive)
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
		MaxPool(&p, wantY, plainX)
		MaxPoolBlocked(&blocked, y, x)
		for i, got := range checkY(t) {
			require.True(t, got == wantY[i] || got != got && wantY[i] != wantY[i], "%v is not %v at %d", got, wantY[i], i)
		}
		MaxPoolGrad(&p, wantDX, plainX, plainDY)
		MaxPoolGradBlocked(&blocked, dx, x, dy)
		require.Equal(t, wantDX, checkDX(t))
		one := append([]float32{}, y...)
		places, check := kerneltest.Guarded[uint8](len(y), 0)
		MaxPoolPlacesBlocked(&blocked, y, x, places)
		checkY(t)
		for i, want := range one { // the first of two zeros, of whatever sign
			require.True(t, y[i] == want || y[i] != y[i] && want != want, "%v is not %v at %d", y[i], want, i)
		}
		check(t)
		clear(dx)
		MaxPoolSpreadBlocked(&blocked, dx, dy, places)
		require.Equal(t, wantDX, checkDX(t))
	}
}

// Global averages are taken in float64 where the plane is large.
func TestAvgPoolBlockedGlobal(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		const n, c, h, w = 2, 17, 61, 67
		p := Pool{Planes: n * c, H: h, W: w, OH: 1, OW: 1, KH: 1, KW: 1}
		plainX, x, _ := blockedTensor(n, c, h, w, 1)
		want := make([]float64, n*c)
		AdaptiveAvgPool(&p, want, kerneltest.Widened(plainX))
		y, check := blockedResult(n, c, 1, 2)
		p.Planes = n * Blocks(c)
		AvgPoolBlocked(&p, y, x, true)
		kerneltest.Near(t, want, check(t), 1e-7)
	})
}
