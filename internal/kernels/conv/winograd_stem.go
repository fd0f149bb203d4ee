// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// stemPoints are for the 4×4 taps that a phase of a 7×7 kernel has at most; by
// measurement their rounding errors are the smallest.
var stemPoints = newWinogradPoints(5./16, 13./16, 15./8)

var stemGo = &phaseKernels{input: stemPoints.input, output: stemPoints.output, spread: stemPoints.spread}

const (
	stemKernel   = 7
	stemSide     = 7 // of a transformed tile
	stemTaps     = stemSide * stemSide
	stemTiles    = 14 // of a task
	stemChannels = 4  // at most, whose phases fill a block
)

// stem reports whether Winograd's algorithm applies to a 7×7 convolution of stride 2 of an
// image: the phases of its few channels are 4·C channels of a convolution of stride 1.
func (p *Shape) stem() bool {
	return p.Blocked(Forward) && p.C <= stemChannels && p.Groups == 1 && p.DilationH == 1 && p.DilationW == 1 &&
		p.KH == stemKernel && p.KW == stemKernel && p.StrideH == 2 && p.StrideW == 2
}

// stemLane is where the phase of odd or even rows and columns of a channel lies. Phases
// of four rows of taps come first, and phases of four columns are the even lanes.
func stemLane(channels, row, c, col int) int { return (row*channels+c)*2 + col }

// stemRun is such a convolution under way. A task takes some tiles through all steps; v
// and m are [49][gemm.tiles][16] and [49][kernels.blocks][gemm.tiles][16]. Packed weights are
// [49][pairs][4·C][32]; where a row or column of a tile is of the point ∞, they are only
// those of the phases that have something there.
type stemRun struct {
	k                   *blockedKernels
	kernels             *phaseKernels
	p                   *Shape
	high, wide, tiles   int // tiles of an image, and of all
	outBlocks, pairs    int
	lanes               int
	room                int // tiles that v and m have room for
	y, x, packed        []float32
	bias, res           []float32
	relu, plain         bool // plain: y is in torch's order
	allLanes, evenLanes []int
	chunk               func(int)
}

var stemRuns sync.Pool

func newStemRun(p *Shape) *stemRun {
	r, _ := stemRuns.Get().(*stemRun)
	if r == nil {
		r = &stemRun{allLanes: []int{0}}
		r.chunk = r.task
	}
	r.k, r.p, r.lanes = blockedTable.Get(), p, 4*p.C
	r.kernels = r.k.stem
	if r.kernels == nil {
		r.kernels = stemGo
	}
	r.high, r.wide = (p.OH+winogradTile-1)/winogradTile, (p.OW+winogradTile-1)/winogradTile
	r.tiles = p.N * r.high * r.wide
	r.outBlocks = Blocks(p.O)
	r.pairs = (r.outBlocks + 1) / 2
	r.room = stemTiles / r.k.pixels * r.k.pixels
	r.evenLanes = r.evenLanes[:0]
	for i := range 2 * p.C {
		r.evenLanes = append(r.evenLanes, 2*i)
	}
	return r
}

func (r *stemRun) close() {
	r.p, r.y, r.x, r.packed, r.bias, r.res = nil, nil, nil, nil, nil, nil
	stemRuns.Put(r)
}

func winogradStem(p *Shape, y, x, packed []float32, e Epilogue) {
	r := newStemRun(p)
	r.y, r.x, r.packed, r.res, r.relu, r.plain = y, x, packed, e.Residual, e.ReLU, e.Plain
	bias := wholePairs(e.Bias)
	if bias != nil {
		r.bias = *bias
	}
	par.Parallel((r.tiles+r.room-1)/r.room, r.nanos(), r.chunk)
	if bias != nil {
		par.GiveBack(bias)
	}
	r.close()
}

func (r *stemRun) nanos() int64 {
	return int64(r.tiles) * stemTaps * int64(r.lanes*r.outBlocks*Block) / int64(r.k.rate)
}

// task takes some tiles through all steps.
func (r *stemRun) task(chunk int) {
	first := chunk * r.room
	n := min(r.room, r.tiles-first)
	sv, sm := par.Scratch[float32](stemTaps*winogradPlane(1, r.room)), par.Scratch[float32](stemTaps*winogradPlane(r.outBlocks, r.room))
	r.input(*sv, first, n)
	r.multiply(*sv, *sm, first, n)
	r.output(*sm, first, n)
	par.GiveBack(sm)
	par.GiveBack(sv)
}

