// SPDX-License-Identifier: MIT

package kernels

import "sync"

// winogradWeight is a gradient of weights by Winograd's algorithm under way. It goes
// over groups of tiles: transforms x into v and dy into m, then adds their products to
// the 36 matrices in u. The gradient of the weights follows after the last group.
//
// If the weights are few, u is [36][pairs][inBlocks][16][32], and a task takes one matrix
// and a pair of blocks of outputs, so that what it reads of v and m for all blocks of
// inputs stays in the second-level cache. If they are many, u itself would go through
// memory; then it is [pairs][inBlocks][36][16][32], and a task takes all 36 matrices of a
// block of inputs and a pair, and turns them into weights as soon as they are complete.
type winogradWeight struct {
	*winogradRun
	dw, dy, u               []float32
	spreadChunk, gradChunk  func(int)
	blockChunk, gatherChunk func(int)
}

const (
	gradMatrix = Block * pairLanes // elements of one of the 36 for a block and a pair
	// How many elements of v and m a group should have if the weights are few, or many.
	winogradGradFew, winogradGradMany = 1 << 20, 1 << 22
)

var winogradWeights sync.Pool

func winogradGradWeight(p *Conv, dw, dy, x []float32) {
	g, _ := winogradWeights.Get().(*winogradWeight)
	if g == nil {
		g = &winogradWeight{}
		g.spreadChunk, g.gradChunk, g.blockChunk, g.gatherChunk = g.transformTask, g.matrixTask, g.blockTask, g.gatherTask
	}
	r := newWinogradRun()
	r.forPass(p, Forward)
	g.winogradRun, g.dw, g.dy, r.x = r, dw, dy, x
	size := winogradTaps * r.pairs * r.inBlocks * gradMatrix
	few := size <= winogradChunked
	shared := winogradGradMany
	if few {
		shared = winogradGradFew
	}
	group := max(64, shared/(winogradTaps*(r.inBlocks+r.outBlocks)*Block))
	groups := (r.tiles + group - 1) / group
	group = (r.tiles + groups - 1) / groups
	sv := scratch[float32](winogradTaps * winogradPlane(r.inBlocks, group))
	sm := scratch[float32](winogradTaps * winogradPlane(r.outBlocks, group))
	su := scratch[float32](size)
	r.v, r.m, g.u, r.chunkTiles = *sv, *sm, *su, group
	for r.first = 0; r.first < r.tiles; r.first += group {
		r.last = min(r.first+group, r.tiles)
		n := r.last - r.first
		r.parts = (n + phaseTiles - 1) / phaseTiles
		Parallel((r.inBlocks+r.outBlocks)*r.parts, int64(n*(r.inBlocks+r.outBlocks))*100, g.spreadChunk)
		if few {
			Parallel(winogradTaps*r.pairs, r.nanos(n), g.gradChunk)
		} else {
			Parallel(r.pairs*r.inBlocks, r.nanos(n), g.blockChunk)
		}
	}
	if few {
		Parallel(r.pairs*r.inBlocks, int64(size)/8, g.gatherChunk)
	}
	giveBack(su)
	giveBack(sm)
	giveBack(sv)
	r.close()
	g.winogradRun, g.dw, g.dy, g.u = nil, nil, nil, nil
	winogradWeights.Put(g)
}

// transformTask transforms some tiles of one block of x or of dy.
func (g *winogradWeight) transformTask(chunk int) {
	from, to := g.part(chunk % g.parts)
	j := newWinogradJob()
	if block := chunk / g.parts; block < g.inBlocks {
		g.input(j, g.v, g.chunkTiles, g.first, from, to, block)
	} else {
		g.spread(j, from, to, block-g.inBlocks)
	}
	j.close()
}

