// SPDX-License-Identifier: MIT

package transforms

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plain is what an Image should be: pixels without views.
type plain struct {
	c, h, w int
	at      func(c, y, x int) uint8
}

func (p plain) bytes() []uint8 {
	var out []uint8
	for c := range p.c {
		for y := range p.h {
			for x := range p.w {
				out = append(out, p.at(c, y, x))
			}
		}
	}
	return out
}

// noise fills img with random pixels and returns what they are.
func noise(img *Image, r *rand.Rand, w, h, channels int) plain {
	pix := img.Reset(w, h, channels)
	for i := range pix {
		pix[i] = uint8(r.Uint32())
	}
	kept := append([]uint8(nil), pix...)
	return plain{channels, h, w, func(c, y, x int) uint8 { return kept[(y*w+x)*channels+c] }}
}

// TestViews does crops, flips and paddings in random order and compares with doing each
// on whole pictures.
func TestViews(t *testing.T) {
	var img Image
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		want := noise(&img, r, 1+r.IntN(9), 1+r.IntN(9), 1+r.IntN(4))
		for range 1 + r.IntN(6) {
			old := want
			switch r.IntN(5) {
			case 0:
				img.flipHorizontal()
				want.at = func(c, y, x int) uint8 { return old.at(c, y, old.w-1-x) }
			case 1:
				img.flipVertical()
				want.at = func(c, y, x int) uint8 { return old.at(c, old.h-1-y, x) }
			case 2:
				box := rect{r.IntN(old.w), r.IntN(old.h), 0, 0}
				box.w, box.h = 1+r.IntN(old.w-box.x), 1+r.IntN(old.h-box.y)
				img.crop(box)
				want.w, want.h = box.w, box.h
				want.at = func(c, y, x int) uint8 { return old.at(c, y+box.y, x+box.x) }
			case 3:
				left, top, right, bottom := r.IntN(4), r.IntN(4), r.IntN(4), r.IntN(4)
				v := uint8(r.IntN(3))
				fill := [maxChannels]uint8{v, v + 1, v + 2, v + 3}
				img.surround(left, top, right, bottom, fill)
				want.w, want.h = old.w+left+right, old.h+top+bottom
				want.at = func(c, y, x int) uint8 {
					if x -= left; x < 0 || x >= old.w {
						return fill[c]
					}
					if y -= top; y < 0 || y >= old.h {
						return fill[c]
					}
					return old.at(c, y, x)
				}
			case 4:
				img.flatten()
			}
		}
		c, h, w := img.Shape()
		require.Equal(t, [3]int{want.c, want.h, want.w}, [3]int{c, h, w})
		bytes := want.bytes()
		got := make([]uint8, len(bytes))
		require.NoError(t, img.CopyBytes(got))
		require.Equal(t, bytes, got)

	}
}

func TestCopyToMatchesArithmetic(t *testing.T) {
	var img Image
	r := rand.New(rand.NewPCG(3, 4))
	mean, std := [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}
	want := noise(&img, r, 7, 5, 3).bytes()
	require.ErrorContains(t, img.CopyTo(make([]float32, 105)), "ToTensor")
	require.NoError(t, ToTensor().Apply(&img, r))
	assert.True(t, img.IsFloat())
	require.NoError(t, Normalize(mean, std).Apply(&img, r))
	got := make([]float32, 105)
	require.ErrorContains(t, img.CopyTo(got[1:]), "needs memory for 105 floats, got 104")
	require.NoError(t, img.CopyTo(got))
	for i, v := range want {
		assert.Equal(t, (float32(v)/255-mean[i/35])/std[i/35], got[i])
	}
	require.ErrorContains(t, img.CopyBytes(want), "float pixels")
}
