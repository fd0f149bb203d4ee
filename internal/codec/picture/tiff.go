// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"

	"golang.org/x/image/tiff"
)

func tiffSize(data []byte) (w, h int, err error) {
	c, err := tiff.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodeTIFF(dst []uint8, data []byte, w, h int) (err error) {
	defer guard(&err)
	m, err := tiff.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return writeRGB(dst, m, w, h)
}
