// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// An optimizer's update of one parameter is one pass over memory. The formulas and
// their order are torch's; coefficients are computed in float64 and applied in T.
// All slices have the length of w, or are nil where the doc says so. Products are rounded
// before they are added, as assembly does, so that all processors compute the same bits.

// updateChunk elements are one piece of work.
const updateChunk = 16384

// eachChunk calls f for pieces of [0, n), in parallel.
func eachChunk(n int, f func(from, to int)) {
	par.Parallel((n+updateChunk-1)/updateChunk, int64(n), func(i int) { f(i*updateChunk, min((i+1)*updateChunk, n)) })
}

// part is x[from:to], nil of nil.
func part[T Float](x []T, from, to int) []T {
	if x == nil {
		return nil
	}
	return x[from:to]
}

// SGD holds the settings of a step of stochastic gradient descent.
type SGD struct {
	LR, Momentum, Dampening, WeightDecay float64
	Nesterov, Maximize                   bool
}

// SGDStep is, with the velocity buf or nil, and first for the first step,
//
//	d := ±g[i] + decay*w[i]
//	buf[i] = momentum*buf[i] + (1-dampening)*d // d when first
//	w[i] -= lr * buf[i]                        // d + momentum*buf[i] with Nesterov, d without buf
func SGDStep[T Float](o *SGD, w, g, buf []T, first bool) {
	// The closures are in functions of their own, over copies of the settings: a short
	// step allocates nothing.
	if len(w) > updateChunk {
		sgdParallel(o, w, g, buf, first)
		return
	}
	sgdRange(o, w, g, buf, first)
}

func sgdParallel[T Float](o *SGD, w, g, buf []T, first bool) {
	c := *o
	eachChunk(len(w), func(a, z int) { sgdRange(&c, w[a:z], g[a:z], part(buf, a, z), first) })
}

func sgdRange[T Float](o *SGD, w, g, buf []T, first bool) {
	lr := T(o.LR)
	g = g[:len(w)]
	if buf == nil && o.WeightDecay == 0 && !o.Maximize {
		for i := sgdVectors(o, w, g, buf, first); i < len(w); i++ {
			w[i] -= T(lr * g[i])
		}
		return
	}
	wd, mu, keep, sign := T(o.WeightDecay), T(o.Momentum), T(1-o.Dampening), signOf[T](o.Maximize)
	begin := sgdVectors(o, w, g, buf, first)
	if buf == nil {
		for i := begin; i < len(w); i++ {
			d := sign * g[i]
			if wd != 0 {
				d += T(wd * w[i])
			}
			w[i] -= T(lr * d)
		}
		return
	}
	nesterov := o.Nesterov
	buf = buf[:len(w)]
	for i := begin; i < len(w); i++ {
		d := sign * g[i]
		if wd != 0 {
			d += T(wd * w[i])
		}
		v := d
		if !first {
			v = T(mu*buf[i]) + T(keep*d)
		}
		buf[i] = v
		if nesterov {
			v = d + T(mu*v)
		}
		w[i] -= T(lr * v)
	}
}

// signOf is what gradients are multiplied by.
func signOf[T Float](maximize bool) T {
	if maximize {
		return -1
	}
	return 1
}

// Adam holds the settings of a step of Adam, or of AdamW with Decoupled.
type Adam struct {
	LR, Beta1, Beta2, Eps, WeightDecay float64
	Bias1, Bias2                       float64 // in step n, counted from 1: 1-β1ⁿ and 1-β2ⁿ
	Decoupled, Maximize                bool
}

// AdamStep is, with the largest second moment vmax for AMSGrad or nil,
//
//	d := ±g[i] + decay*w[i]                 // w[i] *= 1-lr*decay instead if decoupled
//	m[i] += (1-β1) * (d-m[i])
//	v[i] = β2*v[i] + (1-β2)*d*d
//	w[i] -= lr/bias1 * m[i] / (√v[i]/√bias2 + eps)
func AdamStep[T Float](o *Adam, w, g, m, v, vmax []T) {
	if len(w) > updateChunk {
		adamParallel(o, w, g, m, v, vmax)
		return
	}
	adamRange(o, w, g, m, v, vmax)
}

func adamParallel[T Float](o *Adam, w, g, m, v, vmax []T) {
	c := *o
	eachChunk(len(w), func(a, z int) { adamRange(&c, w[a:z], g[a:z], m[a:z], v[a:z], part(vmax, a, z)) })
}

