// SPDX-License-Identifier: MIT

package emu

import (
	"math"
	"math/bits"
)

// first and last return the lowest and the highest lane of a mask.
func first(m uint32) int { return bits.TrailingZeros32(m) }
func last(m uint32) int  { return 31 - bits.LeadingZeros32(m) }

func f32(x uint64) float32 { return math.Float32frombits(uint32(x)) }
func b32(x float32) uint64 { return uint64(math.Float32bits(x)) }
func f64(x uint64) float64 { return math.Float64frombits(x) }
func b64(x float64) uint64 { return math.Float64bits(x) }

// nan32 is what arithmetic in float32 gives for any NaN.
const nan32 = 0x7fffffff

// result32 returns the bits of x, of a NaN those of a GPU.
func result32(x float32) uint64 {
	if x != x {
		return nan32
	}
	return b32(x)
}

// flush32 replaces a subnormal by a zero of its sign: .ftz.
func flush32(x float32) float32 {
	if b := math.Float32bits(x); b&0x7f800000 == 0 {
		return math.Float32frombits(b & 0x80000000)
	}
	return x
}

// saturate clamps to 0 to 1, NaN to 0: .sat.
func saturate(x float64) float64 {
	if x > 0 {
		return min(x, 1)
	}
	return 0
}

// mode is a direction of rounding.
type mode uint8

const (
	nearest  mode = iota // ties to even
	toZero               // rz, rzi
	downward             // rm, rmi
	upward               // rp, rpi
	tiesAway             // rna
)

// modeOf returns the direction that a modifier names.
func modeOf(mods []string) mode {
	for _, m := range mods {
		switch m {
		case "rz", "rzi":
			return toZero
		case "rm", "rmi":
			return downward
		case "rp", "rpi":
			return upward
		case "rna":
			return tiesAway
		}
	}
	return nearest
}

// integer rounds to an integer.
func (m mode) integer(x float64) float64 {
	switch m {
	case toZero:
		return math.Trunc(x)
	case downward:
		return math.Floor(x)
	case upward:
		return math.Ceil(x)
	case tiesAway:
		return math.Round(x)
	}
	return math.RoundToEven(x)
}

// format is a binary format: digits of the significand, and the exponents of normal numbers.
type format struct{ digits, least, most int }

var (
	half   = format{11, -14, 15}
	bfloat = format{8, -126, 127}
	tfloat = format{11, -126, 127}
	single = format{24, -126, 127}
)

// round rounds x to a number of the format. It is exact: x may be the sum of [oddSum].
func (f format) round(x float64, m mode) float64 {
	if x == 0 || math.IsInf(x, 0) || x != x {
		return x
	}
	if f == single && m == nearest {
		return float64(float32(x))
	}
	e := max(math.Ilogb(x), f.least) - f.digits + 1
	r := math.Ldexp(m.integer(math.Ldexp(x, -e)), e)
	if r == 0 {
		return math.Copysign(0, x)
	}
	top := math.Ldexp(2-math.Ldexp(1, 1-f.digits), f.most)
	if math.Abs(r) <= top {
		return r
	}
	if m == toZero || m == downward && x > 0 || m == upward && x < 0 {
		return math.Copysign(top, x)
	}
	return math.Inf(int(math.Copysign(1, x)))
}

// oddSum returns a+b rounded to odd: what it loses is kept in the last bit, so that another
// rounding to at most half the digits gives what one rounding of the exact sum gives.
func oddSum(a, b float64, m mode) float64 {
	s := a + b
	if s == 0 || math.IsInf(s, 0) || s != s {
		if s == 0 && m == downward && math.Signbit(a) != math.Signbit(b) {
			return math.Copysign(0, -1)
		}
		return s
	}
	// The part that s lacks, by Knuth.
	t := s - a
	e := (a - (s - t)) + (b - t)
	u := math.Float64bits(s)
	if e != 0 && u&1 == 0 {
		if (e > 0) == (s > 0) {
			u++
		} else {
			u--
		}
	}
	return math.Float64frombits(u)
}

// fma32 returns a·b+c, rounded once to nearest. The product is exact in float64. Rounding the sum
// twice is wrong only if the first rounding ends half way between two numbers, or at a subnormal.
func fma32(a, b, c float32) float32 {
	p, d := float64(a)*float64(b), float64(c)
	s := p + d
	u := math.Float64bits(s)
	if u&0x1fffffff != 0x10000000 && u>>52&0x7ff > 1023-126 {
		return float32(s)
	}
	return float32(oddSum(p, d, nearest))
}

// Conversions of the 16-bit formats, as bits. A NaN becomes that of a GPU.

func fromBF16(h uint64) float64 { return float64(math.Float32frombits(uint32(h) << 16)) }

func toBF16(x float64, m mode) uint64 {
	if x != x {
		return 0x7fff
	}
	return b32(float32(bfloat.round(x, m))) >> 16
}

func fromF16(h uint64) float64 {
	sign, e, f := uint32(h>>15&1)<<31, uint32(h>>10&31), uint32(h&1023)
	switch e {
	case 31:
		return float64(math.Float32frombits(sign | 0x7f800000 | f<<13))
	case 0:
		return math.Copysign(float64(f)/(1<<24), float64(math.Float32frombits(sign|1)))
	}
	return float64(math.Float32frombits(sign | (e+112)<<23 | f<<13))
}

func toF16(x float64, m mode) uint64 {
	if x != x {
		return 0x7fff
	}
	r := half.round(x, m)
	b := math.Float32bits(float32(r))
	sign := uint64(b >> 16 & 0x8000)
	switch a := math.Abs(r); {
	case a > 65504:
		return sign | 0x7c00
	case a < 0x1p-14:
		return sign | uint64(a*(1<<24))
	}
	return sign | uint64(b&0x7fffffff-112<<23)>>13
}
