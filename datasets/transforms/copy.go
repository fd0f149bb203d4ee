// SPDX-License-Identifier: MIT

package transforms

import "fmt"

// CopyTo writes the image to dst as float32 in the order (C, H, W). It applies crops, flips,
// ToTensor and Normalize in one pass over the pixels. An image without ToTensor is an error; see
// [Image.CopyBytes].
func (img *Image) CopyTo(dst []float32) error {
	if err := img.check(); err != nil {
		return err
	}
	if !img.float {
		return fmt.Errorf("transforms: image has 8-bit pixels: apply ToTensor to get floats")
	}
	if want := img.channels * img.height * img.width; len(dst) != want {
		return fmt.Errorf("transforms: image of shape (%d, %d, %d) needs memory for %d floats, got %d",
			img.channels, img.height, img.width, want, len(dst))
	}
	img.copyFloats(dst)
	return nil
}

// CopyBytes is [Image.CopyTo] for an image without ToTensor. It writes 8-bit pixels in the order
// (C, H, W), as torchvision's PILToTensor.
func (img *Image) CopyBytes(dst []uint8) error {
	if err := img.check(); err != nil {
		return err
	}
	if img.float {
		return fmt.Errorf("transforms: image has float pixels after ToTensor, not 8-bit pixels")
	}
	if want := img.channels * img.height * img.width; len(dst) != want {
		return fmt.Errorf("transforms: image of shape (%d, %d, %d) needs memory for %d bytes, got %d",
			img.channels, img.height, img.width, want, len(dst))
	}
	area := img.width * img.height
	for c := range img.channels {
		frame(img, dst[c*area:][:area], img.fill[c], func(dst []uint8, y int) {
			n := img.channels
			at, step := img.row(y)
			at += c
			for i := range dst {
				dst[i] = img.pix[at]
				at += step * n
			}
		})
	}
	return nil
}

// row returns the index in pix of row y of the content, and the step in pixels within the row.
func (img *Image) row(y int) (at, step int) {
	at = img.origin + y*img.stride
	if img.mirror {
		return (at + img.content.w - 1) * img.channels, -1
	}
	return at * img.channels, 1
}

func (img *Image) copyFloats(dst []float32) {
	area := img.width * img.height
	if img.planes {
		for c := range img.channels {
			frame(img, dst[c*area:][:area], 0, func(dst []float32, y int) { img.rowFloats(dst, c, y) })
		}
		return
	}
	t := img.tables.get(img.channels)
	if img.channels == 3 {
		img.copyRGB(dst, t)
		return
	}
	for c := range img.channels {
		t := &t[c]
		frame(img, dst[c*area:][:area], t[img.fill[c]], func(dst []float32, y int) {
			n := img.channels
			at, step := img.row(y)
			at += c
			for i := range dst {
				dst[i] = t[img.pix[at]]
				at += step * n
			}
		})
	}
}

// copyRGB is copyFloats for three channels, in one pass over pix.
func (img *Image) copyRGB(dst []float32, t *[maxChannels]table) {
	area, c := img.width*img.height, img.content
	red, green, blue := dst[:area], dst[area:][:area], dst[2*area:][:area]
	tr, tg, tb := &t[0], &t[1], &t[2]
	fr, fg, fb := tr[img.fill[0]], tg[img.fill[1]], tb[img.fill[2]]
	begin := c.y*img.width + c.x // start of the content's row
	last := 0                    // end of the previous row
	for y := range c.h {
		set(red[last:begin], fr)
		set(green[last:begin], fg)
		set(blue[last:begin], fb)
		last = begin + c.w
		src := img.pix[(img.origin+y*img.stride)*3:][:3*c.w]
		img.tables.rgb.Split(red[begin:last], green[begin:last], blue[begin:last], src, img.mirror)
		begin += img.width
	}
	set(red[last:], fr)
	set(green[last:], fg)
	set(blue[last:], fb)
}

// frame writes one plane of the image: row writes row y of the content, and fill surrounds it.
func frame[T uint8 | float32](img *Image, plane []T, fill T, row func(dst []T, y int)) {
	c := img.content
	begin, last := c.y*img.width+c.x, 0
	for y := range c.h {
		set(plane[last:begin], fill)
		last = begin + c.w
		row(plane[begin:last], y)
		begin += img.width
	}
	set(plane[last:], fill)
}

func set[T any](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}
