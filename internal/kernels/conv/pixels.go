// SPDX-License-Identifier: MIT

package conv

import "github.com/stheno-go/stheno/internal/kernels/par"

// The gradient of the weights of a 1×1 kernel is a product of matrices whose sums are over
// all pixels. A task takes some pixels of dy through several blocks of inputs while they
// are in the second-level cache, then the next ones, so that dy comes from farther away
// once for that many blocks.

const (
	// gradPixels is how many pixels go through the blocks of inputs together, about.
	gradPixels = 1024
	// gradTogether is how many blocks of inputs a task has at most.
	gradTogether = 8
)

// pixelRun returns the number of blocks of a task, such that all threads have some. Each weight is a sum
// in the order of the pixels, whatever the tasks are.
func (d *directWeight) pixelRun(nanos int64) {
	blocks, rest := Blocks(d.conv.C), d.groups*d.pairs
	d.together = min(blocks, gradTogether, max(1, blocks*rest/(4*par.Threads())))
	par.Parallel(rest*((blocks+d.together-1)/d.together), nanos, d.pixels)
}

// pixelTask computes the weights from some blocks of inputs of a group to two blocks of its
// outputs.
func (d *directWeight) pixelTask(chunk int) {
	p := d.p
	blocks := Blocks(p.C)
	parts := (blocks + d.together - 1) / d.together
	first, pair, group := chunk%parts*d.together, chunk/parts%d.pairs, chunk/parts/d.pairs
	last := min(first+d.together, blocks)
	s := par.Scratch[float32](d.together * Block * pairLanes)
	lanes := *s // [inputs][32]
	j := gradJobs.Get().(*gradJob)
	j.blocks, j.cRow, j.add = min(2, d.outBlocks-2*pair), pairLanes, false
	j.aRow, j.aPixel, j.bRow, j.bBlock = p.StrideH*p.W*Block, p.StrideW*Block, p.OW*Block, p.OH*p.OW*Block
	xImage, yImage := blocks*p.H*p.W*Block, d.outBlocks*p.OH*p.OW*Block
	// Some rows of an image go together, or several images, each as one row.
	rows, step := max(1, gradPixels/p.OW), d.groups
	j.cols = p.OW
	several := p.OH*p.OW <= gradPixels && p.StrideH == 1 && p.StrideW == 1
	if several {
		step *= gradPixels / (p.OH * p.OW)
		j.cols, j.aRow, j.bRow = p.OH*p.OW, d.groups*xImage, d.groups*yImage
	}
	for n := group; n < p.N; n += step {
		for row := 0; row < p.OH; row += rows {
			j.rows = min(rows, p.OH-row)
			if several {
				j.rows = (min(step, p.N-n) + d.groups - 1) / d.groups
			}
			j.b = d.dy[n*yImage+(2*pair*p.OH+row)*p.OW*Block:]
			for block := first; block < last; block++ {
				j.a = d.x[n*xImage+(block*p.H+row*p.StrideH)*p.W*Block:]
				j.c = lanes[(block-first)*Block*pairLanes:]
				j.n = (min(Block, p.C-block*Block) + gradInputs - 1) / gradInputs * gradInputs
				d.k.grad(j)
			}
			j.add = true
		}
	}
	j.close()
	out := pair * pairLanes
	scatterLanes(d.dw[(group*p.O+out)*p.C+first*Block:], lanes, min(pairLanes, p.O-out), p.C, min(last*Block, p.C)-first*Block)
	par.GiveBack(s)
}
