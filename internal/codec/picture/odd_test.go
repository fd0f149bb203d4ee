// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// odd returns the files of testdata/gen_odd.py; those that must be refused have no pixels.
func odd(t testing.TB) []fixture {
	b, err := os.ReadFile("testdata/odd.safetensors")
	require.NoError(t, err)
	all, err := safetensors.Decode(b)
	require.NoError(t, err)
	pixels := map[string]safetensors.Tensor{}
	for _, e := range all.Tensors {
		if name, ok := strings.CutPrefix(e.Name, "rgb/"); ok {
			pixels[name] = e
		}
	}
	var list []fixture
	for _, e := range all.Tensors {
		if name, ok := strings.CutPrefix(e.Name, "file/"); ok {
			f := fixture{name: name, data: e.Data}
			if p, ok := pixels[name]; ok {
				f.w, f.h, f.want = p.Shape[1], p.Shape[0], p.Data
			}
			list = append(list, f)
		}
	}
	require.Greater(t, len(list), 250)
	return list
}

// TestOdd expects the pixels that Pillow makes of odd and broken files, or an error where it
// has one, or makes something else of a file than is meant.
func TestOdd(t *testing.T) { backends(t, testOdd) }

func testOdd(t *testing.T) {
	for _, f := range odd(t) {
		t.Run(f.name, func(t *testing.T) {
			got, w, h, err := decode(f.data, Limit{})
			if f.want == nil {
				var broken *DecodeError
				require.ErrorAs(t, err, &broken)
				assert.NotContains(t, err.Error(), "panic")
				return
			}
			require.NoError(t, err)
			require.Equal(t, []int{f.w, f.h}, []int{w, h})
			requirePixels(t, f.want, got, w)
		})
	}
}

// TestDamagedFiles cuts files everywhere and turns bits: an error or a picture comes out,
// and soon.
func TestDamagedFiles(t *testing.T) {
	step := 13
	if testing.Short() {
		step = 101
	}
	limit := Limit{Pixels: 1 << 16, Side: 1 << 12}
	try := func(name string, data []byte, at int) {
		start := time.Now()
		if _, _, _, err := decode(data, limit); err != nil {
			require.NotContains(t, err.Error(), "panic", "%s at %d", name, at)
		}
		require.Less(t, time.Since(start), 5*time.Second, "%s at %d", name, at)
	}
	for i, f := range append(odd(t), fixtures(t, "")...) {
		for n := i % step; n < len(f.data); n += step {
			try(f.name, f.data[:n], n)
			b := bytes.Clone(f.data)
			b[n] ^= 1 << (n / step % 8)
			try(f.name, b, n)
		}
	}
}

func TestMessages(t *testing.T) {
	want := map[string]string{
		"tiff_planar16_1_le":      "picture: tiff: 3 samples of 16 bits, format 1, extra [], photometric 2 are not implemented, and Pillow reads them wrongly",
		"tiff_lab_1":              "picture: tiff: L*a*b* colours are not implemented",
		"tiff_predictor_4_bits":   "picture: tiff: predictor 2 with samples of 4 bits, format 1 is not implemented",
		"tiff_samples_differ":     "picture: tiff: samples of 8 and 16 bits in one pixel",
		"tiff_strips_missing":     "picture: tiff: image file is truncated: 2 strips or tiles; want 6",
		"png_header_checksum":     "picture: png: chunk IHDR has a wrong checksum",
		"png_row_missing":         "picture: png: image file is truncated",
		"png_filter":              "picture: png: filter 7; want 0 to 4",
		"bmp_rle8_early_end":      "picture: bmp: not enough image data",
		"bmp_jpeg_inside":         "picture: bmp: compression 4 is not implemented",
		"bmp_cut_8":               "picture: bmp: image file is truncated: 76 bytes of pixels; want 77",
		"gif_no_rows":             "picture: gif: the frame is 21x0",
		"jpeg_420_no_end":         "picture: jpeg: image file is truncated",
		"webp_animated_cut_3":     "picture: webp: image file is truncated",
		"tiff_ycc_subsampled_raw": "picture: tiff: 3 samples of 8 bits, format 1, extra [], photometric 6 are not implemented, and Pillow reads them wrongly",
	}
	for _, f := range odd(t) {
		if text, ok := want[f.name]; ok {
			_, _, _, err := decode(f.data, Limit{})
			assert.EqualError(t, err, text, f.name)
			delete(want, f.name)
		}
	}
	assert.Empty(t, want)
}
