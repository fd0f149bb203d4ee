// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
)

// maxChannels is that of RGBA.
const maxChannels = 4

// rect is a part of an image: width w and height h, the top left pixel at (x, y).
type rect struct{ x, y, w, h int }

// Image is one picture on its way through transforms. It keeps its memory: who reads
// many pictures into one Image allocates only for the largest. The zero value is an
// image without pixels, to be filled by [Image.Reset].
//
// Cropping, flipping and constant padding move no pixels; they change how the memory is
// looked at. ToTensor and Normalize become a table of 256 numbers a channel. So the
// usual pipeline touches a pixel once, when [Image.CopyTo] writes it into a batch.
//
// An Image belongs to one goroutine at a time.
type Image struct {
	width, height, channels int

	// content is the part of the image that memory holds; around it is fill.
	content rect
	fill    [maxChannels]uint8
	origin  int  // pixel of memory at the left of the content's first row
	stride  int  // pixels from one row to the next, negative after a vertical flip
	mirror  bool // the rows of the content run from right to left

	source Source // of pix, until they are wanted
	err    error  // of the source

	pix   []uint8 // interleaved channels
	spare []uint8 // the next pix

	float  bool   // ToTensor was applied
	tables tables // of pix, until planes are made
	planes bool   // the pixels are in real, not in pix
	real   []float32
	next   []float32 // the next real
	area   int       // pixels of a plane

	work workspace
}

// Reset makes img a picture of w by h pixels with 1 (grey), 3 (RGB) or any number up to
// 4 of channels and returns the memory of its pixels to write into: rows from the top,
// channels interleaved, len w*h*channels. Their values are undefined. What img was
// before is gone. Sizes that make no image give no pixels, and an error from whatever is done
// with img.
func (img *Image) Reset(w, h, channels int) []uint8 {
	if !possible(w, h, channels) {
		w, h, channels = 0, 0, 0
	}
	img.pix = growPixels(img.pix, w*h*channels)
	img.begin(w, h, channels, nil)
	return img.pix
}

// begin forgets what img was. Its pixels are in pix or come from source.
func (img *Image) begin(w, h, channels int, source Source) {
	img.channels = channels
	img.whole(w, h)
	img.float, img.planes = false, false
	img.source, img.err = source, nil
}

// Shape returns what a batch needs to hold the image: channels, height and width.
func (img *Image) Shape() (c, h, w int) { return img.channels, img.height, img.width }

// IsFloat reports whether ToTensor was applied: then the image goes into a batch by
// [Image.CopyTo], else by [Image.CopyBytes].
func (img *Image) IsFloat() bool { return img.float }

// Pixels returns the pixels of an 8-bit image as [Image.Reset] does, to read or change
// in place. It is nil if the image holds floats.
func (img *Image) Pixels() []uint8 {
	if img.float {
		return nil
	}
	img.flatten()
	return img.pix
}

// Floats returns the image after ToTensor, a plane a channel, len channels*height*width,
// to read or change in place. It is nil if the image holds 8-bit pixels.
func (img *Image) Floats() []float32 {
	if !img.float {
		return nil
	}
	img.flattenFloats()
	return img.real
}

// whole says that memory holds just the image.
func (img *Image) whole(w, h int) {
	img.width, img.height = w, h
	img.content = rect{0, 0, w, h}
	img.origin, img.stride, img.mirror = 0, w, false
}

// isWhole reports whether memory holds just the image, row by row.
func (img *Image) isWhole() bool {
	return img.content == rect{0, 0, img.width, img.height} && img.origin == 0 && img.stride == img.width && !img.mirror
}

// check returns an error unless there are pixels to work on; those of a [Source] are read.
func (img *Image) check() error {
	if err := img.sized(); err != nil {
		return err
	}
	return img.load()
}

// sized is check for who needs no pixels yet.
func (img *Image) sized() error {
	if img == nil || img.width <= 0 || img.height <= 0 || img.channels <= 0 {
		return fmt.Errorf("transforms: image has no pixels")
	}
	return nil
}

// possible reports whether an image of that shape can be.
func possible(w, h, channels int) bool {
	return w > 0 && h > 0 && channels > 0 && channels <= maxChannels && fits(w, h)
}

// fits reports whether an image of that size can be.
func fits(w, h int) bool { return w <= math.MaxInt32/maxChannels/h }

// growPixels is grow with some bytes behind the end, which assembly reads with the last
// pixel.
func growPixels(s []uint8, n int) []uint8 {
	const slack = 64
	if cap(s) < n+slack {
		return make([]uint8, n, n+slack)
	}
	return s[:n]
}

// grow returns a slice of length n with undefined elements, in the memory of s if that
// is large enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
