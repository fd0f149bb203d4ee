// SPDX-License-Identifier: MIT

package jpeg

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

const guard = 0xa5

// guarded has n bytes with some before and behind that must stay.
func guarded(n int) (all, middle []uint8) {
	all = bytes.Repeat([]uint8{guard}, n+128)
	return all, all[64 : 64+n : 64+n]
}

func requireGuards(t *testing.T, all []uint8) {
	t.Helper()
	for i := range 64 {
		require.EqualValues(t, guard, all[i])
		require.EqualValues(t, guard, all[len(all)-1-i])
	}
}

// TestInverseDCT compares with the Go code for all coefficients, of which the largest
// overflow 32 bits.
func TestInverseDCT(t *testing.T) {
	kerneltest.Each(t, &family, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for round := range 3000 {
			var block [64]int16
			last := 1 + r.IntN(63)
			for k := range last + 1 {
				if r.IntN(3) > 0 {
					block[zigzag[k]] = int16(r.IntN(1<<16)) >> (round % 16)
				}
			}
			for last > 0 && block[zigzag[last]] == 0 {
				last--
			}
			const stride = 24
			all, got := guarded(7*stride + 8)
			want := bytes.Clone(got)
			inverseDCT(got, stride, &block, last)
			requireGuards(t, all)
			full(want, stride, &block)
			require.Equal(t, want, got, "%v", block)
		}
	})
}

// TestSmallInverseDCT expects of the shortcuts what the whole transform gives.
func TestSmallInverseDCT(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for round := range 2000 {
		var block [64]int16
		last := r.IntN(10)
		for k := range last + 1 {
			block[zigzag[k]] = int16(r.IntN(1<<16)) >> (round % 16)
		}
		var want, got [64]uint8
		full(want[:], 8, &block)
		small(got[:], 8, &block)
		require.Equal(t, want, got, "%v", block)
		block = [64]int16{block[0]}
		full(want[:], 8, &block)
		flat(got[:], 8, block[0])
		require.Equal(t, want, got, "%v", block[0])
	}
}

// TestColors tries all values of chroma.
func TestColors(t *testing.T) {
	kerneltest.Each(t, &family, func(t *testing.T) {
		var y, cb, cr [256]uint8
		for _, luma := range []uint8{0, 1, 15, 100, 127, 128, 200, 240, 254, 255} {
			for b := range 256 {
				for i := range 256 {
					y[i], cb[i], cr[i] = luma, uint8(b), uint8(i)
				}
				var got [3 * 256]uint8
				yccRow(got[:], y[:], cb[:], cr[:])
				for i := range 256 {
					l, b, r := float64(luma), float64(b)-128, float64(i)-128
					for c, want := range []float64{l + 1.402*r, l - 0.34414*b - 0.71414*r, l + 1.772*b} {
						if d := min(max(want, 0), 255) - float64(got[3*i+c]); d > 0.51 || d < -0.51 {
							t.Fatalf("y %d, cb %v, cr %v: want %v, got %d", luma, b, r, want, got[3*i+c])
						}
					}
				}
			}
		}
	})
}

// TestRowSizes compares rows of all lengths with the Go code.
func TestRowSizes(t *testing.T) {
	kerneltest.Each(t, &family, func(t *testing.T) {
		r := rand.New(rand.NewPCG(7, 8))
		for n := 3; n < 90; n++ {
			rows := [3][]uint8{}
			for i := range rows {
				rows[i] = make([]uint8, n)
				for j := range rows[i] {
					rows[i][j] = uint8(r.IntN(256))
				}
			}
			a := r.IntN(n)
			b := a + 1 + r.IntN(n-a)
			for name, f := range map[string]func(out []uint8){
				"fancyH":  func(out []uint8) { fancyH(out, rows[0], a, b) },
				"fancyHV": func(out []uint8) { fancyHV(out, rows[0], rows[1], a, b) },
				"ycc":     func(out []uint8) { yccRow(out[:3*n], rows[0], rows[1], rows[2]) },
			} {
				all, got := guarded(3 * n)
				f(got)
				requireGuards(t, all)
				want := bytes.Repeat([]uint8{guard}, 3*n)
				restore, err := family.Use("generic")
				require.NoError(t, err)
				f(want)
				restore()
				require.Equal(t, want, got, "%s of %d, %d to %d", name, n, a, b)
			}
		}
	})
}
