// SPDX-License-Identifier: MIT

package conv

import (
	"math/bits"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

const (
	// winogradGradOwn is the number of elements of u up to which each task has its own.
	winogradGradOwn = 1 << 18
	// winogradGradTiles is how many blocks of tiles of x and dy together such a task
	// transforms at a time, but leastTiles tiles: at most 590 kB.
	winogradGradTiles, leastTiles = 128, 32
	// A range has at least rangeTiles tiles, because its share in the weights costs as much
	// as about seven, and there are at most maxRanges.
	rangeTiles, maxRanges = 64, 8
	// rangeTimes is how many of the 36 products go together, half of them.
	rangeTimes = winogradTaps / 2
)

// ranged shares the tiles out in ranges, as many as follow from their number only, and
// adds the weights of the ranges in their order.
func (g *winogradWeight) ranged() {
	r := g.winogradRun
	g.ranges = max(1, min(maxRanges, 1<<bits.Len(uint(r.tiles/rangeTiles))>>1)) // a power of two
	longest := (r.tiles + g.ranges - 1) / g.ranges
	r.chunkTiles = min(longest, max(leastTiles, winogradGradTiles/(r.inBlocks+r.outBlocks)))
	g.share = r.pairs * r.inBlocks * gradTaps
	s := par.Scratch[float32](g.ranges * g.share)
	g.shares = *s
	par.Parallel(g.ranges, r.nanos(r.tiles), g.rangeChunk)
	par.Parallel(r.pairs*r.inBlocks, int64(len(g.shares))/8, g.addChunk)
	par.GiveBack(s)
}

// rangeTask computes the share of a range of tiles in the weights.
func (g *winogradWeight) rangeTask(chunk int) {
	from, to := chunk*g.tiles/g.ranges, (chunk+1)*g.tiles/g.ranges
	groups := (to - from + g.chunkTiles - 1) / g.chunkTiles
	sv := par.Scratch[float32](winogradTaps * winogradPlane(g.inBlocks, g.chunkTiles))
	sm := par.Scratch[float32](winogradTaps * winogradPlane(g.outBlocks, g.chunkTiles))
	su := par.Scratch[float32](g.size())
	apart := g.chunkTiles * Block // blocks
	planes := gradPlanes{winogradPlane(g.inBlocks, g.chunkTiles), winogradPlane(g.outBlocks, g.chunkTiles), apart}
	for i := range groups {
		first, last := from+i*(to-from)/groups, from+(i+1)*(to-from)/groups
		j := newWinogradJob()
		for block := range g.inBlocks {
			g.input(j, *sv, g.chunkTiles, first, first, last, block)
		}
		for block := range g.outBlocks {
			g.spread(j, *sm, first, first, last, block)
		}
		j.close()
		ahead := g.aheadOf(last, min(2*last-first, g.tiles))
		g.eachMatrices(*su, func(u []float32, pair, block int) {
			for half := range ahead {
				g.products(u, (*sv)[block*apart:], (*sm)[2*pair*apart:], planes, half*rangeTimes, rangeTimes, 1, last-first, pair, block, i > 0, ahead[half])
			}
		})
	}
	share := g.shares[chunk*g.share:]
	g.eachMatrices(*su, func(u []float32, pair, block int) {
		g.gather(share[(pair*g.inBlocks+block)*gradTaps:], u, pair, block)
	})
	par.GiveBack(su)
	par.GiveBack(sm)
	par.GiveBack(sv)
}

// aheadOf returns the x and dy of tiles from … to-1, if each is in one piece.
func (g *winogradWeight) aheadOf(from, to int) (a [2][]float32) {
	images := from%(g.high*g.wide) == 0
	if g.inBlocks == 1 || images {
		a[0] = g.rows(g.x, g.inBlocks, g.h, g.w, from, to)
	}
	if g.outBlocks == 1 || images {
		a[1] = g.rows(g.dy, g.outBlocks, g.oh, g.ow, from, to)
	}
	return a
}

// eachMatrices calls f with the 36 matrices of each block of inputs and pair.
func (g *winogradWeight) eachMatrices(u []float32, f func(u []float32, pair, block int)) {
	for i := range g.pairs * g.inBlocks {
		f(u[i*winogradTaps*gradMatrix:], i/g.inBlocks, i%g.inBlocks)
	}
}

// addTask adds up the shares in the weights of a block of inputs and a pair.
func (g *winogradWeight) addTask(chunk int) {
	pair, block := chunk/g.inBlocks, chunk%g.inBlocks
	g.scatter(addedShares(g.shares, g.share, chunk*gradTaps, g.used(block)*9*pairLanes), pair, block)
}
