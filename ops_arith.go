// SPDX-License-Identifier: MIT

package stheno

import (
	"math"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
)

// The operand of an arithmetic method is a *Variable or a Go number. Variables broadcast as in NumPy
// and are converted to the wider of their types. Integers wrap around; a Go integer with a uint8 is
// taken modulo 256, as in torch. The sum of booleans is their or, the product their and; subtraction
// is an error.

// Add returns v + y.
func (v *Variable) Add(y any) *Variable { return v.with(ops.Add, y) }

// Sub returns v - y, neither of which may be bool.
func (v *Variable) Sub(y any) *Variable {
	if w, _ := y.(*Variable); v.isBool() || w != nil && w.isBool() {
		return Failed("sub", ErrDType, "Subtraction with a bool tensor is not supported. Use Xor of two masks; if you are trying to invert a mask, use Not")
	}
	return v.with(ops.Sub, y)
}

func (v *Variable) isBool() bool { return v.node().Err() == nil && v.node().DType() == dtype.Bool }

// inFloat returns v, converted to float32 if it is of integers or booleans.
func (v *Variable) inFloat() *Variable {
	if v.node().Err() == nil && !v.node().DType().IsFloat() {
		return v.To(Float32)
	}
	return v
}

// Mul returns v * y, element by element.
func (v *Variable) Mul(y any) *Variable { return v.with(ops.Mul, y) }

// Div returns v / y. The quotient of integers is float32.
func (v *Variable) Div(y any) *Variable {
	if v.node().Err() == nil && !v.DType().IsFloat() {
		if w, ok := y.(*Variable); !ok || w != nil && !w.DType().IsFloat() {
			return v.To(Float32).with(ops.Div, y)
		}
	}
	return v.with(ops.Div, y)
}

// FloorDivide returns ⌊v/y⌋, for integers an integer. Its gradient is 0. If an integer divisor is 0,
// computing it returns an error.
func (v *Variable) FloorDivide(y any) *Variable { return v.with(ops.FloorDivide, y) }

// Remainder returns v - y·⌊v/y⌋, which has the sign of y, as Python's v % y. The gradient with respect
// to y is -⌊v/y⌋. If an integer divisor is 0, computing it returns an error.
func (v *Variable) Remainder(y any) *Variable { return v.with(ops.Remainder, y) }

// Pow returns v to the power y. Its gradient with respect to v is 0 where y is 0. For integers it is an
// integer. A Go integer y that is negative, or out of the range of uint8, is then an error; where an
// element of a Variable y is negative, the result is ±1 for v = ±1, otherwise 0.
func (v *Variable) Pow(y any) *Variable {
	if _, n, isInt, _ := number(y); isInt && v.node().Err() == nil && !v.DType().IsFloat() {
		if n < 0 {
			return Failed("pow", ErrValue, "Integers to negative integer powers are not allowed: the power is %d", n)
		}
		if v.DType() == Uint8 && !fitsUint8(n) {
			return Failed("pow", ErrValue, "the power %d is out of the range of uint8", n)
		}
	}
	return v.with(ops.Pow, y)
}

// fitsUint8 reports whether torch accepts n as a uint8; a negative n stands for n+256.
func fitsUint8(n int64) bool { return -256 < n && n < 256 }

// Maximum returns the larger of v and y; NaN if either is NaN. Where they are equal, each gets half
// of the gradient.
func (v *Variable) Maximum(y any) *Variable { return v.with(ops.Maximum, y) }

// Minimum returns the smaller of v and y; NaN and equal elements are as with [Variable.Maximum].
func (v *Variable) Minimum(y any) *Variable { return v.with(ops.Minimum, y) }

// Eq returns v = y as bool.
func (v *Variable) Eq(y any) *Variable { return v.with(ops.Eq, y) }

// Ne returns v ≠ y as bool.
func (v *Variable) Ne(y any) *Variable { return v.with(ops.Ne, y) }

// Lt returns v < y as bool.
func (v *Variable) Lt(y any) *Variable { return v.with(ops.Lt, y) }

// Le returns v ≤ y as bool.
func (v *Variable) Le(y any) *Variable { return v.with(ops.Le, y) }

// Gt returns v > y as bool.
func (v *Variable) Gt(y any) *Variable { return v.with(ops.Gt, y) }

// Ge returns v ≥ y as bool.
func (v *Variable) Ge(y any) *Variable { return v.with(ops.Ge, y) }

// And returns v and w, both bool.
func (v *Variable) And(w *Variable) *Variable { return v.record2(ops.And, w) }

// Or returns v or w, both bool.
func (v *Variable) Or(w *Variable) *Variable { return v.record2(ops.Or, w) }

// Xor returns v xor w, both bool.
func (v *Variable) Xor(w *Variable) *Variable { return v.record2(ops.Xor, w) }

// Not returns not v, of bool.
func (v *Variable) Not() *Variable { return v.record1(ops.Not) }

// Where returns x where cond is true and y elsewhere; the three broadcast. x and y are Variables or Go
// numbers; a number has the type of the other operand, and it is an error if it is out of the range of
// uint8.
func Where(cond *Variable, x, y any) *Variable {
	a, b := branch(x, y), branch(y, x)
	if a != nil && b != nil {
		a, b = promote(a, b)
	}
	return recordN(ops.Where, 3, cond, a, b)
}

