// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bombs are small files that say they are of 60000x60000 pixels, or as large as their
// format can say.
func bombs(t *testing.T) map[string][]byte {
	load := func(name string) []byte {
		data, err := os.ReadFile("testdata/" + name)
		require.NoError(t, err)
		return data
	}
	const side = 60000
	be, le := binary.BigEndian, binary.LittleEndian
	m := map[string][]byte{"pnm": []byte("P6 60000 60000 255\n\x00\x00\x00")}

	for name, sof := range map[string]byte{"jpeg_420.jpeg": 0xc0, "jpeg_420_progressive.jpeg": 0xc2} {
		data := load(name)
		at := bytes.Index(data, []byte{0xff, sof})
		be.PutUint16(data[at+5:], side)
		be.PutUint16(data[at+7:], side)
		m[name] = data
	}
	for _, name := range []string{"png_rgb8.png", "png_grey1.png", "png_palette8_interlaced.png"} {
		data := load(name)
		be.PutUint32(data[16:], side)
		be.PutUint32(data[20:], side)
		be.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
		m[name] = data
	}
	data := load("gif_palette.gif")
	le.PutUint16(data[6:], side)
	le.PutUint16(data[8:], side)
	m["gif screen"] = data

	data = load("gif_palette.gif")
	frame := bytes.IndexByte(data[13+3<<(data[10]&7+1):], ',') + 13 + 3<<(data[10]&7+1)
	le.PutUint16(data[frame+5:], side)
	le.PutUint16(data[frame+7:], side)
	m["gif frame"] = data

	data = load("bmp_rgb.bmp")
	le.PutUint32(data[18:], side)
	le.PutUint32(data[22:], side)
	m["bmp"] = data

	data = load("tiff_rgb_deflate.tiff")
	at := int(le.Uint32(data[4:])) + 2
	for range 2 { // the first tags are width and height
		for le.Uint16(data[at:]) != 256 && le.Uint16(data[at:]) != 257 {
			at += 12
		}
		le.PutUint16(data[at+2:], 4)
		le.PutUint32(data[at+8:], side)
		at += 12
	}
	m["tiff"] = data

	data = load("webp_16x16.webp")
	le.PutUint16(data[26:], 0x3fff)
	le.PutUint16(data[28:], 0x3fff)
	m["webp"] = data
	return m
}

func TestBombsAreErrorsBeforeMemoryIsTaken(t *testing.T) {
	for name, data := range bombs(t) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := Decode(data, func(w, h int) []uint8 {
				t.Errorf("asked for %d x %d pixels", w, h)
				return nil
			}, Limit{})
			runtime.ReadMemStats(&after)
			var limit *LimitError
			require.ErrorAs(t, err, &limit)
			assert.ErrorContains(t, err, "more than the limit of 178956970; it could be a decompression bomb")
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
		})
	}
}

func TestLimits(t *testing.T) {
	f := fixtures(t, "png_rgb8.png")[0] // 13x11
	_, _, _, err := decode(f.data, Limit{Pixels: 142})
	assert.EqualError(t, err, "picture: png: the picture is 13x11 = 143 pixels, more than the limit of 142; it could be a decompression bomb")
	_, _, _, err = decode(f.data, Limit{Side: 12})
	assert.EqualError(t, err, "picture: png: the picture is 13x11, a side is longer than the limit of 12 pixels")
	_, _, _, err = decode(f.data, Limit{Pixels: 143, Side: 13})
	assert.NoError(t, err)
	_, _, err = Decode(f.data, func(int, int) []uint8 { return make([]uint8, 3) }, Limit{})
	assert.EqualError(t, err, "picture: alloc(13, 11) returned 3 bytes; want 429")
	_, _, _, err = decode([]byte("%PDF-1.7 and more"), Limit{})
	assert.ErrorIs(t, err, ErrFormat)
	assert.ErrorContains(t, err, `17 bytes that begin with "%PDF-1.7 and"; want JPEG, PNG, GIF, BMP, TIFF, WebP, PBM, PGM or PPM`)
}

// TestCutFiles expects an error, not a panic and not a picture, of the first half of every
// file, and nothing worse of other beginnings.
func TestCutFiles(t *testing.T) {
	for _, f := range fixtures(t, "") {
		for _, n := range []int{0, 1, 8, 12, 30, len(f.data) / 3, len(f.data) / 2} {
			_, _, _, err := decode(f.data[:min(n, len(f.data)/2)], Limit{})
			assert.Error(t, err, "%s cut at %d", f.name, n)
		}
	}
}

// FuzzDecode expects no panic, little memory, and the same from the same bytes.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*_*.*")
	require.NoError(f, err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	for _, o := range odd(f) {
		f.Add(o.data)
	}
	limit := Limit{Pixels: 1 << 16, Side: 1 << 12}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, h, _, sizeErr := Size(data)
		got, gw, gh, err := decode(data, limit)
		if sizeErr != nil {
			require.Error(t, err)
			return
		}
		if err != nil {
			return
		}
		require.Equal(t, []int{w, h}, []int{gw, gh})
		require.LessOrEqual(t, w*h, limit.Pixels)
		again := bytes.Repeat([]byte{0xa5}, len(got)) // memory of a picture before
		_, _, err = Decode(data, func(int, int) []uint8 { return again }, limit)
		require.NoError(t, err)
		require.True(t, bytes.Equal(got, again))
	})
}
