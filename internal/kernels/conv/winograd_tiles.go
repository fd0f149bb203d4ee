// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// tileLine is how a line of outputs is cut into tiles of four: the last ones are of three
// where that fits better.
type tileLine struct{ size, tiles, short int }

func tilesOf(size int) tileLine {
	n := (size + winogradTile - 1) / winogradTile
	return tileLine{size, n, min(n, n*winogradTile-size)}
}

// at is where tile i begins.
func (l tileLine) at(i int) int { return i*winogradTile - max(0, i-(l.tiles-l.short)) }

// tiledRun is a convolution of such tiles by Winograd's algorithm under way. v and m are
// [side²][phases·blocks][gemm.tiles][16], all blocks of one phase after those of another, and
// [side²][kernels.blocks][gemm.tiles][16]; packed weights are [side²][pairs][phases·blocks·16][32], with
// gap elements after each of the side².
//
// At the point ∞ there is only the fourth row or column of outputs, so that tiles of three
// do not need it; nor do phases of fewer taps than others, whose weights are left out
// there. So tiles are in the order of four kinds: of four rows and three columns, of four
// by four, of three by four and of three by three.
//
// Tasks are as those of winogradRun: chunked, or phased if the weights are many.
type tiledRun struct {
	k                           *blockedKernels
	transform, edge, back       func(*winogradJob) // edge: of one tile that looks outside, or nil
	images, h, w, oh, ow        int
	padH, padW                  int
	stride, phases, side, sight int // sight: pixels that a tile sees in each direction
	gap                         int
	high, wide                  tileLine
	ends                        [4]int // of the tiles of each kind
	out, inBlocks, outBlocks    int
	pairs                       int
	y, x, packed                []float32
	bias, res, mask             []float32
	relu                        bool
	room                        int // tiles that v and m have room for
	tilePhase
	v, m              []float32
	stripes, shares   int
	own               ownInputs
	offs              [2][2][]int // of what is used at a finite point or ∞: by row, column
	chunk             func(int)
	phaseIn, phaseOut func(int)
	phaseMultiply     func(int)
	weights           *packing // that are not packed
	phaseUnpacked     func(int)
}

var tiledRuns sync.Pool

func newTiledRun() *tiledRun {
	r, _ := tiledRuns.Get().(*tiledRun)
	if r == nil {
		r = &tiledRun{}
		r.chunk, r.phaseIn, r.phaseMultiply, r.phaseOut = r.task, r.inputTask, r.multiplyTask, r.outputTask
		r.phaseUnpacked = r.unpackedTask
	}
	r.k = blockedTable.Get()
	return r
}

func winogradStrided(p *Shape, y, x, packed []float32, e Epilogue) {
	r := newTiledRun()
	k := r.k.strided
	if k == nil {
		k = stridedGo
	}
	r.transform, r.edge, r.back = k.input, k.inputEdge, k.output
	r.images, r.h, r.w, r.oh, r.ow, r.padH, r.padW = p.N, p.H, p.W, p.OH, p.OW, p.PadH, p.PadW
	r.stride, r.phases, r.side, r.sight, r.gap = 2, 4, stridedSide, stridedPatch, 0
	r.run(p.C, p.O, y, x, packed, e)
}

// winogradRagged is winogradConv with some tiles of three outputs.
func winogradRagged(p *Shape, pass Pass, y, x, packed []float32, e Epilogue) {
	r, in, out := newRaggedRun(p, pass)
	r.run(in, out, y, x, packed, e)
}

func newRaggedRun(p *Shape, pass Pass) (r *tiledRun, in, out int) {
	r = newTiledRun()
	r.transform, r.edge, r.back = r.k.input, r.k.inputEdge, r.k.output
	r.stride, r.phases, r.side, r.sight, r.gap = 1, 1, winogradSight, winogradSight, winogradPad
	r.images, r.h, r.w, r.oh, r.ow, r.padH, r.padW = p.N, p.H, p.W, p.OH, p.OW, p.PadH, p.PadW
	if pass == GradInput {
		r.h, r.w, r.oh, r.ow, r.padH, r.padW = p.OH, p.OW, p.H, p.W, 2-p.PadH, 2-p.PadW
		return r, p.O, p.C
	}
	return r, p.C, p.O
}

