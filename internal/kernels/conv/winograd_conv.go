// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// winogradRun is a convolution by Winograd's algorithm under way, from planes of h×w
// to planes of oh×ow whose tiles see what begins padH rows above and padW pixels to
// the left. V and M are [36][kernels.blocks][gemm.tiles][16], transformed inputs and outputs.
//
// If the weights are small, a task takes a few tiles through all steps, with V and M
// in the second-level cache (chunked). Large weights would be read again for each
// such task; then each step goes over many tiles with all threads (phased).
type winogradRun struct {
	k                   *blockedKernels
	h, w, oh, ow        int
	padH, padW          int
	high, wide          int // tiles of an image
	in, out             int // channels
	inBlocks, outBlocks int
	pairs               int
	tiles               int // of all images
	y, x, packed        []float32
	bias, res, mask     []float32
	relu                bool
	plain               bool // y is in torch's order
	chunkTiles          int  // of a task
	tilePhase
	v, m              []float32
	offs              []int
	chunk             func(int)
	phaseIn, phaseOut func(int)
	phaseMultiply     func(int)
	stripes           int // parts of the pairs in a multiplication, or that tasks share
}

const (
	winogradChunked = 1 << 20 // elements of transformed weights up to which tasks are chunked
	winogradShared  = 1 << 22 // elements of V and M that phases share, about
	phaseTiles      = 32      // that a task of a phase transforms for one block of channels
)

var winogradRuns sync.Pool

func newWinogradRun() *winogradRun {
	r, _ := winogradRuns.Get().(*winogradRun)
	if r == nil {
		r = &winogradRun{}
		r.chunk, r.phaseIn, r.phaseMultiply, r.phaseOut = r.task, r.inputTask, r.multiplyTask, r.outputTask
	}
	r.k = blockedTable.Get()
	return r
}

func (r *winogradRun) close() {
	r.y, r.x, r.packed, r.bias, r.res, r.mask, r.v, r.m = nil, nil, nil, nil, nil, nil, nil, nil
	winogradRuns.Put(r)
}

// forPass sets what follows from the shape.
func (r *winogradRun) forPass(p *Shape, pass Pass) {
	r.h, r.w, r.oh, r.ow, r.padH, r.padW, r.in, r.out = p.H, p.W, p.OH, p.OW, p.PadH, p.PadW, p.C, p.O
	if pass == GradInput {
		r.h, r.w, r.oh, r.ow, r.padH, r.padW, r.in, r.out = p.OH, p.OW, p.H, p.W, 2-p.PadH, 2-p.PadW, p.O, p.C
	}
	r.high, r.wide = (r.oh+winogradTile-1)/winogradTile, (r.ow+winogradTile-1)/winogradTile
	r.inBlocks, r.outBlocks = Blocks(r.in), Blocks(r.out)
	r.pairs = (r.outBlocks + 1) / 2
	r.tiles = p.N * r.high * r.wide
}

func winogradConv(p *Shape, pass Pass, y, x, packed []float32, e Epilogue) {
	r := newWinogradRun()
	r.forPass(p, pass)
	if len(packed) > winogradChunked && (r.oh%winogradTile > 0 || r.ow%winogradTile > 0) {
		r.close()
		winogradRagged(p, pass, y, x, packed, e)
		return
	}
	r.y, r.x, r.packed, r.res, r.mask, r.relu, r.plain = y, x, packed, e.Residual, e.Mask, e.ReLU, e.Plain
	bias := wholePairs(e.Bias)
	if bias != nil {
		r.bias = *bias
	}
	if winogradTaps*r.inBlocks*r.pairs*Block*pairLanes <= winogradChunked {
		r.chunked()
	} else {
		r.phased()
	}
	if bias != nil {
		par.GiveBack(bias)
	}
	r.close()
}

// winogradMoved is about what the transforms of a block of a tile take, in nanoseconds.
const winogradMoved = 40

// nanos is the cost of the products of some tiles.
func (r *winogradRun) nanos(tiles int) int64 {
	return int64(tiles) * winogradTaps * int64(r.inBlocks*r.outBlocks*Block*Block) / int64(r.k.rate)
}

// winogradPlane is the distance between the 36 matrices of V or M.
func winogradPlane(blocks, tiles int) int { return blocks*tiles*Block + winogradPad }

