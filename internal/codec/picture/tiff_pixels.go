// SPDX-License-Identifier: MIT

package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// tiffPixels turns stored samples to RGB. Samples that mean nothing to it are passed.
type tiffPixels struct {
	write func(dst, src []uint8)
}

// pixels finds what Pillow makes of the samples, among what it knows.
func (t *tiff) pixels() (p tiffPixels, err error) {
	unknown := fmt.Errorf("%d samples of %d bits, format %d, extra %v, photometric %d are not implemented",
		t.samples, t.depth, t.format, t.extra, t.photometric)
	if t.compression == tiffOldJPEG {
		return p, errors.New("JPEG as in old files (compression 6) is not implemented")
	}
	if t.planes > 1 && (t.depth != 8 && t.depth != 16 || t.planes > 4) {
		return p, unknown
	}
	if t.misread() {
		return p, fmt.Errorf("%w, and Pillow reads them wrongly", unknown)
	}
	switch t.photometric {
	case tiffWhiteIsZero, tiffBlackIsZero:
		p.write = t.grey()
	case tiffRGB:
		p.write = t.rgb()
	case tiffPalette:
		return t.palettePixels()
	case tiffCMYK:
		p.write = t.cmyk()
	case tiffYCbCr:
		if t.samples == 3 && t.depth == 8 && t.format == 1 && len(t.extra) == 0 && (t.planes == 1 || t.compression != tiffRaw) {
			p.write = yccPixels
			if t.compression == tiffJPEG {
				p.write = colors(3, 1, 0, false)
				if t.planes > 1 {
					p.write = nil
				}
			}
		}
	case tiffLab:
		return p, errors.New("L*a*b* colours are not implemented")
	}
	if p.write == nil {
		return p, unknown
	}
	return p, nil
}

// misread reports whether Pillow refuses the file, or makes other pixels of it than are
// meant. Then there is no answer that is right for all.
func (t *tiff) misread() bool {
	if t.compression != tiffRaw {
		// It takes them for big-endian, which they are no more.
		return t.order == binary.BigEndian && (t.depth == 32 || t.depth == 16 && t.format == 2)
	}
	if !t.separate {
		// It takes chroma for one in each pixel.
		return t.photometric == tiffYCbCr && t.subsampling != nil && (t.subsampling[0] != 1 || t.subsampling[1] != 1)
	}
	// It takes each plane for the first, second, ... letter of "RGB;16B" and the like.
	switch {
	case t.photometric == tiffBlackIsZero || t.photometric == tiffPalette:
		return t.samples > 1 || t.depth != 8 && (t.depth != 1 || t.photometric == tiffPalette)
	case t.photometric == tiffCMYK:
		return t.depth != 8 || t.samples != 4
	case t.photometric == tiffRGB && t.samples == 4:
		inside := !t.tiled || t.width%t.segmentW == 0
		return t.depth != 8 || t.premultiplied() || len(t.extra) == 0 && !inside
	}
	return t.photometric != tiffRGB || t.depth != 8 || t.samples != 3
}

// premultiplied reports whether colours are multiplied with alpha.
func (t *tiff) premultiplied() bool {
	if len(t.extra) == 0 {
		// In planes, alpha that nothing is said of counts as such.
		return t.samples == 4 && t.planes == 4 && t.compression != tiffRaw
	}
	return t.samples > 3 && t.extra[0] == 1
}

