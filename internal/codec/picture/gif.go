// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// gifFrame is the first frame of a GIF. The standard library's decoder forgets the colour
// of transparent pixels, which Pillow keeps.
type gifFrame struct {
	width, height   int    // of the picture
	left, top, w, h int    // of the frame in it
	palette         []byte // RGB
	ramp            bool   // index i is grey i
	background      uint8  // index of pixels outside the frame
	interlaced      bool
	litWidth        int
	blocks          []byte // of compressed indices
}

const (
	gifPalette    = 0x80 // flag of the screen and of a frame
	gifInterlaced = 0x40
)

func readGIF(data []byte) (f gifFrame, err error) {
	if len(data) < 13 {
		return f, errTruncated
	}
	f.width, f.height = le16(data[6:]), le16(data[8:])
	flags, rest := data[10], data[13:]
	f.setRamp()
	if rest, err = f.readPalette(flags, rest); err != nil {
		return f, err
	}
	for {
		if len(rest) == 0 {
			return f, errTruncated
		}
		kind := rest[0]
		switch rest = rest[1:]; kind {
		case '!': // extension
			if len(rest) < 2 {
				return f, errTruncated
			}
			if rest[0] == 0xf9 && rest[1] > 0 { // graphic control
				if rest[1] < 4 || len(rest) < 6 {
					return f, errors.New("a graphic control extension of less than 4 bytes")
				}
				if rest[2]&1 != 0 { // transparent
					f.background = rest[5]
				}
			}
			// As in Pillow an empty first block does not end it, but for comments.
			after := rest[1:]
			if n := int(rest[1]); rest[0] != 0xfe {
				if len(after) <= n {
					return f, errTruncated
				}
				after = after[1+n:]
			}
			if rest, err = skipBlocks(after); err != nil {
				return f, err
			}
		case ',': // frame
			return f, f.readFrame(rest)
		case ';':
			return f, errors.New("no frame")
		default: // Pillow continues with the next byte
		}
	}
}

func (f *gifFrame) readFrame(b []byte) (err error) {
	if len(b) < 9 {
		return errTruncated
	}
	f.left, f.top, f.w, f.h = le16(b), le16(b[2:]), le16(b[4:]), le16(b[6:])
	f.width, f.height = max(f.width, f.left+f.w), max(f.height, f.top+f.h)
	flags := b[8]
	f.interlaced = flags&gifInterlaced != 0
	coloured := !f.ramp
	if b, err = f.readPalette(flags, b[9:]); err != nil {
		return err
	}
	if coloured && f.ramp {
		return errors.New("a frame with a palette of rising greys beside another palette is not implemented, and Pillow reads it wrongly")
	}
	if len(b) < 1 {
		return errTruncated
	}
	f.litWidth, f.blocks = int(b[0]), b[1:]
	if f.litWidth < 1 || f.litWidth > 8 {
		return fmt.Errorf("indices have %d bits; want 1 to 8", f.litWidth)
	}
	return nil
}

func (f *gifFrame) readPalette(flags byte, b []byte) (rest []byte, err error) {
	if flags&gifPalette == 0 {
		return b, nil
	}
	n := 3 << (flags&7 + 1)
	if len(b) < n {
		return nil, errTruncated
	}
	f.palette = b[:n]
	f.setRamp()
	return b[n:], nil
}

func (f *gifFrame) setRamp() {
	f.ramp = true
	for i, v := range f.palette {
		f.ramp = f.ramp && int(v) == i/3
	}
}

func skipBlocks(b []byte) (rest []byte, err error) {
	for len(b) > 0 {
		n := int(b[0])
		if len(b) <= n {
			break
		}
		if b = b[1+n:]; n == 0 {
			return b, nil
		}
	}
	return nil, errTruncated
}

func gifSize(data []byte) (w, h int, err error) {
	f, err := readGIF(data)
	return f.width, f.height, err
}

func decodeGIF(dst []uint8, data []byte, w, h int) error {
	f, err := readGIF(data)
	if err != nil {
		return err
	}
	if f.w == 0 || f.h == 0 {
		return fmt.Errorf("the frame is %dx%d", f.w, f.h)
	}
	if f.w < w || f.h < h {
		for i := range w * h {
			f.color(dst[3*i:][:3], f.background)
		}
	}
	lines := lzw.NewReader(bytes.NewReader(joinBlocks(f.blocks)), lzw.LSB, f.litWidth)
	defer lines.Close()
	line := make([]byte, f.w)
	for _, pass := range f.passes() {
		for y := pass[0]; y < f.h; y += pass[1] {
			if _, err := io.ReadFull(lines, line); err != nil {
				return err
			}
			row := dst[3*(w*(f.top+y)+f.left):][:3*f.w]
			for x, i := range line {
				f.color(row[3*x:][:3], i)
			}
		}
	}
	return nil
}

// passes returns the first line and the step of each pass over the frame.
func (f *gifFrame) passes() [][2]int {
	if f.interlaced {
		return [][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
	}
	return [][2]int{{0, 1}}
}

// color takes indices for greys without a palette, and with one that says the same.
func (f *gifFrame) color(dst []uint8, i uint8) {
	if f.ramp {
		grey(dst, 0, i)
		return
	}
	indexed(dst, f.palette, i)
}

// joinBlocks returns what is in blocks of up to 255 bytes, each with its length before it.
// The last has length 0, or the file ends; what is left of a block there is lost.
func joinBlocks(b []byte) []byte {
	var all []byte
	for len(b) > 0 && b[0] > 0 && len(b) > int(b[0]) {
		end := 1 + int(b[0])
		all, b = append(all, b[1:end]...), b[end:]
	}
	return all
}

func le16(b []byte) int { return int(binary.LittleEndian.Uint16(b)) }