// cut sets what follows from the shape.
func (r *tiledRun) cut(in, out int) {
	r.high, r.wide = tilesOf(r.oh), tilesOf(r.ow)
	fullH, fullW := r.high.tiles-r.high.short, r.wide.tiles-r.wide.short
	n := 0
	for kind, size := range [4]int{fullH * r.wide.short, fullH * fullW, r.high.short * fullW, r.high.short * r.wide.short} {
		n += r.images * size
		r.ends[kind] = n
	}
	r.out, r.inBlocks, r.outBlocks = out, Blocks(in), Blocks(out)
	r.pairs = (r.outBlocks + 1) / 2
}

func (r *tiledRun) run(in, out int, y, x, packed []float32, e Epilogue) {
	r.cut(in, out)
	r.y, r.x, r.packed, r.res, r.mask, r.relu = y, x, packed, e.Residual, e.Mask, e.ReLU
	bias := wholePairs(e.Bias)
	if bias != nil {
		r.bias = *bias
	}
	if r.weights == nil && len(packed) <= winogradChunked {
		r.chunked()
	} else {
		r.phased()
	}
	if bias != nil {
		par.GiveBack(bias)
	}
	r.close()
}

func (r *tiledRun) close() {
	r.y, r.x, r.packed, r.bias, r.res, r.mask, r.v, r.m, r.weights = nil, nil, nil, nil, nil, nil, nil, nil, nil
	tiledRuns.Put(r)
}

// nanos is the cost of the products of some tiles.
func (r *tiledRun) nanos(tiles int) int64 {
	return int64(tiles*r.side*r.side*r.phases) * int64(r.inBlocks*r.outBlocks*Block*Block) / int64(r.k.rate)
}

func (r *tiledRun) vPlane() int { return winogradPlane(r.phases*r.inBlocks, r.room) }
func (r *tiledRun) mPlane() int { return winogradPlane(r.outBlocks, r.room) }

// prepare makes room for some tiles.
func (r *tiledRun) prepare(room int) {
	r.room = room
	for row := range 2 {
		for col := range 2 {
			offs := r.offs[row][col][:0]
			for phase := range r.phases {
				if r.phases == 4 && (row == 1 && phase >= 2 || col == 1 && phase%2 == 1) {
					continue
				}
				for c := range r.inBlocks {
					offs = append(offs, (phase*r.inBlocks+c)*room*Block)
				}
			}
			r.offs[row][col] = offs
		}
	}
}

func (r *tiledRun) chunked() {
	r.prepare(14 / r.k.pixels * r.k.pixels)
	n := r.ends[3]
	par.Parallel((n+r.room-1)/r.room, r.nanos(n), r.chunk)
}

// task takes some tiles through all steps.
func (r *tiledRun) task(chunk int) {
	first := chunk * r.room
	last := min(first+r.room, r.ends[3])
	sv, sm := par.Scratch[float32](r.side*r.side*r.vPlane()), par.Scratch[float32](r.side*r.side*r.mPlane())
	for b := range r.inBlocks {
		r.input(*sv, first, first, last, b)
	}
	for y := range 2 {
		for x := range 2 {
			r.multiply(*sv, *sm, first, last, y, x, 0, r.pairs)
		}
	}
	for b := range r.outBlocks {
		r.output(*sm, first, first, last, b)
	}
	par.GiveBack(sm)
	par.GiveBack(sv)
}

