// SPDX-License-Identifier: MIT

package kernels

import "sync"

// winogradWeight is a gradient of weights by Winograd's algorithm under way. It goes
// over groups of tiles: transforms x into v and dy into m, then adds their products to
// the 36 matrices in u, [pairs][inBlocks][36][16][32]. The gradient of the weights follows
// after the last group. u is nil if there is only one: a task's 36 matrices stay with it.
//
// If u fits into a second-level cache, each task goes over a range of tiles with v, m and
// u of its own, all in there (ranged). Else all threads share the groups, and a task takes
// a block of inputs and a pair of blocks of outputs, whose 36 matrices it turns into
// weights as soon as they are complete (phased).
type winogradWeight struct {
	*winogradRun
	dw, dy, u               []float32
	tiled                   *tiledRun // of phased
	spreadChunk, blockChunk func(int)

	ranges               int
	shares               []float32 // of the ranges in dw
	share                int       // elements of one
	rangeChunk, addChunk func(int)
}

const (
	gradMatrix = Block * pairLanes // elements of one of the 36 for a block and a pair
	gradTaps   = 9 * gradMatrix    // elements of their weights
	// winogradGradShared is how many elements of v and m threads share, about, but at least
	// those of so many tiles: what a task reads of them is 880 kB.
	winogradGradShared, winogradGradGroup = 1 << 20, 128
)

var winogradWeights sync.Pool

func winogradGradWeight(p *Conv, dw, dy, x []float32) {
	g, _ := winogradWeights.Get().(*winogradWeight)
	if g == nil {
		g = &winogradWeight{}
		g.spreadChunk, g.blockChunk, g.rangeChunk, g.addChunk = g.transformTask, g.blockTask, g.rangeTask, g.addTask
	}
	r := newWinogradRun()
	r.forPass(p, Forward)
	g.winogradRun, g.dw, g.dy, r.x = r, dw, dy, x
	if g.size() <= winogradGradOwn {
		g.ranged()
	} else {
		g.phased(p)
	}
	r.close()
	g.winogradRun, g.dw, g.dy, g.u, g.shares = nil, nil, nil, nil, nil
	winogradWeights.Put(g)
}

// size is the number of elements of u.
func (g *winogradWeight) size() int { return winogradTaps * g.pairs * g.inBlocks * gradMatrix }

// phased goes over groups of tiles with all threads, of three outputs where those of four
// reach over the edge.
func (g *winogradWeight) phased(p *Conv) {
	r, in, out := newRaggedRun(p, Forward)
	r.cut(in, out)
	r.x, g.tiled = g.x, r
	tiles := r.ends[3]
	group := max(winogradGradGroup, winogradGradShared/(winogradTaps*(r.inBlocks+r.outBlocks)*Block))
	groups := (tiles + group - 1) / group
	group = (tiles + groups - 1) / groups
	r.room, g.chunkTiles = group, group
	sv, sm := scratch[float32](winogradTaps*r.vPlane()), scratch[float32](winogradTaps*r.mPlane())
	r.v, r.m = *sv, *sm
	var su *[]float32
	if groups > 1 {
		su = scratch[float32](g.size())
		g.u = *su
	}
	for r.first = 0; r.first < tiles; r.first += group {
		r.last = min(r.first+group, tiles)
		n := r.last - r.first
		r.parts = (n + phaseTiles - 1) / phaseTiles
		Parallel((r.inBlocks+r.outBlocks)*r.parts, int64(n*(r.inBlocks+r.outBlocks))*100, g.spreadChunk)
		Parallel(r.pairs*r.inBlocks, r.nanos(n), g.blockChunk)
	}
	if su != nil {
		giveBack(su)
	}
	giveBack(sm)
	giveBack(sv)
	g.tiled = nil
	r.close()
}

// transformTask transforms some tiles of one block of x or of dy.
func (g *winogradWeight) transformTask(chunk int) {
	r := g.tiled
	from, to := r.part(chunk % r.parts)
	if block := chunk / r.parts; block < r.inBlocks {
		r.input(r.v, r.first, from, to, block)
	} else {
		g.spreadTiles(from, to, block-r.inBlocks)
	}
}

// spreadTiles transforms tiles from … to-1 of one block of dy into the m of the group.
func (g *winogradWeight) spreadTiles(from, to, block int) {
	r := g.tiled
	j := newWinogradJob()
	j.dstPos, j.dstStep, j.srcStep = r.mPlane(), Block, winogradTile*Block
	size := r.oh * r.ow * Block
	for t := from; t < to; t += j.n {
		image, y, x, rows, cols, n := r.at(t, to)
		src := g.dy[(image*r.outBlocks+block)*size:][:size]
		j.dst = r.m[(block*r.room+t-r.first)*Block:]
		if rows == winogradTile && cols == winogradTile {
			j.n, j.src, j.srcRow = n, src[(y*r.ow+x)*Block:], r.ow*Block
			g.k.spread(j)
			continue
		}
		j.n = 1
		atEdge(j, winogradTile, 1, src, r.ow, y+rows, x+cols, y, x, g.k.spreadEdge, g.k.spread)
	}
	j.close()
}

