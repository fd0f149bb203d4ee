// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// winogradWeight is a gradient of weights by Winograd's algorithm under way. It goes
// over groups of tiles: transforms x into v and dy into m, then adds their products to
// the 36 matrices in u, [pairs][inBlocks][36][16][32]. The gradient of the weights follows
// after the last group. u is nil if there is only one: a task's matrices stay with it.
//
// If u fits into a second-level cache, each task goes over a range of tiles with v, m and
// u of its own, all in there (ranged). Else a task takes a pair of blocks of outputs, whose
// matrices it turns into weights as soon as they are complete (paired). A thread transforms
// all of x for itself: what it reads that another one wrote may have to come from another
// cache far away.
type winogradWeight struct {
	*winogradRun
	dw, dy, u []float32
	tiled     *tiledRun // of paired
	pairChunk func(int)

	ranges               int
	shares               []float32 // of the ranges in dw
	share                int       // elements of one
	rangeChunk, addChunk func(int)
}

const (
	gradMatrix = Block * pairLanes // elements of one of the 36 for a block and a pair
	gradTaps   = 9 * gradMatrix    // elements of their weights
	// winogradGradGroup is the number of tiles that a task transforms of two blocks of dy: with
	// a block of x and their products they take 960 kB.
	winogradGradGroup = 128
)

var winogradWeights sync.Pool

func winogradGradWeight(p *Shape, dw, dy, x []float32) {
	g, _ := winogradWeights.Get().(*winogradWeight)
	if g == nil {
		g = &winogradWeight{}
		g.pairChunk, g.rangeChunk, g.addChunk = g.pairTask, g.rangeTask, g.addTask
	}
	r := newWinogradRun()
	r.forPass(p, Forward)
	g.winogradRun, g.dw, g.dy, r.x = r, dw, dy, x
	if g.size() <= winogradGradOwn {
		g.ranged()
	} else {
		g.paired(p)
	}
	r.close()
	g.winogradRun, g.dw, g.dy, g.u, g.shares = nil, nil, nil, nil, nil
	winogradWeights.Put(g)
}

// size is the number of elements of u.
func (g *winogradWeight) size() int { return winogradTaps * g.pairs * g.inBlocks * gradMatrix }

// paired goes over groups of tiles, of three outputs where those of four reach over the
// edge, with all threads.
func (g *winogradWeight) paired(p *Shape) {
	r, in, out := newRaggedRun(p, Forward)
	r.cut(in, out)
	r.x, g.tiled = g.x, r
	tiles := r.ends[3]
	group := max(winogradGradGroup, winogradOwn/(winogradTaps*r.inBlocks*Block))
	groups := (tiles + group - 1) / group
	r.room = (tiles + groups - 1) / groups
	var su *[]float32
	if groups > 1 {
		su = par.Scratch[float32](g.size())
		g.u = *su
	}
	r.shares = (par.Threads() + r.pairs - 1) / r.pairs
	for r.first = 0; r.first < tiles; r.first += r.room {
		r.last = min(r.first+r.room, tiles)
		par.Parallel(r.pairs*r.shares, r.nanos(r.last-r.first), g.pairChunk)
		r.own.drop()
	}
	if su != nil {
		par.GiveBack(su)
	}
	g.tiled = nil
	r.close()
}

