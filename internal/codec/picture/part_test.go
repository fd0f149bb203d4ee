// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPart: a part has the bytes that the whole has there.
func TestPart(t *testing.T) {
	defer UseGoForJPEG(UseGoForJPEG(true))
	const w, h = 75, 50
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, color.NRGBA{uint8(i), uint8(i / 7), uint8(i % w * 3), 255})
	}
	var j, p bytes.Buffer
	require.NoError(t, jpeg.Encode(&j, m, nil))
	require.NoError(t, png.Encode(&p, m))
	all, part := image.Rect(0, 0, w, h), image.Rect(19, 7, 60, 33)
	for name, c := range map[string]struct {
		data       []byte
		goes, want image.Rectangle
	}{
		"jpeg":          {j.Bytes(), part, part},
		"jpeg, most":    {j.Bytes(), image.Rect(1, 1, w, h), all},
		"png, no parts": {p.Bytes(), part, all},
	} {
		o, err := Open(c.data, Limit{})
		require.NoError(t, err)
		require.Equal(t, c.want, o.Part(c.goes), name)
		whole := make([]uint8, 3*w*h)
		require.NoError(t, o.Decode(whole, all))
		got := make([]uint8, 3*c.want.Dx()*c.want.Dy())
		require.NoError(t, o.Decode(got, c.want))
		for y := range c.want.Dy() {
			row := whole[3*((c.want.Min.Y+y)*w+c.want.Min.X):][:3*c.want.Dx()]
			require.Equal(t, row, got[3*y*c.want.Dx():][:len(row)], name)
		}
	}
	o, err := Open(j.Bytes(), Limit{})
	require.NoError(t, err)
	UseGoForJPEG(false)
	want := all // the library is faster with it
	if goPart() {
		want = part
	}
	assert.Equal(t, want, o.Part(part))
	_, err = Open(j.Bytes(), Limit{Pixels: 100})
	var limit *LimitError
	require.ErrorAs(t, err, &limit)
	_, err = Open([]byte("?"), Limit{})
	require.ErrorIs(t, err, ErrFormat)
}
