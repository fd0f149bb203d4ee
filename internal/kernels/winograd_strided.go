// SPDX-License-Identifier: MIT

package kernels

import "sync"

// stridedPoints are for the 2×2 taps that a phase of a 3×3 kernel has at most.
var stridedPoints = func() *winogradPoints {
	m := newWinogradPoints(1./2, 5./4)
	m.pixel = 2
	return m
}()

var stridedGo = &phaseKernels{input: stridedPoints.input, output: stridedPoints.output, weights: stridedWeightsGo}

const (
	stridedSide = 5 // of a transformed tile
	stridedTaps = stridedSide * stridedSide
	// stridedPatch is how many pixels a tile's phases see, in each direction.
	stridedPatch = 2 * stridedSide
)

// strided tells whether Winograd's algorithm applies to a forward pass: a 3×3 kernel with
// stride 2.
func (p *Conv) strided() bool {
	return p.Blocked(GradInput) && p.Groups == 1 && p.DilationH == 1 && p.DilationW == 1 && p.KH == 3 && p.KW == 3 && p.StrideH == 2 && p.StrideW == 2
}

// stridedFrom is the number of tiles of one weight of a tap from which Winograd pays for a
// stride of 2. Its weights take nine times the memory, so that tiles must share them: a
// tile pays for stridedShare weights of a tap.
const stridedFrom, stridedShare = 64 * 1024, 2048

// stridedPays tells whether it is faster than the direct sum.
func (p *Conv) stridedPays() bool {
	return blockedFor().strided != nil && p.tiles(Forward)*p.C*p.O >= stridedFrom && p.tiles(Forward) >= p.C*p.O/stridedShare
}

// tileLine is how a line of outputs is cut into tiles of four: the last ones are of three
// where that fits better.
type tileLine struct{ size, tiles, short int }

func tilesOf(size int) tileLine {
	n := (size + winogradTile - 1) / winogradTile
	return tileLine{size, n, min(n, n*winogradTile-size)}
}

// at is where tile i begins.
func (l tileLine) at(i int) int { return i*winogradTile - max(0, i-(l.tiles-l.short)) }

// stridedRun is such a convolution under way. v and m are [25][4·blocks][tiles][16], all
// blocks of one phase after those of another, and [25][blocks][tiles][16]; packed weights
// are [25][pairs][4·blocks·16][32]. Of a row or column of the point ∞ they are those of
// the phases of two taps in that direction, and only tiles of four outputs in that
// direction need it. So tiles are in the order of four kinds: of four rows and three
// columns, of four by four, of three by four and of three by three.
//
// Tasks are as those of winogradRun: chunked, or phased if the weights are many.
type stridedRun struct {
	k                   *blockedKernels
	kernels             *phaseKernels
	p                   *Conv
	high, wide          tileLine
	ends                [4]int // of the tiles of each kind
	inBlocks, outBlocks int
	pairs               int
	y, x, packed        []float32
	bias, res           []float32
	relu                bool
	room                int // tiles that v and m have room for
	first, last         int // tiles of the phases under way
	v, m                []float32
	parts, stripes      int
	offs                [2][2][]int // of phases used at a finite point or ∞: by row, column
	chunk               func(int)
	phaseIn, phaseOut   func(int)
	phaseMultiply       func(int)
}

var stridedRuns sync.Pool

func winogradStrided(p *Conv, y, x, packed []float32, e Epilogue) {
	r, _ := stridedRuns.Get().(*stridedRun)
	if r == nil {
		r = &stridedRun{}
		r.chunk, r.phaseIn, r.phaseMultiply, r.phaseOut = r.task, r.inputTask, r.multiplyTask, r.outputTask
	}
	r.k = blockedFor()
	r.kernels = r.k.strided
	if r.kernels == nil {
		r.kernels = stridedGo
	}
	r.p, r.high, r.wide = p, tilesOf(p.OH), tilesOf(p.OW)
	fullH, fullW := r.high.tiles-r.high.short, r.wide.tiles-r.wide.short
	n := 0
	for kind, size := range [4]int{fullH * r.wide.short, fullH * fullW, r.high.short * fullW, r.high.short * r.wide.short} {
		n += p.N * size
		r.ends[kind] = n
	}
	r.inBlocks, r.outBlocks = Blocks(p.C), Blocks(p.O)
	r.pairs = (r.outBlocks + 1) / 2
	r.y, r.x, r.packed, r.res, r.relu = y, x, packed, e.Residual, e.ReLU
	bias := wholePairs(e.Bias)
	if bias != nil {
		r.bias = *bias
	}
	if len(packed) <= winogradChunked {
		r.chunked()
	} else {
		r.phased()
	}
	if bias != nil {
		giveBack(bias)
	}
	r.p, r.y, r.x, r.packed, r.bias, r.res, r.v, r.m = nil, nil, nil, nil, nil, nil, nil, nil
	stridedRuns.Put(r)
}

