// SPDX-License-Identifier: MIT

package conv

import "github.com/stheno-go/stheno/internal/kernels/gemm"

// Where the result of a blocked convolution is needed in torch's order, a task converts
// what it has computed while that is in its cache. A pass over memory would take longer
// than many a convolution.

// WritesPlain reports whether [Blocked] should write y in torch's order with that
// algorithm. Rows shorter than a square of the transposition are converted better
// afterwards, and so are images of which two tasks would write to the same cache lines.
func (p *Shape) WritesPlain(alg Algorithm) bool {
	alg = p.resolve(Forward, alg)
	return p.canWritePlain(alg) && (alg == Direct && p.OH*p.OW >= plainImage || alg == Winograd && p.OW >= plainRow)
}

// canWritePlain reports whether it is able to. Winograd's algorithm takes tiles in another
// order than that of rows for strides and where tiles of four outputs do not fit.
func (p *Shape) canWritePlain(alg Algorithm) bool {
	rows := p.stem() || !p.strided() && p.OH%winogradTile == 0 && p.OW%winogradTile == 0
	return p.Groups == 1 && (alg == Direct || rows)
}

// The sizes from which that pays, in pixels.
const plainRow, plainImage = 8, 256

// unblock writes the first used channels of width pixels of a block, src, to planes whose
// elements are plane apart:
//
//	for c, i := range used, width {
//		dst[c*plane+i] = src[i*Block+c]
//	}
func unblock(dst, src []float32, plane, used, width int) {
	dst, src = dst[:(used-1)*plane+width], src[:(width-1)*Block+used]
	if t := gemm.TileFor[float32](); t.Transpose != nil && used >= t.Square && width >= t.Square {
		gemm.PackSquares(t, dst, src, Block, used, plane, width)
		return
	}
	for c := range used {
		for i := range width {
			dst[c*plane+i] = src[i*Block+c]
		}
	}
}

// plainRows joins the tiles of 4×4 outputs that a task computes of a row of tiles, and
// writes them to y, images of channels planes of h×w.
type plainRows struct {
	y              []float32
	channels, h, w int
	from, to       int // tiles of the task, counted through all images
	rows           []float32
}

// span returns the columns of the row of tile t that belong to the task.
func (r *plainRows) Span(t int) (begin, end int) {
	wide := (r.w + winogradTile - 1) / winogradTile
	col := t % wide
	return max(0, col-(t-r.from)) * winogradTile, min(r.w, (col+r.to-t)*winogradTile)
}

// place lets j write tile t, and those after it, where it belongs.
func (r *plainRows) place(j *winogradJob, t int) {
	wide := (r.w + winogradTile - 1) / winogradTile
	begin, end := r.Span(t)
	j.dst, j.dstRow = r.rows[(t%wide*winogradTile-begin)*Block:], (end-begin)*Block
}

// wrote writes the row to y if j has completed it: tiles from t on of a block.
func (r *plainRows) wrote(j *winogradJob, t, block int) {
	high, wide := (r.h+winogradTile-1)/winogradTile, (r.w+winogradTile-1)/winogradTile
	begin, end := r.Span(t)
	if min(r.w, (t%wide+j.n)*winogradTile) < end {
		return
	}
	image, y, plane := t/(high*wide), t/wide%high*winogradTile, r.h*r.w
	at := (image*r.channels+block*Block)*plane + y*r.w + begin
	for i := range j.rows {
		unblock(r.y[at+i*r.w:], r.rows[i*(end-begin)*Block:], plane, min(Block, r.channels-block*Block), end-begin)
	}
}
