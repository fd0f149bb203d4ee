// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// perGroup returns the convolution of one group, whose batch is all groups of all
// images, and the number of groups of an image: a block of channels, or several, that
// sees but its own lies in memory like an image. If the groups are so small that a
// block holds several, lanes is their size and a block is a group here.
func (p *Shape) perGroup() (q Shape, groups, lanes int, ok bool) {
	q = *p
	if p.Groups == 1 {
		return q, 1, 0, true
	}
	c, o := p.C/max(1, p.Groups), p.O/max(1, p.Groups)
	switch {
	case c == 0 || o == 0:
		return q, 0, 0, false
	case c%Block == 0 && o%Block == 0:
		groups, q.C, q.O = p.Groups, c, o
	case c == o && Block%c == 0:
		groups, lanes, q.C, q.O = Blocks(p.C), c, Block, Block
	default:
		return q, 0, 0, false
	}
	q.N, q.Groups = p.N*groups, 1
	return q, groups, lanes, true
}

// laneTileGo is
//
//	for i, v := range pixels, Block {
//		sum := bias[v], or 0 if it is nil
//		for t, k := range len(offs), run {
//			sum += a[offs[t]+i*aPixel+v-v%run+k] * b[(t*run+k)*16+v]
//		}
//		c[i*cPixel+v] = relu(sum + res[i*cPixel+v])
//	}
//
// for runs of 1, 2, 4 and 8; blocks and groups are 1.
func laneTileGo(t *tileJob) {
	for i := range t.pixels {
		var sum [Block]float32
		if t.bias != nil {
			copy(sum[:], t.bias[:Block])
		}
		for o, off := range t.offs {
			a := t.a[off+i*t.aPixel:][:Block]
			for k := range t.run {
				b := t.b[(o*t.run+k)*Block:][:Block]
				for v := range sum {
					sum[v] += a[v&^(t.run-1)+k] * b[v]
				}
			}
		}
		if t.res != nil {
			for v, r := range t.res[i*t.cPixel:][:Block] {
				sum[v] += r
			}
		}
		if t.relu {
			for v := range sum {
				if sum[v] < 0 {
					sum[v] = 0
				}
			}
		}
		copy(t.c[i*t.cPixel:][:Block], sum[:])
	}
}

// laneGradGo is
//
//	for k, v := range n, Block {
//		sum := 0, or c[k*cRow+v] if add
//		for r, q := range rows, cols {
//			sum += a[r*aRow+q*aPixel+v-v%n+k] * b[r*bRow+q*16+v]
//		}
//		c[k*cRow+v] = sum
//	}
//
// for n of 1, 2, 4 and 8; blocks is 1.
func laneGradGo(t *gradJob) {
	for k := range t.n {
		var sum [Block]float32
		for r := range t.rows {
			for q := range t.cols {
				a, b := t.a[r*t.aRow+q*t.aPixel:][:Block], t.b[r*t.bRow+q*Block:][:Block]
				for v := range sum {
					sum[v] += a[v&^(t.n-1)+k] * b[v]
				}
			}
		}
		c := t.c[k*t.cRow:][:Block]
		for v, s := range sum {
			if t.add {
				s += c[v]
			}
			c[v] = s
		}
	}
}

// packLanes packs the weights of a block of groups of that many lanes:
// [phases][kernels.blocks][taps of the phase][lanes][16].
func (k *packing) packLanes(block int) {
	for _, f := range k.phases {
		to := k.dst[(f.packed*k.groups+block*len(f.taps))*k.lanes*Block:]
		for t, tap := range f.taps {
			for i := range k.lanes {
				for v := range Block {
					to[(t*k.lanes+i)*Block+v] = k.laneWeight(block*Block+v, i, tap.w)
				}
			}
		}
	}
}

// laneWeight is the weight of a tap from input i of a group to channel out.
func (k *packing) laneWeight(out, i, tap int) float32 {
	first := out - out%k.lanes
	if out >= k.total {
		return 0
	}
	if k.pass == GradInput { // what the pass reads are outputs of the convolution
		out, i = first+i, out-first
	}
	v := k.w[(out*k.lanes+i)*k.taps+tap]
	if k.scale != nil {
		v *= k.scale[out]
	}
	return v
}

// laneWeight is a gradient of weights of groups of less than a block under way. A task
// computes all taps of a block of channels for some bands, rows of dy that stay in a
// cache for all taps together with what they see. Its share of the sums is
// added to those of the other tasks of the block in their order.
type laneWeight struct {
	p                    *Shape
	k                    *blockedKernels
	dw, dy, x, shares    []float32
	lanes, blocks, taps  int
	height, bands, parts int // rows of a band, bands of an image, tasks of a block
	chunk, add           func(int)
}

