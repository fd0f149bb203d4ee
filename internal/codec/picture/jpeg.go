// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"image"
	"image/jpeg"
)

func jpegSize(data []byte) (w, h int, err error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodeJPEG(dst []uint8, data []byte, w, h int) error {
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	rgba := image.NewNRGBA(m.Bounds())
	for y := range h {
		for x := range w {
			rgba.Set(x, y, m.At(x, y))
		}
	}
	return writeRGB(dst, rgba, w, h)
}