// spread transforms tiles from … to-1 of one block of dy into m, which has room for a group
// from first on.
func (g *winogradWeight) spread(j *winogradJob, m []float32, first, from, to, block int) {
	j.dstPos = winogradPlane(g.outBlocks, g.chunkTiles)
	j.dstStep, j.srcStep = Block, winogradTile*Block
	size := g.oh * g.ow * Block
	for t := from; t < to; t += j.n {
		image, row, col := t/(g.high*g.wide), t/g.wide%g.high, t%g.wide
		src := g.dy[(image*g.outBlocks+block)*size:][:size]
		y, x := row*winogradTile, col*winogradTile
		j.dst = m[(block*g.chunkTiles+t-first)*Block:]
		j.n = min(to-t, (g.ow-x)/winogradTile)
		if j.n > 0 && y+winogradTile <= g.oh {
			j.src, j.srcRow = src[(y*g.ow+x)*Block:], g.ow*Block
			g.k.spread(j)
			continue
		}
		j.n = 1
		atEdge(j, winogradTile, 1, src, g.ow, g.oh, g.ow, y, x, g.k.spreadEdge, g.k.spread)
	}
}

// products adds those of n tiles, the first of which is at from in v and m, to some of the
// 36 matrices u of a block of inputs and a pair of blocks of outputs, or sets u to them: to
// so many from t on, so far apart. Meanwhile it fetches what is ahead.
func (g *winogradWeight) products(u, v, m []float32, t, times, apart, from, n, pair, block int, add bool, ahead []float32) {
	j := gradJobs.Get().(*gradJob)
	j.n, j.blocks, j.add = g.inputs(block), min(2, g.outBlocks-2*pair), add
	j.rows, j.cols, j.aPixel, j.bBlock, j.cRow = 1, n, Block, g.chunkTiles*Block, pairLanes
	a, b := winogradPlane(g.inBlocks, g.chunkTiles), winogradPlane(g.outBlocks, g.chunkTiles)
	j.times, j.aNext, j.bNext, j.cNext = times, apart*a, apart*b, apart*gradMatrix
	j.a, j.b, j.c = v[t*a+(block*g.chunkTiles+from)*Block:], m[t*b+(2*pair*g.chunkTiles+from)*Block:], u[t*gradMatrix:]
	at, parts := pair*g.inBlocks+block, times*(j.n/gradInputs)
	j.ahead = share(ahead, at, at+1, g.pairs*g.inBlocks)
	j.lines = (len(j.ahead)/Block + parts - 1) / parts
	g.k.grad(j)
	j.close()
}

// used is how many inputs a block has.
func (g *winogradWeight) used(block int) int { return min(Block, g.in-block*Block) }

// inputs is how many inputs of a block are computed: whole tiles of them.
func (g *winogradWeight) inputs(block int) int {
	return (g.used(block) + gradInputs - 1) / gradInputs * gradInputs
}

// blockTask adds the products of the tiles of the group to all matrices of a block of
// inputs and a pair of blocks of outputs. Those of all tiles stay in the second-level cache
// until they are weights.
func (g *winogradWeight) blockTask(chunk int) {
	r := g.tiled
	block, pair := chunk%r.inBlocks, chunk/r.inBlocks
	tiles, size := r.ends[3], winogradTaps*gradMatrix
	var u []float32
	if g.u == nil {
		su := scratch[float32](size)
		defer giveBack(su)
		u = *su
	} else {
		u = g.u[chunk*size:][:size]
	}
	for row := range 2 {
		for col := range 2 {
			begin, n := r.seen(r.first, r.last, row, col)
			former, _ := r.seen(0, tiles, row, col)
			r.matrices(row, col, func(t, times, apart int) {
				switch {
				case n > 0:
					g.products(u, r.v, r.m, t, times, apart, begin-r.first, n, pair, block, begin > former, nil)
				case r.first == 0: // perhaps no group has any
					for i := range times {
						clear(u[(t+i*apart)*gradMatrix:][:gradMatrix])
					}
				}
			})
		}
	}
	if r.last == tiles {
		s := scratch[float32](gradTaps)
		g.gather(*s, u, pair, block)
		g.scatter(*s, pair, block)
		giveBack(s)
	}
}

// gather turns the 36 matrices of a block of inputs into weights [16][9][32].
func (g *winogradWeight) gather(weights, u []float32, pair, block int) {
	j := newWinogradJob()
	j.srcPos, j.dstPos = gradMatrix, pairLanes
	j.n, j.srcStep, j.dstStep = g.used(block), pairLanes, 9*pairLanes
	for b := range min(2, g.outBlocks-2*pair) {
		j.src, j.dst = u[b*Block:], weights[b*Block:]
		g.k.gather(j)
	}
	j.close()
}

// scatter writes such weights to dw.
func (g *winogradWeight) scatter(weights []float32, pair, block int) {
	row, out := g.winogradRun.in*9, pair*pairLanes
	scatterLanes(g.dw[out*row+block*Block*9:], weights, min(pairLanes, g.out-out), row, g.used(block)*9)
}
