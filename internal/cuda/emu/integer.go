// SPDX-License-Identifier: MIT

package emu

import (
	"math"
	"math/bits"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var (
	_ = register((*decoder).mad, "mad")
	_ = register((*decoder).divRem, "rem")
	_ = register((*decoder).sad, "sad")
)

// sext returns the n lowest bytes of a as a signed number.
func sext(a uint64, n int) int64 {
	s := 64 - 8*n
	return int64(a<<s) >> s
}

// mask has the bits of n bytes.
func mask(n int) uint64 { return ^uint64(0) >> (64 - 8*n) }

// integer decodes add, sub and mul of integers. Registers hold values without sign.
func (d *decoder) integer(in *ptx.Inst) {
	t := in.Type()
	n, mk := t.Size(), mask(t.Size())
	switch {
	case in.Op == "mul":
		d.binary(in, product(in, t))
	case in.Has("sat"):
		sign := int64(1)
		if in.Op == "sub" {
			sign = -1
		}
		d.binary(in, func(a, b uint64) uint64 {
			return uint64(max(math.MinInt32, min(math.MaxInt32, sext(a, 4)+sign*sext(b, 4)))) & mk
		})
	case in.Op == "sub":
		d.binary(in, func(a, b uint64) uint64 { return (a - b) & mk })
	case n == 4:
		d.binary(in, nil)
		d.x.do = loop2(add32).do
	case n == 8:
		d.binary(in, nil)
		d.x.do = loop2(add64).do
	default:
		d.binary(in, func(a, b uint64) uint64 { return (a + b) & mk })
	}
}

// product returns the function of mul.lo, mul.hi or mul.wide.
func product(in *ptx.Inst, t ptx.Type) func(a, b uint64) uint64 {
	n := t.Size()
	mk := mask(n)
	switch {
	case in.Has("lo"):
		return func(a, b uint64) uint64 { return a * b & mk }
	case in.Has("wide") && t.Signed():
		wide := mask(2 * n)
		return func(a, b uint64) uint64 { return uint64(sext(a, n)*sext(b, n)) & wide }
	case in.Has("wide"):
		return func(a, b uint64) uint64 { return a * b }
	case n == 8 && t.Signed():
		return func(a, b uint64) uint64 {
			h, _ := bits.Mul64(a, b)
			return h - uint64(int64(a)>>63)&b - uint64(int64(b)>>63)&a
		}
	case n == 8:
		return func(a, b uint64) uint64 { h, _ := bits.Mul64(a, b); return h }
	case t.Signed():
		return func(a, b uint64) uint64 { return uint64(sext(a, n)*sext(b, n)>>(8*n)) & mk }
	}
	return func(a, b uint64) uint64 { return a * b >> (8 * n) }
}

func (d *decoder) mad(in *ptx.Inst) {
	t := in.Type()
	n := t.Size()
	if n == 4 && in.Has("lo") {
		d.ternary(in, nil)
		d.x.do = loop3(mad32).do
		return
	}
	if in.Has("wide") {
		n *= 2
	}
	f, mk := product(in, t), mask(n)
	d.ternary(in, func(a, b, c uint64) uint64 { return (f(a, b) + c) & mk })
}

// divRem: a division by zero gives what GPUs give, all ones; its remainder is the dividend.
func (d *decoder) divRem(in *ptx.Inst) {
	t := in.Type()
	n, mk, rem := t.Size(), mask(t.Size()), in.Op == "rem"
	d.binary(in, func(a, b uint64) uint64 {
		switch {
		case b == 0 && rem:
			return a
		case b == 0:
			return mk
		case t.Signed() && rem:
			return uint64(sext(a, n)%sext(b, n)) & mk
		case t.Signed():
			return uint64(sext(a, n)/sext(b, n)) & mk
		case rem:
			return a % b
		}
		return a / b
	})
}

func (d *decoder) negAbsInt(in *ptx.Inst) {
	n := in.Type().Size()
	mk, abs := mask(n), in.Op == "abs"
	d.unary(in, func(a uint64) uint64 {
		if abs && sext(a, n) >= 0 {
			return a
		}
		return -a & mk
	})
}

// less returns the order of integers of type t.
func less(t ptx.Type) func(a, b uint64) bool {
	n := t.Size()
	if t.Signed() {
		return func(a, b uint64) bool { return sext(a, n) < sext(b, n) }
	}
	return func(a, b uint64) bool { return a < b }
}

func (d *decoder) minMaxInt(in *ptx.Inst) {
	before, least := less(in.Type()), in.Op == "min"
	d.binary(in, func(a, b uint64) uint64 {
		if before(a, b) == least {
			return a
		}
		return b
	})
}

func (d *decoder) sad(in *ptx.Inst) {
	before, mk := less(in.Type()), mask(in.Type().Size())
	d.ternary(in, func(a, b, c uint64) uint64 {
		if before(a, b) {
			a, b = b, a
		}
		return (a - b + c) & mk
	})
}
