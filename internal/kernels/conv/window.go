// SPDX-License-Identifier: MIT

package conv

import "github.com/stheno-go/stheno/internal/kernels/par"

// Window says where a small (n,c,h,w) lies within a large one: element i along
// dimension d of the small one is element Start[d]+i·Step[d] of the large one. Step[1]
// is 1.
type Window struct {
	Small, Large, Start, Step [4]int
}

// smallSize and largeSize are the numbers of elements in the blocked layout.
func (w *Window) smallSize() int {
	return BlockedSize(w.Small[0], w.Small[1], w.Small[2], w.Small[3])
}
func (w *Window) largeSize() int {
	return BlockedSize(w.Large[0], w.Large[1], w.Large[2], w.Large[3])
}

// Slice takes the window out of src, both in the blocked layout:
//
//	for i, c, h, w := range Small {
//		dst[i,c,h,w] = src[Start[0]+i·Step[0], Start[1]+c, Start[2]+h·Step[2], Start[3]+w·Step[3]]
//	}
func Slice(p *Window, dst, src []float32) {
	dst, src = dst[:p.smallSize()], src[:p.largeSize()]
	blocks := Blocks(p.Small[1])
	par.Parallel(p.Small[0]*blocks, int64(len(dst)/4), func(k int) {
		p.rows(k/blocks, k%blocks, func(small, large, first, lanes int) {
			for x := range p.Small[3] {
				to := dst[small+x*Block:][:Block]
				from := src[large+x*p.Step[3]*Block:]
				if first == 0 && lanes == Block {
					*(*vec)(to) = *(*vec)(from)
					continue
				}
				n := copy(to[:lanes], from[first:Block])
				if n < lanes { // the rest is in the next block of channels
					copy(to[n:lanes], from[p.Large[2]*p.Large[3]*Block:])
				}
				clear(to[lanes:])
			}
		})
	})
}

// Unslice is the reverse: it puts src where [Slice] took it from, into
// zeros.
func Unslice(p *Window, dst, src []float32) {
	dst, src = dst[:p.largeSize()], src[:p.smallSize()]
	blocks := Blocks(p.Small[1])
	image := len(dst) / max(1, p.Large[0])
	par.Parallel(p.Large[0], int64(len(dst)/4), func(i int) {
		clear(dst[i*image : (i+1)*image])
		at := i - p.Start[0]
		if at < 0 || at%p.Step[0] != 0 || at/p.Step[0] >= p.Small[0] {
			return
		}
		for j := range blocks {
			p.rows(at/p.Step[0], j, func(small, large, first, lanes int) {
				for x := range p.Small[3] {
					from := src[small+x*Block:][:lanes]
					to := dst[large+x*p.Step[3]*Block:]
					if first == 0 && lanes == Block {
						*(*vec)(to) = *(*vec)(from)
						continue
					}
					n := copy(to[first:Block], from)
					if n < lanes {
						copy(to[p.Large[2]*p.Large[3]*Block:], from[n:])
					}
				}
			})
		}
	})
}

// rows calls f for every row of block j of image i of the small tensor: where it begins
// in both, the lane of its first channel in the large one, and how many channels of the
// block there are.
func (p *Window) rows(i, j int, f func(small, large, first, lanes int)) {
	channel := p.Start[1] + j*Block
	lanes := min(Block, p.Small[1]-j*Block)
	image := p.Start[0] + i*p.Step[0]
	for y := range p.Small[2] {
		small := ((i*Blocks(p.Small[1])+j)*p.Small[2] + y) * p.Small[3] * Block
		row := (image*Blocks(p.Large[1])+channel/Block)*p.Large[2] + p.Start[2] + y*p.Step[2]
		f(small, (row*p.Large[3]+p.Start[3])*Block, channel%Block, lanes)
	}
}
