// SPDX-License-Identifier: MIT

package picture

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// bmpFields is a BMP whose pixels are words of 16 or 32 bits with a field for each colour.
// golang.org/x/image/bmp does not read them.
type bmpFields struct {
	width, height int
	topDown       bool
	size          int       // bytes of a pixel
	masks         [3]uint32 // red, green, blue
	rows          []byte    // bytes of the pixels, and what follows
}

const (
	bmpHeader      = 14 // bytes before the second header
	bmpRaw         = 0
	bmpBitFields   = 3
	bmpAlphaFields = 6
)

// readBMPFields reports false if the file is of another kind.
func readBMPFields(data []byte) (f bmpFields, ok bool, err error) {
	le := binary.LittleEndian
	if len(data) < bmpHeader+40 {
		return f, false, nil
	}
	size, depth, compression := le.Uint32(data[14:]), le.Uint16(data[28:]), le.Uint32(data[30:])
	fields := compression == bmpBitFields || compression == bmpAlphaFields
	switch {
	case size < 40, depth != 16 && depth != 32, !fields && (compression != bmpRaw || depth != 16):
		return f, false, nil
	}
	height := int32(le.Uint32(data[22:]))
	f.width, f.height, f.topDown = int(int32(le.Uint32(data[18:]))), int(height), height < 0
	if f.topDown {
		f.height = -int(height)
	}
	f.size = int(depth) / 8
	f.masks = [3]uint32{0x1f << 10, 0x1f << 5, 0x1f}
	if fields {
		// Behind the header of 40 bytes, or in a longer one.
		if len(data) < bmpHeader+52 {
			return f, true, errTruncated
		}
		for i := range f.masks {
			m := le.Uint32(data[bmpHeader+40+4*i:])
			if f.masks[i] = m; m == 0 || bits.OnesCount32(m) != bits.Len32(m)-bits.TrailingZeros32(m) || bits.OnesCount32(m) > 8 || bits.Len32(m) > int(depth) {
				return f, true, fmt.Errorf("a field of colour has the mask %08x; want 1 to 8 bits, side by side, of %d", m, depth)
			}
		}
	}
	at := le.Uint32(data[10:])
	if int64(at) > int64(len(data)) {
		return f, true, errTruncated
	}
	f.rows = data[at:]
	return f, true, nil
}

func (f *bmpFields) decode(dst []uint8) error {
	stride := (f.width*f.size + 3) &^ 3
	if len(f.rows) < stride*(f.height-1)+f.width*f.size {
		return fmt.Errorf("%w: %d bytes of pixels; want %d", errTruncated, len(f.rows), stride*f.height)
	}
	var shift [3]int
	var largest [3]uint32
	for c, m := range f.masks {
		shift[c] = bits.TrailingZeros32(m)
		largest[c] = m >> shift[c]
	}
	for y := range f.height {
		row := f.rows[stride*y:]
		out := dst[3*f.width*y:]
		if !f.topDown {
			out = dst[3*f.width*(f.height-1-y):]
		}
		for x := range f.width {
			var v uint32
			if f.size == 2 {
				v = uint32(binary.LittleEndian.Uint16(row[2*x:]))
			} else {
				v = binary.LittleEndian.Uint32(row[4*x:])
			}
			for c, m := range f.masks {
				out[3*x+c] = uint8(v & m >> shift[c] * 255 / largest[c])
			}
		}
	}
	return nil
}
