// SPDX-License-Identifier: MIT

package resample

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

func noise(r *rand.Rand, pix []uint8) {
	for i := range pix {
		switch v := r.Uint32(); v >> 8 % 4 {
		case 0:
			pix[i] = 0
		case 1:
			pix[i] = 255
		default:
			pix[i] = uint8(v)
		}
	}
}

// picture is an image as a function.
type picture func(y, x, c int) uint8

// stored computes all pixels once.
func stored(w, h, n int, p picture) ([]uint8, picture) {
	all := make([]uint8, w*h*n)
	for i := range all {
		all[i] = p(i/n/w, i/n%w, i%n)
	}
	return all, func(y, x, c int) uint8 { return all[(y*w+x)*n+c] }
}

// direct is the definition: both passes with nothing but the weights.
func direct(src Source, w, h int, f Filter) []uint8 {
	var columns, rows axis
	columns.set(src.Width, w, f)
	rows.set(src.Height, h, f)
	sum := func(k []int32, at func(i int) uint8) uint8 {
		total := int64(half)
		for i, k := range k {
			total += int64(k) * int64(at(i))
		}
		return uint8(min(max(total>>precision, 0), 255))
	}
	wide := func(p picture) picture {
		return func(y, x, c int) uint8 {
			return sum(columns.weights(x), func(i int) uint8 { return p(y, int(columns.first[x])+i, c) })
		}
	}
	high := func(p picture) picture {
		return func(y, x, c int) uint8 {
			return sum(rows.weights(y), func(i int) uint8 { return p(int(rows.first[y])+i, x, c) })
		}
	}
	n := src.Channels
	p := picture(func(y, x, c int) uint8 { return src.Pix[src.Origin+y*src.Stride+x*n+c] })
	if src.Height > h && src.Height-h > 2*(src.Width-w) {
		_, p = stored(src.Width, h, n, high(p))
		p = wide(p)
	} else {
		_, p = stored(w, src.Height, n, wide(p))
		p = high(p)
	}
	all, _ := stored(w, h, n, p)
	return all
}

func TestImplementations(t *testing.T) {
	kerneltest.Each(t, &Sets, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		var one Resizer // its memory is used again, with what the size before left
		for i := range 400 {
			size := func() int { return 1 + r.IntN([]int{4, 12, 50, 120}[r.IntN(4)]) }
			src := Source{Width: size(), Height: size(), Channels: []int{3, 3, 3, 1, 2, 4}[r.IntN(6)]}
			w, h := size(), size()
			f := []Filter{Bilinear, Bicubic}[i%2]
			margin := r.IntN(3) * 5
			src.Stride = src.Width*src.Channels + margin
			pix, _ := kerneltest.Guarded[uint8](src.Stride*src.Height-margin, r.IntN(20))
			noise(r, pix)
			if r.IntN(2) == 0 { // room for vectors behind the last row
				pix = append(make([]uint8, 0, len(pix)+200), pix...)
			}
			src.Pix = pix
			if r.IntN(3) == 0 {
				src.Origin, src.Stride = (src.Height-1)*src.Stride, -src.Stride
			}
			dst, check := kerneltest.Guarded[uint8](w*h*src.Channels, r.IntN(20))
			one.Resize(dst, w, h, src, f)
			check(t)
			require.Equal(t, direct(src, w, h, f), dst, "%dx%dx%d to %dx%d, filter %d", src.Width, src.Height, src.Channels, w, h, f)
		}
	})
}

// TestWeights: whatever the size, the weights of a new pixel are about 1 in sum, within
// the old pixels, and their halves fit what assembly multiplies.
func TestWeights(t *testing.T) {
	var a axis
	for _, f := range []Filter{Bilinear, Bicubic} {
		for in := 1; in < 70; in++ {
			for out := 1; out < 70; out++ {
				a.set(in, out, f)
				for i := range out {
					sum := int32(0)
					for j, k := range a.weights(i) {
						sum += k
						at := i*a.pairs*4 + j/2*4 + j%2
						require.Equal(t, k, int32(a.packed[at])<<lowBits+int32(a.packed[at+2]))
					}
					require.InDelta(t, 1<<precision, sum, 100)
					require.GreaterOrEqual(t, a.first[i], int32(0))
					require.LessOrEqual(t, a.first[i]+a.count[i], int32(in))
				}
			}
		}
	}
}

func TestNearestIsTheMiddle(t *testing.T) {
	src := Source{Pix: []uint8{1, 2, 3, 4, 5, 6, 7, 8}, Stride: 4, Width: 4, Height: 2, Channels: 1}
	var r Resizer
	dst := make([]uint8, 2)
	r.Resize(dst, 2, 1, src, Nearest)
	assert.Equal(t, []uint8{6, 8}, dst)
}

func TestAllocations(t *testing.T) {
	pix := make([]uint8, 100*80*3, 100*80*3+64)
	dst := make([]uint8, 50*40*3)
	var r Resizer
	i := 0
	allocs := testing.AllocsPerRun(20, func() {
		i++
		r.Resize(dst, 50, 40, Source{Pix: pix, Stride: 300, Width: 100 - i%2, Height: 80, Channels: 3}, Bilinear)
	})
	assert.Zero(t, allocs)
}

func BenchmarkResize(b *testing.B) {
	for _, size := range [][4]int{{500, 375, 224, 224}, {366, 275, 224, 224}, {150, 120, 224, 224}} {
		w, h := size[0], size[1]
		src := Source{Pix: make([]uint8, w*h*3, w*h*3+64), Stride: w * 3, Width: w, Height: h, Channels: 3}
		noise(rand.New(rand.NewPCG(1, 2)), src.Pix)
		dst := make([]uint8, size[2]*size[3]*3)
		for _, name := range Sets.Names() {
			b.Run(fmt.Sprintf("%dx%d/%s", w, h, name), func(b *testing.B) {
				restore, err := Sets.Use(name)
				require.NoError(b, err)
				defer restore()
				var r Resizer
				for b.Loop() {
					r.columns.in, r.rows.in = 0, 0 // as after another size
					r.Resize(dst, size[2], size[3], src, Bilinear)
				}
			})
		}
	}
}