// nanos is the cost of the products of some tiles.
func (r *stridedRun) nanos(tiles int) int64 {
	return int64(tiles) * 81 * int64(r.inBlocks*r.outBlocks*Block*Block) / int64(r.k.rate)
}

func (r *stridedRun) vPlane() int { return winogradPlane(4*r.inBlocks, r.room) }
func (r *stridedRun) mPlane() int { return winogradPlane(r.outBlocks, r.room) }

// prepare makes room for some tiles.
func (r *stridedRun) prepare(room int) {
	r.room = room
	for row := range 2 {
		for col := range 2 {
			offs := r.offs[row][col][:0]
			for phase := range 4 {
				if row == 1 && phase >= 2 || col == 1 && phase%2 == 1 {
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

func (r *stridedRun) chunked() {
	r.prepare(14 / r.k.pixels * r.k.pixels)
	n := r.ends[3]
	Parallel((n+r.room-1)/r.room, r.nanos(n), r.chunk)
}

// task takes some tiles through all steps.
func (r *stridedRun) task(chunk int) {
	first := chunk * r.room
	last := min(first+r.room, r.ends[3])
	sv, sm := scratch[float32](stridedTaps*r.vPlane()), scratch[float32](stridedTaps*r.mPlane())
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
	giveBack(sm)
	giveBack(sv)
}

// phased goes over many tiles at a time.
func (r *stridedRun) phased() {
	tiles := r.ends[3]
	group := max(r.k.pixels, winogradShared/(stridedTaps*(4*r.inBlocks+r.outBlocks)*Block))
	groups := (tiles + group - 1) / group
	group = (tiles + groups - 1) / groups
	r.prepare(group)
	sv, sm := scratch[float32](stridedTaps*r.vPlane()), scratch[float32](stridedTaps*r.mPlane())
	r.v, r.m = *sv, *sm
	r.stripes = min(r.pairs, 4)
	for r.first = 0; r.first < tiles; r.first += group {
		r.last = min(r.first+group, tiles)
		n := r.last - r.first
		r.parts = (n + phaseTiles - 1) / phaseTiles
		Parallel(r.inBlocks*r.parts, int64(n*r.inBlocks)*250, r.phaseIn)
		Parallel(stridedTaps*r.stripes, r.nanos(n), r.phaseMultiply)
		Parallel(r.outBlocks*r.parts, int64(n*r.outBlocks)*80, r.phaseOut)
	}
	giveBack(sm)
	giveBack(sv)
}

// part returns the tiles of a part of the phase.
func (r *stridedRun) part(i int) (from, to int) {
	n := r.last - r.first
	return r.first + i*n/r.parts, r.first + (i+1)*n/r.parts
}

func (r *stridedRun) inputTask(chunk int) {
	from, to := r.part(chunk % r.parts)
	r.input(r.v, r.first, from, to, chunk/r.parts)
}

func (r *stridedRun) outputTask(chunk int) {
	from, to := r.part(chunk % r.parts)
	r.output(r.m, r.first, from, to, chunk/r.parts)
}

func (r *stridedRun) multiplyTask(chunk int) {
	t, s := chunk/r.stripes, chunk%r.stripes
	r.products(r.v, r.m, r.first, r.last, t, 1, 0, s*r.pairs/r.stripes, (s+1)*r.pairs/r.stripes)
}

// at returns where tile t begins in the output, its size, and how many of its row and kind
// follow up to end.
func (r *stridedRun) at(t, end int) (image, y, x, rows, cols, n int) {
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
	return t / (high * wide), y, x, min(rows, r.p.OH-y), min(cols, r.p.OW-x), n
}

// input transforms all phases of tiles from … to-1 of one block of inputs into v, which
// has room for some tiles from first on.
func (r *stridedRun) input(v []float32, first, from, to, block int) {
	p := r.p
	j := newWinogradJob()
	j.dstPos, j.dstStep = r.vPlane(), Block
	size := p.H * p.W * Block
	for t := from; t < to; {
		image, y, x, _, cols, n := r.at(t, to)
		if cols < winogradTile {
			cols = winogradTile - 1
		}
		src := r.x[(image*r.inBlocks+block)*size:][:size]
		y, x = 2*y-p.PadH, 2*x-p.PadW
		// Tiles that see nothing outside.
		inside := 0
		if y >= 0 && x >= 0 && y+stridedPatch <= p.H && x+stridedPatch <= p.W {
			inside = min(n, (p.W-x-stridedPatch)/(2*cols)+1)
		}
		for phase := range 4 {
			j.dst = v[((phase*r.inBlocks+block)*r.room+t-first)*Block:]
			py, px := phase/2, phase%2
			if inside > 0 {
				j.n, j.srcStep, j.srcRow = inside, 2*cols*Block, 2*p.W*Block
				j.src = src[((y+py)*p.W+x+px)*Block:]
				r.kernels.input(j)
				continue
			}
			j.n = 1
			if r.kernels.inputEdge == nil {
				patchFrom(j, stridedPatch, src, p.H, p.W, y+py, x+px, func(j *winogradJob) {
					j.srcRow *= 2
					r.kernels.input(j)
				})
				continue
			}
			j.colsSeen = 0
			for i := range stridedSide {
				j.rowsSeen[i] = 0
				if row := y + py + 2*i; row >= 0 && row < p.H {
					j.rowsSeen[i] = 1<<Block - 1
				}
				if col := x + px + 2*i; col >= 0 && col < p.W {
					j.colsSeen |= 1 << i
				}
			}
			j.src, j.at, j.srcRow = src, ((y+py)*p.W+x+px)*Block, 2*p.W*Block
			r.kernels.inputEdge(j)
		}
		t += max(1, inside)
	}
	j.close()
}

// multiply computes the products of tiles first … last-1 for finite points, or those of
// ∞ if row is 1, col is 1 or both.
func (r *stridedRun) multiply(v, m []float32, first, last, row, col, pair, end int) {
	const finite = stridedSide - 1
	switch {
	case row == 0 && col == 0:
		for y := range finite {
			r.products(v, m, first, last, y*stridedSide, finite, 1, pair, end)
		}
	case col == 0:
		r.products(v, m, first, last, finite*stridedSide, finite, 1, pair, end)
	case row == 0:
		r.products(v, m, first, last, finite, finite, stridedSide, pair, end)
	default:
		r.products(v, m, first, last, stridedTaps-1, 1, 0, pair, end)
	}
}

// products computes some of the 25 products, from t on and so far apart, for tiles from
// first on, for which v and m have room, to last-1 and some pairs of blocks.
func (r *stridedRun) products(v, m []float32, first, last, t, times, apart, pair, end int) {
	row, col := t/stridedSide/(stridedSide-1), t%stridedSide/(stridedSide-1)
	begin, n := first, last-first
	if row == 1 { // four rows: the first two kinds
		n = min(last, r.ends[1]) - begin
	}
	if col == 1 { // four columns: the second and third kind
		stop := min(begin+n, r.ends[2])
		begin = max(begin, r.ends[0])
		n = stop - begin
	}
	if n <= 0 {
		return
	}
	j := tileJobs.Get().(*tileJob)
	j.offs, j.run, j.times = r.offs[row][col], Block, times
	j.aPixel, j.cPixel, j.cBlock = Block, Block, r.room*Block
	size := 4 * r.inBlocks * Block * pairLanes // of the packed weights of a pair
	a, b, c := r.vPlane(), r.pairs*size, r.mPlane()
	j.aNext, j.bNext, j.cNext, j.groups = apart*a, apart*b, apart*c, 1
	tiles := (n + r.k.pixels - 1) / r.k.pixels
	for ; pair < end; pair++ {
		j.blocks = min(2, r.outBlocks-2*pair)
		j.b = r.packed[t*b+pair*size:]
		for q := range tiles {
			from := q * n / tiles
			j.pixels = (q+1)*n/tiles - from
			at := begin - first + from
			j.a = v[t*a+at*Block:]
			j.c = m[t*c+(2*pair*r.room+at)*Block:]
			r.k.tile(j)
		}
	}
	j.close()
}

// output transforms tiles from … to-1 of one block of outputs from m into y.
func (r *stridedRun) output(m []float32, first, from, to, block int) {
	p := r.p
	j := newWinogradJob()
	j.srcPos, j.srcStep = r.mPlane(), Block
	j.dstStep, j.dstRow, j.relu = winogradTile*Block, p.OW*Block, r.relu
	if r.bias != nil {
		j.bias = r.bias[block*Block:]
	}
	for t := from; t < to; t += j.n {
		image, y, x, rows, cols, n := r.at(t, to)
		j.rows, j.cols, j.n = rows, cols, 1
		if cols == winogradTile {
			j.n = n
		}
		at := (((image*r.outBlocks+block)*p.OH+y)*p.OW + x) * Block
		j.src, j.dst = m[(block*r.room+t-first)*Block:], r.y[at:]
		if r.res != nil {
			j.res = r.res[at:]
		}
		r.kernels.output(j)
		if used := p.O % Block; used != 0 && block == r.outBlocks-1 {
			for i := range j.rows {
				clearFilling(j.dst[i*j.dstRow:], j.cols+(j.n-1)*winogradTile, Block, used)
			}
		}
	}
	j.close()
}

// stridedWeightsGo transforms n kernels of 3×3 taps, srcPos apart and a vector each, into
// the phases' 5×5 elements, dstPos apart, for phases dstRow apart. Those of ∞ that are not
// 0 follow each other.
func stridedWeightsGo(j *winogradJob) {
	for i := range j.n {
		var lanes [9 * pairLanes]float32
		for t := range 9 {
			copy(lanes[t*pairLanes:], j.src[i*j.srcStep+t*j.srcPos:][:Block])
		}
		dst := j.dst[i*j.dstStep:]
		var wide [pairLanes]float32
		for phase := range 4 {
			row, col := phase/2, phase%2
			var at int
			flush := func() {
				if at >= 0 {
					copy(dst[at:at+Block], wide[:])
				}
			}
			at = -1
			stridedPoints.weights(lanes[:], func(s, t int) int {
				if 2*s+row > 2 || 2*t+col > 2 {
					return -1
				}
				return ((2*s+row)*3 + 2*t + col) * pairLanes
			}, func(y, x int) []float32 {
				flush()
				at = -1
				if slot, ok := stridedSlot(phase, y, x); ok {
					at = (y*stridedSide+x)*j.dstPos + slot*j.dstRow
				}
				return wide[:]
			})
			flush()
		}
	}
}

// stridedSlot is where a phase is among those that have something at point (y, x).
func stridedSlot(phase, y, x int) (slot int, ok bool) {
	if y == stridedSide-1 && phase >= 2 || x == stridedSide-1 && phase%2 == 1 {
		return 0, false
	}
	if x == stridedSide-1 {
		return phase / 2, true
	}
	return phase, true
}

// packStrided transforms the weights of a block of inputs, [16][9][32], to two blocks of
// outputs.
func packStrided(dst, lanes []float32, inBlocks, block, pair, pairs int) {
	transform := stridedWeightsGo
	if k := blockedFor().strided; k != nil {
		transform = k.weights
	}
	j := newWinogradJob()
	size := 4 * inBlocks * Block * pairLanes
	j.dstPos, j.dstRow, j.srcPos = pairs*size, inBlocks*Block*pairLanes, pairLanes
	j.n, j.srcStep, j.dstStep = Block, 9*pairLanes, pairLanes
	for v := range 2 {
		j.src = lanes[v*Block:]
		j.dst = dst[pair*size+block*Block*pairLanes+v*Block:]
		transform(j)
	}
	j.close()
}
