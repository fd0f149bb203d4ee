// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// gradInputs is how many inputs of a tile of the gradient of weights go together.
const gradInputs = 8

// directWeight is a direct gradient of weights under way. A task computes the weights
// from one block of inputs of a group to two blocks of its outputs. If those are few, there
// is one for the share of each of some ranges of images, or, if images are few too, for each
// of tapParts parts of the taps. Of a planar input a task computes the share of some rows of
// an image in all weights.
type directWeight struct {
	p                 *Shape
	conv              Shape // of one group
	groups            int
	k                 *blockedKernels
	dw, dy, x         []float32
	outBlocks, pairs  int
	taps, tapParts    int
	together          int // blocks of inputs of a task of pixels
	ranges            int // of images
	shares            []float32
	size, high, bands int // of a share, and rows of outputs
	chunk, planar     func(int)
	addRanges, add    func(int)
	pixels            func(int)
}

var directWeights sync.Pool

func directGradWeight(p *Shape, dw, dy, x []float32) {
	d, _ := directWeights.Get().(*directWeight)
	if d == nil {
		d = &directWeight{}
		d.chunk, d.addRanges, d.planar, d.add, d.pixels = d.task, d.addTask, d.planarTask, d.addShares, d.pixelTask
	}
	d.conv, d.groups, _, _ = p.perGroup()
	p = &d.conv
	d.p, d.k, d.dw, d.dy, d.x = p, blockedTable.Get(), dw, dy, x
	d.outBlocks, d.taps = Blocks(p.O), p.KH*p.KW
	d.pairs = (d.outBlocks + 1) / 2
	nanos := int64(p.products()) / int64(d.k.rate)
	switch {
	case p.Planar():
		d.planarRun(nanos)
	case d.taps == 1 && p.PadH == 0 && p.PadW == 0:
		d.pixelRun(nanos)
	default:
		d.run(nanos)
	}
	d.p, d.dw, d.dy, d.x, d.shares = nil, nil, nil, nil, nil
	directWeights.Put(d)
}

var gradJobs = sync.Pool{New: func() any { return &gradJob{} }}

func (j *gradJob) close() {
	*j = gradJob{}
	gradJobs.Put(j)
}

// seen returns the range of windows whose tap, at offset, is inside of size elements.
func seen(windows, step, offset, size int) (from, to int) {
	from = max(0, (-offset+step-1)/step)
	to = min(windows, (size-offset+step-1)/step)
	return from, max(from, to)
}

func (d *directWeight) run(nanos int64) {
	tasks := d.groups * d.pairs * Blocks(d.p.C)
	d.ranges, d.tapParts = (directTasks+tasks-1)/tasks, 1
	if d.ranges > d.p.N/d.groups {
		d.ranges, d.tapParts = 1, min(d.taps, d.ranges)
	}
	if d.ranges == 1 {
		par.Parallel(tasks*d.tapParts, nanos, d.chunk)
		return
	}
	d.size = tasks * Block * d.taps * pairLanes
	s := par.Scratch[float32](d.ranges * d.size)
	d.shares = *s
	par.Parallel(tasks*d.ranges, nanos, d.chunk)
	par.Parallel(tasks, int64(len(d.shares))/8, d.addRanges)
	par.GiveBack(s)
}

// task computes some weights as [16][taps][32].
func (d *directWeight) task(chunk int) {
	if d.ranges > 1 {
		at, images := chunk%d.ranges, d.p.N/d.groups
		chunk /= d.ranges
		size := Block * d.taps * pairLanes
		lanes := d.shares[at*d.size+chunk*size:][:size]
		clear(lanes)
		d.products(lanes, chunk, at*images/d.ranges, (at+1)*images/d.ranges, 0, d.taps)
		return
	}
	part := chunk % d.tapParts
	chunk /= d.tapParts
	first, last := part*d.taps/d.tapParts, (part+1)*d.taps/d.tapParts
	s := par.Scratch[float32](Block * d.taps * pairLanes)
	clear(*s)
	d.products(*s, chunk, 0, d.p.N/d.groups, first, last)
	d.scatter(*s, chunk, first, last)
	par.GiveBack(s)
}

// addTask adds up the shares of the ranges in some weights.
func (d *directWeight) addTask(chunk int) {
	size := Block * d.taps * pairLanes
	d.scatter(addedShares(d.shares, d.size, chunk*size, size), chunk, 0, d.taps)
}

// place returns which weights are those of a task.
func (d *directWeight) place(chunk int) (group, pair, block int) {
	blocks := Blocks(d.p.C)
	return chunk / blocks / d.pairs, chunk / blocks % d.pairs, chunk % blocks
}

// products adds those of some images and taps to the weights of a task.
func (d *directWeight) products(lanes []float32, chunk, image, end, first, last int) {
	p := d.p
	group, pair, block := d.place(chunk)
	used := min(Block, p.C-block*Block)
	j := gradJobs.Get().(*gradJob)
	j.blocks = min(2, d.outBlocks-2*pair)
	j.aRow, j.aPixel = p.StrideH*p.W*Block, p.StrideW*Block
	j.bRow, j.bBlock = p.OW*Block, p.OH*p.OW*Block
	j.cRow, j.n, j.add = d.taps*pairLanes, (used+gradInputs-1)/gradInputs*gradInputs, true
	for n := image*d.groups + group; n < end*d.groups; n += d.groups { // the batch of one group is all groups of all images
		x, dy := d.planes(n, block, 2*pair, j.blocks)
		var ahead [2][]float32
		if n+d.groups < p.N {
			ahead[0], ahead[1] = d.planes(n+d.groups, block, 2*pair, j.blocks)
		}
		for t := first; t < last; t++ {
			if !p.sight(j, x, dy, t) {
				continue
			}
			j.c = lanes[t*pairLanes:]
			if at, others := t-first, (last-first)/3; at < last-first-others {
				j.ahead = share(ahead[0], at, at+1, last-first-others)
			} else {
				j.ahead = share(ahead[1], last-1-t, last-t, others)
			}
			j.lines = (len(j.ahead)/Block*gradInputs + j.n - 1) / j.n
			d.k.grad(j)
		}
	}
	j.close()
}