func (r *winogradRun) chunked() {
	r.chunkTiles = 14 / r.k.pixels * r.k.pixels
	if 16%r.wide == 0 && r.k.pixels >= 8 {
		r.chunkTiles = 16 // whole rows of tiles
	}
	r.stripes = 1
	if r.tiles <= r.chunkTiles { // two tasks nevertheless
		if r.pairs > 1 {
			r.stripes = 2
		} else {
			r.chunkTiles = (r.tiles + 1) / 2
		}
	}
	chunks := (r.tiles + r.chunkTiles - 1) / r.chunkTiles
	r.offsets(r.chunkTiles)
	moved := int64(r.tiles * (r.stripes*r.inBlocks + r.outBlocks) * winogradMoved)
	par.Parallel(chunks*r.stripes, r.nanos(r.tiles)+moved, r.chunk)
}

// offsets notes where the blocks of a pixel lie in V of that many tiles.
func (r *winogradRun) offsets(tiles int) {
	r.offs = r.offs[:0]
	for c := range r.inBlocks {
		r.offs = append(r.offs, c*tiles*Block)
	}
}

// task takes some tiles through all steps, for a part of the pairs.
func (r *winogradRun) task(chunk int) {
	first, stripe := chunk/r.stripes*r.chunkTiles, chunk%r.stripes
	n := min(r.chunkTiles, r.tiles-first)
	pair, end := stripe*r.pairs/r.stripes, (stripe+1)*r.pairs/r.stripes
	sv := par.Scratch[float32](winogradTaps * winogradPlane(r.inBlocks, r.chunkTiles))
	sm := par.Scratch[float32](winogradTaps * winogradPlane(r.outBlocks, r.chunkTiles))
	j := newWinogradJob()
	for b := range r.inBlocks {
		r.input(j, *sv, r.chunkTiles, first, first, first+n, b)
	}
	j.close()
	r.multiply(*sv, *sm, r.chunkTiles, n, 0, winogradTaps, pair, end, r.ahead(first, n))
	j = newWinogradJob()
	for b := 2 * pair; b < min(2*end, r.outBlocks); b++ {
		r.output(j, *sm, r.chunkTiles, first, first, first+n, b)
	}
	j.close()
	par.GiveBack(sm)
	par.GiveBack(sv)
}

// phased goes over many tiles at a time.
func (r *winogradRun) phased() {
	group := max(r.k.pixels, winogradShared/(winogradTaps*(r.inBlocks+r.outBlocks)*Block))
	groups := (r.tiles + group - 1) / group
	group = (r.tiles + groups - 1) / groups
	sv := par.Scratch[float32](winogradTaps * winogradPlane(r.inBlocks, group))
	sm := par.Scratch[float32](winogradTaps * winogradPlane(r.outBlocks, group))
	r.v, r.m, r.chunkTiles = *sv, *sm, group
	r.offsets(group)
	r.stripes = min(r.pairs, 4)
	for r.first = 0; r.first < r.tiles; r.first += group {
		r.last = min(r.first+group, r.tiles)
		n := r.last - r.first
		r.parts = (n + phaseTiles - 1) / phaseTiles
		par.Parallel(r.inBlocks*r.parts, int64(n*r.inBlocks)*100, r.phaseIn)
		par.Parallel(winogradTaps*r.stripes, r.nanos(n), r.phaseMultiply)
		par.Parallel(r.outBlocks*r.parts, int64(n*r.outBlocks)*100, r.phaseOut)
	}
	par.GiveBack(sm)
	par.GiveBack(sv)
}

// tilePhase is the tiles of the phases under way and in how many parts they are transformed.
type tilePhase struct{ first, last, parts int }

// part returns the tiles of a part.
func (p *tilePhase) part(i int) (from, to int) {
	n := p.last - p.first
	return p.first + i*n/p.parts, p.first + (i+1)*n/p.parts
}

func (r *winogradRun) inputTask(chunk int) {
	from, to := r.part(chunk % r.parts)
	j := newWinogradJob()
	r.input(j, r.v, r.chunkTiles, r.first, from, to, chunk/r.parts)
	j.close()
}