// spread transforms tiles of one block of dy into m.
func (g *winogradWeight) spread(j *winogradJob, from, to, block int) {
	j.dstPos = winogradPlane(g.outBlocks, g.chunkTiles)
	j.dstStep, j.srcStep = Block, winogradTile*Block
	size := g.oh * g.ow * Block
	for t := from; t < to; t += j.n {
		image, row, col := t/(g.high*g.wide), t/g.wide%g.high, t%g.wide
		src := g.dy[(image*g.outBlocks+block)*size:][:size]
		y, x := row*winogradTile, col*winogradTile
		j.dst = g.m[(block*g.chunkTiles+t-g.first)*Block:]
		j.n = min(to-t, (g.ow-x)/winogradTile)
		if j.n > 0 && y+winogradTile <= g.oh {
			j.src, j.srcRow = src[(y*g.ow+x)*Block:], g.ow*Block
			g.k.spread(j)
			continue
		}
		j.n = 1
		atEdge(j, winogradTile, src, g.oh, g.ow, y, x, g.k.spreadEdge, g.k.spread)
	}
}

// job returns one for the tiles of the group and a pair of blocks of outputs, from the
// first block of inputs and matrix t on.
func (g *winogradWeight) job(t, pair int) *gradJob {
	j := gradJobs.Get().(*gradJob)
	j.blocks, j.add = min(2, g.outBlocks-2*pair), g.first > 0
	j.rows, j.cols, j.aPixel, j.bBlock, j.cRow = 1, g.last-g.first, Block, g.chunkTiles*Block, pairLanes
	j.aNext, j.bNext = winogradPlane(g.inBlocks, g.chunkTiles), winogradPlane(g.outBlocks, g.chunkTiles)
	j.a, j.b = g.v[t*j.aNext:], g.m[t*j.bNext+2*pair*g.chunkTiles*Block:]
	return j
}

// inputs is how many inputs of a block are computed: whole tiles of them.
func (g *winogradWeight) inputs(block int) int {
	return (min(Block, g.in-block*Block) + gradInputs - 1) / gradInputs * gradInputs
}

// matrixTask adds the products of the tiles of the group to one of the matrices, for
// all blocks of inputs and a pair of blocks of outputs.
func (g *winogradWeight) matrixTask(chunk int) {
	t, pair := chunk/g.pairs, chunk%g.pairs
	j := g.job(t, pair)
	a := j.a
	for block := range g.inBlocks {
		j.n = g.inputs(block)
		j.a, j.c = a[block*g.chunkTiles*Block:], g.u[(chunk*g.inBlocks+block)*gradMatrix:]
		g.k.grad(j)
	}
	j.close()
}

// blockTask adds the products of the tiles of the group to all matrices of a block of
// inputs and a pair of blocks of outputs.
func (g *winogradWeight) blockTask(chunk int) {
	block, pair := chunk%g.inBlocks, chunk/g.inBlocks
	u := g.u[chunk*winogradTaps*gradMatrix:][:winogradTaps*gradMatrix]
	j := g.job(0, pair)
	j.n, j.times, j.cNext = g.inputs(block), winogradTaps, gradMatrix
	j.a, j.c = j.a[block*g.chunkTiles*Block:], u
	g.k.grad(j)
	j.close()
	if g.last == g.tiles {
		g.gather(u, gradMatrix, pair, block)
	}
}

func (g *winogradWeight) gatherTask(chunk int) {
	g.gather(g.u[chunk*gradMatrix:], g.pairs*g.inBlocks*gradMatrix, chunk/g.inBlocks, chunk%g.inBlocks)
}

// gather turns the 36 matrices of a block of inputs, so far apart, into weights.
func (g *winogradWeight) gather(u []float32, apart, pair, block int) {
	used := min(Block, g.in-block*Block)
	s := scratch[float32](Block * 9 * pairLanes)
	j := newWinogradJob()
	j.srcPos, j.dstPos = apart, pairLanes
	j.n, j.srcStep, j.dstStep = used, pairLanes, 9*pairLanes
	for b := range min(2, g.outBlocks-2*pair) {
		j.src, j.dst = u[b*Block:], (*s)[b*Block:]
		g.k.gather(j)
	}
	j.close()
	row, out := g.winogradRun.in*9, pair*pairLanes
	scatterLanes(g.dw[out*row+block*Block*9:], *s, min(pairLanes, g.out-out), row, used*9)
	giveBack(s)
}
