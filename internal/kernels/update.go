// SPDX-License-Identifier: MIT

package kernels

import "math"

// An optimizer's update of one parameter is one pass over memory. The formulas and
// their order are torch's; coefficients are computed in float64 and applied in T.

// updateChunk elements are one piece of work.
const updateChunk = 16384

// eachChunk calls f for pieces of [0, n), in parallel if there are several.
func eachChunk(n int, f func(from, to int)) {
	if n <= updateChunk {
		f(0, n)
		return
	}
	Parallel((n+updateChunk-1)/updateChunk, int64(n), func(i int) { f(i*updateChunk, min((i+1)*updateChunk, n)) })
}

// SGD holds the settings of a step of stochastic gradient descent.
type SGD struct {
	LR, Momentum, Dampening, WeightDecay float64
	Nesterov, Maximize                   bool
}

// SGDStep updates w by g. buf is the velocity, nil without momentum; with first it is
// set to the gradient.
func SGDStep[T Float](o *SGD, w, g, buf []T, first bool) {
	if len(w) > updateChunk {
		sgdParallel(o, w, g, buf, first)
		return
	}
	sgdRange(o, w, g, buf, first)
}

func sgdParallel[T Float](o *SGD, w, g, buf []T, first bool) {
	eachChunk(len(w), func(from, to int) {
		var b []T
		if buf != nil {
			b = buf[from:to]
		}
		sgdRange(o, w[from:to], g[from:to], b, first)
	})
}

func sgdRange[T Float](o *SGD, w, g, buf []T, first bool) {
	lr, wd, mu, keep := T(o.LR), T(o.WeightDecay), T(o.Momentum), T(1-o.Dampening)
	g = g[:len(w)]
	if buf == nil && wd == 0 && !o.Maximize {
		for i, d := range g {
			w[i] -= lr * d
		}
		return
	}
	for i, d := range g {
		if o.Maximize {
			d = -d
		}
		if wd != 0 {
			d += wd * w[i]
		}
		if buf != nil {
			v := d
			if !first {
				v = mu*buf[i] + keep*d
			}
			buf[i] = v
			if o.Nesterov {
				d += mu * v
			} else {
				d = v
			}
		}
		w[i] -= lr * d
	}
}

// Adam holds the settings of a step of Adam, or of AdamW with Decoupled.
type Adam struct {
	LR, Beta1, Beta2, Eps, WeightDecay float64
	Decoupled, Maximize                bool
}

// AdamStep updates w by g in step number step, counted from 1. m and v are the
// moments; vmax is nil without AMSGrad.
func AdamStep[T Float](o *Adam, w, g, m, v, vmax []T, step int) {
	c1, c2 := 1-math.Pow(o.Beta1, float64(step)), 1-math.Pow(o.Beta2, float64(step))
	size, root, eps := T(o.LR/c1), T(math.Sqrt(c2)), T(o.Eps)
	b1, b2, wd := T(1-o.Beta1), T(o.Beta2), T(o.WeightDecay)
	shrink := T(1 - o.LR*o.WeightDecay)
	eachChunk(len(w), func(from, to int) {
		for i := from; i < to; i++ {
			d, p := g[i], w[i]
			if o.Maximize {
				d = -d
			}
			switch {
			case o.WeightDecay == 0:
			case o.Decoupled:
				p *= shrink
			default:
				d += wd * p
			}
			m[i] += b1 * (d - m[i])
			v[i] = v[i]*b2 + T(1-o.Beta2)*d*d
			second := v[i]
			if vmax != nil {
				vmax[i] = max(vmax[i], second)
				second = vmax[i]
			}
			w[i] = p - size*m[i]/(T(math.Sqrt(float64(second)))/root+eps)
		}
	})
}

// RMSprop holds the settings of a step of RMSprop.
type RMSprop struct {
	LR, Alpha, Eps, WeightDecay, Momentum float64
	Maximize                              bool
}

// RMSpropStep updates w by g. sq is the mean square; mean is nil unless centred, buf
// without momentum.
func RMSpropStep[T Float](o *RMSprop, w, g, sq, mean, buf []T) {
	lr, alpha, eps, wd, mu := T(o.LR), T(o.Alpha), T(o.Eps), T(o.WeightDecay), T(o.Momentum)
	rest := T(1 - o.Alpha)
	eachChunk(len(w), func(from, to int) {
		for i := from; i < to; i++ {
			d := g[i]
			if o.Maximize {
				d = -d
			}
			if wd != 0 {
				d += wd * w[i]
			}
			sq[i] = sq[i]*alpha + rest*d*d
			second := sq[i]
			if mean != nil {
				mean[i] += rest * (d - mean[i])
				second -= mean[i] * mean[i]
			}
			d /= T(math.Sqrt(float64(second))) + eps
			if buf != nil {
				buf[i] = mu*buf[i] + d
				d = buf[i]
			}
			w[i] -= lr * d
		}
	})
}

// Adagrad holds the settings of a step of Adagrad.
type Adagrad struct {
	LR, LRDecay, WeightDecay, Eps float64
	Maximize                      bool
}

// AdagradStep updates w by g in step number step, counted from 1. sum adds up squares.
func AdagradStep[T Float](o *Adagrad, w, g, sum []T, step int) {
	lr, eps, wd := T(o.LR/(1+float64(step-1)*o.LRDecay)), T(o.Eps), T(o.WeightDecay)
	eachChunk(len(w), func(from, to int) {
		for i := from; i < to; i++ {
			d := g[i]
			if o.Maximize {
				d = -d
			}
			if wd != 0 {
				d += wd * w[i]
			}
			sum[i] += d * d
			w[i] -= lr * d / (T(math.Sqrt(float64(sum[i]))) + eps)
		}
	})
}
