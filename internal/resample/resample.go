// SPDX-License-Identifier: MIT

// Package resample changes the size of 8-bit images exactly as Pillow does: along rows,
// then along columns, each with rounding to 8 bits, with integer weights of 22 binary
// places. Where the image becomes smaller the filters are widened (antialiasing).
//
// The sums run in assembly where there is some; all implementations give the same bits.
package resample

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
	middle        []uint8 // after the pass along rows
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
	use := chosen.Load()
	row := w * n
	// The rows of assembly end beyond their last pixel.
	stride := (row + slack + 31) &^ 31
	if need := stride * (src.Height + 1); cap(r.middle) < need { // weights come in pairs
		r.middle = make([]uint8, need)
	}
	r.middle = r.middle[:cap(r.middle)]
	r.horizontal(use, stride, w, src, f)
	a := &r.rows
	a.set(src.Height, h, f)
	for y := range h {
		line := dst[y*row:][:row]
		first := int(a.first[y]) * stride
		if use.vertical != nil && row >= use.width {
			use.vertical(&line[0], &r.middle[first], stride, row, int(a.count[y]+1)/2, &a.packed[y*a.pairs*4])
			continue
		}
		verticalGeneric(line, r.middle[first:], stride, a.weights(y))
	}
}

// horizontal writes src with w pixels a row to middle, whose rows are stride bytes apart.
func (r *Resizer) horizontal(use *implementation, stride, w int, src Source, f Filter) {
	n, dst := src.Channels, r.middle
	row := func(y int) int { return src.Origin + y*src.Stride }
	if w == src.Width {
		for y := range src.Height {
			copy(dst[y*stride:][:w*n], src.Pix[row(y):])
		}
		return
	}
	a := &r.columns
	a.set(src.Width, w, f)
	y := 0
	if use.horizontal != nil && n == 3 && src.Height >= rowsAtOnce {
		// The reads of a block end that many bytes after the beginning of its rows.
		reach := 3*int(a.furthest) + slack
		for y < src.Height {
			at := min(y, src.Height-rowsAtOnce) // the last block may do rows again
			last := max(row(at), row(at+rowsAtOnce-1))
			if last+reach > cap(src.Pix) {
				break
			}
			use.horizontal(&dst[at*stride], stride, &src.Pix[row(at)], src.Stride, w, a.pairs, &a.first[0], &a.packed[0])
			y = at + rowsAtOnce
		}
	}
	for ; y < src.Height; y++ {
		horizontalGeneric(dst[y*stride:][:w*n], src.Pix[row(y):], n, a)
	}
}
