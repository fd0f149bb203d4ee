// SPDX-License-Identifier: MIT

package transforms

import "image"

// Source provides the pixels of an Image when they are needed.
type Source interface {
	// Part returns the rectangle to decode for r: r itself, or a larger one if that is faster.
	Part(r image.Rectangle) image.Rectangle
	// Decode writes the pixels of part, a rectangle of Part, to dst: rows from the top, channels
	// interleaved.
	Decode(dst []uint8, part image.Rectangle) error
}

// Defer makes img an image as [Image.Reset] does, but its pixels are decoded when the first
// transform needs them, and after crops only the remaining part. Errors of the source are returned
// by that transform, or by CopyTo. [Image.Load] decodes them immediately.
func (img *Image) Defer(w, h, channels int, source Source) {
	if source == nil || !possible(w, h, channels) {
		img.Reset(0, 0, 0)
		return
	}
	img.begin(w, h, channels, source)
}

// Load decodes the pixels of a [Source], if they were not decoded yet, and returns its error.
func (img *Image) Load() error { return img.load() }

// load decodes deferred pixels. After an error the image is black.
func (img *Image) load() error {
	if img.source == nil {
		return img.err
	}
	source := img.source
	img.source = nil
	// Only crops and paddings came before, so that stride is the width of the source image.
	c := img.content
	if c.w == 0 || c.h == 0 { // no pixels, but the picture may be damaged
		c.w, c.h, img.origin = 1, 1, 0
	}
	want := image.Rect(0, 0, c.w, c.h).Add(image.Pt(img.origin%img.stride, img.origin/img.stride))
	part := source.Part(want)
	img.pix = growPixels(img.pix, part.Dx()*part.Dy()*img.channels)
	img.stride = part.Dx()
	img.origin = (want.Min.Y-part.Min.Y)*img.stride + want.Min.X - part.Min.X
	if img.err = source.Decode(img.pix, part); img.err != nil {
		clear(img.pix)
	}
	return img.err
}
