// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
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
	return writeRGB(dst, m, w, h)
}
