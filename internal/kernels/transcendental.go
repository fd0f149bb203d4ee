// SPDX-License-Identifier: MIT

package kernels

import (
	"math"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// The float32 functions here are those of elementwise_math.go, which err by at most
// 0.54 ulp; the float64 ones are those of package math.

// of is dst[i] = f(a[i]), by the kernel of that name for whole vectors.
func of(dst, a []float32, k unaryKernel, f func(float32) float32) {
	for i := unaryVectors(k, dst, a); i < len(dst); i++ {
		dst[i] = f(a[i])
	}
}

// Exp is dst[i] = e to the power a[i].
func Exp[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		of(d, any(a).([]float32), vecExp, expf)
		return
	}
	apply(dst, a, math.Exp)
}

// Expm1 is e to the power a[i], minus 1.
func Expm1[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		of(d, any(a).([]float32), vecExpm1, expm1f)
		return
	}
	apply(dst, a, math.Expm1)
}

// Sigmoid is 1 / (1 + e to the power -a[i]), without overflow.
func Sigmoid[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		of(d, any(a).([]float32), vecSigmoid, sigmoidf)
		return
	}
	apply(dst, a, sigmoid64)
}

func sigmoid64(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

// Tanh is the hyperbolic tangent of a[i].
func Tanh[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		of(d, any(a).([]float32), vecTanh, tanhf)
		return
	}
	apply(dst, a, math.Tanh)
}

// Log is the natural logarithm of a[i].
func Log[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		of(d, any(a).([]float32), vecLog, logf)
		return
	}
	apply(dst, a, log)
}

// log is math.Log, which on amd64 is wrong for denormal numbers.
func log(x float64) float64 {
	if x > 0 && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// Log1p is log(1 + a[i]).
func Log1p[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		of(d, any(a).([]float32), vecLog1p, log1pf)
		return
	}
	apply(dst, a, math.Log1p)
}

// Erf is the error function of a[i].
func Erf[T Float](dst, a []T) {
	a = a[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		of(d, any(a).([]float32), vecErf, erff)
		return
	}
	apply(dst, a, math.Erf)
}

// LogSigmoid is min(a[i], 0) - log(1 + exp(-|a[i]|)).
func LogSigmoid[T Float](dst, a []T) {
	const run = 512
	s := par.Scratch[T](run)
	defer par.GiveBack(s)
	for len(dst) > 0 {
		n := min(len(dst), run)
		d, x, log := dst[:n], a[:n], (*s)[:n]
		Abs(log, x)
		Neg(log, log)
		Exp(log, log)
		Log1p(log, log)
		MinimumScalar(d, x, 0)
		Sub(d, d, log)
		dst, a = dst[n:], a[n:]
	}
}

// Sin is the sine of a[i].
func Sin[T Float](dst, a []T) { apply(dst, a, math.Sin) }

// Cos is the cosine of a[i].
func Cos[T Float](dst, a []T) { apply(dst, a, math.Cos) }

// Tan is the tangent of a[i].
func Tan[T Float](dst, a []T) { apply(dst, a, math.Tan) }

// BCEWithLogits is (1-y)·x + max(-x,0) + log(1+exp(-|x|)) of x[i] and y[i].
func BCEWithLogits[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	if d, ok := any(dst).([]float32); ok {
		bceWithLogits32(d, any(x).([]float32), any(y).([]float32))
		return
	}
	for i, v := range x {
		f := float64(v)
		dst[i] = T((1-float64(y[i]))*f + math.Max(-f, 0) + math.Log1p(math.Exp(-math.Abs(f))))
	}
}

func bceWithLogits32(dst, x, y []float32) {
	const run = 512
	s := par.Scratch[float32](3 * run)
	defer par.GiveBack(s)
	for len(dst) > 0 {
		n := min(len(dst), run)
		d, x0, y0 := dst[:n], x[:n], y[:n]
		log, linear, hinge := (*s)[:run], (*s)[run:][:n], (*s)[2*run:][:n]
		log = log[:(n+vectorLanes-1)&^(vectorLanes-1)] // the rest of a vector takes longer than a whole one
		clear(log[n:])
		Abs(log[:n], x0)
		Neg(log, log)
		Exp(log, log)
		Log1p(log, log)
		ScalarSub(linear, 1, y0)
		Mul(linear, linear, x0)
		Neg(hinge, x0)
		Relu(hinge, hinge)
		Add(linear, linear, hinge)
		Add(d, linear, log[:n])
		dst, x, y = dst[n:], x[n:], y[n:]
	}
}
