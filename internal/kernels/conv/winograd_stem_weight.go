// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// stemWeight is the gradient of the weights of a stem under way. A task goes through a
// part of the tiles and adds the products of their transforms up in matrices of its own,
// [49][pairs][4·C][32]. Those of all tasks are added in their order.
type stemWeight struct {
	*stemRun
	dw, dy, u        []float32
	parts, size      int
	share, add, turn func(int)
}

const (
	stemGradTiles = 28 // that a task transforms at a time
	stemGradParts = 16 // at most
)

var stemWeights sync.Pool

func winogradStemWeight(p *Shape, dw, dy, x []float32) {
	g, _ := stemWeights.Get().(*stemWeight)
	if g == nil {
		g = &stemWeight{}
		g.share, g.add, g.turn = g.shareTask, g.addTask, g.turnTask
	}
	r := newStemRun(p)
	r.room, r.x = stemGradTiles, x
	g.stemRun, g.dw, g.dy = r, dw, dy
	g.parts = max(1, min(stemGradParts, r.tiles/(3*r.room)))
	g.size = stemTaps * r.pairs * r.lanes * pairLanes
	s := par.Scratch[float32](g.parts * g.size)
	g.u = *s
	par.Parallel(g.parts, r.nanos(), g.share)
	par.Parallel(stemTaps, int64(g.parts*g.size)/8, g.add)
	par.Parallel(r.pairs*p.C, int64(g.size), g.turn)
	par.GiveBack(s)
	r.close()
	g.stemRun, g.dw, g.dy, g.u = nil, nil, nil, nil
	stemWeights.Put(g)
}

// shareTask computes the matrices of a part of the tiles.
func (g *stemWeight) shareTask(part int) {
	sv, sm := par.Scratch[float32](stemTaps*winogradPlane(1, g.room)), par.Scratch[float32](stemTaps*winogradPlane(g.outBlocks, g.room))
	begin, end := part*g.tiles/g.parts, (part+1)*g.tiles/g.parts
	for first := begin; first < end; first += g.room {
		n := min(g.room, end-first)
		g.input(*sv, first, n)
		g.spread(*sm, first, n)
		g.products(g.u[part*g.size:][:g.size], *sv, *sm, n, first > begin)
	}
	par.GiveBack(sm)
	par.GiveBack(sv)
}

// spread transforms n tiles of dy into m.
func (g *stemWeight) spread(m []float32, first, n int) {
	p := g.p
	j := newWinogradJob()
	j.dstPos, j.dstStep, j.srcStep = winogradPlane(g.outBlocks, g.room), Block, winogradTile*Block
	for block := range g.outBlocks {
		for t := first; t < first+n; t += j.n {
			image, y, x, count := g.at(t, first+n)
			src := g.dy[(image*g.outBlocks+block)*p.OH*p.OW*Block:][:p.OH*p.OW*Block]
			j.dst = m[(block*g.room+t-first)*Block:]
			j.n = min(count, (p.OW-x)/winogradTile)
			if j.n > 0 && y+winogradTile <= p.OH {
				j.src, j.srcRow = src[(y*p.OW+x)*Block:], p.OW*Block
				g.kernels.spread(j)
				continue
			}
			j.n = 1
			patchFrom(j, winogradTile, 1, src, p.OW, p.OH, p.OW, y, x, g.kernels.spread)
		}
	}
	j.close()
}

// products computes the 49 products of n tiles into u, or adds them.
func (g *stemWeight) products(u, v, m []float32, n int, add bool) {
	j := gradJobs.Get().(*gradJob)
	j.add, j.rows, j.cols, j.aPixel, j.bBlock, j.cRow = add, 1, n, Block, g.room*Block, pairLanes
	j.aNext, j.bNext, j.cNext = winogradPlane(1, g.room), winogradPlane(g.outBlocks, g.room), g.pairs*g.lanes*pairLanes
	for pair := range g.pairs {
		j.blocks = min(2, g.outBlocks-2*pair)
		j.a, j.b, j.c = v, m[2*pair*g.room*Block:], u[pair*g.lanes*pairLanes:]
		j.n, j.times = g.lanes, stemTaps-stemSide
		g.k.grad(j)
		// Phases of three rows have nothing at ∞.
		j.a, j.b, j.c = j.a[j.times*j.aNext:], j.b[j.times*j.bNext:], j.c[j.times*j.cNext:]
		j.n, j.times = g.lanes/2, stemSide
		g.k.grad(j)
	}
	j.close()
}

// addTask adds up the matrices of all parts for one of the 49.
func (g *stemWeight) addTask(t int) {
	size := g.pairs * g.lanes * pairLanes
	addedShares(g.u, g.size, t*size, size)
}

// turnTask turns the matrices of a channel and two blocks of outputs into weights.
func (g *stemWeight) turnTask(chunk int) {
	p, pair, c := g.p, chunk/g.p.C, chunk%g.p.C
	for row := range 2 {
		for col := range 2 {
			lane := stemLane(p.C, row, c, col)
			stemPoints.gather(g.u, func(y, x int) int {
				if _, ok := stemPlace(p.C, lane, y, x); !ok {
					return -1
				}
				return (((y*stemSide+x)*g.pairs+pair)*g.lanes + lane) * pairLanes
			}, func(s, t int, sum *[pairLanes]float64) {
				tap := stemTap(c, row, col, s, t)
				if tap < 0 {
					return
				}
				for v := range min(pairLanes, p.O-pair*pairLanes) {
					g.dw[(pair*pairLanes+v)*p.C*stemKernel*stemKernel+tap/pairLanes] = float32(sum[v])
				}
			})
		}
	}
}