// phased goes over many tiles at a time.
func (r *tiledRun) phased() {
	tiles := r.ends[3]
	group := max(r.k.pixels, winogradShared/(r.side*r.side*(r.phases*r.inBlocks+r.outBlocks)*Block))
	groups := (tiles + group - 1) / group
	group = (tiles + groups - 1) / groups
	r.prepare(group)
	sv, sm := par.Scratch[float32](r.side*r.side*r.vPlane()), par.Scratch[float32](r.side*r.side*r.mPlane())
	r.v, r.m = *sv, *sm
	r.stripes = min(r.pairs, 4)
	for r.first = 0; r.first < tiles; r.first += group {
		r.last = min(r.first+group, tiles)
		n := r.last - r.first
		r.parts = (n + phaseTiles - 1) / phaseTiles
		par.Parallel(r.inBlocks*r.parts, int64(n*r.inBlocks)*250, r.phaseIn)
		if r.weights != nil {
			r.shares = (par.Threads() + r.pairs - 1) / r.pairs
			par.Parallel(r.pairs*r.shares, r.nanos(n), r.phaseUnpacked)
		} else {
			par.Parallel(r.side*r.side*r.stripes, r.nanos(n), r.phaseMultiply)
		}
		par.Parallel(r.outBlocks*r.parts, int64(n*r.outBlocks)*80, r.phaseOut)
	}
	par.GiveBack(sm)
	par.GiveBack(sv)
}

func (r *tiledRun) inputTask(chunk int) {
	from, to := r.part(chunk % r.parts)
	r.input(r.v, r.first, from, to, chunk/r.parts)
}

func (r *tiledRun) outputTask(chunk int) {
	from, to := r.part(chunk % r.parts)
	r.output(r.m, r.first, from, to, chunk/r.parts)
}

func (r *tiledRun) multiplyTask(chunk int) {
	t, s := chunk/r.stripes, chunk%r.stripes
	r.products(r.v, r.m, r.first, r.last, t, 1, 0, s*r.pairs/r.stripes, (s+1)*r.pairs/r.stripes)
}

// at returns where tile t begins in the output, its size, and how many of its row and kind
// follow up to end.
func (r *tiledRun) at(t, end int) (image, y, x, rows, cols, n int) {
	kind, begin := 0, 0
	for t >= r.ends[kind] {
		begin = r.ends[kind]
		kind++
	}
	fullH, fullW := r.high.tiles-r.high.short, r.wide.tiles-r.wide.short
	high, wide, row, col := fullH, fullW, 0, 0
	rows, cols = winogradTile, winogradTile
	if kind >= 2 {
		high, row, rows = r.high.short, fullH, winogradTile-1
	}
	if kind == 0 || kind == 3 {
		wide, col, cols = r.wide.short, fullW, winogradTile-1
	}
	t -= begin
	n = min(end-begin-t, wide-t%wide, r.ends[kind]-begin-t)
	y, x = r.high.at(row+t/wide%high), r.wide.at(col+t%wide)
	return t / (high * wide), y, x, min(rows, r.oh-y), min(cols, r.ow-x), n
}

// input transforms all phases of tiles from … to-1 of one block of inputs into v, which
// has room for some tiles from first on.
func (r *tiledRun) input(v []float32, first, from, to, block int) {
	j := newWinogradJob()
	j.dstPos, j.dstStep = r.vPlane(), Block
	size := r.h * r.w * Block
	for t := from; t < to; {
		image, y, x, _, cols, n := r.at(t, to)
		if cols < winogradTile {
			cols = winogradTile - 1
		}
		src := r.x[(image*r.inBlocks+block)*size:][:size]
		y, x = r.stride*y-r.padH, r.stride*x-r.padW
		// Tiles that see nothing outside.
		inside := 0
		if y >= 0 && x >= 0 && y+r.sight <= r.h && x+r.sight <= r.w {
			inside = min(n, (r.w-x-r.sight)/(r.stride*cols)+1)
		}
		for phase := range r.phases {
			j.dst = v[((phase*r.inBlocks+block)*r.room+t-first)*Block:]
			py, px := phase/2, phase%2
			if inside > 0 {
				j.n, j.srcStep, j.srcRow = inside, r.stride*cols*Block, r.stride*r.w*Block
				j.src = src[((y+py)*r.w+x+px)*Block:]
				r.transform(j)
				continue
			}
			j.n = 1
			atEdge(j, r.side, r.stride, src, r.w, r.h, r.w, y+py, x+px, r.edge, r.transform)
		}
		t += max(1, inside)
	}
	j.close()
}

