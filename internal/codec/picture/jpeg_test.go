// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/turbojpeg"
)

// backends runs f with each JPEG decoder of this machine.
func backends(t *testing.T, f func(t *testing.T)) {
	defer UseGoForJPEG(UseGoForJPEG(false))
	for _, goOnly := range []bool{false, true} {
		UseGoForJPEG(goOnly)
		if !goOnly && turbojpeg.Library() == "" {
			continue
		}
		t.Run(JPEGBackend(), f)
	}
}

func TestJPEGBackend(t *testing.T) {
	defer UseGoForJPEG(UseGoForJPEG(true))
	require.Equal(t, "go", JPEGBackend())
	UseGoForJPEG(false)
	if name := turbojpeg.Library(); name != "" {
		require.Equal(t, name, JPEGBackend())
	}
}

// TestBackendsAgree takes a picture that is large enough for the library.
func TestBackendsAgree(t *testing.T) {
	data := photo(t, 203, 151)
	var all [][]uint8
	backends(t, func(t *testing.T) {
		rgb, w, h, err := decode(data, Limit{})
		require.NoError(t, err)
		require.Equal(t, []int{203, 151}, []int{w, h})
		all = append(all, rgb)
	})
	for _, rgb := range all[1:] {
		requirePixels(t, all[0], rgb, 203)
	}
}

func TestTruncatedJPEG(t *testing.T) {
	backends(t, func(t *testing.T) {
		for _, f := range fixtures(t, "jpeg") {
			_, _, _, err := decode(f.data[:len(f.data)-20], Limit{})
			require.ErrorContains(t, err, "picture: jpeg: image file is truncated", f.name)
		}
	})
}

// photo is a JPEG of quality 90 and 4:2:0 with about as many coefficients as a photograph.
func photo(b testing.TB, w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(3, 4))
	for y := range h {
		for x := range w {
			v := 90 + 60*((x/23+y/17)%2) + r.IntN(5) + x*40/w
			m.SetRGBA(x, y, color.RGBA{uint8(v), uint8(v - 20 + y*30/h), uint8(v / 2), 255})
		}
	}
	var f bytes.Buffer
	require.NoError(b, jpeg.Encode(&f, m, &jpeg.Options{Quality: 90}))
	return f.Bytes()
}

func BenchmarkJPEG(b *testing.B) {
	defer UseGoForJPEG(UseGoForJPEG(false))
	for _, s := range [][2]int{{32, 32}, {500, 375}} {
		data, dst := photo(b, s[0], s[1]), make([]uint8, 3*s[0]*s[1])
		size := fmt.Sprintf("%dx%d", s[0], s[1])
		for _, goOnly := range []bool{false, true} {
			UseGoForJPEG(goOnly)
			b.Run(size+"/"+JPEGBackend(), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := Decode(data, func(int, int) []uint8 { return dst }, Limit{}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "img/s")
			})
		}
		b.Run(size+"/image-jpeg", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "img/s")
		})
	}
}
