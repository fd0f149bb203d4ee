// SPDX-License-Identifier: MIT

package picture

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

// indexed is a colour of an RGB palette, black behind its end.
func indexed(dst []uint8, palette []byte, i uint8) {
	if at := 3 * int(i); at+3 <= len(palette) {
		copy(dst, palette[at:at+3])
		return
	}
	dst[0], dst[1], dst[2] = 0, 0, 0
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