// grey covers, beside integers of up to 8 bits, what Pillow clips to them: integers of 12,
// 16 and 32 bits and floating-point numbers. It never inverts those.
func (t *tiff) grey() func(dst, src []uint8) {
	white := t.photometric == tiffWhiteIsZero
	little := t.order == binary.LittleEndian
	if t.samples == 2 {
		// Premultiplied grey is what Pillow cannot convert.
		if !white && t.depth == 8 && t.format == 1 && len(t.extra) == 1 && (t.extra[0] == 0 || t.extra[0] == 2) {
			return greys(16, func(b []uint8) uint8 { return b[0] })
		}
		return nil
	}
	if t.samples != 1 || len(t.extra) > 0 {
		return nil
	}
	switch f := t.format; {
	case f == 1 && t.depth < 8 && (t.depth == 1 || t.depth == 2 || t.depth == 4):
		return packed(t.depth, white)
	case f == 1 && t.depth == 8 && white:
		return greys(8, func(b []uint8) uint8 { return ^b[0] })
	case (f == 1 || f == 2 && !white) && t.depth == 8:
		return greys(8, func(b []uint8) uint8 { return b[0] })
	case f == 1 && t.depth == 12 && !white && little:
		return func(dst, src []uint8) {
			for x := range len(dst) / 3 {
				b := src[x/2*3+x%2:]
				v := int(b[0])<<4 | int(b[1])>>4
				if x%2 == 1 {
					v = int(b[0]&15)<<8 | int(b[1])
				}
				grey(dst, x, uint8(min(v, 255)))
			}
		}
	case f == 1 && t.depth == 16 && (!white || little):
		return clipped(16, func(b []uint8) int { return int(t.order.Uint16(b)) })
	case f == 2 && t.depth == 16 && !white:
		return clipped(16, func(b []uint8) int { return int(int16(t.order.Uint16(b))) })
	case f == 1 && t.depth == 32 && !white && little, f == 2 && t.depth == 32 && !white:
		return clipped(32, func(b []uint8) int { return int(int32(t.order.Uint32(b))) })
	case f == 3 && t.depth == 32:
		return greys(32, func(b []uint8) uint8 {
			switch v := math.Float32frombits(t.order.Uint32(b)); {
			case v >= 255:
				return 255
			case v > 0:
				return uint8(v)
			}
			return 0
		})
	}
	return nil
}

// greys reads the grey value of each pixel, of the given number of bits.
func greys(bits int, f func(b []uint8) uint8) func(dst, src []uint8) {
	return func(dst, src []uint8) {
		for x := range len(dst) / 3 {
			grey(dst, x, f(src[x*bits/8:]))
		}
	}
}

func clipped(bits int, f func(b []uint8) int) func(dst, src []uint8) {
	return greys(bits, func(b []uint8) uint8 { return uint8(min(max(f(b), 0), 255)) })
}

// packed are greys of less than 8 bits, the first at the top of a byte.
func packed(depth int, inverted bool) func(dst, src []uint8) {
	return func(dst, src []uint8) {
		for x := range len(dst) / 3 {
			v := bitsAt(src, x, depth) * (255 / (1<<depth - 1))
			if inverted {
				v = ^v
			}
			grey(dst, x, v)
		}
	}
}

func bitsAt(row []uint8, x, depth int) uint8 {
	at := x * depth
	return row[at/8] >> (8 - depth - at%8) & (1<<depth - 1)
}

// rgb covers 3 to 6 samples of 8 bits and 3 or 4 of 16, of which the high byte counts.
func (t *tiff) rgb() func(dst, src []uint8) {
	if t.format != 1 || t.depth != 8 && t.depth != 16 || t.depth == 16 && t.samples > 4 {
		return nil
	}
	n := len(t.extra)
	switch {
	case n == 0:
		if t.samples != 3 && t.samples != 4 {
			return nil
		}
	case t.samples != 3+n:
		return nil
	default:
		for _, e := range t.extra[1:] {
			if e != 0 {
				return nil
			}
		}
		switch t.extra[0] {
		case 0, 1, 2:
		case 999: // what Corel Draw 10 writes
			if n > 1 || t.depth > 8 {
				return nil
			}
		default:
			return nil
		}
	}
	return colors(t.samples, t.depth/8, t.high(), t.premultiplied())
}

// high is where the high byte of a sample is.
func (t *tiff) high() int {
	if t.depth == 16 && t.order == binary.LittleEndian {
		return 1
	}
	return 0
}

// colors takes the first three samples of each pixel, byte at of each, size bytes apart.
func colors(samples, size, at int, premultiplied bool) func(dst, src []uint8) {
	if !premultiplied {
		return func(dst, src []uint8) {
			if len(dst) > 0 {
				pick(dst, src[at:], samples*size, size)
			}
		}
	}
	return func(dst, src []uint8) {
		for x := range len(dst) / 3 {
			p := src[x*samples*size+at:]
			unmultiply(dst[3*x:][:3], []uint8{p[0], p[size], p[2*size], p[3*size]})
		}
	}
}

