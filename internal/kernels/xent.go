// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
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

// each calls f for every element that is not ignored, with its lane and class, and
// g for the ignored ones.
func (p *CrossEntropy[T]) each(f func(i, at, class int), g func(i, at int)) {
	rows(p.N*p.S, 8*p.C, func(i int) {
		at := i/p.S*p.C*p.S + i%p.S
		if t := p.Target[i]; t == p.Ignore {
			g(i, at)
		} else {
			f(i, at, int(t))
		}
	})
}

// Loss writes, for each element, with q = smoothing/C and l the log-softmax,
//
//	-(1-smoothing)·weight[class]·l[class] - q·Σ_c weight[c]·l[c]
//
// and 0 for an ignored one.
func (p *CrossEntropy[T]) Loss(out, x []T) {
	q := p.Smoothing / float64(p.C)
	p.each(func(i, at, class int) {
		top, sum := shift(x, at, p.C, p.S)
		l := top + math.Log(sum)
		loss := (1 - p.Smoothing) * p.weight(class) * (l - float64(x[at+class*p.S]))
		if q > 0 {
			for c := range p.C {
				loss += q * p.weight(c) * (l - float64(x[at+c*p.S]))
			}
		}
		out[i] = T(loss)
	}, func(i, _ int) { out[i] = 0 })
}

// Weights writes the weight of each element's class, 0 for an ignored one.
func (p *CrossEntropy[T]) Weights(out []T) {
	p.each(func(i, _, class int) { out[i] = T(p.weight(class)) }, func(i, _ int) { out[i] = 0 })
}

// Grad is the gradient of Loss in x, given that of each element's loss.
func (p *CrossEntropy[T]) Grad(dx, x, dloss []T) {
	q := p.Smoothing / float64(p.C)
	total := 0.0
	for c := range p.C {
		total += p.weight(c)
	}
	p.each(func(i, at, class int) {
		top, sum := shift(x, at, p.C, p.S)
		own := (1 - p.Smoothing) * p.weight(class)
		all := own + q*total
		d := float64(dloss[i])
		for c := range p.C {
			k := at + c*p.S
			g := all * math.Exp(float64(x[k])-top) / sum
			g -= q * p.weight(c)
			if c == class {
				g -= own
			}
			dx[k] = T(g * d)
		}
	}, func(_, at int) {
		for c := range p.C {
			dx[at+c*p.S] = 0
		}
	})
}