// pairTask adds the products of the tiles of the group to all matrices of a pair of blocks
// of outputs and a share of the blocks of inputs. Those of all tiles stay in the
// second-level cache until they are weights.
func (g *winogradWeight) pairTask(chunk int) {
	r := g.tiled
	pair, share := chunk%r.pairs, chunk/r.pairs
	from, to := share*r.inBlocks/r.shares, (share+1)*r.inBlocks/r.shares
	tiles, n, size := r.ends[3], r.last-r.first, winogradTaps*gradMatrix
	parts := (n + winogradGradGroup - 1) / winogradGradGroup
	room := (n + parts - 1) / parts
	v, sm, weights := r.inputs(), par.Scratch[float32](winogradTaps*winogradPlane(2, room)), par.Scratch[float32](gradTaps)
	var u []float32 // of all blocks, or of one
	switch {
	case g.u != nil:
		u = g.u[(pair*r.inBlocks+from)*size:][:(to-from)*size]
	case parts > 1:
		su := par.Scratch[float32]((to - from) * size)
		defer par.GiveBack(su)
		u = *su
	default:
		su := par.Scratch[float32](size)
		defer par.GiveBack(su)
		u = *su
	}
	for i := range parts {
		first, last := r.first+i*n/parts, r.first+(i+1)*n/parts
		for b := range min(2, r.outBlocks-2*pair) {
			g.spreadTiles((*sm)[b*room*Block:], winogradPlane(2, room), first, last, 2*pair+b)
		}
		for block := from; block < to; block++ {
			own := u
			if len(u) > size {
				own = u[(block-from)*size:][:size]
			}
			g.addTiles(own, (*v)[block*r.room*Block:], *sm, room, first, last, pair, block)
			if last == tiles {
				g.gather(*weights, own, pair, block)
				g.scatter(*weights, pair, block)
			}
		}
	}
	r.own.put(v)
	par.GiveBack(weights)
	par.GiveBack(sm)
}

// addTiles adds the products of tiles first … last-1 to the 36 matrices u of a block and a
// pair. v has those of the group, m has room for some from first on.
func (g *winogradWeight) addTiles(u, v, m []float32, room, first, last, pair, block int) {
	r := g.tiled
	planes := gradPlanes{r.vPlane(), winogradPlane(2, room), room * Block}
	for row := range 2 {
		for col := range 2 {
			begin, n := r.seen(first, last, row, col)
			former, _ := r.seen(0, r.ends[3], row, col)
			r.matrices(row, col, func(t, times, apart int) {
				switch {
				case n > 0:
					g.products(u, v[(begin-r.first)*Block:], m[(begin-first)*Block:], planes, t, times, apart, n, pair, block, begin > former, nil)
				case first == 0: // perhaps there are none at all
					for i := range times {
						clear(u[(t+i*apart)*gradMatrix:][:gradMatrix])
					}
				}
			})
		}
	}
}

// spreadTiles transforms tiles from … to-1 of one block of dy into m, 36 planes so far apart.
func (g *winogradWeight) spreadTiles(m []float32, plane, from, to, block int) {
	r := g.tiled
	j := newWinogradJob()
	j.dstPos, j.dstStep, j.srcStep = plane, Block, winogradTile*Block
	size := r.oh * r.ow * Block
	for t := from; t < to; t += j.n {
		image, y, x, rows, cols, n := r.at(t, to)
		src := g.dy[(image*r.outBlocks+block)*size:][:size]
		j.dst = m[(t-from)*Block:]
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

// gradPlanes are how far apart the 36 planes of v and of m lie, and the blocks of m.
type gradPlanes struct{ v, m, block int }

// products adds those of n tiles, which begin at v and m, to some of the 36 matrices u of a
// block of inputs and a pair of blocks of outputs, or sets u to them: to that many from t on,
// so far apart. Meanwhile it fetches what is ahead.
func (g *winogradWeight) products(u, v, m []float32, p gradPlanes, t, times, apart, n, pair, block int, add bool, ahead []float32) {
	j := gradJobs.Get().(*gradJob)
	j.n, j.blocks, j.add = g.inputs(block), min(2, g.outBlocks-2*pair), add
	j.rows, j.cols, j.aPixel, j.bBlock, j.cRow = 1, n, Block, p.block, pairLanes
	j.times, j.aNext, j.bNext, j.cNext = times, apart*p.v, apart*p.m, apart*gradMatrix
	j.a, j.b, j.c = v[t*p.v:], m[t*p.m:], u[t*gradMatrix:]
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
