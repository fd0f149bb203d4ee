// SPDX-License-Identifier: MIT

package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// bmp is the header of a BMP, of Windows or OS/2.
type bmp struct {
	width, height int
	topDown       bool
	depth         int // bits of a pixel
	compression   int
	masks         [4]uint32 // red, green, blue, alpha
	colors        int       // of the palette
	palette       []byte    // RGB
	pixels        int       // where they are
}

// Values of the compression field.
const (
	bmpRaw    = 0
	bmpRLE8   = 1
	bmpRLE4   = 2
	bmpFields = 3
)

func readBMP(data []byte) (b bmp, err error) {
	const file = 14 // bytes before the second header
	if len(data) < file+4 {
		return b, errTruncated
	}
	le := binary.LittleEndian
	size := int(le.Uint32(data[file:]))
	entry := 4 // bytes of a colour in the palette
	switch size {
	case 12, 40, 52, 56, 64, 108, 124:
	default:
		return b, fmt.Errorf("a header of %d bytes; want 12, 40, 52, 56, 64, 108 or 124", size)
	}
	if len(data) < file+size {
		return b, errTruncated
	}
	h, behind := data[file:file+size], file+size
	if size == 12 {
		b.width, b.height, b.depth = le16(h[4:]), le16(h[6:]), le16(h[10:])
		entry = 3
	} else {
		height := le.Uint32(h[8:])
		if b.topDown = height>>24 == 0xff; b.topDown {
			height = -height
		}
		if le.Uint32(h[4:]) > 1<<31-1 || height > 1<<31-1 {
			return b, fmt.Errorf("the picture is %dx%d", le.Uint32(h[4:]), height)
		}
		b.width, b.height, b.depth = int(le.Uint32(h[4:])), int(height), le16(h[14:])
		b.compression, b.colors = int(le.Uint32(h[16:])), int(le.Uint32(h[32:]))
		if b.compression == bmpFields {
			masks := data[file+40:]
			if size == 40 {
				behind += 12
			}
			if len(data) < max(behind, file+52) {
				return b, errTruncated
			}
			for i := range 3 {
				b.masks[i] = le.Uint32(masks[4*i:])
			}
			if size >= 56 {
				b.masks[3] = le.Uint32(masks[12:])
			}
		}
	}
	if b.colors == 0 {
		b.colors = 1 << min(b.depth, 30)
	}
	b.pixels = int(le.Uint32(data[10:]))
	if b.pixels == file+size && b.depth <= 8 {
		b.pixels += entry * b.colors
	}
	if err := b.checkKind(); err != nil || b.depth > 8 {
		if b.pixels == 0 {
			b.pixels = behind
		}
		return b, err
	}
	return b, b.readPalette(data[behind:], behind, entry)
}

func (b *bmp) checkKind() error {
	switch d := b.depth; {
	case d != 1 && d != 4 && d != 8 && d != 16 && d != 24 && d != 32:
		return fmt.Errorf("%d bits a pixel; want 1, 4, 8, 16, 24 or 32", d)
	case b.compression > bmpFields:
		return fmt.Errorf("compression %d is not implemented", b.compression)
	case (b.compression == bmpRLE8 || b.compression == bmpRLE4) && d > 8:
		return fmt.Errorf("run lengths with %d bits a pixel; want at most 8", d)
	}
	if b.compression != bmpFields {
		if b.masks = [4]uint32{0xff0000, 0xff00, 0xff, 0}; b.depth == 16 {
			b.masks = [4]uint32{0x1f << 10, 0x1f << 5, 0x1f, 0}
		}
		return nil
	}
	for _, m := range bmpMasks[b.depth] {
		if b.masks == m || b.depth < 32 && [3]uint32(b.masks[:3]) == [3]uint32(m[:3]) {
			if b.masks == ([4]uint32{}) {
				b.masks = [4]uint32{0xff0000, 0xff00, 0xff}
			}
			return nil
		}
	}
	return fmt.Errorf("fields with the masks %08x and %d bits a pixel are not implemented", b.masks, b.depth)
}

// bmpMasks are the fields that Pillow knows.
var bmpMasks = map[int][][4]uint32{
	16: {{0xf800, 0x7e0, 0x1f}, {0x7c00, 0x3e0, 0x1f}},
	24: {{0xff0000, 0xff00, 0xff}},
	32: {
		{0xff0000, 0xff00, 0xff},
		{0xff000000, 0xff0000, 0xff00},
		{0xff000000, 0xff00, 0xff},
		{0xff000000, 0xff0000, 0xff00, 0xff},
		{0xff, 0xff00, 0xff0000, 0xff000000},
		{0xff0000, 0xff00, 0xff, 0xff000000},
		{0xff000000, 0xff00, 0xff, 0xff0000},
		{},
	},
}

