// SPDX-License-Identifier: MIT

package kernels

import "sync"

// winogradWeight is a gradient of weights by Winograd's algorithm under way. It goes
// over groups of tiles: transforms x into v and dy into m, then adds their products to
// the 36 matrices in u, [pairs][inBlocks][2][36][8][32], from which the gradient of the weights
// follows after the last group. What belongs to half a block of inputs and a pair of
// blocks of outputs is one task.
type winogradWeight struct {
	*winogradRun
	dw, dy, u              []float32
	spreadChunk, gradChunk func(int)
}

// winogradGradShared is how many elements of v and m a group should have.
const winogradGradShared = 1 << 20

var winogradWeights sync.Pool

func winogradGradWeight(p *Conv, dw, dy, x []float32) {
	g, _ := winogradWeights.Get().(*winogradWeight)
	if g == nil {
		g = &winogradWeight{}
		g.spreadChunk, g.gradChunk = g.transformTask, g.gradTask
	}
	r := newWinogradRun()
	r.forPass(p, Forward)
	g.winogradRun, g.dw, g.dy, r.x = r, dw, dy, x
	group := max(64, winogradGradShared/(winogradTaps*(r.inBlocks+r.outBlocks)*Block))
	groups := (r.tiles + group - 1) / group
	group = (r.tiles + groups - 1) / groups
	sv := scratch[float32](winogradTaps * winogradPlane(r.inBlocks, group))
	sm := scratch[float32](winogradTaps * winogradPlane(r.outBlocks, group))
	su := scratch[float32](r.pairs * r.inBlocks * 2 * gradMatrices)
	r.v, r.m, g.u, r.chunkTiles = *sv, *sm, *su, group
	for r.first = 0; r.first < r.tiles; r.first += group {
		r.last = min(r.first+group, r.tiles)
		n := r.last - r.first
		r.parts = (n + phaseTiles - 1) / phaseTiles
		Parallel((r.inBlocks+r.outBlocks)*r.parts, int64(n*(r.inBlocks+r.outBlocks))*100, g.spreadChunk)
		Parallel(r.pairs*r.inBlocks*2, r.nanos(n), g.gradChunk)
	}
	giveBack(su)
	giveBack(sm)
	giveBack(sv)
	r.close()
	g.winogradRun, g.dw, g.dy, g.u = nil, nil, nil, nil
	winogradWeights.Put(g)
}

// gradMatrices is the size of the 36 matrices of a task.
const gradMatrices = winogradTaps * gradInputs * pairLanes

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

// gradTask adds the products of the tiles of the group to the 36 matrices of half a
// block of inputs and a pair of blocks of outputs.
func (g *winogradWeight) gradTask(chunk int) {
	half, block, pair := chunk%2, chunk/2%g.inBlocks, chunk/2/g.inBlocks
	used := min(gradInputs, g.in-block*Block-half*gradInputs)
	if used <= 0 {
		return
	}
	u := g.u[chunk*gradMatrices:][:gradMatrices]
	j := gradJobs.Get().(*gradJob)
	j.n, j.blocks, j.add = gradInputs, min(2, g.outBlocks-2*pair), g.first > 0
	j.rows, j.cols, j.aPixel, j.bBlock, j.cRow = 1, g.last-g.first, Block, g.chunkTiles*Block, pairLanes
	for t := range winogradTaps {
		j.a = g.v[t*winogradPlane(g.inBlocks, g.chunkTiles)+block*g.chunkTiles*Block+half*gradInputs:]
		j.b = g.m[t*winogradPlane(g.outBlocks, g.chunkTiles)+2*pair*g.chunkTiles*Block:]
		j.c = u[t*gradInputs*pairLanes:]
		g.k.grad(j)
	}
	blocks := j.blocks
	j.close()
	if g.last == g.tiles {
		g.gather(u, pair, block*Block+half*gradInputs, used, blocks)
	}
}

// gather turns the 36 matrices of used inputs into weights.
func (g *winogradWeight) gather(u []float32, pair, in, used, blocks int) {
	s := scratch[float32](gradInputs * 9 * pairLanes)
	j := newWinogradJob()
	j.srcPos, j.dstPos = gradInputs*pairLanes, pairLanes
	j.n, j.srcStep, j.dstStep = used, pairLanes, 9*pairLanes
	for b := range blocks {
		j.src, j.dst = u[b*Block:], (*s)[b*Block:]
		g.k.gather(j)
	}
	j.close()
	row, out := g.winogradRun.in*9, pair*pairLanes
	scatterLanes(g.dw[out*row+in*9:], *s, min(pairLanes, g.out-out), row, used*9)
	giveBack(s)
}