// at returns where tile t begins in the output, and how many of its row follow up to end.
func (r *stemRun) at(t, end int) (image, y, x, n int) {
	row, col := t/r.wide%r.high, t%r.wide
	return t / (r.high * r.wide), row * winogradTile, col * winogradTile, min(end-t, r.wide-col)
}

// input transforms n tiles of x into v.
func (r *stemRun) input(v []float32, first, n int) {
	p := r.p
	j := newWinogradJob()
	j.dstPos, j.dstStep, j.srcStep = winogradPlane(1, r.room), Block, winogradTile*Block
	s := par.Scratch[float32](stemSide * (r.room*winogradTile + stemSide - winogradTile) * Block)
	for t := first; t < first+n; t += j.n {
		image, y, x, count := r.at(t, first+n)
		wide := count*winogradTile + stemSide - winogradTile
		r.copyPhases(j, *s, r.x[image*p.C*p.H*p.W:], 2*y-p.PadH, 2*x-p.PadW, wide)
		j.src, j.srcRow, j.n = *s, wide*Block, count
		j.dst = v[(t-first)*Block:]
		r.kernels.input(j)
	}
	par.GiveBack(s)
	j.close()
}

// copyPhases copies what the tiles of a row see, wide pixels of all phases from (y0, x0)
// of the planes of an image on, with zeros around:
//
//	for i, j, row, c, col := range 7, wide, 2, C, 2 {
//		dst[(i*wide+j)*16+stemLane(C, row, c, col)] = src[c][y0+2*i+row][x0+2*j+col]
//	}
func (r *stemRun) copyPhases(k *winogradJob, dst, src []float32, y0, x0, wide int) {
	channels, h, w := r.p.C, r.p.H, r.p.W
	// Pixels of which both columns are inside.
	from := min(wide, max(0, (1-x0)/2))
	to := max(from, min(wide, (w-x0)/2))
	for i := range stemSide {
		line := dst[i*wide*Block : (i+1)*wide*Block]
		y := y0 + 2*i
		inside := y >= 0 && y+1 < h && channels == 3 && r.kernels.split != nil && from < to
		if inside {
			k.src, k.srcRow, k.srcPos = src[y*w+x0+2*from:], w, h*w
			k.dst, k.n = line[from*Block:], to-from
			r.kernels.split(k)
		}
		for row := range 2 {
			for c := range channels {
				at := line[stemLane(channels, row, c, 0):]
				if y+row < 0 || y+row >= h {
					for j := range wide {
						at[j*Block], at[j*Block+1] = 0, 0
					}
					continue
				}
				plane := src[(c*h+y+row)*w:][:w]
				for j := 0; j < wide; j++ {
					if inside && j == from {
						j = to
					}
					if j < wide {
						at[j*Block], at[j*Block+1] = pixelOr0(plane, x0+2*j), pixelOr0(plane, x0+2*j+1)
					}
				}
			}
		}
	}
}

func pixelOr0(row []float32, x int) float32 {
	if x < 0 || x >= len(row) {
		return 0
	}
	return row[x]
}

// results returns row i of the eight that n tiles from first on have in a pair of blocks of
// y, if they are side by side.
func (r *stemRun) results(first, n, pair, i int) []float32 {
	image, y, x, count := r.at(first, first+n)
	block := 2*pair + i/winogradTile
	y += i % winogradTile
	if r.plain || count < n || block >= r.outBlocks || y >= r.p.OH {
		return nil
	}
	row := r.y[((image*r.outBlocks+block)*r.p.OH+y)*r.p.OW*Block:]
	return row[x*Block : min(x+n*winogradTile, r.p.OW)*Block]
}

