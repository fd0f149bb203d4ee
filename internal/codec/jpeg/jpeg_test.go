// SPDX-License-Identifier: MIT

package jpeg

import (
	"bytes"
	"image"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

// The pixels are compared with Pillow's in internal/codec/picture, which has the files.
const testdata = "../picture/testdata/"

func files(t testing.TB) map[string][]byte {
	names, err := filepath.Glob(testdata + "*.jpeg")
	require.NoError(t, err)
	require.Greater(t, len(names), 30)
	m := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		m[filepath.Base(name)] = data
	}
	return m
}

func decodeAll(t testing.TB, data []byte) ([]uint8, Header) {
	h, err := ReadHeader(data)
	require.NoError(t, err)
	dst := make([]uint8, 3*h.Width*h.Height)
	require.NoError(t, Decode(dst, data))
	return dst, h
}

func TestRegionIsThatOfTheWhole(t *testing.T) { kerneltest.Each(t, &family, testRegion) }

func testRegion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, data := range files(t) {
		t.Run(name, func(t *testing.T) {
			whole, h := decodeAll(t, data)
			for range 40 {
				x, y := r.IntN(h.Width), r.IntN(h.Height)
				part := image.Rect(x, y, x+1+r.IntN(h.Width-x), y+1+r.IntN(h.Height-y))
				got := make([]uint8, 3*part.Dx()*part.Dy())
				require.NoError(t, DecodeRegion(got, data, part))
				var want []uint8
				for y := part.Min.Y; y < part.Max.Y; y++ {
					want = append(want, whole[3*(h.Width*y+part.Min.X):3*(h.Width*y+part.Max.X)]...)
				}
				require.Equal(t, want, got, "%v", part)
			}
		})
	}
}

func TestTruncatedIsAnError(t *testing.T) {
	for name, data := range files(t) {
		h, err := ReadHeader(data)
		require.NoError(t, err)
		dst := make([]uint8, 3*h.Width*h.Height)
		for n := range data {
			err := Decode(dst, data[:n])
			if n >= len(data)-2 && err == nil && !h.Progressive {
				continue // without the end marker some are whole; TestOdd in internal/codec/picture knows which
			}
			require.Error(t, err, "%s cut at %d", name, n)
			if n > 1 {
				require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s cut at %d", name, n)
			}
		}
	}
}

// TestEarlyEnd expects what libjpeg makes of a file with an end marker but too few
// coefficients: grey.
func TestEarlyEnd(t *testing.T) {
	data := files(t)["jpeg_444.jpeg"]
	whole, h := decodeAll(t, data)
	scan := bytes.LastIndex(data, []byte{0xff, sos}) + 14
	cut := append(bytes.Clone(data[:(scan+len(data))/2]), 0xff, eoi)
	got, _ := decodeAll(t, cut)
	assert.Equal(t, whole[:3*h.Width*8], got[:3*h.Width*8])
	assert.Equal(t, []uint8{128, 128, 128}, got[len(got)-3:])
}

func TestLostRestartMarker(t *testing.T) {
	data := files(t)["jpeg_restart.jpeg"]
	whole, _ := decodeAll(t, data)
	at := bytes.Index(data, []byte{0xff, rst0})
	require.Positive(t, at)
	got, _ := decodeAll(t, append(bytes.Clone(data[:at]), data[at+2:]...))
	assert.NotEqual(t, whole, got)
	assert.Equal(t, whole[len(got)-9:], got[len(got)-9:], "behind the next marker it is as it was")
}

func TestErrors(t *testing.T) {
	data := files(t)["jpeg_420.jpeg"]
	frame := bytes.Index(data, []byte{0xff, sof0})
	edit := func(at int, b ...byte) []byte {
		c := bytes.Clone(data)
		copy(c[at:], b)
		return c
	}
	table := bytes.Index(data, []byte{0xff, dht})
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"empty", "not a JPEG file", nil},
		{"other", "not a JPEG file", []byte("GIF89a")},
		{"no frame", "no picture before the end", []byte{0xff, soi, 0xff, eoi}},
		{"no height", "the picture is 37x0", edit(frame+5, 0, 0)},
		{"12 bits", "samples have 12 bits; want 8", edit(frame+4, 12)},
		{"lossless", "frame type c3 is not implemented; want baseline, extended or progressive", edit(frame+1, 0xc3)},
		{"arithmetic", "arithmetic coding is not implemented", edit(frame+1, 0xc9)},
		{"two components", "2 components; want 1, 3 or 4", edit(frame+9, 2)},
		{"sampling", "sampling factors 5x1; want 1 to 4", edit(frame+11, 0x51)},
		{"fraction", "sampling factors 2x1 beside 3x2: fractional sampling is not implemented", edit(frame+11, 0x32, 0, 2, 0x21)},
		{"quantization", "quantization table 3 was not defined", edit(frame+12, 3)},
		{"codes", "a Huffman table was not defined, or is no prefix code", edit(table+5, 3, 1, 2)},
		{"table number", "Huffman table 27; want 00 to 03 or 10 to 13", edit(table+4, 0x27)},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Decode(make([]uint8, 3*37*29), c.data)
			require.EqualError(t, err, c.want)
		})
	}
	require.EqualError(t, Decode(make([]uint8, 5), data), "5 bytes to write to; want 3219")
	require.EqualError(t, DecodeRegion(nil, data, image.Rect(0, 0, 38, 2)), "region (0,0)-(38,2) is not within the picture of 37x29")
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	for name, data := range files(t) {
		h, err := ReadHeader(data)
		require.NoError(t, err)
		dst := make([]uint8, 3*h.Width*h.Height)
		n := testing.AllocsPerRun(50, func() {
			if err := Decode(dst, data); err != nil {
				t.Fatal(err)
			}
		})
		assert.LessOrEqual(t, n, 1.0, name) // the pool may be emptied in between
	}
}

// FuzzDecode expects no panic, and regions that are those of the whole.
func FuzzDecode(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data, uint8(3), uint8(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, x, y uint8) {
		h, err := ReadHeader(data)
		if err != nil || h.Width*h.Height > 1<<16 {
			return
		}
		whole := make([]uint8, 3*h.Width*h.Height)
		err = Decode(whole, data)
		r := image.Rect(int(x), int(y), int(x)+9, int(y)+5).Intersect(image.Rect(0, 0, h.Width, h.Height))
		if r.Empty() {
			return
		}
		part := make([]uint8, 3*r.Dx()*r.Dy())
		partErr := DecodeRegion(part, data, r)
		require.Equal(t, err == nil, partErr == nil)
		for y := range r.Dy() {
			if err == nil {
				at := 3 * (h.Width*(r.Min.Y+y) + r.Min.X)
				require.Equal(t, whole[at:at+3*r.Dx()], part[3*r.Dx()*y:][:3*r.Dx()])
			}
		}
	})
}
