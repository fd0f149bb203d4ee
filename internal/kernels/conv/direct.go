// SPDX-License-Identifier: MIT

package conv

import (
	"slices"
	"sync"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// phase is a convolution that fills a part of the output: for windows (i, j) of gh×gw
// the pixel base+i*rowStep+j*colStep. A forward pass has one; the gradient in x of one
// with strides has one for all pixels that are a stride apart, with the taps of the
// kernel that reach them.
type phase struct {
	taps                   []tap
	packed                 int // taps of the phases before
	gh, gw, stepH, stepW   int
	base, rowStep, colStep int
	minY, maxY, minX, maxX int // of the taps
}

func (f *phase) bounds() {
	f.minY, f.maxY, f.minX, f.maxX = 0, 0, 0, 0
	for i, t := range f.taps {
		if i == 0 {
			f.minY, f.maxY, f.minX, f.maxX = t.y, t.y, t.x, t.x
		}
		f.minY, f.maxY = min(f.minY, t.y), max(f.maxY, t.y)
		f.minX, f.maxX = min(f.minX, t.x), max(f.maxX, t.x)
	}
}

// forwardPhase sets f to the convolution itself.
func (p *Shape) forwardPhase(f *phase) {
	*f = phase{taps: f.taps[:0], gh: p.OH, gw: p.OW, stepH: p.StrideH, stepW: p.StrideW, rowStep: p.OW, colStep: 1}
	for a := range p.KH {
		for b := range p.KW {
			f.taps = append(f.taps, tap{y: a*p.DilationH - p.PadH, x: b*p.DilationW - p.PadW, w: a*p.KW + b})
		}
	}
	f.bounds()
}

// Gaps reports whether only the first of the phases of the gradient in x has taps: the pixels
// of the others get nothing.
func (p *Shape) Gaps() bool {
	return p.KH == 1 && p.KW == 1 && p.PadH == 0 && p.PadW == 0 && p.StrideH*p.StrideW > 1
}

// phases returns those of the gradient in x, in the memory of list.
func (p *Shape) phases(list []phase) []phase {
	n := p.StrideH * p.StrideW
	list = slices.Grow(list[:0], n)[:n]
	packed := 0
	for i := range list {
		f, h, x := &list[i], i/p.StrideW, i%p.StrideW
		*f = phase{taps: f.taps[:0], packed: packed, stepH: 1, stepW: 1,
			gh: (p.H - h + p.StrideH - 1) / p.StrideH, gw: (p.W - x + p.StrideW - 1) / p.StrideW,
			base: h*p.W + x, rowStep: p.StrideH * p.W, colStep: p.StrideW}
		for a := range p.KH {
			for b := range p.KW {
				i, j := h+p.PadH-a*p.DilationH, x+p.PadW-b*p.DilationW
				if i%p.StrideH == 0 && j%p.StrideW == 0 {
					f.taps = append(f.taps, tap{y: i / p.StrideH, x: j / p.StrideW, w: a*p.KW + b})
				}
			}
		}
		packed += len(f.taps)
		f.bounds()
	}
	return list
}

// direct is a direct convolution under way: from planes of h×w, inBlocks of them an
// image, to planes of outSize pixels.
type direct struct {
	k              *blockedKernels
	planar         int // channels of a planar input, 0 for a blocked one
	groups, lanes  int // of the convolution whose groups are images here
	tile           func(*tileJob)
	inBlocks, h, w int
	out, outBlocks int // channels
	outSize        int
	y, x, packed   []float32
	bias, res      []float32 // bias is for whole pairs
	mask           []float32
	relu           bool
	plain          bool // y is in torch's order
	gaps           bool // what is between the pixels of the only phase is 0
	list           []phase

	// Of the phase under way. A task goes through high rows of windows and some of the
	// pairs of output blocks, which it splits in parts. If windows look outside, it
	// copies the rows they see with their border, wide pixels in deep rows.
	f                         *phase
	total                     int // windows; the last row may be shorter
	high, bands, pairs, parts int
	border                    bool
	deep, wide                int
	aRow, aPixel, run         int
	offs                      []int
	chunk                     func(int)
}

var directs sync.Pool

func newDirect() *direct {
	d, _ := directs.Get().(*direct)
	if d == nil {
		d = &direct{list: make([]phase, 1)}
		d.chunk = d.task
	}
	d.k = blockedTable.Get()
	return d
}

// forGroups returns the convolution of one group.
func (d *direct) forGroups(p *Shape) (q Shape) {
	q, d.groups, d.lanes, _ = p.perGroup()
	d.tile = d.k.tile
	if d.lanes > 0 {
		d.tile = d.k.laneTile
	}
	return q
}

func (d *direct) close() {
	d.y, d.x, d.packed, d.bias, d.res, d.mask = nil, nil, nil, nil, nil, nil
	directs.Put(d)
}

func directForward(p *Shape, y, x, packed []float32, e Epilogue) {
	d := newDirect()
	q := d.forGroups(p)
	p = &q
	d.planar = 0
	d.inBlocks, d.h, d.w = Blocks(p.C), p.H, p.W
	if p.Planar() {
		d.planar, d.inBlocks = p.C, 1
	}
	d.out, d.outBlocks, d.outSize = p.O, Blocks(p.O), p.OH*p.OW
	d.y, d.x, d.packed, d.res, d.relu, d.plain, d.gaps = y, x, packed, e.Residual, e.ReLU, e.Plain, false
	bias := wholePairs(e.Bias)
	if bias != nil {
		d.bias = *bias
	}
	d.list = d.list[:1]
	p.forwardPhase(&d.list[0])
	d.phase(&d.list[0], p.N)
	if bias != nil {
		par.GiveBack(bias)
	}
	d.close()
}

func directGradInput(p *Shape, dx, dy, packed []float32, e Epilogue) {
	d := newDirect()
	q := d.forGroups(p)
	p = &q
	d.planar, d.inBlocks, d.h, d.w = 0, Blocks(p.O), p.OH, p.OW
	d.out, d.outBlocks, d.outSize = p.C, Blocks(p.C), p.H*p.W
	d.y, d.x, d.packed, d.res, d.mask, d.relu, d.plain = dx, dy, packed, e.Residual, e.Mask, false, false
	d.list = p.phases(d.list)
	if d.gaps = p.Gaps() && e.Residual == nil && e.Mask == nil; d.gaps {
		d.list = d.list[:1]
	}
	for i := range d.list {
		d.phase(&d.list[i], p.N)
	}
	d.close()
}

// wholePairs returns a copy of bias with zeros up to whole pairs of blocks, to be given
// back; nil if there is none.
func wholePairs(bias []float32) *[]float32 {
	if bias == nil {
		return nil
	}
	s := par.Scratch[float32]((len(bias) + pairLanes - 1) / pairLanes * pairLanes)
	clear((*s)[copy(*s, bias):])
	return s
}

const (
	directTasks   = 16      // that a phase is split into if it can be
	directNanos   = 100_000 // what a task should take
	directScratch = 1 << 17 // elements of rows that a task copies, about
	flatRow       = 8       // tiles of a row if planes are seen as one row
)

// phase computes one phase for n images.
func (d *direct) phase(f *phase, n int) {
	if f.gh <= 0 || f.gw <= 0 {
		return
	}
	d.f, d.total = f, f.gh*f.gw
	d.pairs = (d.outBlocks + 1) / 2
	d.wide = d.w
	d.border = d.planar > 0 || f.minY < 0 || f.minX < 0 || (f.gh-1)*f.stepH+f.maxY >= d.h || (f.gw-1)*f.stepW+f.maxX >= d.w
	if !d.border && f.maxX == 0 && f.maxY == 0 && f.stepH == 1 && f.stepW == 1 && f.gw == d.w && f.colStep == 1 && f.rowStep == f.gw && f.base == 0 {
		f.gw = min(d.total, flatRow*d.k.pixels)
		f.gh = (d.total + f.gw - 1) / f.gw
		f.rowStep, d.wide = f.gw, f.gw
	}
	pixel := Block
	if d.planar > 0 {
		pixel = d.planar
	}
	rowSize := 0
	if d.border {
		d.wide = (f.gw-1)*f.stepW + f.maxX - f.minX + 1
		rowSize = d.inBlocks * f.stepH * d.wide * pixel
	}
	rowProducts := f.gw * d.inBlocks * pixel * len(f.taps) * d.outBlocks * Block
	if d.lanes > 0 {
		rowProducts = 2 * f.gw * d.lanes * len(f.taps) * Block
	}
	d.high = min(f.gh, max(1, directNanos*d.k.rate/max(1, rowProducts)))
	if rowSize > 0 {
		d.high = min(d.high, max(1, directScratch/rowSize))
	}
	d.high = min(d.high, max(1, (f.gh*n+directTasks-1)/directTasks))
	d.bands = (f.gh + d.high - 1) / d.high
	d.high = (f.gh + d.bands - 1) / d.bands // bands of about the same size
	d.bands = (f.gh + d.high - 1) / d.high
	d.parts = min(d.pairs, max(1, (directTasks+n*d.bands-1)/(n*d.bands)))
	d.aPixel, d.aRow = f.stepW*pixel, f.stepH*d.wide*pixel
	d.deep = (d.high-1)*f.stepH + f.maxY - f.minY + 1
	d.offsets(pixel)
	par.Parallel(n*d.bands*d.parts, int64(n)*int64(f.gh)*int64(rowProducts)/int64(d.k.rate), d.chunk)
}

// offsets notes where the runs of a window begin.
func (d *direct) offsets(pixel int) {
	f := d.f
	d.offs, d.run = d.offs[:0], Block
	if d.lanes > 0 {
		d.run = d.lanes
	}
	if d.planar > 0 {
		d.run = (f.maxX - f.minX + 1) * pixel
		for a := range f.maxY - f.minY + 1 {
			d.offs = append(d.offs, a*d.wide*pixel)
		}
		return
	}
	y, x, plane := 0, 0, d.h*d.w*pixel
	if d.border {
		y, x, plane = f.minY, f.minX, d.deep*d.wide*pixel
	}
	for c := range d.inBlocks {
		for _, t := range f.taps {
			d.offs = append(d.offs, c*plane+((t.y-y)*d.wide+t.x-x)*pixel)
		}
	}
}

// tileJobs keeps jobs: what function values are given escapes.
var tileJobs = sync.Pool{New: func() any { return &tileJob{} }}

func (j *tileJob) close() {
	*j = tileJob{}
	tileJobs.Put(j)
}

// task computes some rows of windows of an image for some pairs of blocks.
func (d *direct) task(chunk int) {
	f := d.f
	part, band, n := chunk%d.parts, chunk/d.parts%d.bands, chunk/d.parts/d.bands
	first, last := band*d.high, min((band+1)*d.high, f.gh)
	var s *[]float32
	var a []float32
	switch {
	case d.planar > 0:
		s = par.Scratch[float32](d.deep * d.wide * d.planar)
		a = *s
		copyPlanar(a, d.x[n*d.planar*d.h*d.w:], d.planar, d.h, d.w, first*f.stepH+f.minY, f.minX, d.deep, d.wide)
	case d.border:
		s = par.Scratch[float32](d.inBlocks * d.deep * d.wide * Block)
		a = *s
		d.copyRows(a, d.x[n*d.inBlocks*d.h*d.w*Block:], first)
	default:
		a = d.x[n*d.inBlocks*d.h*d.w*Block+first*d.aRow:]
	}
	j := tileJobs.Get().(*tileJob)
	j.offs, j.run, j.relu, j.fetch = d.offs, d.run, d.relu, true
	j.aPixel, j.cPixel, j.cBlock, j.groups = d.aPixel, f.colStep*Block, d.outSize*Block, 1
	weights := len(d.offs) * d.run * pairLanes
	group, all := n%d.groups, d.pairs*d.inBlocks*Block*pairLanes
	if d.lanes > 0 {
		weights = len(d.offs) * d.run * Block
		all = d.lanes * Block
	}
	packed := d.packed[(f.packed*d.groups+group*len(f.taps))*all:]
	y, count := d.y, min(last*f.gw, d.total)-first*f.gw
	var own *[]float32
	if d.plain {
		own = par.Scratch[float32](2 * count * Block)
		y, j.cBlock = *own, count*Block
	}
	for pair := part * d.pairs / d.parts; pair < (part+1)*d.pairs/d.parts; pair++ {
		j.blocks = min(2, d.outBlocks-2*pair)
		j.b = packed[pair*weights : (pair+1)*weights]
		if d.bias != nil {
			j.bias = d.bias[group*d.out+pair*pairLanes:]
		}
		at := (n*d.outBlocks+2*pair)*d.outSize + f.base + first*f.rowStep
		if d.plain {
			at = 0
		}
		if d.gaps {
			for b := range j.blocks {
				plane := y[(n*d.outBlocks+2*pair+b)*d.outSize*Block:][:d.outSize*Block]
				clear(plane[first*f.rowStep*Block : min(last*f.rowStep*Block, len(plane))])
			}
		}
		for i := first; i < last; i++ {
			d.row(j, a[(i-first)*d.aRow:], y, (at+(i-first)*f.rowStep)*Block, min(f.gw, d.total-i*f.gw))
		}
		for b := range j.blocks {
			c := (2*pair + b) * Block
			switch used := min(Block, d.out-c); {
			case d.plain:
				unblock(d.y[(n*d.out+c)*d.outSize+first*f.gw:], y[b*j.cBlock:], d.outSize, used, count)
			case used < Block:
				for i := first; i < last; i++ {
					clearFilling(y[(at+(i-first)*f.rowStep)*Block+b*j.cBlock:], min(f.gw, d.total-i*f.gw), j.cPixel, used)
				}
			}
		}
	}
	if own != nil {
		par.GiveBack(own)
	}
	j.close()
	if s != nil {
		par.GiveBack(s)
	}
}

// row computes a row of width windows, in tiles of about the same size, to y from at on.
func (d *direct) row(j *tileJob, a, y []float32, at, width int) {
	tiles := (width + d.k.pixels - 1) / d.k.pixels
	for q := range tiles {
		from := q * width / tiles
		j.pixels = (q+1)*width/tiles - from
		j.a = a[from*d.aPixel:]
		j.c = y[at+from*j.cPixel:]
		if d.res != nil {
			j.res = d.res[at+from*j.cPixel:]
		}
		if d.mask == nil {
			d.tile(j)
			continue
		}
		mask := d.mask[at+from*j.cPixel:]
		if d.k.masks && d.lanes == 0 {
			j.mask = mask
			d.tile(j)
			continue
		}
		d.tile(j)
		for b := range j.blocks {
			for i := range j.pixels {
				at := b*j.cBlock + i*j.cPixel
				kernels.ReluGrad(j.c[at:at+Block], mask[at:at+Block], j.c[at:at+Block])
			}
		}
	}
}

// clearFilling sets the channels that fill up a block to 0: an infinite sum times no
// weight is not.
func clearFilling(c []float32, pixels, pixel, used int) {
	for i := range pixels {
		clear(c[i*pixel+used : i*pixel+Block])
	}
}

// copyRows copies the rows that windows from row first on see, with zeros around.
func (d *direct) copyRows(dst, src []float32, first int) {
	f := d.f
	from, to := max(f.minX, 0), min(f.minX+d.wide, d.w) // columns of src
	for c := range d.inBlocks {
		for r := range d.deep {
			row := dst[(c*d.deep+r)*d.wide*Block:][:d.wide*Block]
			y := first*f.stepH + f.minY + r
			if y < 0 || y >= d.h || from >= to {
				clear(row)
				continue
			}
			left := (from - f.minX) * Block
			clear(row[:left])
			n := copy(row[left:], src[((c*d.h+y)*d.w+from)*Block:((c*d.h+y)*d.w+to)*Block])
			clear(row[left+n:])
		}
	}
}

// copyPlanar copies deep rows of wide pixels of planes from (y0, x0) on, with zeros
// around, the channels of a pixel side by side.
func copyPlanar(dst, src []float32, channels, h, w, y0, x0, deep, wide int) {
	from, to := max(x0, 0), min(x0+wide, w)
	for r := range deep {
		row := dst[r*wide*channels : (r+1)*wide*channels]
		y := y0 + r
		if y < 0 || y >= h || from >= to {
			clear(row)
			continue
		}
		clear(row[:(from-x0)*channels])
		clear(row[(to-x0)*channels:])
		row = row[(from-x0)*channels : (to-x0)*channels]
		if channels == 3 {
			red, green, blue := src[y*w+from:][:to-from], src[(h+y)*w+from:][:to-from], src[(2*h+y)*w+from:][:to-from]
			for i, v := range red {
				pixel := row[3*i : 3*i+3 : 3*i+3]
				pixel[0], pixel[1], pixel[2] = v, green[i], blue[i]
			}
			continue
		}
		for c := range channels {
			for i, v := range src[(c*h+y)*w+from:][:to-from] {
				row[i*channels+c] = v
			}
		}
	}
}