// planes returns those of image n of a block of x, and of some blocks of dy.
func (d *directWeight) planes(n, block, out, blocks int) (x, dy []float32) {
	p := d.p
	image, size := p.H*p.W*Block, p.OH*p.OW*Block
	return d.x[(n*Blocks(p.C)+block)*image:][:image], d.dy[(n*d.outBlocks+out)*size:][:blocks*size]
}

// scatter writes the weights of a task for some taps to dw.
func (d *directWeight) scatter(lanes []float32, chunk, first, last int) {
	p := d.p
	group, pair, block := d.place(chunk)
	used := min(Block, p.C-block*Block)
	row := p.C * d.taps
	out := pair * pairLanes
	to := d.dw[group*p.O*row+out*row+block*Block*d.taps:]
	width := min(pairLanes, p.O-out)
	if last-first == d.taps {
		scatterLanes(to, lanes, width, row, used*d.taps)
		return
	}
	for i := range used {
		scatterLanes(to[i*d.taps+first:], lanes[(i*d.taps+first)*pairLanes:], width, row, last-first)
	}
}

// scatterLanes is dst[v*row+i] = src[i*32+v] for v < width and i < n.
func scatterLanes(dst, src []float32, width, row, n int) {
	dst, src = dst[:(width-1)*row+n], src[:(n-1)*pairLanes+width]
	if t := gemm.TileFor[float32](); t.Transpose != nil && n >= t.Square && width >= t.Square {
		gemm.PackSquares(t, dst, src, pairLanes, width, row, n)
		return
	}
	for i := range n {
		for v, g := range src[i*pairLanes:][:width] {
			dst[v*row+i] = g
		}
	}
}

// planarRun computes the shares of tasks and adds them up in their order.
func (d *directWeight) planarRun(nanos int64) {
	p := d.p
	d.bands = min(p.OH, (directTasks+p.N-1)/p.N)
	d.high = (p.OH + d.bands - 1) / d.bands
	d.bands = (p.OH + d.high - 1) / d.high
	d.size = d.pairs * d.taps * p.C * pairLanes
	s := par.Scratch[float32](p.N * d.bands * d.size)
	d.shares = *s
	par.Parallel(p.N*d.bands, nanos, d.planar)
	par.Parallel(d.pairs*p.KH, int64(len(d.shares)), d.add)
	par.GiveBack(s)
}

func (d *directWeight) planarTask(chunk int) {
	p := d.p
	n, first := chunk/d.bands, chunk%d.bands*d.high
	high := min(d.high, p.OH-first)
	deep, wide := (high-1)*p.StrideH+p.KH, (p.OW-1)*p.StrideW+p.KW
	s := par.Scratch[float32](deep * wide * p.C)
	copyPlanar(*s, d.x[n*p.C*p.H*p.W:], p.C, p.H, p.W, first*p.StrideH-p.PadH, -p.PadW, deep, wide)
	j := gradJobs.Get().(*gradJob)
	j.rows, j.cols, j.aRow, j.aPixel = high, p.OW, p.StrideH*wide*p.C, p.StrideW*p.C
	j.bRow, j.bBlock, j.cRow = p.OW*Block, p.OH*p.OW*Block, pairLanes
	run := p.KW * p.C
	parts := (run + gradInputs - 1) / gradInputs
	share := d.shares[chunk*d.size:][:d.size]
	for pair := range d.pairs {
		j.blocks = min(2, d.outBlocks-2*pair)
		j.b = d.dy[((n*d.outBlocks+2*pair)*p.OH+first)*p.OW*Block:]
		for a := range p.KH {
			for part := range parts {
				from := part * run / parts
				j.n = (part+1)*run/parts - from
				j.a = (*s)[a*wide*p.C+from:]
				j.c = share[((pair*p.KH+a)*run+from)*pairLanes:]
				d.k.grad(j)
			}
		}
	}
	j.close()
	par.GiveBack(s)
}

// addedShares adds to n elements of the first of some shares, so far apart, those of the
// others at the same place, in their order, and returns them.
func addedShares(shares []float32, apart, from, n int) []float32 {
	sum := shares[from : from+n]
	for at := apart; at < len(shares); at += apart {
		gemm.Axpy(sum, 1, shares[at+from:][:n])
	}
	return sum
}

// addShares adds up the shares in the weights of two blocks of outputs and one row of
// the kernel.
func (d *directWeight) addShares(chunk int) {
	p := d.p
	size := d.size / (d.pairs * p.KH)
	sum := addedShares(d.shares, d.size, chunk*size, size)
	pair, a := chunk/p.KH, chunk%p.KH
	for v := range min(pairLanes, p.O-pair*pairLanes) {
		for c := range p.C {
			for b := range p.KW {
				d.dw[(((pair*pairLanes+v)*p.C+c)*p.KH+a)*p.KW+b] = sum[(b*p.C+c)*pairLanes+v]
			}
		}
	}
}
