// SPDX-License-Identifier: MIT

package picture

import "github.com/stheno-go/stheno/internal/codec/jpeg"

func jpegSize(data []byte) (w, h int, err error) {
	header, err := jpeg.ReadHeader(data)
	return header.Width, header.Height, err
}

func decodeJPEG(dst []uint8, data []byte, w, h int) error {
	return jpeg.Decode(dst, data)
}
