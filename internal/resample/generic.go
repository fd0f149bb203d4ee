// SPDX-License-Identifier: MIT

package resample

// horizontalGeneric computes one row: each channel of a new pixel is the weighted sum of
// that of old pixels, rounded and clipped to 8 bits.
func horizontalGeneric(dst, src []uint8, channels int, a *axis) {
	if channels == 3 {
		horizontalRGB(dst, src, a)
		return
	}
	for x := range len(dst) / channels {
		at := int(a.first[x]) * channels
		k := a.weights(x)
		for c := range channels {
			sum, i := int32(half), at+c
			for _, k := range k {
				sum += int32(src[i]) * k
				i += channels
			}
			dst[x*channels+c] = clip(sum)
		}
	}
}

func horizontalRGB(dst, src []uint8, a *axis) {
	for x := 0; len(dst) >= 3; x++ {
		r, g, b := int32(half), int32(half), int32(half)
		p := src[3*int(a.first[x]):]
		for _, k := range a.weights(x) {
			r += int32(p[0]) * k
			g += int32(p[1]) * k
			b += int32(p[2]) * k
			p = p[3:]
		}
		dst[0], dst[1], dst[2] = clip(r), clip(g), clip(b)
		dst = dst[3:]
	}
}

// verticalGeneric computes one row from rows of src, one for each weight, the first of
// which begins at first.
func verticalGeneric(dst, src []uint8, first, stride int, weights []int32) {
	for i := range dst {
		sum, at := int32(half), first+i
		for _, k := range weights {
			sum += int32(src[at]) * k
			at += stride
		}
		dst[i] = clip(sum)
	}
}

const half = 1 << (precision - 1)

func clip(sum int32) uint8 { return uint8(min(max(sum>>precision, 0), 255)) }

// nearest takes the pixel at the middle of each new one. The positions are summed up,
// as in Pillow, with the same rounding.
func (r *Resizer) nearest(dst []uint8, w, h int, src Source) {
	a := &r.columns
	a.in = 0 // not weights any more
	a.first = grow(a.first, w)
	n := src.Channels
	step := float64(src.Width) / float64(w)
	at := step * 0.5
	for x := range a.first {
		a.first[x] = int32(min(int(at), src.Width-1) * n)
		at += step
	}
	step = float64(src.Height) / float64(h)
	at = step * 0.5
	for range h {
		line := src.Pix[src.Origin+min(int(at), src.Height-1)*src.Stride:][:src.Width*n]
		at += step
		if n == 3 {
			for _, i := range a.first {
				s := line[i : i+3 : i+3]
				dst[0], dst[1], dst[2] = s[0], s[1], s[2]
				dst = dst[3:]
			}
			continue
		}
		for _, i := range a.first {
			copy(dst[:n], line[i:])
			dst = dst[n:]
		}
	}
}
