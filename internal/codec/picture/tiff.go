// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/tiff"
)

// tiffTags are the tags of the first picture that golang.org/x/image/tiff does not tell.
type tiffTags struct{ compression, photometric, orientation uint16 }

func readTIFFTags(data []byte) (t tiffTags) {
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	if len(data) < 8 {
		return t
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return t
	}
	count, entries := int(order.Uint16(data[at:])), data[at+2:]
	for ; count > 0 && len(entries) >= 12; count, entries = count-1, entries[12:] {
		value := order.Uint16(entries[8:])
		switch order.Uint16(entries) {
		case 259:
			t.compression = value
		case 262:
			t.photometric = value
		case 274:
			t.orientation = value
		}
	}
	return t
}

// fax says that the file has black and white as a fax has them, where photometric tells
// which of the two is printed. golang.org/x/image/tiff ignores it.
func (t tiffTags) fax() bool { return t.compression >= 2 && t.compression <= 4 }

// turned says that rows become columns.
func (t tiffTags) turned() bool { return t.orientation >= 5 && t.orientation <= 8 }

func tiffSize(data []byte) (w, h int, err error) {
	defer guard(&err)
	c, err := tiff.DecodeConfig(bytes.NewReader(data))
	if readTIFFTags(data).turned() {
		return c.Height, c.Width, err
	}
	return c.Width, c.Height, err
}

// decodeTIFF follows the orientation tag, as Pillow does for TIFF alone.
func decodeTIFF(dst []uint8, data []byte, w, h int) (err error) {
	defer guard(&err)
	m, err := tiff.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	tags := readTIFFTags(data)
	if g, ok := m.(*image.Gray); ok && tags.fax() && tags.photometric == 1 {
		for i := range g.Pix {
			g.Pix[i] = ^g.Pix[i]
		}
	}
	if tags.orientation < 2 || tags.orientation > 8 {
		return writeRGB(dst, m, w, h)
	}
	sw, sh := w, h
	if tags.turned() {
		sw, sh = h, w
	}
	src := make([]uint8, len(dst))
	if err := writeRGB(src, m, sw, sh); err != nil {
		return err
	}
	for y := range h {
		for x := range w {
			sx, sy := x, y
			switch tags.orientation {
			case 2:
				sx = sw - 1 - x
			case 3:
				sx, sy = sw-1-x, sh-1-y
			case 4:
				sy = sh - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, sh-1-x
			case 7:
				sx, sy = sw-1-y, sh-1-x
			case 8:
				sx, sy = sw-1-y, x
			}
			copy(dst[3*(y*w+x):][:3], src[3*(sy*sw+sx):])
		}
	}
	return nil
}
