// SPDX-License-Identifier: MIT

package emu

import (
	"math"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var _ = register((*decoder).convert, "cvt")

func (d *decoder) convert(in *ptx.Inst) {
	to, from := in.First(), in.Type()
	switch {
	case len(in.Args) == 3: // the first operand becomes the upper half
		_, pack := small(to)
		m, relu := modeOf(in.Mods), in.Has("relu")
		one := func(a uint64) uint64 { return pack(rectify(float64(f32(a)), relu), m) }
		d.binary(in, func(a, b uint64) uint64 { return one(a)<<16 | one(b) })
	case !to.Float() && !from.Float():
		d.unary(in, d.integers(in, to, from))
	case !to.Float():
		d.unary(in, d.toInteger(in, to, from))
	case !from.Float():
		d.unary(in, fromInteger(in, to, from))
	default:
		d.unary(in, floats(in, to, from))
	}
}

func rectify(x float64, relu bool) float64 {
	if relu && x < 0 {
		return 0
	}
	return x
}

// extended returns the bits of v in a register of n bytes: a signed type fills them with its sign.
func extended(v int64, t ptx.Type, n int) uint64 {
	if t.Signed() {
		return uint64(v) & mask(max(n, t.Size()))
	}
	return uint64(v) & mask(t.Size())
}

// integers converts between integers; with .sat it clamps.
func (d *decoder) integers(in *ptx.Inst, to, from ptx.Type) func(a uint64) uint64 {
	n, k, size := to.Size(), from.Size(), d.width(in.Args[0], to)
	sat := in.Has("sat")
	return func(a uint64) uint64 {
		var v int64
		if from.Signed() {
			v = sext(a, k)
		} else {
			v = int64(a & mask(k))
		}
		if sat {
			high := uint64(math.MaxInt64) >> (64 - 8*n)
			if !to.Signed() {
				high = mask(n)
			}
			switch {
			case from.Signed() && v < 0:
				low := int64(0)
				if to.Signed() {
					low = -1 << (8*n - 1)
				}
				v = max(v, low)
			case uint64(v) > high:
				v = int64(high)
			}
		}
		return extended(sext(uint64(v), n), to, size)
	}
}

// toFloat returns the value of a register of a float type.
func toFloat(t ptx.Type, ftz bool) func(a uint64) float64 {
	switch t {
	case ptx.F64:
		return f64
	case ptx.F32:
		return rounding{ftz: ftz}.in
	}
	from, _ := small(t)
	return from
}

// toInteger rounds and clamps. A NaN gives 0, or the highest bit alone for f64 and 64-bit results.
func (d *decoder) toInteger(in *ptx.Inst, to, from ptx.Type) func(a uint64) uint64 {
	n, size, m := to.Size(), d.width(in.Args[0], to), modeOf(in.Mods)
	value := toFloat(from, in.Has("ftz"))
	low, high := 0.0, math.Ldexp(1, 8*n)
	if to.Signed() {
		low, high = -math.Ldexp(1, 8*n-1), math.Ldexp(1, 8*n-1)
	}
	return func(a uint64) uint64 {
		v := m.integer(value(a))
		var r int64
		switch {
		case v != v && (from == ptx.F64 || n == 8):
			r = -1 << (8*n - 1)
		case v != v:
		case v < low && to.Signed():
			r = -1 << (8*n - 1)
		case v < low:
		case v >= high && to.Signed():
			r = 1<<(8*n-1) - 1
		case v >= high:
			r = -1
		case v >= 1<<63:
			r = int64(uint64(v))
		default:
			r = int64(v)
		}
		return extended(r, to, size)
	}
}

// fromInteger rounds an integer.
func fromInteger(in *ptx.Inst, to, from ptx.Type) func(a uint64) uint64 {
	k, m, put := from.Size(), modeOf(in.Mods), floatResult(in, to)
	signed := from.Signed()
	return func(a uint64) uint64 {
		negative := signed && sext(a, k) < 0
		v := a & mask(k)
		if negative {
			v = uint64(-sext(a, k))
		}
		x := integerToFloat(v, negative, to, m)
		return put(x)
	}
}

// integerToFloat returns v as a float64 that rounds to the type as v does, or for float64 is
// rounded.
func integerToFloat(v uint64, negative bool, to ptx.Type, m mode) float64 {
	// The upper and the lower half are exact.
	hi, lo := float64(v>>32)*(1<<32), float64(v&mask(4))
	if negative {
		hi, lo = -hi, -lo
	}
	if to != ptx.F64 {
		return oddSum(hi, lo, nearest)
	}
	s := hi + lo
	e := lo - (s - hi)
	switch {
	case e == 0 || m == nearest:
	case m == downward && e < 0, m == toZero && s > 0 && e < 0:
		s = math.Nextafter(s, math.Inf(-1))
	case m == upward && e > 0, m == toZero && s < 0 && e > 0:
		s = math.Nextafter(s, math.Inf(1))
	}
	return s
}

// floatResult returns how a value becomes a register of a float type.
func floatResult(in *ptx.Inst, to ptx.Type) func(v float64) uint64 {
	m, sat, ftz, relu := modeOf(in.Mods), in.Has("sat"), in.Has("ftz"), in.Has("relu")
	for _, x := range in.Mods {
		if x == "rni" || x == "rzi" || x == "rmi" || x == "rpi" {
			m = nearest // the value is an integer already
		}
	}
	clamp := func(v float64) float64 {
		if sat {
			v = saturate(v)
		}
		return rectify(v, relu)
	}
	switch to {
	case ptx.F64:
		return func(v float64) uint64 { return result64(clamp(v)) }
	case ptx.F32:
		return rounding{m, ftz, sat}.out
	case ptx.TF32:
		return func(v float64) uint64 { return result32(float32(tfloat.round(v, m))) }
	}
	_, pack := small(to)
	return func(v float64) uint64 { return pack(clamp(v), m) }
}

// floats converts between floats, or rounds one to an integer.
func floats(in *ptx.Inst, to, from ptx.Type) func(a uint64) uint64 {
	value, put, m := toFloat(from, in.Has("ftz")), floatResult(in, to), modeOf(in.Mods)
	for _, x := range in.Mods {
		if x == "rni" || x == "rzi" || x == "rmi" || x == "rpi" {
			return func(a uint64) uint64 { return put(m.integer(value(a))) }
		}
	}
	return func(a uint64) uint64 { return put(value(a)) }
}