func (r *winogradRun) outputTask(chunk int) {
	from, to := r.part(chunk % r.parts)
	j := newWinogradJob()
	r.output(j, r.m, r.chunkTiles, r.first, from, to, chunk/r.parts)
	j.close()
}

func (r *winogradRun) multiplyTask(chunk int) {
	t, s := chunk/r.stripes, chunk%r.stripes
	r.multiply(r.v, r.m, r.chunkTiles, r.last-r.first, t, 1, s*r.pairs/r.stripes, (s+1)*r.pairs/r.stripes, [2][]float32{})
}

// input transforms tiles from … to-1 of one block of inputs into v, which has room for
// some tiles from first on.
func (r *winogradRun) input(j *winogradJob, v []float32, room, first, from, to, block int) {
	j.dstPos = winogradPlane(r.inBlocks, room)
	j.dstStep, j.srcStep = Block, winogradTile*Block
	size := r.h * r.w * Block
	for t := from; t < to; {
		image, row, col := t/(r.high*r.wide), t/r.wide%r.high, t%r.wide
		src := r.x[(image*r.inBlocks+block)*size:][:size]
		y, x := row*winogradTile-r.padH, col*winogradTile-r.padW
		j.dst = v[(block*room+t-first)*Block:]
		// Tiles of this row that see nothing outside.
		j.n = 0
		if x >= 0 && y >= 0 && y+winogradSight <= r.h {
			j.n = max(0, min(to-t, r.wide-col, (r.w-x-winogradSight)/winogradTile+1))
			if r.w-x < winogradSight {
				j.n = 0
			}
		}
		if j.n > 0 {
			j.src, j.srcRow = src[(y*r.w+x)*Block:], r.w*Block
			r.k.input(j)
			t += j.n
			continue
		}
		j.n = 1
		atEdge(j, winogradSight, 1, src, r.w, r.h, r.w, y, x, r.k.inputEdge, r.k.input)
		t++
	}
}

// atEdge transforms the tile of side×side pixels, step apart, of a plane from (y, x) on,
// which may reach beyond its h rows and w columns: with edge if there is one, else f gets a
// copy with zeros around. Rows of src are that many pixels apart.
func atEdge(j *winogradJob, side, step int, src []float32, row, h, w, y, x int, edge, f func(*winogradJob)) {
	if edge == nil {
		patchFrom(j, side*step, step, src, row, h, w, y, x, f)
		return
	}
	j.colsSeen = 0
	for i := range side {
		j.rowsSeen[i] = 0
		if at := y + i*step; at >= 0 && at < h {
			j.rowsSeen[i] = 1<<Block - 1
		}
		if at := x + i*step; at >= 0 && at < w {
			j.colsSeen |= 1 << i
		}
	}
	j.src, j.at, j.srcRow = src, (y*row+x)*Block, step*row*Block
	edge(j)
}

// patches keeps copies of what tiles at a border see.
var patches = sync.Pool{New: func() any { return new([stridedPatch * stridedPatch * Block]float32) }}

// patchFrom calls f with a copy of side×side pixels of a plane from (y, x) on, with zeros
// outside, for rows that are step apart.
func patchFrom(j *winogradJob, side, step int, src []float32, row, h, w, y, x int, f func(*winogradJob)) {
	patch := patches.Get().(*[stridedPatch * stridedPatch * Block]float32)
	left, right := max(x, 0), min(x+side, w)
	for i := range side {
		to := patch[i*side*Block : (i+1)*side*Block]
		if y+i < 0 || y+i >= h || left >= right {
			clear(to)
			continue
		}
		clear(to[:(left-x)*Block])
		copy(to[(left-x)*Block:], src[((y+i)*row+left)*Block:((y+i)*row+right)*Block])
		clear(to[(right-x)*Block:])
	}
	j.src, j.srcRow = patch[:], step*side*Block
	f(j)
	patches.Put(patch)
}

