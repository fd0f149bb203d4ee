// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
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
	if m, ok := m.(*image.NRGBA64); ok && data[depth] == 16 && data[colorType] == 0 {
		// Grey with one transparent value. Pillow clips it like other grey of 16 bits.
		for i := range w * h {
			grey(dst, i, clip16(m.Pix[8*i:]))
		}
		return nil
	}
	return writeRGB(dst, m, w, h)
}
