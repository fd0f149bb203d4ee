// SPDX-License-Identifier: MIT

package kernels

import "math"

// lerp is a + weight*(b-a), in torch's two forms.
func lerp[T Float](a, b, weight T) T {
	if weight < 0.5 && weight > -0.5 {
		return a + T(weight*(b-a))
	}
	return b - T((b-a)*(1-weight))
}

func sqrt[T Float](x T) T { return T(math.Sqrt(float64(x))) }

// sign is -1, 0 or 1, and NaN of NaN.
func sign[T Float](x T) T {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x - x
}

// Adadelta holds the settings of a step of Adadelta.
type Adadelta struct {
	LR, Rho, Eps, WeightDecay float64
	Maximize                  bool
}

// AdadeltaStep is
//
//	d := ±g[i] + decay*w[i]
//	sq[i] = rho*sq[i] + (1-rho)*d*d
//	delta := √(acc[i]+eps) / √(sq[i]+eps) * d
//	acc[i] = rho*acc[i] + (1-rho)*delta*delta
//	w[i] -= lr * delta
func AdadeltaStep[T Float](o *Adadelta, w, g, sq, acc []T) {
	if len(w) > updateChunk {
		adadeltaParallel(o, w, g, sq, acc)
		return
	}
	adadeltaRange(o, w, g, sq, acc)
}

func adadeltaParallel[T Float](o *Adadelta, w, g, sq, acc []T) {
	c := *o
	eachChunk(len(w), func(a, z int) { adadeltaRange(&c, w[a:z], g[a:z], sq[a:z], acc[a:z]) })
}

func adadeltaRange[T Float](o *Adadelta, w, g, sq, acc []T) {
	lr, rho, rest, eps, wd := T(o.LR), T(o.Rho), T(1-o.Rho), T(o.Eps), T(o.WeightDecay)
	sign := signOf[T](o.Maximize)
	g, sq, acc = g[:len(w)], sq[:len(w)], acc[:len(w)]
	for i, d := range g {
		d *= sign
		if wd != 0 {
			d += T(wd * w[i])
		}
		sq[i] = T(sq[i]*rho) + T(rest*d*d)
		delta := sqrt(acc[i]+eps) / sqrt(sq[i]+eps) * d
		acc[i] = T(acc[i]*rho) + T(rest*delta*delta)
		w[i] -= T(lr * delta)
	}
}

// Adamax holds the settings of a step of Adamax.
type Adamax struct {
	LR, Beta1, Beta2, Eps, WeightDecay float64
	Bias1                              float64 // in step n, counted from 1: 1-β1ⁿ
	Maximize                           bool
}

// AdamaxStep is
//
//	d := ±g[i] + decay*w[i]
//	m[i] += (1-β1) * (d-m[i])
//	u[i] = max(β2*u[i], |d|+eps)
//	w[i] -= lr/bias1 * m[i] / u[i]
func AdamaxStep[T Float](o *Adamax, w, g, m, u []T) {
	if len(w) > updateChunk {
		adamaxParallel(o, w, g, m, u)
		return
	}
	adamaxRange(o, w, g, m, u)
}

func adamaxParallel[T Float](o *Adamax, w, g, m, u []T) {
	c := *o
	eachChunk(len(w), func(a, z int) { adamaxRange(&c, w[a:z], g[a:z], m[a:z], u[a:z]) })
}

func adamaxRange[T Float](o *Adamax, w, g, m, u []T) {
	size, rest1, beta2, eps, wd := T(o.LR/o.Bias1), T(1-o.Beta1), T(o.Beta2), T(o.Eps), T(o.WeightDecay)
	sign := signOf[T](o.Maximize)
	g, m, u = g[:len(w)], m[:len(w)], u[:len(w)]
	for i, d := range g {
		d *= sign
		if wd != 0 {
			d += T(wd * w[i])
		}
		m[i] = lerp(m[i], d, rest1)
		u[i] = max(u[i]*beta2, max(d, -d)+eps)
		w[i] -= size * m[i] / u[i]
	}
}

// NAdam holds the settings of a step of NAdam.
type NAdam struct {
	LR, Beta1, Beta2, Eps, WeightDecay float64
	Bias2                              float64 // in step n, counted from 1: 1-β2ⁿ
	OfGrad, OfMean                     float64 // what the gradient and its mean are multiplied by
	Decoupled, Maximize                bool
}