// multiply computes the 49 products of n tiles from first on. Meanwhile it fetches the
// places of their results.
func (r *stemRun) multiply(v, m []float32, first, n int) {
	j := tileJobs.Get().(*tileJob)
	j.aPixel, j.cPixel, j.cBlock, j.groups = Block, Block, r.room*Block, 1
	tiles := (n + r.k.pixels - 1) / r.k.pixels
	for pair := range r.pairs {
		j.blocks = min(2, r.outBlocks-2*pair)
		for q := range tiles {
			from := q * n / tiles
			j.pixels = (q+1)*n/tiles - from
			calls := 0
			products := func(t, times, apart, run int, lanes []int) {
				a, c := winogradPlane(1, r.room), winogradPlane(r.outBlocks, r.room)
				b := r.pairs * r.lanes * pairLanes
				j.aNext, j.bNext, j.cNext = apart*a, apart*b, apart*c
				j.a = v[t*a+from*Block:]
				j.b = r.packed[t*b+pair*r.lanes*pairLanes:]
				j.c = m[t*c+(2*pair*r.room+from)*Block:]
				j.times, j.run, j.offs = times, run, lanes
				if q == 0 && calls < 2*winogradTile {
					j.ahead = r.results(first, n, pair, calls)
				} else {
					j.ahead = nil
				}
				j.lines = (len(j.ahead)/Block + times - 1) / times
				calls++
				r.k.tile(j)
			}
			const finite = stemSide - 1
			for y := range finite {
				products(y*stemSide, finite, 1, r.lanes, r.allLanes)
			}
			products(finite, finite, stemSide, 1, r.evenLanes)
			products(finite*stemSide, finite, 1, r.lanes/2, r.allLanes)
			products(stemTaps-1, 1, 1, 1, r.evenLanes[:r.lanes/4])
		}
	}
	j.close()
}

// stemPlace returns the row of packed weights of point (y, x) for a lane, if its phase has
// something there.
func stemPlace(channels, lane, y, x int) (row int, ok bool) {
	if y == stemSide-1 && lane >= 2*channels || x == stemSide-1 && lane%2 == 1 {
		return 0, false
	}
	if x == stemSide-1 {
		return lane / 2, true
	}
	return lane, true
}

// packStem transforms the weights of all inputs, [C][49][32], to two blocks of outputs.
func packStem(dst, lanes []float32, channels, pair, pairs int) {
	var unused [pairLanes]float32
	for row := range 2 {
		for c := range channels {
			for col := range 2 {
				lane := stemLane(channels, row, c, col)
				stemPoints.weights(lanes, func(s, t int) int { return stemTap(c, row, col, s, t) }, func(y, x int) []float32 {
					place, ok := stemPlace(channels, lane, y, x)
					if !ok {
						return unused[:]
					}
					return dst[(((y*stemSide+x)*pairs+pair)*4*channels+place)*pairLanes:]
				})
			}
		}
	}
}

// stemTap is where tap (s, t) of a phase of channel c lies in [C][49][32], negative if
// the phase has no such.
func stemTap(c, row, col, s, t int) int {
	y, x := 2*s+row, 2*t+col
	if y >= stemKernel || x >= stemKernel {
		return -1
	}
	return ((c*stemKernel+y)*stemKernel + x) * pairLanes
}

// output transforms n tiles from m into y.
func (r *stemRun) output(m []float32, first, n int) {
	p := r.p
	j := newWinogradJob()
	j.srcPos, j.srcStep = winogradPlane(r.outBlocks, r.room), Block
	j.dstStep, j.dstRow, j.relu = winogradTile*Block, p.OW*Block, r.relu
	var plain plainRows
	if r.plain {
		s := par.Scratch[float32](winogradTile * winogradTile * n * Block)
		defer par.GiveBack(s)
		plain = plainRows{r.y, p.O, p.OH, p.OW, first, first + n, *s}
	}
	for block := range r.outBlocks {
		if r.bias != nil {
			j.bias = r.bias[block*Block:]
		}
		for t := first; t < first+n; t += j.n {
			image, y, x, count := r.at(t, first+n)
			j.rows, j.cols, j.n = min(winogradTile, p.OH-y), min(winogradTile, p.OW-x), 1
			if j.cols == winogradTile {
				j.n = min(count, (p.OW-x)/winogradTile)
			}
			at := (((image*r.outBlocks+block)*p.OH+y)*p.OW + x) * Block
			j.src = m[(block*r.room+t-first)*Block:]
			if r.plain {
				plain.place(j, t)
				r.kernels.output(j)
				plain.wrote(j, t, block)
				continue
			}
			j.dst = r.y[at:]
			if r.res != nil {
				j.res = r.res[at:]
			}
			r.kernels.output(j)
			j.clearFilling(p.O, block)
		}
	}
	j.close()
}
