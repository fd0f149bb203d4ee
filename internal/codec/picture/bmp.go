// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"

	"golang.org/x/image/bmp"
)

func bmpSize(data []byte) (w, h int, err error) {
	c, err := bmp.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodeBMP(dst []uint8, data []byte, w, h int) (err error) {
	defer guard(&err)
	m, err := bmp.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return writeRGB(dst, m, w, h)
}