// NAdamStep is
//
//	d := ±g[i] + decay*w[i]                 // w[i] *= 1-lr*decay instead if decoupled
//	m[i] += (1-β1) * (d-m[i])
//	v[i] = β2*v[i] + (1-β2)*d*d
//	w[i] -= (ofGrad*d + ofMean*m[i]) / (√(v[i]/bias2) + eps)
func NAdamStep[T Float](o *NAdam, w, g, m, v []T) {
	if len(w) > updateChunk {
		nadamParallel(o, w, g, m, v)
		return
	}
	nadamRange(o, w, g, m, v)
}

func nadamParallel[T Float](o *NAdam, w, g, m, v []T) {
	c := *o
	eachChunk(len(w), func(a, z int) { nadamRange(&c, w[a:z], g[a:z], m[a:z], v[a:z]) })
}

func nadamRange[T Float](o *NAdam, w, g, m, v []T) {
	rest1, beta2, rest2, bias2, eps := T(1-o.Beta1), T(o.Beta2), T(1-o.Beta2), T(o.Bias2), T(o.Eps)
	ofGrad, ofMean := T(o.OfGrad), T(o.OfMean)
	wd, shrink, sign, decoupled := T(o.WeightDecay), T(1-o.LR*o.WeightDecay), signOf[T](o.Maximize), o.Decoupled
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i, d := range g {
		p := w[i]
		d *= sign
		switch {
		case wd == 0:
		case decoupled:
			p *= shrink
		default:
			d += T(wd * p)
		}
		m[i] = lerp(m[i], d, rest1)
		v[i] = T(v[i]*beta2) + T(rest2*d*d)
		denom := sqrt(v[i]/bias2) + eps
		p -= ofGrad * d / denom
		w[i] = p - ofMean*m[i]/denom
	}
}

// RAdam holds the settings of a step of RAdam.
type RAdam struct {
	LR, Beta1, Beta2, Eps, WeightDecay float64
	Bias1, Bias2                       float64 // in step n, counted from 1: 1-β1ⁿ and 1-β2ⁿ
	Rect                               float64 // the rectification of the variance; 0: too few steps for one
	Decoupled, Maximize                bool
}

// RAdamStep is
//
//	d := ±g[i] + decay*w[i]                 // w[i] *= 1-lr*decay instead if decoupled
//	m[i] += (1-β1) * (d-m[i])
//	v[i] = β2*v[i] + (1-β2)*d*d
//	w[i] -= m[i]/bias1 * lr * √bias2/(√v[i] + eps) * rect // the first two factors without rect
func RAdamStep[T Float](o *RAdam, w, g, m, v []T) {
	if len(w) > updateChunk {
		radamParallel(o, w, g, m, v)
		return
	}
	radamRange(o, w, g, m, v)
}

func radamParallel[T Float](o *RAdam, w, g, m, v []T) {
	c := *o
	eachChunk(len(w), func(a, z int) { radamRange(&c, w[a:z], g[a:z], m[a:z], v[a:z]) })
}

func radamRange[T Float](o *RAdam, w, g, m, v []T) {
	lr, rest1, beta2, rest2, eps := T(o.LR), T(1-o.Beta1), T(o.Beta2), T(1-o.Beta2), T(o.Eps)
	bias1, root, rect := T(o.Bias1), T(math.Sqrt(o.Bias2)), T(o.Rect)
	wd, shrink, sign, decoupled := T(o.WeightDecay), T(1-o.LR*o.WeightDecay), signOf[T](o.Maximize), o.Decoupled
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i, d := range g {
		p := w[i]
		d *= sign
		switch {
		case wd == 0:
		case decoupled:
			p *= shrink
		default:
			d += T(wd * p)
		}
		m[i] = lerp(m[i], d, rest1)
		v[i] = T(v[i]*beta2) + T(rest2*d*d)
		step := m[i] / bias1 * lr
		if rect != 0 {
			step = step * (1 / (sqrt(v[i]) + eps) * root) * rect
		}
		w[i] = p - step
	}
}

// ASGD holds the settings of a step of averaged stochastic gradient descent.
type ASGD struct {
	Shrink, Eta, Mu, WeightDecay float64
	Maximize                     bool
}