func (t *tiff) palettePixels() (p tiffPixels, err error) {
	d, n := t.depth, len(t.extra)
	plain := t.samples == 1 && n == 0 && (d == 1 || d == 2 || d == 4 || d == 8)
	alpha := t.samples == 2 && n == 1 && d == 8 && (t.extra[0] == 0 || t.extra[0] == 2)
	if t.format != 1 || !plain && !alpha {
		return p, fmt.Errorf("a palette with %d samples of %d bits, format %d, extra %v", t.samples, d, t.format, t.extra)
	}
	colors := len(t.palette) / 3
	if colors == 0 || len(t.palette)%3 != 0 || colors > 256 {
		return p, fmt.Errorf("a palette of %d values", len(t.palette))
	}
	p.write = func(dst, src []uint8) {
		for x := range len(dst) / 3 {
			i := int(src[x*t.samples*d/8])
			if d < 8 {
				i = int(bitsAt(src, x, d))
			}
			if i >= colors {
				grey(dst, x, 0)
				continue
			}
			for c := range 3 {
				dst[3*x+c] = uint8(t.palette[c*colors+i] >> 8)
			}
		}
	}
	return p, nil
}

func (t *tiff) cmyk() func(dst, src []uint8) {
	ok := t.format == 1 && t.samples == 4+len(t.extra) && (t.depth == 8 || t.depth == 16 && t.samples == 4)
	for _, e := range t.extra {
		ok = ok && e == 0
	}
	if !ok {
		return nil
	}
	size, at := t.depth/8, t.high()
	return func(dst, src []uint8) {
		for x := range len(dst) / 3 {
			p := src[x*t.samples*size+at:]
			k := 255 - p[3*size]
			for c := range 3 {
				dst[3*x+c] = ink(p[c*size], k)
			}
		}
	}
}

// ink is Pillow's conversion of an amount of colour to light, k being 255 less the black.
func ink(c, k uint8) uint8 {
	v := uint32(c)*uint32(k) + 128
	return k - uint8((v>>8+v)>>8)
}

// unpredict undoes the differences in a row of the predictor.
func (t *tiff) unpredict(row []byte, samples int) {
	size := t.depth / 8
	step := samples * size
	switch {
	case !t.predicted():
	case t.predictor == 3:
		for i := samples; i < len(row); i++ {
			row[i] += row[i-samples]
		}
		// Then come the high bytes of all samples, the next ones, ...
		n := len(row) / size
		planes := append([]byte(nil), row...)
		for i := range n {
			for b := range size {
				at := i*size + b
				if t.order == binary.LittleEndian {
					at = i*size + size - 1 - b
				}
				row[at] = planes[b*n+i]
			}
		}
	case size == 1:
		for i := step; i < len(row); i++ {
			row[i] += row[i-step]
		}
	case size == 2:
		for i := step; i < len(row); i += 2 {
			t.order.PutUint16(row[i:], t.order.Uint16(row[i:])+t.order.Uint16(row[i-step:]))
		}
	case size == 4:
		for i := step; i < len(row); i += 4 {
			t.order.PutUint32(row[i:], t.order.Uint32(row[i:])+t.order.Uint32(row[i-step:]))
		}
	}
}

// predicted reports whether the predictor counts: it does with LZW and Deflate.
func (t *tiff) predicted() bool {
	return t.predictor != 1 && (t.compression == tiffLZW || t.compression == tiffDeflate || t.compression == tiffOldDeflate)
}

func (t *tiff) checkPredictor() error {
	if !t.predicted() {
		return nil
	}
	if t.predictor == 2 && (t.depth == 8 || t.depth == 16 || t.depth == 32) || t.predictor == 3 && t.format == 3 && t.depth == 32 {
		return nil
	}
	return fmt.Errorf("predictor %d with samples of %d bits, format %d is not implemented", t.predictor, t.depth, t.format)
}