// branch returns x as an operand of Where, with the type of other if x is a number.
func branch(x, other any) *Variable {
	if v, ok := x.(*Variable); ok {
		return v
	}
	value, whole, isInt, ok := number(x)
	if !ok {
		return Failed("where", ErrDType, "operand is a %T, must be a *Variable or a number", x)
	}
	to := Float32
	if isInt {
		to = Int64
	}
	switch other := other.(type) {
	case *Variable:
		if other == nil {
			return nil
		}
		if t := other.DType(); t.IsFloat() || (isInt && t != Bool) {
			to = t
		}
	default:
		if _, _, otherInt, ok := number(other); ok && !otherInt {
			to = Float32
		}
	}
	switch to {
	case Float64:
		return Scalar(value)
	case Int64:
		return Scalar(whole)
	case Uint8:
		if !fitsUint8(whole) {
			return Failed("where", ErrValue, "the number %d is out of the range of uint8", whole)
		}
		return Scalar(uint8(whole))
	default:
		return Scalar(float32(value))
	}
}

// Neg returns -v, which may not be bool.
func (v *Variable) Neg() *Variable {
	if v.isBool() {
		return Failed("neg", ErrDType, "Negation of a bool tensor is not supported. If you are trying to invert a mask, use Not")
	}
	return v.record1(ops.Neg)
}

// The functions below, except Square, Abs, Sign and rounding, return float32 for integers and booleans.

// Reciprocal returns 1/v.
func (v *Variable) Reciprocal() *Variable { return v.inFloat().record1(ops.Recip) }

// Square returns v², for booleans as int64.
func (v *Variable) Square() *Variable {
	if v.isBool() {
		v = v.To(Int64)
	}
	return v.record1(ops.Square)
}

// Sqrt returns √v.
func (v *Variable) Sqrt() *Variable { return v.inFloat().record1(ops.Sqrt) }

// Rsqrt returns 1/√v.
func (v *Variable) Rsqrt() *Variable { return v.inFloat().record1(ops.Rsqrt) }

// Exp returns e to the power v.
func (v *Variable) Exp() *Variable { return v.inFloat().record1(ops.Exp) }

// Expm1 returns e to the power v, minus 1, accurate near 0.
func (v *Variable) Expm1() *Variable { return v.inFloat().record1(ops.Expm1) }

// Log returns the natural logarithm of v.
func (v *Variable) Log() *Variable { return v.inFloat().record1(ops.Log) }

// Log1p returns log(1+v), accurate near 0.
func (v *Variable) Log1p() *Variable { return v.inFloat().record1(ops.Log1p) }

// Abs returns |v|. Its gradient at 0 is 0.
func (v *Variable) Abs() *Variable { return v.record1(ops.Abs) }

// Sign returns -1, 0 or 1; for booleans v itself. Its gradient is 0.
func (v *Variable) Sign() *Variable {
	if v.isBool() {
		return v
	}
	return v.record1(ops.Sign)
}

// Floor returns the largest integer that is not greater than v. Its gradient is 0.
func (v *Variable) Floor() *Variable { return v.record1(ops.Floor) }

// Ceil returns the smallest integer that is not less than v. Its gradient is 0.
func (v *Variable) Ceil() *Variable { return v.record1(ops.Ceil) }

// Round returns the nearest integer, rounding halves to even. Its gradient is 0.
func (v *Variable) Round() *Variable { return v.record1(ops.Round) }

// Sin returns the sine of v, in radians.
func (v *Variable) Sin() *Variable { return v.inFloat().record1(ops.Sin) }

// Cos returns the cosine of v, in radians.
func (v *Variable) Cos() *Variable { return v.inFloat().record1(ops.Cos) }

// Tan returns the tangent of v, in radians.
func (v *Variable) Tan() *Variable { return v.inFloat().record1(ops.Tan) }

// Tanh returns the hyperbolic tangent of v.
func (v *Variable) Tanh() *Variable { return v.inFloat().record1(ops.Tanh) }

// Erf returns the error function of v.
func (v *Variable) Erf() *Variable { return v.inFloat().record1(ops.Erf) }

// Clamp limits v to [lo, hi], which are Go numbers; ±Inf is no limit. The gradient at a limit is 0. If
// the limits are Go integers, the type of integers is kept and booleans become int64; otherwise both
// become float32. For uint8, limits that exclude all its values are an error.
func (v *Variable) Clamp(lo, hi any) *Variable {
	low, from, lowInt, ok := number(lo)
	high, to, highInt, ok2 := number(hi)
	switch {
	case !ok || !ok2:
		return Failed("clamp", ErrDType, "limits are a %T and a %T, must be numbers", lo, hi)
	case math.IsNaN(low) || math.IsNaN(high):
		return Failed("clamp", ErrValue, "limits are %v and %v", lo, hi)
	}
	whole := lowInt && highInt
	if !whole {
		v = v.inFloat()
	} else if v.isBool() {
		v = v.To(Int64)
	}
	d := v.node().DType()
	if d == dtype.Uint8 {
		if from > math.MaxUint8 || to < 0 {
			return Failed("clamp", ErrValue, "Clamp limits %d and %d are outside the representable range of uint8", from, to)
		}
		from, to = max(from, 0), min(to, math.MaxUint8)
	}
	return v.recordBits(ops.Clamp, d, bits(d, low, from, whole), bits(d, high, to, whole))
}