// ASGDStep is
//
//	d := ±g[i] + decay*w[i]
//	w[i] = shrink*w[i] - eta*d
//	mean[i] += mu * (w[i]-mean[i]) // w[i] if mu is 1
func ASGDStep[T Float](o *ASGD, w, g, mean []T) {
	if len(w) > updateChunk {
		asgdParallel(o, w, g, mean)
		return
	}
	asgdRange(o, w, g, mean)
}

func asgdParallel[T Float](o *ASGD, w, g, mean []T) {
	c := *o
	eachChunk(len(w), func(a, z int) { asgdRange(&c, w[a:z], g[a:z], mean[a:z]) })
}

func asgdRange[T Float](o *ASGD, w, g, mean []T) {
	shrink, eta, mu, wd, sign := T(o.Shrink), T(o.Eta), T(o.Mu), T(o.WeightDecay), signOf[T](o.Maximize)
	copies := o.Mu == 1
	g, mean = g[:len(w)], mean[:len(w)]
	for i, d := range g {
		d *= sign
		if wd != 0 {
			d += T(wd * w[i])
		}
		p := T(w[i]*shrink) - T(eta*d)
		w[i] = p
		if !copies {
			p = mean[i] + T(mu*(p-mean[i]))
		}
		mean[i] = p
	}
}

// Rprop holds the settings of a step of resilient backpropagation.
type Rprop struct {
	Minus, Plus, Min, Max float64
	Maximize              bool
}

// RpropStep is, with the gradients prev of the step before and the sizes of the steps,
//
//	d := ±g[i]
//	size[i] *= plus, minus or 1            // by the sign of d*prev[i]
//	size[i] = min(max(size[i], min), max)
//	d = 0                                  // where the sign was negative
//	w[i] -= sign(d) * size[i]
//	prev[i] = d
func RpropStep[T Float](o *Rprop, w, g, prev, size []T) {
	if len(w) > updateChunk {
		rpropParallel(o, w, g, prev, size)
		return
	}
	rpropRange(o, w, g, prev, size)
}

func rpropParallel[T Float](o *Rprop, w, g, prev, size []T) {
	c := *o
	eachChunk(len(w), func(a, z int) { rpropRange(&c, w[a:z], g[a:z], prev[a:z], size[a:z]) })
}

func rpropRange[T Float](o *Rprop, w, g, prev, size []T) {
	minus, plus, least, most, maximize := T(o.Minus), T(o.Plus), T(o.Min), T(o.Max), signOf[T](o.Maximize)
	g, prev, size = g[:len(w)], prev[:len(w)], size[:len(w)]
	for i, d := range g {
		d *= maximize
		s := size[i]
		switch product := T(d * prev[i]); {
		case product > 0:
			s *= plus
		case product < 0:
			s *= minus
			d = 0
		default:
			s += product // NaN, or 0
		}
		s = min(max(s, least), most)
		size[i] = s
		w[i] -= sign(d) * s
		prev[i] = d
	}
}

// Lion holds the settings of a step of Lion.
type Lion struct {
	LR, Beta1, Beta2, WeightDecay float64
	Maximize                      bool
}

// LionStep is
//
//	w[i] *= 1 - lr*decay
//	w[i] -= lr * sign(β1*m[i] + (1-β1)*±g[i])
//	m[i] += (1-β2) * (±g[i]-m[i])
func LionStep[T Float](o *Lion, w, g, m []T) {
	if len(w) > updateChunk {
		lionParallel(o, w, g, m)
		return
	}
	lionRange(o, w, g, m)
}

func lionParallel[T Float](o *Lion, w, g, m []T) {
	c := *o
	eachChunk(len(w), func(a, z int) { lionRange(&c, w[a:z], g[a:z], m[a:z]) })
}

func lionRange[T Float](o *Lion, w, g, m []T) {
	lr, beta1, rest1, rest2, shrink := T(o.LR), T(o.Beta1), T(1-o.Beta1), T(1-o.Beta2), T(1-o.LR*o.WeightDecay)
	maximize := signOf[T](o.Maximize)
	g, m = g[:len(w)], m[:len(w)]
	for i, d := range g {
		d *= maximize
		w[i] = T(w[i]*shrink) - T(lr*sign(T(m[i]*beta1)+T(rest1*d)))
		m[i] = lerp(m[i], d, rest2)
	}
}