// multiply computes some of the 36 products, from t on, for n tiles and some pairs of
// blocks. Meanwhile it fetches what is ahead.
func (r *winogradRun) multiply(v, m []float32, room, n, t, times, pair, end int, ahead [2][]float32) {
	j := tileJobs.Get().(*tileJob)
	j.offs, j.run, j.times = r.offs, Block, times
	j.aPixel, j.cPixel, j.cBlock = Block, Block, room*Block
	size := r.inBlocks * Block * pairLanes // of the weights of a pair
	j.aNext, j.bNext, j.cNext = winogradPlane(r.inBlocks, room), r.pairs*size+winogradPad, winogradPlane(r.outBlocks, room)
	pixels := r.k.pixels
	if r.inBlocks <= 2 && r.outBlocks > 1 {
		pixels = r.k.short
	}
	tiles := (n + pixels - 1) / pixels
	for pair < end {
		j.blocks, j.groups = 2, 1
		if 2*pair+1 == r.outBlocks {
			j.blocks = 1
		} else if tiles == 1 {
			j.groups = min(end, r.outBlocks/2) - pair
		}
		j.b = r.packed[t*j.bNext+pair*size:]
		for q := range tiles {
			from := q * n / tiles
			j.pixels = (q+1)*n/tiles - from
			j.a = v[t*j.aNext+from*Block:]
			j.c = m[t*j.cNext+(2*pair*room+from)*Block:]
			j.ahead = share(ahead[min(q, 1)], pair, pair+j.groups, r.pairs)
			j.lines = (len(j.ahead)/Block + times - 1) / times
			r.k.tile(j)
		}
		pair += j.groups
	}
	j.close()
}

// share is the parts from … to-1 of a number of parts of s.
func share(s []float32, from, to, parts int) []float32 {
	return s[from*len(s)/parts : to*len(s)/parts]
}

// ahead returns what the task after the one of n tiles from first on reads of x, and where
// this one writes y, if each is in one piece: memory would have nothing to do while tiles
// are multiplied.
func (r *winogradRun) ahead(first, n int) (a [2][]float32) {
	if n%r.wide == 0 {
		if r.inBlocks == 1 || n%(r.high*r.wide) == 0 {
			a[0] = r.rows(r.x, r.inBlocks, r.h, r.w, first+n, min(first+2*n, r.tiles))
		}
		if !r.plain && (r.outBlocks == 1 || n%(r.high*r.wide) == 0) {
			a[1] = r.rows(r.y, r.outBlocks, r.oh, r.ow, first, first+n)
		}
	}
	return a
}

// rows returns the planes of the rows of tiles from … to-1.
func (r *winogradRun) rows(s []float32, blocks, h, w, from, to int) []float32 {
	at := func(t int) int {
		image, row := t/(r.high*r.wide), t/r.wide%r.high
		return (image*blocks*h + min(row*winogradTile, h)) * w * Block
	}
	return s[at(from):at(to)]
}

// output transforms tiles from … to-1 of one block of outputs from m into y.
func (r *winogradRun) output(j *winogradJob, m []float32, room, first, from, to, block int) {
	j.srcPos = winogradPlane(r.outBlocks, room)
	j.srcStep, j.dstStep, j.dstRow = Block, winogradTile*Block, r.ow*Block
	j.relu = r.relu
	if r.bias != nil {
		j.bias = r.bias[block*Block:]
	}
	var plain plainRows
	if r.plain {
		s := par.Scratch[float32](winogradTile * winogradTile * (to - from) * Block)
		defer par.GiveBack(s)
		plain = plainRows{r.y, r.out, r.oh, r.ow, from, to, *s}
	}
	for t := from; t < to; t += j.n {
		image, row, col := t/(r.high*r.wide), t/r.wide%r.high, t%r.wide
		y, x := row*winogradTile, col*winogradTile
		j.rows, j.cols = min(winogradTile, r.oh-y), min(winogradTile, r.ow-x)
		j.n = 1
		if j.cols == winogradTile {
			j.n = min(to-t, (r.ow-x)/winogradTile)
		}
		at := (((image*r.outBlocks+block)*r.oh+y)*r.ow + x) * Block
		j.src = m[(block*room+t-first)*Block:]
		if r.plain {
			plain.place(j, t)
			r.k.output(j)
			plain.wrote(j, t, block)
			continue
		}
		j.dst = r.y[at:]
		if r.res != nil {
			j.res = r.res[at:]
		}
		r.k.output(j)
		if r.mask != nil {
			j.maskReLU(r.mask[at:])
		}
		j.clearFilling(r.out, block)
	}
}
