// SPDX-License-Identifier: MIT

package jpeg

// space says what the components are.
type space int

const (
	grey space = iota
	rgb
	ycc
	cmyk
	ycck
	stored // as they are
)

// space follows libjpeg's default_decompress_parms.
func (d *decoder) space() space {
	if d.stored {
		return stored
	}
	switch len(d.components) {
	case 1:
		return grey
	case 3:
		a, b, c := d.components[0].id, d.components[1].id, d.components[2].id
		if d.jfif {
			return ycc
		}
		if d.adobe && d.transform == 0 || !d.adobe && a == 'R' && b == 'G' && c == 'B' {
			return rgb
		}
		return ycc
	}
	if d.adobe && d.transform != 0 {
		return ycck
	}
	return cmyk
}

func (d *decoder) writeRGB(dst []uint8) {
	r, kind := d.region, d.space()
	var p [4][]uint8
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for i := range d.components {
			p[i] = d.upsampled(i, y)[r.Min.X:r.Max.X]
		}
		if kind == stored {
			n := len(d.components)
			for i := range n {
				for x, v := range p[i] {
					dst[n*x+i] = v
				}
			}
			dst = dst[n*r.Dx():]
			continue
		}
		row := dst[:3*r.Dx()]
		dst = dst[len(row):]
		switch kind {
		case grey:
			for x, v := range p[0] {
				row[3*x], row[3*x+1], row[3*x+2] = v, v, v
			}
		case rgb:
			for x, v := range p[0] {
				row[3*x], row[3*x+1], row[3*x+2] = v, p[1][x], p[2][x]
			}
		case ycc:
			yccRow(row, p[0], p[1], p[2])
		case ycck:
			yccRow(row, p[0], p[1], p[2])
			// What came out is 255-CMY of what libjpeg gives.
			for x, k := range p[3] {
				for c := range 3 {
					row[3*x+c] = ink(row[3*x+c], k)
				}
			}
		case cmyk:
			for x, k := range p[3] {
				for c := range 3 {
					row[3*x+c] = ink(255-p[c][x], k)
				}
			}
		}
	}
}

// ink is Pillow's conversion: c is the inverse of what the file has, k is not.
func ink(c, k uint8) uint8 {
	t := uint32(c)*uint32(k) + 128
	return k - uint8((t>>8+t)>>8)
}

const (
	half   = 1 << 15
	crRed  = 91881  // 1.40200
	cbBlue = 116130 // 1.77200
	crGrn  = 46802  // 0.71414
	cbGrn  = 22554  // 0.34414
)

// yccRow converts a row of JFIF's YCbCr in 16 bits of fraction, as jdcolor.c.
func yccRow(dst, y, cb, cr []uint8) {
	cb, cr, dst = cb[:len(y)], cr[:len(y)], dst[:3*len(y)]
	if f := steps.Get().ycc; len(y) >= 16 && f != nil {
		f(&dst[0], &y[0], &cb[0], &cr[0], len(y))
		return
	}
	for x, v := range y {
		l, b, r := int32(v), int32(cb[x])-128, int32(cr[x])-128
		o := dst[3*x:][:3]
		o[0] = clip(l + (crRed*r+half)>>16)
		o[1] = clip(l + (half-cbGrn*b-crGrn*r)>>16)
		o[2] = clip(l + (cbBlue*b+half)>>16)
	}
}

func clip(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^v >> 31)
	}
	return uint8(v)
}