func adamRange[T Float](o *Adam, w, g, m, v, vmax []T) {
	size, root, eps := T(o.LR/o.Bias1), T(math.Sqrt(o.Bias2)), T(o.Eps)
	rest1, beta2, rest2 := T(1-o.Beta1), T(o.Beta2), T(1-o.Beta2)
	wd, shrink := T(o.WeightDecay), T(1-o.LR*o.WeightDecay)
	sign, decoupled := signOf[T](o.Maximize), o.Decoupled
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i := adamVectors(o, w, g, m, v, vmax); i < len(w); i++ {
		p, d := w[i], sign*g[i]
		switch {
		case wd == 0:
		case decoupled:
			p *= shrink
		default:
			d += T(wd * p)
		}
		mean := m[i] + T(rest1*(d-m[i]))
		second := T(v[i]*beta2) + T(rest2*d*d)
		m[i], v[i] = mean, second
		if vmax != nil {
			second = max(vmax[i], second)
			vmax[i] = second
		}
		w[i] = p - size*mean/(T(math.Sqrt(float64(second)))/root+eps)
	}
}

// RMSprop holds the settings of a step of RMSprop.
type RMSprop struct {
	LR, Alpha, Eps, WeightDecay, Momentum float64
	Maximize                              bool
}

// RMSpropStep is, with mean nil unless centred and buf nil without momentum,
//
//	d := ±g[i] + decay*w[i]
//	sq[i] = α*sq[i] + (1-α)*d*d
//	mean[i] += (1-α) * (d-mean[i])
//	buf[i] = momentum*buf[i] + d/(√(sq[i]-mean[i]²) + eps)
//	w[i] -= lr * buf[i]
func RMSpropStep[T Float](o *RMSprop, w, g, sq, mean, buf []T) {
	if len(w) > updateChunk {
		rmspropParallel(o, w, g, sq, mean, buf)
		return
	}
	rmspropRange(o, w, g, sq, mean, buf)
}

func rmspropParallel[T Float](o *RMSprop, w, g, sq, mean, buf []T) {
	c := *o
	eachChunk(len(w), func(a, z int) {
		rmspropRange(&c, w[a:z], g[a:z], sq[a:z], part(mean, a, z), part(buf, a, z))
	})
}

func rmspropRange[T Float](o *RMSprop, w, g, sq, mean, buf []T) {
	lr, alpha, rest, eps := T(o.LR), T(o.Alpha), T(1-o.Alpha), T(o.Eps)
	wd, mu, sign := T(o.WeightDecay), T(o.Momentum), signOf[T](o.Maximize)
	g, sq = g[:len(w)], sq[:len(w)]
	for i, d := range g {
		d *= sign
		if wd != 0 {
			d += T(wd * w[i])
		}
		second := T(sq[i]*alpha) + T(rest*d*d)
		sq[i] = second
		if mean != nil {
			mean[i] += T(rest * (d - mean[i]))
			second -= T(mean[i] * mean[i])
		}
		d /= T(math.Sqrt(float64(second))) + eps
		if buf != nil {
			buf[i] = T(mu*buf[i]) + d
			d = buf[i]
		}
		w[i] -= T(lr * d)
	}
}

// Adagrad holds the settings of a step of Adagrad.
type Adagrad struct {
	LR, LRDecay, WeightDecay, Eps float64
	Maximize                      bool
}

// AdagradStep is, in step number step, counted from 1,
//
//	d := ±g[i] + decay*w[i]
//	sum[i] += d * d
//	w[i] -= lr/(1+(step-1)*lrDecay) * d / (√sum[i] + eps)
func AdagradStep[T Float](o *Adagrad, w, g, sum []T, step int) {
	if len(w) > updateChunk {
		adagradParallel(o, w, g, sum, step)
		return
	}
	adagradRange(o, w, g, sum, step)
}

func adagradParallel[T Float](o *Adagrad, w, g, sum []T, step int) {
	c := *o
	eachChunk(len(w), func(a, z int) { adagradRange(&c, w[a:z], g[a:z], sum[a:z], step) })
}

func adagradRange[T Float](o *Adagrad, w, g, sum []T, step int) {
	lr, eps, wd := T(o.LR/(1+float64(step-1)*o.LRDecay)), T(o.Eps), T(o.WeightDecay)
	sign := signOf[T](o.Maximize)
	g, sum = g[:len(w)], sum[:len(w)]
	for i, d := range g {
		d *= sign
		if wd != 0 {
			d += T(wd * w[i])
		}
		sum[i] += T(d * d)
		w[i] -= lr * d / (T(math.Sqrt(float64(sum[i]))) + eps)
	}
}

// SumSquares returns Σ x[i]², accumulated in float64.
func SumSquares[T Float](x []T) float64 {
	if len(x) <= updateChunk {
		return sumSquaresRange(x)
	}
	return sumSquaresParallel(x)
}

func sumSquaresParallel[T Float](x []T) float64 {
	parts := make([]float64, (len(x)+updateChunk-1)/updateChunk)
	eachChunk(len(x), func(a, z int) { parts[a/updateChunk] = sumSquaresRange(x[a:z]) })
	return SumAll(parts)
}

func sumSquaresRange[T Float](x []T) float64 {
	var s [4]float64
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		s[0] += a * a
		s[1] += b * b
		s[2] += c * c
		s[3] += d * d
	}
	for _, v := range x {
		s[0] += float64(v) * float64(v)
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}
