// SPDX-License-Identifier: MIT

// Package resample changes the size of 8-bit images exactly as Pillow does: along rows,
// then along columns, each with rounding to 8 bits, with integer weights of 22 binary
// places. Where the image becomes smaller the filters are widened (antialiasing).
//
// The sums run in assembly where there is some; all implementations give the same bits.
package resample

//go:generate go run -C ../asm ./resample

// Filter is how new pixels are computed from old ones.
type Filter int

const (
	Bilinear Filter = iota
	Nearest
	Bicubic
)

// precision is the number of binary places of a weight.
const precision = 32 - 8 - 2

// Source is the picture to read: a view into larger memory, channels interleaved.
type Source struct {
	Pix           []uint8
	Origin        int // index of the first byte
	Stride        int // bytes from a row to the next; negative if the rows run upwards
	Width, Height int
	Channels      int
}

// Resizer keeps the weights and memory of the size before: many pictures of the same
// size cost no weights, and any number no allocations. The zero value is ready. It
// belongs to one goroutine at a time.
type Resizer struct {
	columns, rows axis
	middle        []uint8 // after the first pass
	block         []uint8 // rowsAtOnce rows and what comes after them
}

// Resize writes src at size w by h into dst, which must hold w*h*channels bytes and not
// overlap src. All sizes must be positive.
func (r *Resizer) Resize(dst []uint8, w, h int, src Source, f Filter) {
	n := src.Channels
	dst = dst[:w*h*n]
	if f == Nearest {
		r.nearest(dst, w, h, src)
		return
	}
	use := passes.Get()
	between := src
	switch less, lower := src.Width-w, src.Height-h; {
	case less == 0:
		r.vertical(use, dst, h, src, f)
		return
	case lower == 0:
		r.horizontal(use, dst, w*n, w, src, f)
		return
	case lower > 0 && lower > 2*less:
		// Since version 13 Pillow does the columns first where that saves much. The
		// rounding between the passes makes a difference.
		between.Height, between.Origin, between.Stride = h, 0, src.Width*n
		between.Pix = r.between(between.Stride * h)
		r.vertical(use, between.Pix, h, src, f)
		r.horizontal(use, dst, w*n, w, between, f)
	default:
		between.Width, between.Origin, between.Stride = w, 0, (w*n+slack+31)&^31
		between.Pix = r.between(between.Stride * src.Height)
		r.horizontal(use, between.Pix, between.Stride, w, src, f)
		r.vertical(use, dst, h, between, f)
	}
}

// between returns memory with some bytes behind, which vectors read.
func (r *Resizer) between(n int) []uint8 {
	if cap(r.middle) < n+2*slack {
		r.middle = make([]uint8, n+2*slack)
	}
	return r.middle[:n]
}

// vertical writes src with h rows to dst.
func (r *Resizer) vertical(use *implementation, dst []uint8, h int, src Source, f Filter) {
	a := &r.rows
	a.set(src.Height, h, f)
	row := src.Width * src.Channels
	for y := range h {
		line := dst[y*row:][:row]
		first := src.Origin + int(a.first[y])*src.Stride
		if use.vertical != nil && row >= use.width && src.Height > 1 {
			use.vertical(&line[0], &src.Pix[first], src.Stride, row, int(a.count[y]+1)/2, &a.packed[y*a.pairs*4])
			continue
		}
		verticalGeneric(line, src.Pix, first, src.Stride, a.weights(y))
	}
}

// horizontal writes src with w pixels a row to dst, whose rows are stride bytes apart.
func (r *Resizer) horizontal(use *implementation, dst []uint8, stride, w int, src Source, f Filter) {
	n := src.Channels
	a := &r.columns
	a.set(src.Width, w, f)
	row := func(y int) int { return src.Origin + y*src.Stride }
	y := 0
	if use.horizontal != nil && n == 3 && src.Height >= rowsAtOnce {
		// The reads of a block end that many bytes after the beginning of its rows.
		reach := 3*int(a.furthest) + slack
		apart := stride
		if stride < w*n+slack { // what comes after a row would be in the next
			apart = w*n + slack
			r.block = grow(r.block, rowsAtOnce*apart)
		}
		for y < src.Height {
			at := min(y, src.Height-rowsAtOnce) // the last block may do rows again
			last := max(row(at), row(at+rowsAtOnce-1))
			if last+reach > cap(src.Pix) {
				break
			}
			to := dst[at*stride:]
			if apart != stride {
				to = r.block
			}
			use.horizontal(&to[0], apart, &src.Pix[row(at)], src.Stride, w, a.pairs, &a.first[0], &a.packed[0])
			if apart != stride {
				for i := range rowsAtOnce {
					copy(dst[(at+i)*stride:][:w*n], to[i*apart:])
				}
			}
			y = at + rowsAtOnce
		}
	}
	for ; y < src.Height; y++ {
		horizontalGeneric(dst[y*stride:][:w*n], src.Pix[row(y):], n, a)
	}
}
