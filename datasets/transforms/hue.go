// SPDX-License-Identifier: MIT

package transforms

import "math"

// turnHue adds to the hue of each RGB pixel, in 1/256 of the circle. A pixel is converted to
// Pillow's 8-bit HSV and back, so that it may change even for 0.
func turnHue(pix []uint8, by uint8) {
	for p := pix; len(p) >= 3; p = p[3:] {
		h, s, v := toHSV(p[0], p[1], p[2])
		p[0], p[1], p[2] = fromHSV(h+by, s, v)
	}
}

func toHSV(r, g, b uint8) (h, s, v uint8) {
	high, low := max(r, g, b), min(r, g, b)
	if high == low {
		return 0, 0, high
	}
	width := float32(high - low)
	rc, gc, bc := float32(high-r)/width, float32(high-g)/width, float32(high-b)/width
	var turn float32 // in sixths of the circle
	switch high {
	case r:
		turn = bc - gc
	case g:
		turn = float32(2 + float64(rc) - float64(bc))
	default:
		turn = float32(4 + float64(gc) - float64(rc))
	}
	part := float64(turn)/6 + 1
	if part >= 1 {
		part--
	}
	return uint8(float64(float32(part)) * 255), uint8(float64(width/float32(high)) * 255), high
}

func fromHSV(h, s, v uint8) (r, g, b uint8) {
	if s == 0 {
		return v, v, v
	}
	turn := float64(float32(h)) * 6 / 255
	sector := math.Floor(turn)
	f := float32(turn - sector)
	fs := float32(s) / 255
	fv := float64(v)
	p := roundByte(fv * (1 - float64(fs)))
	q := roundByte(fv * (1 - float64(float32(fs*f))))
	t := roundByte(fv * (1 - float64(float64(fs)*(1-float64(f)))))
	switch int(sector) % 6 {
	case 0:
		return v, t, p
	case 1:
		return q, v, p
	case 2:
		return p, v, t
	case 3:
		return p, q, v
	case 4:
		return t, p, v
	}
	return v, p, q
}

// roundByte rounds a number between 0 and 255, halves up.
func roundByte(x float64) uint8 { return uint8(x + 0.5) }
