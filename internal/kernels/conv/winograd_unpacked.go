// SPDX-License-Identifier: MIT

package conv

import "github.com/stheno-go/stheno/internal/kernels/par"

// Unpacked reports whether [BlockedUnpacked] computes that pass, Forward or GradInput, with that
// algorithm: Winograd's with enough weights that it takes longer to write them transformed
// and to read them again than to transform them wherever they are used.
func (p *Shape) Unpacked(pass Pass, alg Algorithm) bool {
	return p.resolve(pass, alg) == Winograd && !p.stem() && !p.strided() &&
		PackedSize(p, pass, Winograd) > winogradChunked+winogradTaps*winogradPad && !(pass == Forward && p.WritesPlain(Winograd))
}

// BlockedUnpacked is [Blocked], or [BlockedGradInput] of dy for x and dx for y, for
// weights w in torch's order instead of packed ones. e.Plain is false.
func BlockedUnpacked(p *Shape, pass Pass, y, x, w []float32, e Epilogue) {
	ySize, xSize := p.ySize(), p.xSize()
	if pass == GradInput {
		ySize, xSize = xSize, ySize
	}
	y = y[:ySize]
	if e.Residual != nil {
		e.Residual = e.Residual[:ySize]
	}
	k := newPacking()
	k.forPass(p, pass, Winograd, w, nil)
	r, in, out := newRaggedRun(p, pass)
	r.weights = k
	r.run(in, out, y, x[:xSize], nil, e)
	k.close()
}

// unpackedBlocks is how many blocks of inputs go together: their 36 matrices for a pair of
// blocks of outputs take 295 kB of a second-level cache.
const unpackedBlocks = 4

// unpackedTask computes the products of a pair of blocks of outputs for a share of the
// tiles, with weights that it transforms for some blocks of inputs at a time. Meanwhile it
// fetches those of the next ones.
func (r *tiledRun) unpackedTask(chunk int) {
	pair, part := chunk%r.pairs, chunk/r.pairs
	n := r.last - r.first
	first, last := r.first+part*n/r.shares, r.first+(part+1)*n/r.shares
	plane := unpackedBlocks*Block*pairLanes + winogradPad
	s := par.Scratch[float32](winogradTaps * plane)
	u := *s
	j := tileJobs.Get().(*tileJob)
	j.run, j.times, j.groups, j.blocks = Block, 1, 1, min(2, r.outBlocks-2*pair)
	j.aPixel, j.cPixel, j.cBlock = Block, Block, r.room*Block
	for block := 0; block < r.inBlocks; block += unpackedBlocks {
		end := min(block+unpackedBlocks, r.inBlocks)
		for b := block; b < end; b++ {
			r.weights.transformTo(u[(b-block)*Block*pairLanes:], plane, pair, b, r.k.weights)
		}
		j.offs = r.offs[0][0][block:end]
		next := r.weights.rowsOf(pair, end, min(end+unpackedBlocks, r.inBlocks))
		for row := range 2 {
			for col := range 2 {
				begin, n := r.seen(first, last, row, col)
				r.matrices(row, col, func(t, times, apart int) {
					for range times {
						r.unpackedProducts(j, u[t*plane:], t, begin-r.first, n, pair, block > 0, &next)
						t += apart
					}
				})
			}
		}
	}
	j.close()
	par.GiveBack(s)
}

// unpackedProducts sets matrix t of n tiles to their products with u or adds these to it.
func (r *tiledRun) unpackedProducts(j *tileJob, u []float32, t, at, n, pair int, add bool, next *weightRows) {
	tiles := (n + r.k.pixels - 1) / r.k.pixels
	for q := range tiles {
		from := q * n / tiles
		j.pixels = (q+1)*n/tiles - from
		j.a, j.b = r.v[t*r.vPlane()+(at+from)*Block:], u
		j.c, j.res = r.m[t*r.mPlane()+(2*pair*r.room+at+from)*Block:], nil
		if add {
			j.res = j.c
		}
		j.ahead = next.take()
		j.lines = (len(j.ahead) + Block - 1) / Block
		r.k.tile(j)
	}
}

// weightRows are rows of weights, size elements each, that lie so far apart.
type weightRows struct {
	w                 []float32
	left, size, apart int
}

// rowsOf returns what is transformed for some blocks of inputs and a pair of outputs.
func (k *packing) rowsOf(pair, block, end int) weightRows {
	in, out, row := block*Block, pair*pairLanes, k.conv.C*k.taps
	ins, outs := min(end*Block, k.in)-in, min(pairLanes, k.out-out)
	if k.pass == Forward {
		return weightRows{k.w[out*row:][min(in*k.taps, row):], outs, ins * k.taps, row}
	}
	return weightRows{k.w[min(in*row+out*k.taps, len(k.w)):], ins, outs * k.taps, row}
}

// take returns the next row, nothing if there is none.
func (r *weightRows) take() (row []float32) {
	if r.left <= 0 || r.size <= 0 {
		return nil
	}
	row = r.w[:r.size]
	r.left--
	if r.left > 0 {
		r.w = r.w[r.apart:]
	}
	return row
}
