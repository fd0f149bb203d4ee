// SPDX-License-Identifier: MIT

package stheno

import (
	"math"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
)

// The arithmetic methods take a *Variable, which broadcasts by NumPy's rule and is
// converted to the wider type of the two, or a Go number. Integers wrap around; a Go
// integer beside uint8 is taken modulo 256, as in torch. The sum of booleans is their or,
// the product their and; they have no difference.

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

// inFloat returns v, as float32 if it holds integers or booleans: so functions of them are
// computed.
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

// FloorDivide returns ⌊v/y⌋, of integers an integer; its gradient is 0. An integer divisor
// that holds a 0 is an error when it is computed.
func (v *Variable) FloorDivide(y any) *Variable { return v.with(ops.FloorDivide, y) }

// Remainder returns v - y·⌊v/y⌋, which has the sign of y, as Python's v % y; the gradient
// in y is -⌊v/y⌋. An integer divisor that holds a 0 is an error when it is computed.
func (v *Variable) Remainder(y any) *Variable { return v.with(ops.Remainder, y) }

// Pow returns v to the power y. Its gradient in v is 0 where y is 0. Of integers it is an
// integer: a negative Go integer y is an error, and so is one that uint8 cannot hold; where
// an element of y is negative the result is that of 1/v cut to an integer: ±1 of ±1, else 0.
func (v *Variable) Pow(y any) *Variable {
	if _, n, isInt, _ := number(y); isInt && v.node().Err() == nil && !v.DType().IsFloat() {
		if n < 0 {
			return Failed("pow", ErrValue, "Integers to negative integer powers are not allowed: the power is %d", n)
		}
		if v.DType() == Uint8 && !fitsUint8(n) {
			return Failed("pow", ErrValue, "the power %d is not within uint8", n)
		}
	}
	return v.with(ops.Pow, y)
}

// fitsUint8 reports whether torch takes n for a uint8: a negative one stands for 256 more.
func fitsUint8(n int64) bool { return -256 < n && n < 256 }

// Maximum and Minimum return the larger and the smaller of v and y; NaN if one is.
// Where they are equal each gets half of the gradient.
func (v *Variable) Maximum(y any) *Variable { return v.with(ops.Maximum, y) }

// Minimum returns the smaller of v and y.
func (v *Variable) Minimum(y any) *Variable { return v.with(ops.Minimum, y) }

// Eq, Ne, Lt, Le, Gt and Ge compare and return bool.
func (v *Variable) Eq(y any) *Variable { return v.with(ops.Eq, y) }

// Ne returns v ≠ y.
func (v *Variable) Ne(y any) *Variable { return v.with(ops.Ne, y) }

// Lt returns v < y.
func (v *Variable) Lt(y any) *Variable { return v.with(ops.Lt, y) }

// Le returns v ≤ y.
func (v *Variable) Le(y any) *Variable { return v.with(ops.Le, y) }

// Gt returns v > y.
func (v *Variable) Gt(y any) *Variable { return v.with(ops.Gt, y) }

// Ge returns v ≥ y.
func (v *Variable) Ge(y any) *Variable { return v.with(ops.Ge, y) }

// And, Or, Xor and Not work on bool.
func (v *Variable) And(w *Variable) *Variable { return v.record2(ops.And, w) }

// Or returns v or w.
func (v *Variable) Or(w *Variable) *Variable { return v.record2(ops.Or, w) }

// Xor returns either v or w.
func (v *Variable) Xor(w *Variable) *Variable { return v.record2(ops.Xor, w) }

// Not returns not v.
func (v *Variable) Not() *Variable { return v.record1(ops.Not) }

// Where returns x where cond holds and y elsewhere; the three broadcast. x and y are
// Variables or Go numbers; a number takes the type of the other, and it is an error if
// uint8 cannot hold it.
func Where(cond *Variable, x, y any) *Variable {
	a, b := branch(x, y), branch(y, x)
	if a != nil && b != nil {
		a, b = promote(a, b)
	}
	return recordN(ops.Where, 3, cond, a, b)
}

// branch is x as an operand of Where beside other.
func branch(x, other any) *Variable {
	if v, ok := x.(*Variable); ok {
		return v
	}
	value, whole, isInt, ok := number(x)
	if !ok {
		return Failed("where", ErrDType, "operand is a %T, want a *Variable or a number", x)
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
			return Failed("where", ErrValue, "the number %d is not within uint8", whole)
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

// The functions from here on that do not give whole numbers are of float32 where v holds
// integers or booleans.

// Reciprocal returns 1/v.
func (v *Variable) Reciprocal() *Variable { return v.inFloat().record1(ops.Recip) }

// Square returns v²; of booleans it is int64.
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

// Sign returns -1, 0 or 1; its gradient is 0. Booleans are their own sign.
func (v *Variable) Sign() *Variable {
	if v.isBool() {
		return v
	}
	return v.record1(ops.Sign)
}

// Floor, Ceil and Round (half to even) return whole numbers; their gradient is 0.
func (v *Variable) Floor() *Variable { return v.record1(ops.Floor) }

// Ceil returns the least whole number that is not less than v.
func (v *Variable) Ceil() *Variable { return v.record1(ops.Ceil) }

// Round returns the nearest whole number, the even one of two.
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

// Clamp limits v to [lo, hi], Go numbers; use ±Inf for no limit. The gradient at a limit is
// 0. Limits that are Go integers leave integers what they are and make int64 of booleans,
// others make float32 of both. It is an error if no uint8 lies within the limits of one.
func (v *Variable) Clamp(lo, hi any) *Variable {
	low, from, lowInt, ok := number(lo)
	high, to, highInt, ok2 := number(hi)
	switch {
	case !ok || !ok2:
		return Failed("clamp", ErrDType, "limits are a %T and a %T, want numbers", lo, hi)
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