// readPalette takes blue, green, red of each entry. Pillow takes a palette of black and
// white, or of rising greys, for no palette, whatever the bits of a pixel; then pixels of
// other sizes come out wrong.
func (b *bmp) readPalette(rest []byte, at, entry int) error {
	if b.colors > 65536 {
		return fmt.Errorf("a palette of %d colours; want at most 65536", b.colors)
	}
	n := min(entry*b.colors, len(rest))
	ramp := true
	for i := range b.colors {
		grey := uint8(i)
		if b.colors == 2 && i == 1 {
			grey = 255
		}
		if entry*i+3 > n {
			ramp = false
			break
		}
		c := rest[entry*i:]
		b.palette = append(b.palette, c[2], c[1], c[0])
		ramp = ramp && c[0] == grey && c[1] == grey && c[2] == grey
	}
	if b.pixels == 0 {
		b.pixels = at + n
	}
	if !ramp && n/entry > 256 {
		return fmt.Errorf("a palette of %d colours; want at most 256", b.colors)
	}
	if !ramp {
		return nil
	}
	want := 8
	b.palette = greyRamp[:]
	if b.colors <= 2 {
		want = 1
		b.palette = []byte{0, 0, 0, 255, 255, 255}
	}
	if runs := b.compression == bmpRLE8 || b.compression == bmpRLE4; runs && want == 1 || !runs && b.depth != want {
		return fmt.Errorf("%d bits a pixel with a palette of %d rising greys are not implemented, and Pillow reads them wrongly", b.depth, b.colors)
	}
	return nil
}

var greyRamp = func() (ramp [3 * 256]byte) {
	for i := range ramp {
		ramp[i] = byte(i / 3)
	}
	return ramp
}()

func bmpSize(data []byte) (w, h int, err error) {
	b, err := readBMP(data)
	return b.width, b.height, err
}

func decodeBMP(dst []uint8, data []byte, w, h int) error {
	b, err := readBMP(data)
	if err != nil {
		return err
	}
	if b.pixels > len(data) {
		return errTruncated
	}
	stride := (w*b.depth + 31) / 32 * 4
	pixels := data[b.pixels:]
	if b.compression == bmpRLE8 || b.compression == bmpRLE4 {
		if pixels, err = unpackRuns(pixels, b.pixels, w, h, b.compression == bmpRLE4); err != nil {
			return err
		}
		stride, b.depth = w, 8
	}
	if want := stride*(h-1) + (w*b.depth+7)/8; len(pixels) < want {
		return fmt.Errorf("%w: %d bytes of pixels; want %d", errTruncated, len(pixels), want)
	}
	for y := range h {
		out := dst[3*w*(h-1-y):][:3*w]
		if b.topDown {
			out = dst[3*w*y:][:3*w]
		}
		b.write(out, pixels[stride*y:])
	}
	return nil
}

func (b *bmp) write(dst, src []uint8) {
	w := len(dst) / 3
	if b.depth <= 8 {
		for x := range w {
			i := src[x*b.depth/8]
			if b.depth < 8 {
				i = bitsAt(src, x, b.depth)
			}
			indexed(dst[3*x:][:3], b.palette, i)
		}
		return
	}
	size := b.depth / 8
	if b.depth > 16 { // whole bytes
		for c, m := range b.masks[:3] {
			at := bits.TrailingZeros32(m) / 8
			for x := range w {
				dst[3*x+c] = src[x*size+at]
			}
		}
		return
	}
	for x := range w {
		v := uint32(le16(src[2*x:]))
		for c, m := range b.masks[:3] {
			low := m & -m
			dst[3*x+c] = uint8(v & m / low * 255 / (m / low))
		}
	}
}

// unpackRuns undoes run lengths, as Pillow: runs end with the row, jumps leave 0, and at
// the end there must be all pixels. at is where b is in the file, in which some data is
// aligned.
func unpackRuns(b []byte, at, w, h int, four bool) ([]byte, error) {
	all, x, n := w*h, 0, len(b)
	out := make([]byte, 0, all)
	for len(out) < all && len(b) >= 2 {
		count, v := int(b[0]), b[1]
		b = b[2:]
		switch {
		case count > 0:
			count = min(count, max(w-x, 0))
			for i := range count {
				switch {
				case !four:
					out = append(out, v)
				case i%2 == 0:
					out = append(out, v>>4)
				default:
					out = append(out, v&15)
				}
			}
			x += count
		case v == 0: // end of the row
			for len(out)%w != 0 {
				out = append(out, 0)
			}
			x = 0
		case v == 1: // end of the picture
			b = nil
		case v == 2: // jump
			if len(b) < 2 {
				return nil, errTruncated
			}
			for range min(all-len(out), int(b[0])+int(b[1])*w) {
				out = append(out, 0)
			}
			x, b = len(out)%w, b[2:]
		default: // pixels
			k := min(all-len(out), int(v))
			size := k
			if four {
				size = (k + 1) / 2
			}
			if len(b) < size {
				return nil, errTruncated
			}
			for i := range k {
				switch {
				case !four:
					out = append(out, b[i])
				case i%2 == 0:
					out = append(out, b[i/2]>>4)
				default:
					out = append(out, b[i/2]&15)
				}
			}
			x += int(v)
			if b = b[size:]; (at+n-len(b))%2 != 0 && len(b) > 0 {
				b = b[1:]
			}
		}
	}
	if len(out) < all {
		return nil, errors.New("not enough image data")
	}
	return out, nil
}
