// SPDX-License-Identifier: MIT

package kernels

import "math"

// The loops below read and write slices of one length; dst may be an input.

// apply is
//
//	for i := range dst {
//		dst[i] = f(a[i])
//	}
//
// with f in float64, whatever T is.
func apply[T Float](dst, a []T, f func(float64) float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(f(float64(a[i])))
	}
}

// Neg is dst[i] = -a[i].
func Neg[T Number](dst, a []T) {
	a = a[:len(dst)]
	for i := unaryVectors(vecNeg, dst, a); i < len(dst); i++ {
		dst[i] = -a[i]
	}
}

// Square is dst[i] = a[i] * a[i].
func Square[T Number](dst, a []T) {
	a = a[:len(dst)]
	for i := unaryVectors(vecSquare, dst, a); i < len(dst); i++ {
		dst[i] = a[i] * a[i]
	}
}

// Recip is dst[i] = 1 / a[i].
func Recip[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = 1 / a[i]
	}
}

// Sqrt is dst[i] = √a[i].
func Sqrt[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := unaryVectors(vecSqrt, dst, a); i < len(dst); i++ {
		dst[i] = T(math.Sqrt(float64(a[i])))
	}
}

// Rsqrt is dst[i] = 1 / √a[i].
func Rsqrt[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = T(1 / math.Sqrt(float64(a[i])))
	}
}

// Abs is dst[i] = |a[i]|.
func Abs[T Number](dst, a []T) {
	a = a[:len(dst)]
	switch d := any(dst).(type) {
	case []float32: // without a branch, which signs at random would mispredict
		a := any(a).([]float32)
		for i := unaryVectors(vecAbs, d, a); i < len(d); i++ {
			d[i] = math.Float32frombits(math.Float32bits(a[i]) &^ (1 << 31))
		}
		return
	case []float64:
		for i, x := range any(a).([]float64) {
			d[i] = math.Abs(x)
		}
		return
	}
	for i, x := range a {
		if x < 0 || x == 0 {
			x = 0 - x // also makes +0 of -0
		}
		dst[i] = x
	}
}

// Sign is -1, 0 or 1; 0 for NaN, as torch.sign.
func Sign[T Number](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		var above, below int32 // conditional sets, not branches
		if x > 0 {
			above = 1
		}
		if x < 0 {
			below = 1
		}
		dst[i] = T(above - below)
	}
}

// Relu is the larger of a[i] and 0; NaN for NaN.
func Relu[T Number](dst, a []T) {
	a = a[:len(dst)]
	for i := unaryVectors(vecRelu, dst, a); i < len(dst); i++ {
		x := a[i]
		if x < 0 {
			x = 0
		}
		dst[i] = x
	}
}

// ReluGrad is 0 where y[i] <= 0 and dy[i] elsewhere, at NaN as well.
func ReluGrad[T Float](dst, y, dy []T) {
	y, dy = y[:len(dst)], dy[:len(dst)]
	for i := binaryVectors(vecReluGrad, dst, y, dy); i < len(dst); i++ {
		v := dy[i]
		if y[i] <= 0 {
			v = 0
		}
		dst[i] = v
	}
}

// Clamp is a[i], at least lo and at most hi; NaN for NaN.
func Clamp[T Number](dst, a []T, lo, hi T) {
	a = a[:len(dst)]
	for i := boundVectors(vecClamp, dst, a, lo, hi); i < len(dst); i++ {
		x := a[i]
		if x < lo {
			x = lo
		}
		if x > hi {
			x = hi
		}
		dst[i] = x
	}
}

// Within is 1 where lo < a[i] < hi and 0 elsewhere.
func Within[T Float](dst, a []T, lo, hi T) {
	a = a[:len(dst)]
	for i := boundVectors(vecWithin, dst, a, lo, hi); i < len(dst); i++ {
		var in int32 // conditional sets, not branches
		if a[i] > lo {
			in = 1
		}
		if !(a[i] < hi) {
			in = 0
		}
		dst[i] = T(in)
	}
}

