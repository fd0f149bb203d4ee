// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
)

// maxChannels is the number of channels of RGBA.
const maxChannels = 4

// rect is a part of an image: width w and height h, the top left pixel at (x, y).
type rect struct{ x, y, w, h int }

// Image is an image that is being transformed. It can be reused: reading many images into one Image
// allocates only for the largest. The zero value is an image without pixels; see [Image.Reset].
//
// Crops, flips and constant padding only change offsets and strides, and ToTensor and Normalize
// become a table of 256 numbers for each channel. A usual pipeline therefore reads each pixel only
// once, when [Image.CopyTo] writes the batch.
//
// An Image must not be used by several goroutines at the same time.
type Image struct {
	width, height, channels int

	// content is the part of the image that is in memory; it is surrounded by fill.
	content rect
	fill    [maxChannels]uint8
	origin  int  // index of the pixel at the left of the content's first row
	stride  int  // pixels from one row to the next, negative after a vertical flip
	mirror  bool // the rows of the content run from right to left

	source Source // of pix, until they are needed
	err    error  // of the source

	pix   []uint8 // pixels, channels interleaved
	spare []uint8 // memory for the next pix

	float  bool   // ToTensor was applied
	tables tables // of pix, while planes is false
	planes bool   // the pixels are in real, not in pix
	real   []float32
	next   []float32 // memory for the next real
	area   int       // number of pixels of a plane

	work workspace
}

// Reset makes img an image of w by h pixels with 1 (grey), 3 (RGB) or any number up to 4 of channels
// and returns the memory of its pixels: rows from the top, channels interleaved, len w*h*channels.
// Their values are undefined. If the size is invalid, it returns nil, and later operations return an
// error.
func (img *Image) Reset(w, h, channels int) []uint8 {
	if !possible(w, h, channels) {
		w, h, channels = 0, 0, 0
	}
	img.pix = growPixels(img.pix, w*h*channels)
	img.begin(w, h, channels, nil)
	return img.pix
}

// begin resets img. Its pixels are in pix or come from source.
func (img *Image) begin(w, h, channels int, source Source) {
	img.channels = channels
	img.whole(w, h)
	img.float, img.planes = false, false
	img.source, img.err = source, nil
}

// Shape returns the number of channels, the height and the width.
func (img *Image) Shape() (c, h, w int) { return img.channels, img.height, img.width }

// IsFloat reports whether ToTensor was applied. Then the image is read with [Image.CopyTo],
// otherwise with [Image.CopyBytes].
func (img *Image) IsFloat() bool { return img.float }

// Pixels returns the pixels of an 8-bit image in the order of [Image.Reset], to read or change in
// place. It returns nil after ToTensor.
func (img *Image) Pixels() []uint8 {
	if img.float {
		return nil
	}
	img.flatten()
	return img.pix
}

// Floats returns the pixels after ToTensor in the order (C, H, W), to read or change in place. It
// returns nil before ToTensor.
func (img *Image) Floats() []float32 {
	if !img.float {
		return nil
	}
	img.flattenFloats()
	return img.real
}

// whole sets the content to all of an image of w by h pixels.
func (img *Image) whole(w, h int) {
	img.width, img.height = w, h
	img.content = rect{0, 0, w, h}
	img.origin, img.stride, img.mirror = 0, w, false
}

// isWhole reports whether the memory is exactly the image in row-major order.
func (img *Image) isWhole() bool {
	return img.content == rect{0, 0, img.width, img.height} && img.origin == 0 && img.stride == img.width && !img.mirror
}

// check returns an error if img has no pixels. It reads those of a [Source].
func (img *Image) check() error {
	if err := img.sized(); err != nil {
		return err
	}
	return img.load()
}

// sized is check without reading a [Source].
func (img *Image) sized() error {
	if img == nil || img.width <= 0 || img.height <= 0 || img.channels <= 0 {
		return fmt.Errorf("transforms: image has no pixels")
	}
	return nil
}

// possible reports whether the shape is valid.
func possible(w, h, channels int) bool {
	return w > 0 && h > 0 && channels > 0 && channels <= maxChannels && fits(w, h)
}

// fits reports whether the size is not too large.
func fits(w, h int) bool { return w <= math.MaxInt32/maxChannels/h }

// growPixels is grow with some bytes after the end, which assembly reads together with the last
// pixel.
func growPixels(s []uint8, n int) []uint8 {
	const slack = 64
	if cap(s) < n+slack {
		return make([]uint8, n, n+slack)
	}
	return s[:n]
}

// grow returns a slice of length n with undefined elements. It reuses the memory of s if that is
// large enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
