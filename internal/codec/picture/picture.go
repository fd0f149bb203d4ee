// SPDX-License-Identifier: MIT

// Package picture decodes picture files to RGB bytes as Pillow's
// Image.open(f).convert("RGB") does, which is what torchvision's ImageFolder feeds a
// network with: alpha is dropped and not composited, palettes and greys are expanded,
// grey values of 16 bits are clipped to 255, EXIF orientation is ignored.
//
// It reads JPEG, PNG, GIF and WebP (the first frame), BMP, TIFF, and PBM, PGM and PPM. Broken
// files are read to the pixels that Pillow makes of them, or are errors. Where Pillow makes
// other pixels of a file than are meant, or differs from one of its decoders to the
// other, it is an error too: there is no answer that is right for all. A few valid files
// that Pillow refuses are read.
package picture

import (
	"bytes"
	"fmt"
)

// Limit bounds the pictures that [Decode] takes, so that a small file cannot ask for all
// the memory of a machine. A zero field has its default.
type Limit struct {
	Pixels int // width x height; default 178,956,970, where Pillow raises DecompressionBombError
	Side   int // width, and height; default 65,535, the largest of a JPEG
}

const (
	defaultPixels = 2 * 89478485
	defaultSide   = 65535
)

func (l Limit) check(format string, w, h int) error {
	if l.Pixels == 0 {
		l.Pixels = defaultPixels
	}
	if l.Side == 0 {
		l.Side = defaultSide
	}
	if w > l.Side || h > l.Side || int64(w)*int64(h) > int64(l.Pixels) {
		return &LimitError{Format: format, Width: w, Height: h, Limit: l}
	}
	return nil
}

// format is a kind of file.
type format struct {
	name  string
	match func(data []byte) bool
	// size reads no more than the header. Width and height are at least 1.
	size func(data []byte) (w, h int, err error)
	// decode writes 3*w*h bytes to dst.
	decode func(dst []uint8, data []byte, w, h int) error
}

var formats = []format{
	{"jpeg", prefixes("\xff\xd8\xff"), jpegSize, decodeJPEG},
	{"png", prefixes("\x89PNG\r\n\x1a\n"), pngSize, decodePNG},
	{"gif", prefixes("GIF87a", "GIF89a"), gifSize, decodeGIF},
	{"bmp", prefixes("BM"), bmpSize, decodeBMP},
	{"tiff", prefixes("II*\x00", "MM\x00*", "II\x00*", "MM*\x00", "II+\x00", "MM\x00+"), tiffSize, decodeTIFF},
	{"webp", isWebP, webpSize, decodeWebP},
	{"pnm", isPNM, pnmSize, decodePNM},
}

func prefixes(list ...string) func([]byte) bool {
	return func(data []byte) bool {
		for _, p := range list {
			if bytes.HasPrefix(data, []byte(p)) {
				return true
			}
		}
		return false
	}
}

func sniff(data []byte) (*format, error) {
	for i := range formats {
		if formats[i].match(data) {
			return &formats[i], nil
		}
	}
	return nil, fmt.Errorf("%w: %d bytes that begin with %q; want JPEG, PNG, GIF, BMP, TIFF, WebP, PBM, PGM or PPM",
		ErrFormat, len(data), data[:min(len(data), 12)])
}

// Size returns the width and height of a picture in pixels and the name of its format
// ("jpeg", "png", "gif", "bmp", "tiff", "webp" or "pnm"). It reads the header only.
//
// Errors: [ErrFormat], or a [*DecodeError] that names the format.
func Size(data []byte) (w, h int, format string, err error) {
	f, err := sniff(data)
	if err != nil {
		return 0, 0, "", err
	}
	w, h, err = f.checkedSize(data)
	return w, h, f.name, err
}

func (f *format) checkedSize(data []byte) (w, h int, err error) {
	w, h, err = f.size(data)
	if err == nil && (w < 1 || h < 1) {
		err = fmt.Errorf("the picture is %dx%d; want at least one pixel", w, h)
	}
	if err != nil {
		return 0, 0, &DecodeError{f.name, err}
	}
	return w, h, nil
}

// Decode decodes a picture to interleaved RGB of 8 bits, the rows from top to bottom with
// nothing between them. It knows the format from the bytes. Once the size is known and
// within limit, it calls alloc, which returns at least 3*w*h bytes to write to; they
// may be old memory. After an error there may be anything in them.
//
// Errors: [ErrFormat], a [*LimitError], or a [*DecodeError] that names the format.
func Decode(data []byte, alloc func(w, h int) []uint8, limit Limit) (w, h int, err error) {
	f, err := sniff(data)
	if err != nil {
		return 0, 0, err
	}
	if w, h, err = f.checkedSize(data); err != nil {
		return 0, 0, err
	}
	if err := limit.check(f.name, w, h); err != nil {
		return 0, 0, err
	}
	dst := alloc(w, h)
	if len(dst) < 3*w*h {
		return 0, 0, fmt.Errorf("picture: alloc(%d, %d) returned %d bytes; want %d", w, h, len(dst), 3*w*h)
	}
	if err := f.decode(dst[:3*w*h], data, w, h); err != nil {
		return 0, 0, &DecodeError{f.name, err}
	}
	return w, h, nil
}
