// SPDX-License-Identifier: MIT

package kernels

import "math"

// Exp is dst[i] = e to the power a[i]. In float32 the error is at most 2 ulp.
func Exp[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		for i, x := range any(a).([]float32) {
			d[i] = exp32(x)
		}
		return
	}
	apply(dst, a, math.Exp)
}

// Sigmoid is 1 / (1 + e to the power -a[i]), without overflow.
func Sigmoid[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		for i, x := range any(a).([]float32) {
			d[i] = 1 / (1 + exp32(-x))
		}
		return
	}
	apply(dst, a, func(x float64) float64 {
		if x < 0 {
			e := math.Exp(x)
			return e / (1 + e)
		}
		return 1 / (1 + math.Exp(-x))
	})
}

// Tanh is the hyperbolic tangent of a[i]. In float32 the error is at most 3 ulp.
func Tanh[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		for i, x := range any(a).([]float32) {
			d[i] = tanh32(x)
		}
		return
	}
	apply(dst, a, math.Tanh)
}

// exp32 reduces x to r in [-ln2/2, ln2/2] and evaluates a polynomial there
// (Cephes, expf).
func exp32(x float32) float32 {
	switch {
	case x > 88.72283:
		return float32(math.Inf(1))
	case x < -103.9721:
		return 0
	case x != x:
		return x
	}
	const log2e = 1.44269504088896341
	n := int32(x*log2e + 0.5)
	if x < 0 {
		n = int32(x*log2e - 0.5)
	}
	f := float32(n)
	r := x - f*0.693359375
	r -= f * -2.12194440e-4
	p := float32(1.9875691500e-4)
	p = p*r + 1.3981999507e-3
	p = p*r + 8.3334519073e-3
	p = p*r + 4.1665795894e-2
	p = p*r + 1.6666665459e-1
	p = p*r + 5.0000001201e-1
	y := p*r*r + r + 1
	if n < -125 { // the result may be denormal: scale twice
		return y * math.Float32frombits(uint32(n+64+127)<<23) * 0x1p-64
	}
	if n > 127 {
		return y * 2 * math.Float32frombits(uint32(n-1+127)<<23)
	}
	return y * math.Float32frombits(uint32(n+127)<<23)
}

// tanh32 is an odd polynomial near 0 and (1-e)/(1+e), e = exp(-2|x|), elsewhere
// (Cephes, tanhf).
func tanh32(x float32) float32 {
	z := x
	if z < 0 {
		z = -z
	}
	switch {
	case z > 9.1:
		return float32(math.Copysign(1, float64(x)))
	case z < 0.625:
		s := x * x
		p := float32(-5.70498872745e-3)
		p = p*s + 2.06390887954e-2
		p = p*s - 5.37397155531e-2
		p = p*s + 1.33314422036e-1
		p = p*s - 3.33332819422e-1
		return x * (1 + p*s) // not x + p*s*x, which makes 0 of -0
	}
	z = 1 - 2/(exp32(z+z)+1)
	if x < 0 {
		return -z
	}
	return z
}

// Expm1 is e to the power a[i], minus 1.
func Expm1[T Float](dst, a []T) { apply(dst, a, math.Expm1) }

// Log is the natural logarithm of a[i].
func Log[T Float](dst, a []T) { apply(dst, a, log) }

// log is math.Log, which on amd64 is wrong for denormal numbers.
func log(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// Log1p is log(1 + a[i]).
func Log1p[T Float](dst, a []T) { apply(dst, a, math.Log1p) }

// Sin is the sine of a[i].
func Sin[T Float](dst, a []T) { apply(dst, a, math.Sin) }

// Cos is the cosine of a[i].
func Cos[T Float](dst, a []T) { apply(dst, a, math.Cos) }

// Tan is the tangent of a[i].
func Tan[T Float](dst, a []T) { apply(dst, a, math.Tan) }

// Erf is the error function of a[i].
func Erf[T Float](dst, a []T) { apply(dst, a, math.Erf) }

// BCEWithLogits is (1-y)·x + max(-x,0) + log(1+exp(-|x|)) of x[i] and y[i].
func BCEWithLogits[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		y := any(y).([]float32)
		for i, v := range any(x).([]float32) {
			a, n := v, float32(0)
			if v < 0 {
				a, n = -v, -v
			}
			d[i] = (1-y[i])*v + n + log1p32(exp32(-a))
		}
		return
	}
	for i, v := range x {
		f := float64(v)
		dst[i] = T((1-float64(y[i]))*f + math.Max(-f, 0) + math.Log1p(math.Exp(-math.Abs(f))))
	}
}

// log1p32 is log(1+e) for e in [0, 1]: 2·artanh(e/(2+e)) by its series, whose terms
// fall by a factor of 9 at least.
func log1p32(e float32) float32 {
	s := e / (2 + e)
	q := s * s
	p := float32(1.0 / 15)
	p = p*q + 1.0/13
	p = p*q + 1.0/11
	p = p*q + 1.0/9
	p = p*q + 1.0/7
	p = p*q + 1.0/5
	p = p*q + 1.0/3
	return 2 * (s + s*q*p)
}