var laneWeights sync.Pool

func laneGradWeight(p *Shape, lanes int, dw, dy, x []float32) {
	d, _ := laneWeights.Get().(*laneWeight)
	if d == nil {
		d = &laneWeight{}
		d.chunk, d.add = d.task, d.finish
	}
	d.p, d.k, d.dw, d.dy, d.x, d.lanes = p, blockedTable.Get(), dw, dy, x, lanes
	d.blocks, d.taps = Blocks(p.C), p.KH*p.KW
	cached := 32 << 10 / 4 * lanes // more lanes do more with each element
	d.height = max(1, cached/((p.OW+p.StrideH*p.W)*Block))
	d.bands = (p.OH + d.height - 1) / d.height
	d.parts = max(1, min(p.N*d.bands, (directTasks+d.blocks-1)/d.blocks))
	s := par.Scratch[float32](d.blocks * d.parts * d.size())
	d.shares = *s
	par.Parallel(d.blocks*d.parts, laneNanos(d.k, p.N*p.OH*p.OW*d.blocks*d.taps*lanes), d.chunk)
	par.Parallel(d.blocks, int64(len(d.shares)), d.add)
	par.GiveBack(s)
	d.p, d.dw, d.dy, d.x, d.shares = nil, nil, nil, nil, nil
	laneWeights.Put(d)
}

// size is how many sums a share has: [taps][lanes][16].
func (d *laneWeight) size() int { return d.taps * d.lanes * Block }

// laneNanos is the cost of that many products of vectors of a block.
func laneNanos(k *blockedKernels, products int) int64 {
	return int64(products) * Block * 2 / int64(k.rate)
}

func (d *laneWeight) task(chunk int) {
	p := d.p
	block, part := chunk/d.parts, chunk%d.parts
	sums := d.shares[chunk*d.size():][:d.size()]
	clear(sums)
	j := gradJobs.Get().(*gradJob)
	j.n, j.blocks, j.add = d.lanes, 1, true
	j.aRow, j.aPixel = p.StrideH*p.W*Block, p.StrideW*Block
	j.bRow, j.cRow = p.OW*Block, Block
	for u := part * p.N * d.bands / d.parts; u < (part+1)*p.N*d.bands/d.parts; u++ {
		n, from := u/d.bands, u%d.bands*d.height
		x := d.x[(n*d.blocks+block)*p.H*p.W*Block:]
		dy := d.dy[(n*d.blocks+block)*p.OH*p.OW*Block:]
		for t := range d.taps {
			if p.sightOf(j, x, dy, t, from, min(from+d.height, p.OH)) {
				j.c = sums[t*d.lanes*Block:]
				d.k.laneGrad(j)
			}
		}
	}
	j.close()
}

// finish adds up the shares of a block and writes its weights.
func (d *laneWeight) finish(block int) {
	p, size := d.p, d.size()
	shares := d.shares[block*d.parts*size:]
	sums := shares[:size]
	for part := 1; part < d.parts; part++ {
		kernels.Add(sums, sums, shares[part*size:][:size])
	}
	for v := range min(Block, p.C-block*Block) {
		for i := range d.lanes {
			to := d.dw[((block*Block+v)*d.lanes+i)*d.taps:][:d.taps]
			for t := range to {
				to[t] = sums[(t*d.lanes+i)*Block+v]
			}
		}
	}
}

// sight sets j to the windows of an image whose tap t is inside, and to what they see;
// it returns false if there are none.
func (p *Shape) sight(j *gradJob, x, dy []float32, t int) bool {
	return p.sightOf(j, x, dy, t, 0, p.OH)
}

// sightOf is sight of rows from … to-1 of windows.
func (p *Shape) sightOf(j *gradJob, x, dy []float32, t, from, to int) bool {
	y, x0 := t/p.KW*p.DilationH-p.PadH, t%p.KW*p.DilationW-p.PadW
	i0, i1 := seen(p.OH, p.StrideH, y, p.H)
	j0, j1 := seen(p.OW, p.StrideW, x0, p.W)
	i0, i1 = max(i0, from), min(i1, to)
	if i0 >= i1 || j0 == j1 {
		return false
	}
	j.rows, j.cols = i1-i0, j1-j0
	j.a = x[((i0*p.StrideH+y)*p.W+j0*p.StrideW+x0)*Block:]
	j.b = dy[(i0*p.OW+j0)*Block:]
	return true
}
