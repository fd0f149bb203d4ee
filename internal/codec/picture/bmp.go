// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"

	"golang.org/x/image/bmp"
)

func bmpSize(data []byte) (w, h int, err error) {
	if f, ok, err := readBMPFields(data); ok {
		return f.width, f.height, err
	}
	c, err := bmp.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodeBMP(dst []uint8, data []byte, w, h int) (err error) {
	defer guard(&err)
	if f, ok, err := readBMPFields(data); ok {
		if err != nil {
			return err
		}
		return f.decode(dst)
	}
	m, err := bmp.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return writeRGB(dst, m, w, h)
}
