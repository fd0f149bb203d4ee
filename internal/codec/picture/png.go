// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
)

func pngSize(data []byte) (w, h int, err error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodePNG(dst []uint8, data []byte, w, h int) (err error) {
	defer guard(&err)
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	const depth, colorType = 24, 25 // where the header has them
	switch m := m.(type) {
	case *image.NRGBA64:
		if data[depth] == 16 && data[colorType] == 0 {
			// Grey with one transparent value. Pillow clips it like other grey of 16 bits.
			for i := range w * h {
				grey(dst, i, clip16(m.Pix[8*i:]))
			}
			return nil
		}
	case *image.Paletted:
		m.Palette = m.Palette[:min(len(m.Palette), paletteLen(data))]
	}
	return writeRGB(dst, m, w, h)
}

// paletteLen is the number of colours in the file. image/png appends black ones when
// pixels want more; see paletteColor.
func paletteLen(data []byte) int {
	const signature, header = 8, 8
	for rest := data[signature:]; len(rest) >= header; {
		n := int(binary.BigEndian.Uint32(rest))
		if string(rest[4:8]) == "PLTE" {
			return n / 3
		}
		if n < 0 || n > len(rest)-header-4 {
			break
		}
		rest = rest[header+n+4:]
	}
	return 0
}
