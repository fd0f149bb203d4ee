// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// taskPanels is how many panels of windows a task packs at a time, blockK how many rows of
// them or windows of a gradient of weights are multiplied at a time, and taskCount how many
// tasks a convolution should at least be split into.
const (
	taskPanels = 8
	blockK     = 256
	taskCount  = 16
)

// windowed is a product of weights with the windows of a grid under way. The windows
// of all images are the columns of one matrix, which is packed piece by piece from
// the images, never as a whole:
//
//	for n, o, i, j := range images, outC, gh, gw {
//		out[n,o,base+i*rowStep+j*colStep] = bias[o] + Σ_{c,tap} weight[o*wOut+c*wIn+tap.w] * (what the window sees)
//	}
//
// A convolution is one such product, and so is each phase of its gradient in x.
type windowed[T par.Float] struct {
	grid
	t                      *gemm.Tile[T]
	groups, inC, outC      int // channels are those of a group
	wGroup, wOut, wIn      int // distances in weight
	outPlane               int
	base, rowStep, colStep int
	dense                  bool // window q of an image is element q of its plane in out
	flat                   bool // and it sees only element q of each plane in in
	out, in, weight, bias  []T

	total              int // windows of all images
	block              int // channels whose rows are packed at a time
	rowPanels, high    int // panels of weights, and those of a task
	colPanels, wide    int
	rowTasks, colTasks int
	packed             []T
	tasks, each        int       // and how many tasks one chunk has
	chunk, pack        func(int) // the methods, bound once
}

var windowed32, windowed64 sync.Pool

// newWindowed returns one with nothing but its kernel and memory for taps.
func newWindowed[T par.Float]() *windowed[T] {
	p := par.Pick[T](&windowed32, &windowed64)
	w, _ := p.Get().(*windowed[T])
	if w == nil {
		w = &windowed[T]{}
		w.chunk, w.pack = w.runChunk, w.packWeights
	}
	w.t = gemm.TileFor[T]()
	w.taps = w.taps[:0]
	return w
}

// close gives the memory back, without what it points to.
func (w *windowed[T]) close() {
	w.out, w.in, w.weight, w.bias, w.packed = nil, nil, nil, nil, nil
	par.Pick[T](&windowed32, &windowed64).Put(w)
}

// run computes the product for n images.
func (w *windowed[T]) run(n int) {
	w.dense = w.base == 0 && w.colStep == 1 && w.rowStep == w.gw && w.windows() == w.outPlane
	w.flat = w.dense && w.flatten()
	k := w.inC * len(w.taps)
	w.total = n * w.windows()
	blocks := (k + blockK - 1) / blockK
	w.block = (w.inC + blocks - 1) / blocks
	w.rowPanels = (w.outC + w.t.Rows - 1) / w.t.Rows
	w.colPanels = (w.total + w.t.Cols - 1) / w.t.Cols
	w.wide = min(max(w.colPanels*w.groups/taskCount, 1), taskPanels)
	w.colTasks = (w.colPanels + w.wide - 1) / w.wide
	w.rowTasks = min(max(taskCount/(w.colTasks*w.groups), 1), max(w.rowPanels/4, 1))
	w.high = (w.rowPanels + w.rowTasks - 1) / w.rowTasks
	w.rowTasks = (w.rowPanels + w.high - 1) / w.high

	s := par.Scratch[T](w.groups * w.rowPanels * w.t.Rows * k)
	w.packed = *s
	par.Parallel(w.groups*w.rowPanels, int64(len(w.packed)), w.pack)
	w.tasks = w.groups * w.rowTasks * w.colTasks
	w.each = (w.tasks + par.MaxChunks - 1) / par.MaxChunks
	par.Parallel((w.tasks+w.each-1)/w.each, int64(len(w.packed))*int64(w.total)/50, w.chunk)
	par.GiveBack(s)
}

// packWeights packs one panel of one group's weights.
func (w *windowed[T]) packWeights(i int) {
	rows, k := w.t.Rows, w.inC*len(w.taps)
	dst := w.packed[i*rows*k : (i+1)*rows*k]
	group, first := i/w.rowPanels, i%w.rowPanels*rows
	height := min(rows, w.outC-first)
	src := w.weight[group*w.wGroup+first*w.wOut:]
	if w.wIn == len(w.taps) && w.wOut == k {
		gemm.PackColumns(dst, src, k, k, rows, height)
		return
	}
	if len(w.taps) == w.wOut { // all taps, so in order
		size := rows * w.wOut
		for c := range w.inC {
			gemm.PackColumns(dst[c*size:(c+1)*size], src[c*w.wIn:], w.wOut, w.wOut, rows, height)
		}
		return
	}
	if height < rows {
		clear(dst)
	}
	l := 0
	for c := range w.inC {
		for _, tap := range w.taps {
			at := c*w.wIn + tap.w
			for r := range height {
				dst[l+r] = src[at+r*w.wOut]
			}
			l += rows
		}
	}
}

func (w *windowed[T]) runChunk(i int) {
	for k := i * w.each; k < min((i+1)*w.each, w.tasks); k++ {
		w.runTask(k)
	}
}

