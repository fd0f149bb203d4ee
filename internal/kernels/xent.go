// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// CrossEntropy describes the cross-entropy of logits (N,C,S) with classes (N,S).
type CrossEntropy[T Float] struct {
	N, C, S   int
	Target    []int64
	Weight    []T // of each class; nil: 1
	Ignore    int64
	Smoothing float64
}

func (p *CrossEntropy[T]) weight(c int) float64 {
	if p.Weight == nil {
		return 1
	}
	return float64(p.Weight[c])
}

// Check returns an error for a class that is not there.
func (p *CrossEntropy[T]) Check() error {
	for _, t := range p.Target {
		if t != p.Ignore && (t < 0 || t >= int64(p.C)) {
			return fmt.Errorf("Target %d is out of bounds.", t)
		}
	}
	return nil
}

// lane copies the logits of element i to s.
func (p *CrossEntropy[T]) lane(s, x []T, i int) { gatherLane(s, x[i/p.S*p.C*p.S+i%p.S:], p.S) }

// Loss writes, for each element, with q = Smoothing/C and l the log-softmax,
//
//	-(1-Smoothing)·weight[class]·l[class] - q·Σ_c weight[c]·l[c]
//
// and 0 for an ignored one. Targets must have passed Check.
func (p *CrossEntropy[T]) Loss(out, x []T) {
	par.Over(p.N*p.S, laneCost*p.C, xentLoss[T]{*p, out, x})
}

type xentLoss[T Float] struct {
	CrossEntropy[T]
	out, x []T
}

func (r xentLoss[T]) Span(from, to int) {
	q := r.Smoothing / float64(r.C)
	s, e := par.Scratch[T](r.C), par.Scratch[T](r.C)
	for i := from; i < to; i++ {
		t := r.Target[i]
		if t == r.Ignore {
			r.out[i] = 0
			continue
		}
		lane := *s
		r.lane(lane, r.x, i)
		top := largest(lane)
		l := math.Log(expShifted(*e, lane, top))
		loss := (1 - r.Smoothing) * r.weight(int(t)) * (l - float64(lane[t]-top))
		if q > 0 {
			for c, v := range lane {
				loss += q * r.weight(c) * (l - float64(v-top))
			}
		}
		r.out[i] = T(loss)
	}
	par.GiveBack(e)
	par.GiveBack(s)
}

// Weights writes the weight of each element's class, 0 for an ignored one. Their sum
// is what a weighted mean divides by.
func (p *CrossEntropy[T]) Weights(out []T) {
	for i, t := range p.Target[:p.N*p.S] {
		if t == p.Ignore {
			out[i] = 0
		} else {
			out[i] = T(p.weight(int(t)))
		}
	}
}

// Masses writes what the weights of all classes that an element is compared with add up
// to, 0 for an ignored one.
func (p *CrossEntropy[T]) Masses(out []T) {
	q := p.spread()
	for i, t := range p.Target[:p.N*p.S] {
		if t == p.Ignore {
			out[i] = 0
		} else {
			out[i] = T((1-p.Smoothing)*p.weight(int(t)) + q)
		}
	}
}

// spread returns what the weights of all classes add up to, times their share.
func (p *CrossEntropy[T]) spread() float64 {
	total := 0.0
	if p.Smoothing > 0 {
		for c := range p.C {
			total += p.weight(c)
		}
	}
	return p.Smoothing / float64(p.C) * total
}

// Grad is the gradient of Loss in x, given that of each element's loss.
func (p *CrossEntropy[T]) Grad(dx, x, dloss []T) {
	par.Over(p.N*p.S, laneCost*p.C, xentGrad[T]{*p, dx, x, dloss})
}

type xentGrad[T Float] struct {
	CrossEntropy[T]
	dx, x, dloss []T
}

func (r xentGrad[T]) Span(from, to int) {
	q := r.Smoothing / float64(r.C)
	total := r.spread()
	s := par.Scratch[T](r.C)
	for i := from; i < to; i++ {
		lane, t := *s, r.Target[i]
		if t == r.Ignore {
			clear(lane)
		} else {
			r.lane(lane, r.x, i)
			own := (1 - r.Smoothing) * r.weight(int(t))
			scale := (own + total) / expShifted(lane, lane, largest(lane))
			d := float64(r.dloss[i])
			at := float64(lane[t])*scale - own
			if q > 0 {
				at -= q * r.weight(int(t))
				for c, e := range lane {
					lane[c] = T((float64(e)*scale - q*r.weight(c)) * d)
				}
			} else {
				MulScalar(lane, lane, T(scale*d))
			}
			lane[t] = T(at * d)
		}
		scatterLane(r.dx[i/r.S*r.C*r.S+i%r.S:], lane, r.S)
	}
	par.GiveBack(s)
}
