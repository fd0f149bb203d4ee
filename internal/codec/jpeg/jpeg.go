// SPDX-License-Identifier: MIT

// Package jpeg decodes JPEG files to RGB, byte for byte as libjpeg-turbo with its default
// settings (which Pillow has): the "islow" integer inverse DCT of jidctint.c, the "fancy"
// triangle filters of jdsample.c for chroma and the fixed-point colours of jdcolor.c.
// The standard library's decoder repeats chroma samples and is slower.
//
// It reads sequential and progressive files of 8 bits with Huffman codes, with any
// sampling factors that libjpeg takes, as grey, YCbCr, RGB, CMYK or YCCK. CMYK becomes RGB
// as in Pillow. Broken data is treated as in libjpeg, which continues where it can:
// missing coefficients are 0, or estimates in a progressive file. A file that ends before
// its picture is an error.
package jpeg

import (
	"fmt"
	"image"
	"io"
	"sync"
)

//go:generate go run -C ../../asm ./jpeg

// errTruncated is [io.ErrUnexpectedEOF] with a text that fits a file.
var errTruncated = fmt.Errorf("image file is truncated: %w", io.ErrUnexpectedEOF)

// Header is what a file says about its picture.
type Header struct {
	Width, Height int
	Components    int // 1, 3 or 4
	Progressive   bool
}

// ReadHeader reads up to the frame header.
func ReadHeader(data []byte) (Header, error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.data = data
	if err := d.readFrame(); err != nil {
		return Header{}, err
	}
	return Header{d.width, d.height, len(d.components), d.progressive}, nil
}

// Decode writes a picture to dst, 3*width*height bytes: RGB, row by row.
func Decode(dst []uint8, data []byte) error {
	return DecodeRegion(dst, data, image.Rectangle{})
}

// DecodeRegion writes the part r of a picture to dst, 3*r.Dx()*r.Dy() bytes. The bytes
// are those that [Decode] has there. It reads the whole file, but computes the pixels of
// the part only. An empty r is the whole picture.
func DecodeRegion(dst []uint8, data []byte, r image.Rectangle) error {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.data = data
	return d.decode(dst, r)
}

// DecodeSamples writes the samples of a picture as they are, those of a pixel side by
// side: width*height*components bytes. With ycc its 3 components are YCbCr and become RGB.
// tables is a file that has tables only, for pictures without, or nil.
func DecodeSamples(dst []uint8, data, tables []byte, ycc bool) error {
	d := decoders.Get().(*decoder)
	defer d.release()
	if len(tables) > 0 {
		d.data = tables
		if err := d.readTables(); err != nil {
			return err
		}
	}
	d.data, d.at = data, 0
	d.stored = true
	if ycc {
		d.stored, d.jfif = false, true
	}
	return d.decode(dst, image.Rectangle{})
}

// decoders have memory and Huffman tables to use again.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// keep is the most scratch memory that a decoder holds when it is not in use.
const keep = 32 << 20

type decoder struct {
	data []byte
	at   int // in data

	width, height int
	progressive   bool
	components    []*component
	memory        [4]component
	hMax, vMax    int
	mcusX, mcusY  int // of an interleaved scan
	region        image.Rectangle

	jfif, adobe bool
	stored      bool  // samples are written as they are
	transform   uint8 // of the Adobe marker
	restart     int   // MCUs between restart markers; 0: none
	scan        scan
	scans       int
	whole       bool // one sequential scan had everything
	lastGood    int  // row of MCUs that the last scan of a progressive file came to

	quant   [4][64]uint16 // in zigzag order
	hasQ    [4]bool
	huffman [2][4]huffman // DC, AC
	bits    bits
	block   [64]int16
	rows    rowBuffers
}

// release clears what belongs to one file.
func (d *decoder) release() {
	size := cap(d.bits.buf)
	for i := range d.memory {
		c := &d.memory[i]
		size += len(c.plane) + 2*len(c.coefficients)
		*c = component{plane: c.plane, coefficients: c.coefficients}
	}
	if size > keep {
		return
	}
	old := d.components[:0]
	d.data, d.at, d.components = nil, 0, old
	d.hMax, d.vMax, d.restart, d.scans, d.lastGood = 0, 0, 0, 0, 0
	d.whole = false
	d.jfif, d.adobe, d.stored, d.transform = false, false, false, 0
	d.hasQ = [4]bool{}
	for class := range d.huffman {
		for i := range d.huffman[class] {
			d.huffman[class][i].defined = false
		}
	}
	decoders.Put(d)
}

func (d *decoder) decode(dst []uint8, r image.Rectangle) error {
	if err := d.readFrame(); err != nil {
		return err
	}
	whole := image.Rect(0, 0, d.width, d.height)
	if r.Empty() {
		r = whole
	}
	if !r.In(whole) {
		return fmt.Errorf("region %v is not within the picture of %dx%d", r, d.width, d.height)
	}
	depth := 3
	if d.stored {
		depth = len(d.components)
	}
	if want := depth * r.Dx() * r.Dy(); len(dst) != want {
		return fmt.Errorf("%d bytes to write to; want %d", len(dst), want)
	}
	d.region = r
	if err := d.layOut(); err != nil {
		return err
	}
	if err := d.readScans(); err != nil {
		return err
	}
	if d.progressive {
		d.transformAll()
	}
	d.writeRGB(dst)
	return nil
}