// runTask computes some panels of weights with some of windows.
func (w *windowed[T]) runTask(i int) {
	group := i / (w.rowTasks * w.colTasks)
	i %= w.rowTasks * w.colTasks
	r0, q0 := i/w.colTasks*w.high, i%w.colTasks*w.wide
	r1, q1 := min(r0+w.high, w.rowPanels), min(q0+w.wide, w.colPanels)
	rows, cols, taps := w.t.Rows, w.t.Cols, len(w.taps)

	sb := par.Scratch[T](w.block * taps * cols * (q1 - q0))
	sc := par.Scratch[T]((r1 - r0) * (q1 - q0) * rows * cols)
	w.fillBias(group, r0, r1, q0, q1, *sc)
	for c0 := 0; c0 < w.inC; c0 += w.block {
		c1 := min(c0+w.block, w.inC)
		size := (c1 - c0) * taps * cols
		w.packPanels(*sb, group, c0, c1, q0, q1)
		for q := q0; q < q1; q++ {
			b := &(*sb)[(q-q0)*size]
			at, direct := w.direct(q)
			for r := r0; r < r1; r++ {
				a := &w.packed[((group*w.rowPanels+r)*w.inC+c0)*taps*rows]
				add := c0 > 0 || w.bias != nil
				switch {
				case direct && (r+1)*rows <= w.outC:
					w.t.Run((c1-c0)*taps, a, b, &w.out[at+(group*w.outC+r*rows)*w.outPlane], w.outPlane, add)
				case direct && w.t.Edge != nil:
					w.t.Edge(w.outC-r*rows, cols, (c1-c0)*taps, a, b, &w.out[at+(group*w.outC+r*rows)*w.outPlane], w.outPlane, add)
				default:
					w.t.Run((c1-c0)*taps, a, b, &(*sc)[((r-r0)*(q1-q0)+q-q0)*rows*cols], cols, add)
				}
			}
		}
	}
	w.spread(group, r0, r1, q0, q1, *sc)
	par.GiveBack(sc)
	par.GiveBack(sb)
}

// packPanels packs panels of windows; windows beyond the last are 0.
func (w *windowed[T]) packPanels(dst []T, group, c0, c1, q0, q1 int) {
	cols := w.t.Cols
	size := (c1 - c0) * len(w.taps) * cols
	if w.total < q1*cols {
		clear(dst[(q1-1-q0)*size : (q1-q0)*size])
	}
	c0, c1 = group*w.inC+c0, group*w.inC+c1
	if w.flat {
		w.packFlat(dst, size, c0, c1, q0*cols, min(q1*cols, w.total))
		return
	}
	for q := q0; q < q1; q++ {
		columns(&w.grid, dst[(q-q0)*size:][:size], cols, w.in, c0, c1, q*cols, min((q+1)*cols, w.total))
	}
}

// packFlat packs windows that are single elements, reading plane after plane.
func (w *windowed[T]) packFlat(dst []T, size, c0, c1, from, to int) {
	windows, cols := w.windows(), w.t.Cols
	for q := from; q < to; {
		n := q / windows
		end := min((n+1)*windows, to)
		for c := c0; c < c1; c++ {
			plane := w.in[(n*w.planes+c)*windows:][:windows]
			for k := q; k < end; {
				at, column := (k-from)/cols, (k-from)%cols
				k += copy(dst[at*size+(c-c0)*cols+column:][:min(cols-column, end-k)], plane[k-n*windows:])
			}
		}
		q = end
	}
}

// direct reports whether a panel of windows is a run of each plane of one image, and
// where it begins in plane 0.
func (w *windowed[T]) direct(panel int) (at int, ok bool) {
	from, windows := panel*w.t.Cols, w.windows()
	n := from / windows
	ok = w.dense && from+w.t.Cols <= min((n+1)*windows, w.total)
	return n*w.groups*w.outC*w.outPlane + from%windows, ok
}

// fillBias writes the bias to where the tiles of a task will be added to.
func (w *windowed[T]) fillBias(group, r0, r1, q0, q1 int, tiles []T) {
	if w.bias == nil {
		return
	}
	rows, cols := w.t.Rows, w.t.Cols
	for r := r0; r < r1; r++ {
		full := w.t.Edge != nil || (r+1)*rows <= w.outC
		for i, v := range w.bias[group*w.outC+r*rows : group*w.outC+min((r+1)*rows, w.outC)] {
			for q := q0; q < q1; q++ {
				if at, direct := w.direct(q); direct && full {
					fillWith(w.out[at+(group*w.outC+r*rows+i)*w.outPlane:][:cols], v)
				} else {
					fillWith(tiles[(((r-r0)*(q1-q0)+q-q0)*rows+i)*cols:][:cols], v)
				}
			}
		}
	}
}

// spread writes the tiles that were not computed in place.
func (w *windowed[T]) spread(group, r0, r1, q0, q1 int, tiles []T) {
	rows, cols := w.t.Rows, w.t.Cols
	var memory [64]int
	for q := q0; q < q1; q++ {
		_, direct := w.direct(q)
		first := r0
		if direct && w.t.Edge != nil {
			continue
		}
		if direct {
			first = max(r0, w.outC/rows) // only the last panel of weights, if it is not full
		}
		if first >= r1 {
			continue
		}
		offsets := memory[:min(cols, w.total-q*cols)]
		for i := range offsets {
			offsets[i] = w.offset(q*cols + i)
		}
		for r := first; r < r1; r++ {
			for i := range min(rows, w.outC-r*rows) {
				line := tiles[(((r-r0)*(q1-q0)+q-q0)*rows+i)*cols:][:len(offsets)]
				plane := w.out[(group*w.outC+r*rows+i)*w.outPlane:]
				for j, at := range offsets {
					plane[at] = line[j]
				}
			}
		}
	}
}

// offset returns where window q goes in out, seen from the first image's plane.
func (w *windowed[T]) offset(q int) int {
	n, at := q/w.windows(), q%w.windows()
	return n*w.groups*w.outC*w.outPlane + w.base + at/w.gw*w.rowStep + at%w.gw*w.colStep
}