// Floor is the greatest whole number that is not greater than a[i].
func Floor[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = T(math.Floor(float64(x))) // called by name it is one instruction
	}
}

// Ceil is the least whole number that is not less than a[i].
func Ceil[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = T(math.Ceil(float64(x))) // called by name it is one instruction
	}
}

// Round is the nearest whole number, the even one of two.
func Round[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = T(math.RoundToEven(float64(x))) // called by name it is one instruction
	}
}

// Trunc is a[i] without its fraction.
func Trunc[T Float](dst, a []T) {
	a = a[:len(dst)]
	for i, x := range a {
		dst[i] = T(math.Trunc(float64(x))) // called by name it is one instruction
	}
}

// Add is dst[i] = a[i] + b[i].
func Add[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := binaryVectors(vecAdd, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] + b[i]
	}
}

// AddScalar is dst[i] = a[i] + b.
func AddScalar[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := scalarVectors(vecAddScalar, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] + b
	}
}

// Sub is dst[i] = a[i] - b[i].
func Sub[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := binaryVectors(vecSub, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] - b[i]
	}
}

// SubScalar is dst[i] = a[i] - b.
func SubScalar[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := scalarVectors(vecSubScalar, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] - b
	}
}

// ScalarSub is dst[i] = a - b[i].
func ScalarSub[T Number](dst []T, a T, b []T) {
	b = b[:len(dst)]
	for i := scalarVectors(vecScalarSub, dst, b, a); i < len(dst); i++ {
		dst[i] = a - b[i]
	}
}

// Mul is dst[i] = a[i] * b[i].
func Mul[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := binaryVectors(vecMul, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] * b[i]
	}
}

// MulScalar is dst[i] = a[i] * b.
func MulScalar[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := scalarVectors(vecMulScalar, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] * b
	}
}

// Div is dst[i] = a[i] / b[i].
func Div[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := binaryVectors(vecDiv, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] / b[i]
	}
}

// DivScalar is dst[i] = a[i] / b.
func DivScalar[T Float](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := scalarVectors(vecDivScalar, dst, a, b); i < len(dst); i++ {
		dst[i] = a[i] / b
	}
}

// ScalarDiv is dst[i] = a / b[i].
func ScalarDiv[T Float](dst []T, a T, b []T) {
	b = b[:len(dst)]
	for i := scalarVectors(vecScalarDiv, dst, b, a); i < len(dst); i++ {
		dst[i] = a / b[i]
	}
}

// Maximum is the larger of a[i] and b[i]; NaN if one is.
func Maximum[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = max(a[i], b[i])
	}
}

// MaximumScalar is the larger of a[i] and b.
func MaximumScalar[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = max(a[i], b)
	}
}

// Minimum is the smaller of a[i] and b[i]; NaN if one is.
func Minimum[T Number](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = min(a[i], b[i])
	}
}

// MinimumScalar is the smaller of a[i] and b.
func MinimumScalar[T Number](dst, a []T, b T) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = min(a[i], b)
	}
}

// Pow is dst[i] = a[i] to the power b[i].
func Pow[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Pow(float64(a[i]), float64(b[i])))
	}
}

// PowScalar is dst[i] = a[i] to the power b.
func PowScalar[T Float](dst, a []T, b T) {
	a = a[:len(dst)]
	switch b {
	case 1:
		copy(dst, a)
	case 2:
		Square(dst, a)
	case 3:
		for i, x := range a {
			dst[i] = x * x * x
		}
	case -1:
		Recip(dst, a)
	case 0.5: // unlike math.Pow it is NaN at -Inf and -0 at -0, as in torch
		Sqrt(dst, a)
	default:
		for i, x := range a {
			dst[i] = T(math.Pow(float64(x), float64(b)))
		}
	}
}

// ScalarPow is dst[i] = a to the power b[i].
func ScalarPow[T Float](dst []T, a T, b []T) {
	b = b[:len(dst)]
	for i := range dst {
		dst[i] = T(math.Pow(float64(a), float64(b[i])))
	}
}
