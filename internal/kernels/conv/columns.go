// SPDX-License-Identifier: MIT

package conv

import "github.com/stheno-go/stheno/internal/kernels/par"

// tap is one element of a convolution's kernel: where it looks, seen from the origin
// of a window, where its weight lies, and where the columns it sees begin in a row.
type tap struct{ y, x, w, at int }

// grid is a set of gh×gw windows over planes of h×w. The origin of window (i, j) is
// (i*stepH, j*stepW); its taps may look outside, where everything is 0.
type grid struct {
	h, w, gh, gw int
	stepH, stepW int
	row          int // distance between the rows of a plane in memory
	planes       int // of one image
	taps         []tap
}

// windows returns the number of windows of an image.
func (g *grid) windows() int { return g.gh * g.gw }

// flatten makes one row of all rows if each window is one element of the plane and
// each element is one window.
func (g *grid) flatten() bool {
	if len(g.taps) != 1 || g.taps[0].y != 0 || g.taps[0].x != 0 || g.stepH != 1 || g.stepW != 1 || g.gh != g.h || g.gw != g.w {
		return false
	}
	g.w *= g.h
	g.h, g.gh, g.gw, g.row = 1, 1, g.w, g.w
	return true
}

// split turns a grid with steps between columns into one without: it copies x, whose
// rows it sorts by the remainder of the column. That pays if several taps look at the
// same columns. It returns nil if not, otherwise the copy, to be given back.
func split[T par.Float](g *grid, x []T) *[]T {
	if g.stepW == 1 || len(g.taps) == 0 || g.taps[len(g.taps)-1].x-g.taps[0].x < g.stepW {
		return nil
	}
	step, w := g.stepW, g.w
	g.w = (w + step - 1) / step
	g.row, g.stepW = step*g.w, 1
	for i := range g.taps {
		t := &g.taps[i]
		phase := (t.x%step + step) % step
		t.x, t.at = (t.x-phase)/step, phase*g.w
	}
	rows := len(x) / w
	s := par.Scratch[T](rows * g.row)
	par.Over(rows, g.row, splitting[T]{*s, x, w, step, g.w})
	return s
}

type splitting[T par.Float] struct {
	dst, src   []T
	w, step, n int
}

func (r splitting[T]) Span(from, to int) {
	for i := from; i < to; i++ {
		src, dst := r.src[i*r.w:(i+1)*r.w], r.dst[i*r.step*r.n:(i+1)*r.step*r.n]
		for phase := range r.step {
			count := max(0, (r.w-phase+r.step-1)/r.step)
			out := dst[phase*r.n : (phase+1)*r.n]
			if count > 0 {
				copyStep(out[:count], src[phase:], r.step)
			}
			clear(out[count:])
		}
	}
}

// seen returns which of count windows of a row, beginning with window j, look into the
// plane through a tap: those in [from, to), the first of them at column src.
func (g *grid) seen(j, count, tapX int) (from, to, src int) {
	x := j*g.stepW + tapX
	if x < 0 {
		from = min((-x+g.stepW-1)/g.stepW, count)
	}
	if last := g.w - 1 - x; last >= 0 {
		to = min(last/g.stepW+1, count)
	}
	return from, max(from, to), x + from*g.stepW
}

// columns writes the windows q0 … q1-1, counted through all images, of planes c0 …
// c1-1 of each image of x as the columns of a matrix with rows ld apart:
//
//	for c, t, q := range planes, taps, windows {
//		dst[((c-c0)*len(taps)+t)*ld+q-q0] = what window q sees of plane c through tap t
//	}
func columns[T par.Float](g *grid, dst []T, ld int, x []T, c0, c1, q0, q1 int) {
	windows, plane := g.windows(), g.h*g.row
	step := len(g.taps) * ld
	for q := q0; q < q1; {
		n, at := q/windows, q%windows
		i, j := at/g.gw, at%g.gw
		count := min(g.gw-j, q1-q)
		in := x[(n*g.planes+c0)*plane : (n*g.planes+c1)*plane]
		for t, tap := range g.taps {
			line := dst[t*ld+q-q0:]
			y := i*g.stepH + tap.y
			from, to, src := 0, 0, 0
			if y >= 0 && y < g.h {
				from, to, src = g.seen(j, count, tap.x)
				src += y*g.row + tap.at
			}
			if from == to {
				for c := range c1 - c0 {
					clear(line[c*step:][:count])
				}
				continue
			}
			for c := range c1 - c0 {
				out := line[c*step:][:count]
				row := in[c*plane+src:]
				if from > 0 {
					clear(out[:from])
				}
				if to < count {
					clear(out[to:])
				}
				if g.stepW == 1 {
					copy(out[from:to], row)
				} else {
					copyStep(out[from:to], row, g.stepW)
				}
			}
		}
		q += count
	}
}

// copyStep is dst[i] = src[i*step].
func copyStep[T par.Float](dst, src []T, step int) {
	if step == 2 {
		for len(dst) >= 4 && len(src) >= 8 {
			dst[0], dst[1], dst[2], dst[3] = src[0], src[2], src[4], src[6]
			dst, src = dst[4:], src[8:]
		}
	}
	k := 0
	for i := range dst {
		dst[i] = src[k]
		k += step
	}
}
