// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// weightParts is into how many runs of windows the gradient of a small weight is at
// most split. Each run is summed in order, and then the runs are.
const weightParts = 8

// weighting is a gradient of weights under way: for each group the product of dy,
// whose columns are the windows of all images, with the transposed windows of x.
type weighting[T par.Float] struct {
	grid
	p             *Shape
	t             *gemm.Tile[T]
	dy, x, sums   []T
	size          int  // elements of dw
	flat          bool // each element of a plane is a window
	total         int  // windows of all images
	block, blocks int  // channels of a task, tasks of a group and part
	parts         int
	task          func(int)
}

var weighting32, weighting64 sync.Pool

func packedGradWeight[T par.Float](p *Shape, dw, dy, x []T) {
	pool := par.Pick[T](&weighting32, &weighting64)
	w, _ := pool.Get().(*weighting[T])
	if w == nil {
		w = &weighting[T]{}
		w.task = w.runTask
	}
	p.grid(&w.grid)
	w.flat = w.flatten()
	w.p, w.t, w.dy, w.x, w.size = p, gemm.TileFor[T](), dy, x, len(dw)
	phases := split(&w.grid, x)
	if phases != nil {
		w.x = *phases
	}
	w.total = p.N * w.windows()
	c := p.C / p.Groups
	w.blocks = (c*len(w.taps) + blockK - 1) / blockK
	w.block = (c + w.blocks - 1) / w.blocks
	w.blocks = (c + w.block - 1) / w.block
	w.parts = max(1, min(taskCount/(w.blocks*p.Groups), weightParts, w.total/blockK))
	cost := int64(p.products()) / 40
	if w.parts == 1 {
		w.sums = dw
		par.Parallel(p.Groups*w.blocks, cost, w.task)
	} else {
		s := par.Scratch[T](w.parts * w.size)
		w.sums = *s
		par.Parallel(w.parts*p.Groups*w.blocks, cost, w.task)
		copy(dw, w.sums)
		for i := 1; i < w.parts; i++ {
			kernels.Add(dw, dw, w.sums[i*w.size:])
		}
		par.GiveBack(s)
	}
	if phases != nil {
		par.GiveBack(phases)
	}
	w.p, w.dy, w.x, w.sums = nil, nil, nil, nil
	pool.Put(w)
}

// runTask sums one part of the windows into one block of channels of one group.
func (w *weighting[T]) runTask(i int) {
	block := i % w.blocks
	i /= w.blocks
	group, part := i%w.p.Groups, i/w.p.Groups
	c, o := w.p.C/w.p.Groups, w.p.O/w.p.Groups
	c0 := block * w.block
	c1 := min(c0+w.block, c)
	rows, cols, k := w.t.Rows, w.t.Cols, (c1-c0)*len(w.taps)
	panels := (k + cols - 1) / cols
	ld := c * len(w.taps) // of dw
	sum := w.sums[part*w.size+group*o*ld+c0*len(w.taps):]

	sx, sy := par.Scratch[T](k*blockK), par.Scratch[T](o*blockK)
	sa, sb := par.Scratch[T](rows*blockK), par.Scratch[T](panels*cols*blockK)
	edge := par.Scratch[T](rows * cols)
	begin, end := part*w.total/w.parts, (part+1)*w.total/w.parts
	for q0 := begin; q0 < end; {
		q1 := w.run(q0, end)
		n := q1 - q0
		x, xld := w.windowsOf(*sx, group*c+c0, group*c+c1, q0, q1)
		for j := range panels {
			gemm.PackColumns((*sb)[j*cols*n:(j+1)*cols*n], x[j*cols*xld:], xld, n, cols, min(cols, k-j*cols))
		}
		dy, yld := w.outputs(*sy, group*o, (group+1)*o, q0, q1)
		for r := 0; r < o; r += rows {
			height := min(rows, o-r)
			gemm.PackColumns((*sa)[:rows*n], dy[r*yld:], yld, n, rows, height)
			for j := range panels {
				width := min(cols, k-j*cols)
				at := r*ld + j*cols
				if height == rows && width == cols {
					w.t.Run(n, &(*sa)[0], &(*sb)[j*cols*n], &sum[at], ld, q0 > begin)
					continue
				}
				w.t.Run(n, &(*sa)[0], &(*sb)[j*cols*n], &(*edge)[0], cols, false)
				for i := range height {
					to, from := sum[at+i*ld:][:width], (*edge)[i*cols:][:width]
					if q0 > begin {
						kernels.Add(to, to, from)
					} else {
						copy(to, from)
					}
				}
			}
		}
		q0 = q1
	}
	for _, s := range [...]*[]T{sx, sy, sa, sb, edge} {
		par.GiveBack(s)
	}
}

// run returns the end of the windows to take at a time, from q on: those of one image,
// unless images are small.
func (w *weighting[T]) run(q, end int) int {
	end = min(end, q+blockK)
	if windows := w.windows(); windows >= blockK/2 {
		end = min(end, (q/windows+1)*windows)
	}
	return end
}

// windowsOf returns the matrix of the windows of some planes of x and the distance
// between its rows.
func (w *weighting[T]) windowsOf(s []T, c0, c1, q0, q1 int) ([]T, int) {
	if windows := w.windows(); w.flat && q0/windows == (q1-1)/windows {
		return w.x[(q0/windows*w.planes+c0)*windows+q0%windows:], windows
	}
	columns(&w.grid, s, q1-q0, w.x, c0, c1, q0, q1)
	return s, q1 - q0
}

// outputs returns the matrix of some planes of dy and the distance between its rows.
func (w *weighting[T]) outputs(s []T, o0, o1, q0, q1 int) ([]T, int) {
	windows := w.windows()
	if q0/windows == (q1-1)/windows {
		return w.dy[(q0/windows*w.p.O+o0)*windows+q0%windows:], windows
	}
	for q := q0; q < q1; {
		n := min(windows-q%windows, q1-q)
		for o := o0; o < o1; o++ {
			copy(s[(o-o0)*(q1-q0)+q-q0:][:n], w.dy[(q/windows*w.p.O+o)*windows+q%windows:])
		}
		q += n
	}
	return s, q1 - q0
}