// matrices calls f with those of finite points, or of ∞ if row is 1, col is 1 or both: some
// from t on, so far apart.
func (r *tiledRun) matrices(row, col int, f func(t, times, apart int)) {
	finite := r.side - 1
	switch {
	case row == 0 && col == 0:
		for y := range finite {
			f(y*r.side, finite, 1)
		}
	case col == 0:
		f(finite*r.side, finite, 1)
	case row == 0:
		f(finite, finite, r.side)
	default:
		f(r.side*r.side-1, 1, 0)
	}
}

// seen returns which tiles of first … last-1 there are at finite points, or at ∞ if row is
// 1, col is 1 or both. It may be less than none.
func (r *tiledRun) seen(first, last, row, col int) (begin, n int) {
	if row == 1 { // four rows: the first two kinds
		last = min(last, r.ends[1])
	}
	if col == 1 { // four columns: the second and third kind
		first, last = max(first, r.ends[0]), min(last, r.ends[2])
	}
	return first, last - first
}

// multiply computes the products of tiles first … last-1 with those matrices.
func (r *tiledRun) multiply(v, m []float32, first, last, row, col, pair, end int) {
	r.matrices(row, col, func(t, times, apart int) {
		r.products(v, m, first, last, t, times, apart, pair, end)
	})
}

// products computes some of the 25 products, from t on and so far apart, for tiles from
// first on, for which v and m have room, to last-1 and some pairs of blocks.
func (r *tiledRun) products(v, m []float32, first, last, t, times, apart, pair, end int) {
	row, col := t/r.side/(r.side-1), t%r.side/(r.side-1)
	begin, n := r.seen(first, last, row, col)
	if n <= 0 {
		return
	}
	j := tileJobs.Get().(*tileJob)
	j.offs, j.run, j.times = r.offs[row][col], Block, times
	j.aPixel, j.cPixel, j.cBlock = Block, Block, r.room*Block
	size := r.phases * r.inBlocks * Block * pairLanes // of the packed weights of a pair
	a, b, c := r.vPlane(), r.pairs*size+r.gap, r.mPlane()
	j.aNext, j.bNext, j.cNext = apart*a, apart*b, apart*c
	tiles := (n + r.k.pixels - 1) / r.k.pixels
	for pair < end {
		j.blocks, j.groups = min(2, r.outBlocks-2*pair), 1
		if r.phases == 1 && tiles == 1 && j.blocks == 2 {
			j.groups = min(end, r.outBlocks/2) - pair
		}
		j.b = r.packed[t*b+pair*size:]
		for q := range tiles {
			from := q * n / tiles
			j.pixels = (q+1)*n/tiles - from
			at := begin - first + from
			j.a = v[t*a+at*Block:]
			j.c = m[t*c+(2*pair*r.room+at)*Block:]
			r.k.tile(j)
		}
		pair += j.groups
	}
	j.close()
}

// output transforms tiles from … to-1 of one block of outputs from m into y.
func (r *tiledRun) output(m []float32, first, from, to, block int) {
	j := newWinogradJob()
	j.srcPos, j.srcStep = r.mPlane(), Block
	j.dstStep, j.dstRow, j.relu = winogradTile*Block, r.ow*Block, r.relu
	if r.bias != nil {
		j.bias = r.bias[block*Block:]
	}
	for t := from; t < to; t += j.n {
		image, y, x, rows, cols, n := r.at(t, to)
		j.rows, j.cols, j.n = rows, cols, 1
		if cols == winogradTile {
			j.n = n
		}
		at := (((image*r.outBlocks+block)*r.oh+y)*r.ow + x) * Block
		j.src, j.dst = m[(block*r.room+t-first)*Block:], r.y[at:]
		if r.res != nil {
			j.res = r.res[at:]
		}
		r.back(j)
		if r.mask != nil {
			j.maskReLU(r.mask[at:])
		}
		j.clearFilling(r.out, block)
	}
	j.close()
}
