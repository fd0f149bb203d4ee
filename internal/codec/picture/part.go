// SPDX-License-Identifier: MIT

package picture

import (
	"image"

	"github.com/stheno-go/stheno/internal/codec/jpeg"
)

// Opened is a picture of which the header was read, to be decoded in part. It refers to
// the data that it was opened with.
type Opened struct {
	Width, Height int

	format *format
	data   []byte
}

// Open reads the header of a picture and checks its size against limit. Errors are
// those of [Decode].
func Open(data []byte, limit Limit) (Opened, error) {
	f, err := sniff(data)
	if err != nil {
		return Opened{}, err
	}
	w, h, err := f.checkedSize(data)
	if err == nil {
		err = limit.check(f.name, w, h)
	}
	return Opened{w, h, f, data}, err
}

// Part returns what to decode so that r, a part of the picture, is: r itself, or all
// where that is as fast. Decoding a part of a JPEG in Go saves the transforms and colours
// outside; for half of the picture that is a third of the time, or a sixth with vector code.
// Without vector code, libjpeg-turbo is faster with the whole.
func (o *Opened) Part(r image.Rectangle) image.Rectangle {
	all := image.Rect(0, 0, o.Width, o.Height)
	const most = 0.9
	if o.format.name != "jpeg" || !goPart() || float64(r.Dx()*r.Dy()) > most*float64(all.Dx()*all.Dy()) {
		return all
	}
	return r
}

// Decode writes the part of the picture, which Part returned, to dst, 3*part.Dx()*part.Dy()
// bytes, as the function [Decode] does with all.
func (o *Opened) Decode(dst []uint8, part image.Rectangle) error {
	dst = dst[:3*part.Dx()*part.Dy()]
	var err error
	if part == image.Rect(0, 0, o.Width, o.Height) {
		err = o.format.decode(dst, o.data, o.Width, o.Height)
	} else {
		err = jpeg.DecodeRegion(dst, o.data, part)
	}
	if err != nil {
		return &DecodeError{o.format.name, err}
	}
	return nil
}
