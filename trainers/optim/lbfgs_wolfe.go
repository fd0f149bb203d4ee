// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"slices"

	"github.com/stheno-go/stheno/internal/kernels"
)

// wolfe searches along a direction for a point with the strong Wolfe conditions
// (torch's _strong_wolfe). Losses are float64, slopes and positions are rounded to T as
// torch's tensors.
type wolfe[T kernels.Float] struct {
	m       *lbfgs[T]
	closure func() (float64, error)
	x       []T // the parameters at position 0
}

// point is a position along the direction.
type point[T kernels.Float] struct {
	t     float64
	f     float64
	g     []T
	slope T
}

const (
	wolfeDecrease  = 1e-4
	wolfeCurvature = 0.9
)

// at evaluates the loss at a position. The parameters are set back.
func (s *wolfe[T]) at(t float64) (p point[T], err error) {
	g := make([]T, len(s.x))
	s.m.move(t)
	f, err := s.m.evaluate(s.closure, g)
	s.m.setParameters(s.x)
	return point[T]{t, f, g, T(kernels.Dot(g, s.m.d))}, err
}

// search sets m's position and gradient, and returns the loss there and the number of
// evaluations. It begins at m.t, from a point with that loss and slope.
func (s *wolfe[T]) search(f float64, slope T, most int) (loss float64, evals int, err error) {
	m := s.m
	start := point[T]{0, f, slices.Clone(m.grad), slope}
	norm := maxAbs(m.d)
	high := func(p point[T]) bool { return T(p.f) > T(f)+T(T(wolfeDecrease*p.t)*slope) }
	flat := func(p point[T]) bool { return max(p.slope, -p.slope) <= T(-wolfeCurvature)*slope }
	now, err := s.at(m.t)
	if err != nil {
		return 0, 1, err
	}
	evals = 1
	prev, iter, done := start, 0, false
	var bracket []point[T]
	for iter < most && bracket == nil {
		switch {
		case high(now) || iter > 1 && now.f >= prev.f:
			bracket = []point[T]{prev, now}
			continue
		case flat(now):
			bracket, done = []point[T]{now}, true
			continue
		case now.slope >= 0:
			bracket = []point[T]{prev, now}
			continue
		}
		t := cubic(prev, now, now.t+0.01*(now.t-prev.t), now.t*10)
		prev = now
		if now, err = s.at(t); err != nil {
			return 0, evals, err
		}
		evals++
		iter++
	}
	if iter == most {
		bracket = []point[T]{start, now}
	}
	low := 0
	order := func() {
		if low = 0; !(bracket[0].f <= bracket[len(bracket)-1].f) {
			low = 1
		}
	}
	order()
	insufficient := false
	for !done && iter < most {
		a, b := bracket[0].t, bracket[1].t
		from, to := min(a, b), max(a, b)
		if T(to-from)*norm < T(m.tolChange) {
			break
		}
		t := cubic(bracket[0], bracket[1], from, to)
		edge := 0.1 * (to - from)
		if min(to-t, t-from) < edge {
			if insufficient || t >= to || t <= from {
				if math.Abs(t-to) < math.Abs(t-from) {
					t = to - edge
				} else {
					t = from + edge
				}
				insufficient = false
			} else {
				insufficient = true
			}
		} else {
			insufficient = false
		}
		if now, err = s.at(t); err != nil {
			return 0, evals, err
		}
		evals++
		iter++
		if high(now) || now.f >= bracket[low].f {
			bracket[1-low] = now
			order()
			continue
		}
		if flat(now) {
			done = true
		} else if float64(now.slope)*(bracket[1-low].t-bracket[low].t) >= 0 {
			bracket[1-low] = bracket[low]
		}
		bracket[low] = now
	}
	best := bracket[low]
	m.t, m.grad = best.t, best.g
	return best.f, evals, nil
}

// cubic returns where the cubic through two points with slopes has its minimum, between lo
// and hi (torch's _cubic_interpolate).
func cubic[T kernels.Float](p, q point[T], lo, hi float64) float64 {
	x1, x2 := T(p.t), T(q.t)
	d1 := p.slope + q.slope - T(3*(p.f-q.f)/(p.t-q.t))
	square := T(d1*d1) - T(p.slope*q.slope)
	if !(square >= 0) {
		return (lo + hi) / 2
	}
	d2 := T(math.Sqrt(float64(square)))
	var t T
	if x1 <= x2 {
		t = x2 - T((x2-x1)*((q.slope+d2-d1)/(q.slope-p.slope+2*d2)))
	} else {
		t = x1 - T((x1-x2)*((p.slope+d2-d1)/(p.slope-q.slope+2*d2)))
	}
	return min(max(float64(t), lo), hi)
}
