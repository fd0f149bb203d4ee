// SPDX-License-Identifier: MIT

package emu

import (
	"math"
	"math/big"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

// num is an exact number: what the references of the opcode tests compute with.
type num struct {
	nan, inf bool
	neg      bool // of a zero and an infinity too
	x        *big.Float
}

const precision = 2400 // holds sums and products of float64 exactly enough to round them

func exactly(x float64) num {
	n := num{nan: x != x, inf: math.IsInf(x, 0), neg: math.Signbit(x)}
	if !n.nan && !n.inf {
		n.x = new(big.Float).SetPrec(precision).SetFloat64(x)
	}
	return n
}

// valueOf decodes the bits of a float by their definition.
func valueOf(bits uint64, t ptx.Type) num {
	var digits, width int
	switch t {
	case ptx.F64:
		digits, width = 53, 64
	case ptx.F32, ptx.TF32:
		digits, width = 24, 32
	case ptx.F16, ptx.F16x2:
		digits, width = 11, 16
	default:
		digits, width = 8, 16
	}
	expBits := width - digits
	exp := int(bits >> (digits - 1) & (1<<expBits - 1))
	frac := bits & (1<<(digits-1) - 1)
	n := num{neg: bits>>(width-1)&1 == 1}
	bias := 1<<(expBits-1) - 1
	switch {
	case exp == 1<<expBits-1:
		n.nan, n.inf = frac != 0, frac == 0
		return n
	case exp == 0:
		exp = 1
	default:
		frac |= 1 << (digits - 1)
	}
	n.x = new(big.Float).SetPrec(precision).SetUint64(frac)
	n.x.SetMantExp(n.x, exp-bias-digits+1)
	if n.neg {
		n.x.Neg(n.x)
	}
	return n
}

var roundings = map[string]big.RoundingMode{"rn": big.ToNearestEven, "rz": big.ToZero, "rm": big.ToNegativeInf,
	"rp": big.ToPositiveInf, "rna": big.ToNearestAway, "rni": big.ToNearestEven, "rzi": big.ToZero, "rmi": big.ToNegativeInf, "rpi": big.ToPositiveInf}

// direction returns the rounding that an instruction names.
func direction(in *ptx.Inst) big.RoundingMode {
	for _, m := range in.Mods {
		if r, ok := roundings[m]; ok {
			return r
		}
	}
	return big.ToNearestEven
}

// bitsOf rounds n to a float of type t.
func (n num) bitsOf(t ptx.Type, mode big.RoundingMode) uint64 {
	digits, width, nan := 24, 32, uint64(0x7fffffff)
	switch t {
	case ptx.F64:
		digits, width, nan = 53, 64, 0x7fffffffffffffff
	case ptx.F16, ptx.F16x2:
		digits, width, nan = 11, 16, 0x7fff
	case ptx.BF16, ptx.BF16x2:
		digits, width, nan = 8, 16, 0x7fff
	}
	expBits := width - digits
	if t == ptx.TF32 {
		digits = 11
	}
	most := 1<<(expBits-1) - 1
	sign := uint64(0)
	if n.neg {
		sign = 1 << (width - 1)
	}
	inf := sign | (1<<expBits-1)<<(width-1-expBits)
	switch {
	case n.nan:
		return nan
	case n.inf:
		return inf
	case n.x.Sign() == 0:
		return sign
	}
	// In units of the last digit, as an integer.
	exp := max(n.x.MantExp(nil)-1, 1-most) - digits + 1
	scaled := new(big.Float).SetPrec(precision).SetMantExp(n.x, -exp)
	q := roundInteger(scaled, mode)
	q.Abs(q)
	if q.BitLen() > digits { // it was rounded up to a power of two
		q.Rsh(q, 1)
		exp++
	}
	if exp+digits-1 > most {
		if mode == big.ToZero || mode == big.ToNegativeInf && !n.neg || mode == big.ToPositiveInf && n.neg {
			return sign | (inf&^sign - 1<<(width-expBits-digits))
		}
		return inf
	}
	f := q.Uint64()
	if q.BitLen() < digits { // subnormal, or zero
		return sign | f<<(width-expBits-digits)
	}
	return sign | uint64(exp+digits-1+most)<<(width-1-expBits) | (f&(1<<(digits-1)-1))<<(width-expBits-digits)
}

// roundInteger rounds x to an integer.
func roundInteger(x *big.Float, mode big.RoundingMode) *big.Int {
	down, acc := x.Int(nil) // towards zero
	if acc == big.Exact {
		return down
	}
	away := new(big.Int).Add(down, big.NewInt(int64(x.Sign())))
	rest := new(big.Float).SetPrec(precision).Sub(x, new(big.Float).SetPrec(precision).SetInt(down))
	half := rest.Abs(rest).Cmp(big.NewFloat(0.5))
	up := false
	switch mode {
	case big.ToNearestEven:
		up = half > 0 || half == 0 && down.Bit(0) == 1
	case big.ToNearestAway:
		up = half >= 0
	case big.ToNegativeInf:
		up = x.Sign() < 0
	case big.ToPositiveInf:
		up = x.Sign() > 0
	}
	if up {
		return away
	}
	return down
}

func (n num) negate() num {
	n.neg = !n.neg
	if n.x != nil {
		n.x = new(big.Float).Neg(n.x)
	}
	return n
}

func (n num) zero() bool { return n.x != nil && n.x.Sign() == 0 }

func (n num) add(o num, mode big.RoundingMode) num {
	switch {
	case n.nan || o.nan || n.inf && o.inf && n.neg != o.neg:
		return num{nan: true}
	case n.inf:
		return n
	case o.inf:
		return o
	}
	x := new(big.Float).SetPrec(precision).Add(n.x, o.x)
	r := num{x: x, neg: x.Sign() < 0}
	if x.Sign() == 0 {
		r.neg = n.neg && o.neg || n.neg != o.neg && mode == big.ToNegativeInf
	}
	return r
}

func (n num) mul(o num) num {
	neg := n.neg != o.neg
	switch {
	case n.nan || o.nan || n.inf && o.zero() || n.zero() && o.inf:
		return num{nan: true}
	case n.inf || o.inf:
		return num{inf: true, neg: neg}
	}
	return num{x: new(big.Float).SetPrec(precision).Mul(n.x, o.x), neg: neg}
}

func (n num) div(o num) num {
	neg := n.neg != o.neg
	switch {
	case n.nan || o.nan || n.inf && o.inf || n.zero() && o.zero():
		return num{nan: true}
	case n.inf || o.zero():
		return num{inf: true, neg: neg}
	case o.inf:
		return num{x: new(big.Float).SetPrec(precision), neg: neg}
	}
	return num{x: new(big.Float).SetPrec(precision).Quo(n.x, o.x), neg: neg}
}

func (n num) sqrt() num {
	switch {
	case n.nan || n.neg && !n.zero():
		return num{nan: true}
	case n.inf || n.zero():
		return n
	}
	return num{x: new(big.Float).SetPrec(precision).Sqrt(n.x)}
}

// flush is .ftz.
func (n num) flush() num {
	if n.x != nil && new(big.Float).Abs(n.x).Cmp(big.NewFloat(0x1p-126)) < 0 {
		n.x = new(big.Float).SetPrec(precision)
	}
	return n
}

// cmp returns -1, 0 or 1; 2 if one is not a number.
func (n num) cmp(o num) int {
	if n.nan || o.nan {
		return 2
	}
	key := func(v num) *big.Float {
		if v.inf {
			return new(big.Float).SetInf(v.neg)
		}
		return v.x
	}
	return key(n).Cmp(key(o))
}
