// SPDX-License-Identifier: MIT

// Package picture decodes picture files to RGB bytes as Pillow's
// Image.open(f).convert("RGB") does, which is what torchvision's ImageFolder feeds a
// network with: alpha is dropped and not composited, palettes and greys are expanded,
// grey values of 16 bits are clipped to 255, EXIF orientation is ignored.
//
// It reads JPEG, PNG, GIF (the first frame), BMP, TIFF, WebP, and PBM, PGM and PPM.
package picture

import (
	"bytes"
	"fmt"
	"image"

	"github.com/stheno-go/stheno/internal/codec/jpeg"
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
	// part decodes a rectangle, and worth says whether that is faster than all. They may
	// be nil.
	part  func(dst []uint8, data []byte, r image.Rectangle) error
	worth func(r, whole image.Rectangle) bool
}

var formats = []format{
	{"jpeg", prefixes("\xff\xd8\xff"), jpegSize, decodeJPEG, jpeg.DecodeRegion, worthPart},
	{"png", prefixes("\x89PNG\r\n\x1a\n"), pngSize, decodePNG, nil, nil},
	{"gif", prefixes("GIF87a", "GIF89a"), gifSize, decodeGIF, nil, nil},
	{"bmp", prefixes("BM"), bmpSize, decodeBMP, nil, nil},
	{"tiff", prefixes("II*\x00", "MM\x00*"), tiffSize, decodeTIFF, nil, nil},
	{"webp", isWebP, webpSize, decodeWebP, nil, nil},
	{"pnm", isPNM, pnmSize, decodePNM, nil, nil},
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

// Picture is a file whose header is read. It is a Source of an Image of datasets/transforms.
type Picture struct {
	Width, Height int
	Format        string // as [Size] names it

	data   []byte
	format *format
}

// Open reads the header of a file, whose bytes it keeps.
//
// Errors: [ErrFormat], a [*LimitError], or a [*DecodeError] that names the format.
func Open(data []byte, limit Limit) (Picture, error) {
	f, err := sniff(data)
	if err != nil {
		return Picture{}, err
	}
	w, h, err := f.checkedSize(data)
	if err != nil {
		return Picture{}, err
	}
	if err := limit.check(f.name, w, h); err != nil {
		return Picture{}, err
	}
	return Picture{w, h, f.name, data, f}, nil
}

// Part returns the rectangle with r in it that is decoded fastest: r where only that part
// can be, or all of the picture.
func (p *Picture) Part(r image.Rectangle) image.Rectangle {
	whole := image.Rect(0, 0, p.Width, p.Height)
	if p.format.part == nil || r.Empty() || !r.In(whole) || !p.format.worth(r, whole) {
		return whole
	}
	return r
}

// Decode writes the rectangle part, which [Picture.Part] returned, to dst: interleaved RGB
// of 8 bits, the rows from top to bottom with nothing between them. Bytes behind
// 3*part.Dx()*part.Dy() stay. After an error there may be anything in dst.
//
// Errors: a [*DecodeError] that names the format.
func (p *Picture) Decode(dst []uint8, part image.Rectangle) error {
	want := 3 * part.Dx() * part.Dy()
	if len(dst) < want {
		return fmt.Errorf("picture: %d bytes to decode %v to; want %d", len(dst), part, want)
	}
	var err error
	switch dst = dst[:want]; {
	case part == image.Rect(0, 0, p.Width, p.Height):
		err = p.format.decode(dst, p.data, p.Width, p.Height)
	case p.format.part == nil:
		return fmt.Errorf("picture: %s: the rectangle is %v; want all of the %dx%d", p.Format, part, p.Width, p.Height)
	default:
		err = p.format.part(dst, p.data, part)
	}
	if err != nil {
		return &DecodeError{p.Format, err}
	}
	return nil
}

// Decode decodes a picture to interleaved RGB of 8 bits, the rows from top to bottom with
// nothing between them. It knows the format from the bytes. Once the size is known and
// within limit, it calls alloc, which returns at least 3*w*h bytes to write to; they
// may be old memory. After an error there may be anything in them.
//
// Errors: as [Open] and [Picture.Decode].
func Decode(data []byte, alloc func(w, h int) []uint8, limit Limit) (w, h int, err error) {
	p, err := Open(data, limit)
	if err != nil {
		return 0, 0, err
	}
	dst := alloc(p.Width, p.Height)
	if len(dst) < 3*p.Width*p.Height {
		return 0, 0, fmt.Errorf("picture: alloc(%d, %d) returned %d bytes; want %d", p.Width, p.Height, len(dst), 3*p.Width*p.Height)
	}
	if err := p.Decode(dst, image.Rect(0, 0, p.Width, p.Height)); err != nil {
		return 0, 0, err
	}
	return p.Width, p.Height, nil
}
