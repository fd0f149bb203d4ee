// SPDX-License-Identifier: MIT

package emu

import (
	"math"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var (
	_ = register((*decoder).addSub, "add", "sub", "mul")
	_ = register((*decoder).fma, "fma")
	_ = register((*decoder).negAbs, "neg", "abs")
	_ = register((*decoder).minMax, "min", "max")
	_ = register((*decoder).copysign, "copysign")
)

// rounding is what the modifiers of a float32 instruction ask for.
type rounding struct {
	mode     mode
	ftz, sat bool
}

func roundingOf(in *ptx.Inst) rounding {
	return rounding{modeOf(in.Mods), in.Has("ftz"), in.Has("sat")}
}

func (r rounding) plain() bool { return r == rounding{} }

func (r rounding) in(a uint64) float64 {
	if r.ftz {
		return float64(flush32(f32(a)))
	}
	return float64(f32(a))
}

// out rounds an exact or odd-rounded value.
func (r rounding) out(v float64) uint64 {
	x := float32(single.round(v, r.mode))
	if r.ftz {
		x = flush32(x)
	}
	if r.sat {
		x = float32(saturate(float64(x)))
	}
	return result32(x)
}

// small returns the conversions of a 16-bit format.
func small(t ptx.Type) (from func(uint64) float64, to func(float64, mode) uint64) {
	if t == ptx.F16 || t == ptx.F16x2 {
		return func(a uint64) float64 { return fromF16(a & 0xffff) }, toF16
	}
	return func(a uint64) float64 { return fromBF16(a & 0xffff) }, toBF16
}

// halves makes a function of 16-bit floats, or of two of them in one register.
func halves(t ptx.Type, f func(a, b, c float64) float64) func(a, b, c uint64) uint64 {
	from, to := small(t)
	one := func(a, b, c uint64) uint64 { return to(f(from(a), from(b), from(c)), nearest) }
	if !t.Packed() {
		return one
	}
	return func(a, b, c uint64) uint64 { return one(a, b, c) | one(a>>16, b>>16, c>>16)<<16 }
}

func is16(t ptx.Type) bool { return t >= ptx.F16 && t <= ptx.BF16x2 }

// result64 returns the bits of x; all NaN are one.
func result64(x float64) uint64 {
	if x != x {
		return 0x7fffffffffffffff
	}
	return b64(x)
}

func (d *decoder) addSub(in *ptx.Inst) {
	t := in.Type()
	if !t.Float() {
		d.integer(in)
		return
	}
	r := roundingOf(in)
	exact := map[string]func(a, b float64) float64{
		"add": func(a, b float64) float64 { return oddSum(a, b, r.mode) },
		"sub": func(a, b float64) float64 { return oddSum(a, -b, r.mode) },
		"mul": func(a, b float64) float64 { return a * b },
	}[in.Op]
	switch {
	case is16(t):
		f := halves(t, func(a, b, _ float64) float64 { return exact(a, b) })
		d.binary(in, func(a, b uint64) uint64 { return f(a, b, 0) })
	case t == ptx.F64:
		f := map[string]func(a, b float64) float64{
			"add": func(a, b float64) float64 { return a + b },
			"sub": func(a, b float64) float64 { return a - b },
			"mul": func(a, b float64) float64 { return a * b },
		}[in.Op]
		d.binary(in, func(a, b uint64) uint64 { return result64(f(f64(a), f64(b))) })
	case r.plain():
		d.binary(in, nil)
		d.x.do = map[string]loop2{"add": addF32, "sub": subF32, "mul": mulF32}[in.Op].do
	default:
		d.binary(in, func(a, b uint64) uint64 { return r.out(exact(r.in(a), r.in(b))) })
	}
}

func (d *decoder) fma(in *ptx.Inst) {
	t, r := in.Type(), roundingOf(in)
	switch {
	case is16(t):
		d.ternary(in, halves(t, func(a, b, c float64) float64 { return oddSum(a*b, c, nearest) }))
	case t == ptx.F64:
		d.ternary(in, func(a, b, c uint64) uint64 { return result64(math.FMA(f64(a), f64(b), f64(c))) })
	case r.plain():
		d.ternary(in, nil)
		d.x.do = loop3(fmaF32).do
	default:
		d.ternary(in, func(a, b, c uint64) uint64 { return r.out(oddSum(r.in(a)*r.in(b), r.in(c), r.mode)) })
	}
}

// negAbs changes the sign bit of a float; an integer's is in integer.go.
func (d *decoder) negAbs(in *ptx.Inst) {
	t := in.Type()
	if !t.Float() {
		d.negAbsInt(in)
		return
	}
	sign := uint64(1) << (t.Bits() - 1)
	if t.Packed() {
		sign |= 0x8000
	}
	flush := func(a uint64) uint64 { return a }
	if in.Has("ftz") {
		flush = func(a uint64) uint64 { return b32(flush32(f32(a))) }
	}
	if in.Op == "neg" {
		d.unary(in, func(a uint64) uint64 { return flush(a) ^ sign })
	} else {
		d.unary(in, func(a uint64) uint64 { return flush(a) &^ sign })
	}
}

func (d *decoder) copysign(in *ptx.Inst) {
	sign := uint64(1) << (in.Type().Bits() - 1)
	d.binary(in, func(a, b uint64) uint64 { return b&^sign | a&sign })
}

// minMax: a NaN loses to a number, except with .NaN; -0 is less than +0.
func (d *decoder) minMax(in *ptx.Inst) {
	t := in.Type()
	if !t.Float() {
		d.minMaxInt(in)
		return
	}
	pick := func(a, b float64) float64 { return max(a, b) }
	if in.Op == "min" {
		pick = func(a, b float64) float64 { return min(a, b) }
	}
	keep := in.Has("NaN")
	f := func(a, b float64) float64 {
		switch {
		case a != a && !keep:
			return b
		case b != b && !keep:
			return a
		}
		return pick(a, b)
	}
	r := rounding{ftz: in.Has("ftz")}
	switch {
	case is16(t):
		g := halves(t, func(a, b, _ float64) float64 { return f(a, b) })
		d.binary(in, func(a, b uint64) uint64 { return g(a, b, 0) })
	case t == ptx.F64:
		d.binary(in, func(a, b uint64) uint64 { return result64(f(f64(a), f64(b))) })
	default:
		d.binary(in, func(a, b uint64) uint64 { return r.out(f(r.in(a), r.in(b))) })
	}
}
