// SPDX-License-Identifier: MIT

package picture

import (
	"fmt"
	"image"
	"image/color"
)

// writeRGB writes the w x h pixels of a decoded image as RGB. Alpha is dropped.
func writeRGB(dst []uint8, m image.Image, w, h int) error {
	if b := m.Bounds(); b.Dx() != w || b.Dy() != h {
		return fmt.Errorf("the picture is %dx%d, but its header says %dx%d", b.Dx(), b.Dy(), w, h)
	}
	for y := range h {
		row := dst[3*w*y:][:3*w]
		switch m := m.(type) {
		case *image.Gray:
			for x, v := range m.Pix[m.Stride*y:][:w] {
				grey(row, x, v)
			}
		case *image.Gray16: // clipped, not scaled
			src := m.Pix[m.Stride*y:][:2*w]
			for x := range w {
				grey(row, x, clip16(src[2*x:]))
			}
		case *image.Paletted:
			for x, v := range m.Pix[m.Stride*y:][:w] {
				paletteColor(row[3*x:][:3], m.Palette, v)
			}
		case *image.NRGBA:
			pick(row, m.Pix[m.Stride*y:], 4, 1)
		case *image.NRGBA64: // the high bytes
			pick(row, m.Pix[m.Stride*y:], 8, 2)
		case *image.RGBA64: // opaque
			pick(row, m.Pix[m.Stride*y:], 8, 2)
		case *image.RGBA:
			src := m.Pix[m.Stride*y:][:4*w]
			for x := range w {
				unmultiply(row[3*x:][:3], src[4*x:][:4])
			}
		default:
			return fmt.Errorf("cannot convert %T to RGB", m)
		}
	}
	return nil
}

func grey(row []uint8, x int, v uint8) {
	p := row[3*x:][:3]
	p[0], p[1], p[2] = v, v, v
}

// clip16 is a big-endian value, at most 255.
func clip16(b []uint8) uint8 {
	if b[0] != 0 {
		return 255
	}
	return b[1]
}

// pick takes three values of each pixel, which has size bytes, step bytes from value to
// value.
func pick(row, src []uint8, size, step int) {
	for x := range len(row) / 3 {
		o, p := row[3*x:][:3], src[x*size:][:2*step+1]
		o[0], o[1], o[2] = p[0], p[step], p[2*step]
	}
}

// paletteColor is a colour of a palette. Pillow's palettes have a grey ramp behind the
// colours of the file.
func paletteColor(dst []uint8, p color.Palette, i uint8) {
	if int(i) >= len(p) {
		dst[0], dst[1], dst[2] = i, i, i
		return
	}
	switch c := p[i].(type) {
	case color.RGBA:
		dst[0], dst[1], dst[2] = c.R, c.G, c.B
	case color.NRGBA:
		dst[0], dst[1], dst[2] = c.R, c.G, c.B
	default:
		r, g, b, _ := c.RGBA()
		dst[0], dst[1], dst[2] = uint8(r>>8), uint8(g>>8), uint8(b>>8)
	}
}

// unmultiply undoes the multiplication with alpha, rounded as in Pillow.
func unmultiply(dst, src []uint8) {
	a := int(src[3])
	for i := range dst {
		switch a {
		case 255:
			dst[i] = src[i]
		case 0:
			dst[i] = 0
		default:
			dst[i] = uint8(min(int(src[i])*255/a, 255))
		}
	}
}
