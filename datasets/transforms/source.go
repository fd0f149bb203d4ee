// SPDX-License-Identifier: MIT

package transforms

import "image"

// Source is where the pixels of an Image come from when they are wanted.
type Source interface {
	// Part returns the rectangle to read so that r is in it: r, or more where r alone
	// would take longer.
	Part(r image.Rectangle) image.Rectangle
	// Decode writes the rectangle part, which Part returned, to dst: rows from the top,
	// channels interleaved, the pixels that the whole picture has there.
	Decode(dst []uint8, part image.Rectangle) error
}

// Defer makes img a picture as [Image.Reset] does, but its pixels are read when the first
// transform wants them, and if crops come first, only the part that they leave. An error
// of the source is one of that transform, or of CopyTo. [Image.Load] ends it.
func (img *Image) Defer(w, h, channels int, source Source) {
	if source == nil || !possible(w, h, channels) {
		img.Reset(0, 0, 0)
		return
	}
	img.begin(w, h, channels, source)
}

// Load reads the pixels of a [Source], if that was not done yet, and returns its error.
func (img *Image) Load() error { return img.load() }

// load makes memory hold what was deferred. After an error the image is black.
func (img *Image) load() error {
	if img.source == nil {
		return img.err
	}
	source := img.source
	img.source = nil
	// Only crops and paddings came before: what is wanted lies in rows as long as the
	// picture is wide.
	c := img.content
	if c.w == 0 || c.h == 0 { // nothing, but the picture may be broken
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
