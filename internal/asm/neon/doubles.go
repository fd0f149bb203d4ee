// SPDX-License-Identifier: MIT

package main

import (
	"math"

	"github.com/stheno-go/stheno/internal/asm/approx"
)

// The functions of elementwise_math.go that are computed in float64, operation by operation:
// eight elements at a time are four vectors of each of x, t, u, p, m, e and v. Constants are
// loaded where they are needed, into registers from 28 on.

// octet is the registers of two elements.
type octet struct{ x, t, u, p, m, e, v reg }

const magic52 = 0x1.8p52

func (w *writer) doubles() {
	w.double("expm1", func(all each) {
		w.limit(all, -18, 89)
		w.number(28, math.Log2E)
		w.number(29, magic52)
		w.number(30, math.Ln2)
		all(func(o octet) { w.op("fmul", o.t, o.x, 28) })
		all(func(o octet) { w.op("fadd", o.t, o.t, 29) })
		all(func(o octet) { w.op("fsub", o.u, o.t, 29) })
		all(func(o octet) { w.op("fmul", o.u, o.u, 30) })
		all(func(o octet) { w.op("fsub", o.m, o.x, o.u) })
		w.horner(all, approx.Expm1, func(o octet) (z, to reg) { return o.m, o.p })
		w.number(28, 1) // whose bits are also what the power of 2 begins with
		all(func(o octet) { w.left(o.t, o.t, 52) })
		all(func(o octet) { w.whole("add", o.t, o.t, 28) })
		all(func(o octet) { w.op("fmul", o.u, o.t, o.m) })
		all(func(o octet) { w.op("fmul", o.p, o.p, o.u) })
		all(func(o octet) { w.op("fsub", o.t, o.t, 28) })
		all(func(o octet) { w.op("fadd", o.p, o.p, o.t) })
		w.keepZero(all)
	})
	w.double("tanh", func(all each) { w.rational(all, approx.TanhBound, approx.TanhTop, approx.TanhBottom) })
	w.double("erf", func(all each) { w.rational(all, approx.ErfBound, approx.ErfTop, approx.ErfBottom) })
	w.double("log", func(all each) {
		w.split(all, func(o octet) reg { return o.x })
		w.log(all)
		w.outside(all, 0)
	})
	w.double("log1p", func(all each) {
		w.number(28, 1)
		all(func(o octet) { w.op("fadd", o.v, o.x, 28) })
		w.split(all, func(o octet) reg { return o.v })
		all(func(o octet) { w.opZero("fcmeq", o.t, o.e) })
		all(func(o octet) { w.bits("bit", o.m, o.x, o.t) })
		w.log(all)
		w.outside(all, -1)
		w.keepZero(all)
	})
}

// each calls a function for all vectors.
type each func(f func(o octet))

// double writes a function; body leaves the result in p.
func (w *writer) double(name string, body func(all each)) {
	w.vec(name, "(n int, dst, a *float32)", 0, "dst", "a")
	w.each(2, 8, func() {
		w.load("R2", 0, 28, 29)
		w.widen(0, 1, 28)
		w.widen(2, 3, 29)
		w.elem = 8
		body(func(f func(o octet)) {
			for i := range reg(4) {
				f(octet{i, 4 + i, 8 + i, 12 + i, 16 + i, 20 + i, 24 + i})
			}
		})
		w.elem = 4
		w.narrow(28, 12, 13)
		w.narrow(29, 14, 15)
		w.store("R1", 0, 28, 29)
	})
	w.End()
}

// limit keeps x within bounds, which are float32, and NaN.
func (w *writer) limit(all each, lo, hi float64) {
	w.number(28, float64(float32(lo)))
	w.number(29, float64(float32(hi)))
	all(func(o octet) { w.op("fmax", o.x, o.x, 28) })
	all(func(o octet) { w.op("fmin", o.x, o.x, 29) })
}

// keepZero makes p x where that is 0.
func (w *writer) keepZero(all each) {
	all(func(o octet) { w.opZero("fcmeq", o.t, o.x) })
	all(func(o octet) { w.bits("bit", o.p, o.x, o.t) })
}

// horner is terms[0] + z·(terms[1] + z·(…)).
func (w *writer) horner(all each, terms []float64, place func(o octet) (z, to reg)) {
	last := len(terms) - 1
	w.number(31, terms[last])
	all(func(o octet) {
		z, to := place(o)
		w.op("fmul", to, z, 31)
	})
	for i := last - 1; i >= 0; i-- {
		c := reg(28 + i%4)
		w.number(c, terms[i])
		all(func(o octet) {
			_, to := place(o)
			w.op("fadd", to, to, c)
		})
		if i > 0 {
			all(func(o octet) {
				z, to := place(o)
				w.op("fmul", to, to, z)
			})
		}
	}
}

// rational is x·P(x²)/Q(x²) for x within a bound.
func (w *writer) rational(all each, bound float64, top, bottom []float64) {
	w.limit(all, -bound, bound)
	all(func(o octet) { w.op("fmul", o.u, o.x, o.x) })
	w.horner(all, top, func(o octet) (z, to reg) { return o.u, o.p })
	w.horner(all, bottom, func(o octet) (z, to reg) { return o.u, o.t })
	all(func(o octet) { w.op("fmul", o.p, o.p, o.x) })
	all(func(o octet) { w.op("fdiv", o.p, o.p, o.t) })
}

// split is split64 into m and e.
func (w *writer) split(all each, from func(o octet) reg) {
	w.word64(28, 0x3fe6a09e667f3bcd) // √½
	w.word64(29, 1<<52-1)
	w.number(30, 1)
	all(func(o octet) { w.whole("sub", o.t, from(o), 28) })
	all(func(o octet) { w.bits("and", o.m, o.t, 29) })
	all(func(o octet) { w.whole("add", o.m, o.m, 28) })
	all(func(o octet) { w.op("fsub", o.m, o.m, 30) })
	all(func(o octet) { w.right(o.e, o.t, 52) })
	all(func(o octet) { w.op1("scvtf", o.e, o.e) })
}

// log is log64 of m and e.
func (w *writer) log(all each) {
	w.horner(all, approx.LogTop, func(o octet) (z, to reg) { return o.m, o.p })
	w.horner(all, approx.LogBottom, func(o octet) (z, to reg) { return o.m, o.t })
	w.number(28, math.Ln2)
	all(func(o octet) { w.op("fmul", o.p, o.p, o.m) })
	all(func(o octet) { w.op("fdiv", o.p, o.p, o.t) })
	all(func(o octet) { w.op("fmul", o.e, o.e, 28) })
	all(func(o octet) { w.op("fadd", o.p, o.p, o.e) })
}

// outside makes p what a logarithm is where x is not above bound, or infinite.
func (w *writer) outside(all each, bound float64) {
	w.number(28, bound)
	w.number(29, math.NaN())
	w.number(30, math.Inf(-1))
	w.number(31, math.Inf(1))
	all(func(o octet) { w.op("fcmge", o.t, o.x, 28) })
	all(func(o octet) { w.bits("bif", o.p, 29, o.t) })
	all(func(o octet) { w.op("fcmeq", o.t, o.x, 28) })
	all(func(o octet) { w.bits("bit", o.p, 30, o.t) })
	all(func(o octet) { w.op("fcmeq", o.t, o.x, 31) })
	all(func(o octet) { w.bits("bit", o.p, 31, o.t) })
}
