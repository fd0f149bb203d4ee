// SPDX-License-Identifier: MIT

package main

import (
	"math"

	"github.com/stheno-go/stheno/internal/asm/approx"
)

// The functions of elementwise_math.go that it computes in float64, operation by operation.
// They take one vector of float64 at a time, x; t, u, r and p are others. What is
// computed of several vectors overlaps, as none waits for another.
const (
	x  reg = 0
	t  reg = 1
	u  reg = 2
	r  reg = 3
	p  reg = 4
	lo reg = 5
	hi reg = 6
	m  reg = 7
	e  reg = 8
	v  reg = 9
)

const magic52 = 0x1.8p52

func (w *writer) functions() {
	w.function1("expm1", -18, 89, func() {
		w.reduce(x)
		w.horner(approx.Expm1, r, p)
		w.power(t)
		w.op("VMULPD", r, t, u)
		w.op("VMULPD", p, u, p)
		w.op("VSUBPD", w.number(1), t, t)
		w.op("VADDPD", p, t, p)
		w.zero(u)
		w.choose("$0", u, x, x)
	})
	w.function1("tanh", -approx.TanhBound, approx.TanhBound, func() { w.rational(approx.TanhTop, approx.TanhBottom) })
	w.function1("erf", -approx.ErfBound, approx.ErfBound, func() { w.rational(approx.ErfTop, approx.ErfBottom) })
	const ngeUnordered = "$0x19"
	w.function1("log", 0, 0, func() {
		w.split(x)
		w.log()
		w.zero(u)
		w.load(math.NaN(), t)
		w.choose(ngeUnordered, u, x, t)
		w.load(math.Inf(-1), t)
		w.choose("$0", u, x, t)
		w.load(math.Inf(1), u)
		w.choose("$0", u, x, u)
	})
	w.function1("log1p", 0, 0, func() {
		w.op("VADDPD", w.number(1), x, v)
		w.split(v)
		w.zero(u)
		w.blend("$0", u, e, x, m)
		w.log()
		w.load(-1, u)
		w.load(math.NaN(), t)
		w.choose(ngeUnordered, u, x, t)
		w.load(math.Inf(-1), t)
		w.choose("$0", u, x, t)
		w.load(math.Inf(1), u)
		w.choose("$0", u, x, u)
		w.zero(u)
		w.choose("$0", u, x, x)
	})
}

// function1 writes a function whose argument is limited to [from, to], rounded to float32,
// if from < to; body leaves the result in p.
func (w *writer) function1(name string, from, to float64, body func()) {
	w.begin(name, "(n int, dst, a *float32)")
	w.Load("n", "CX")
	w.Load("dst", "BX")
	w.Load("a", "AX")
	if from < to {
		w.load(float64(float32(from)), lo)
		w.load(float64(float32(to)), hi)
	}
	w.Label("next")
	w.op("VCVTPS2PD", "(AX)", x)
	if from < to { // of two NaN or zeros the instructions return the second, x
		w.op("VMAXPD", x, lo, x)
		w.op("VMINPD", x, hi, x)
	}
	body()
	if w.wide {
		w.P("VCVTPD2PS Z%d, Y%[1]d", p)
		w.P("VMOVUPS Y%d, (BX)", p)
	} else {
		w.P("VCVTPD2PSY Y%d, X%[1]d", p)
		w.P("VMOVUPS X%d, (BX)", p)
	}
	w.P("ADDQ $%d, AX", w.width()/2)
	w.P("ADDQ $%d, BX", w.width()/2)
	w.P("SUBQ $%d, CX", w.width()/8)
	w.P("JNZ %s", w.At("next"))
	w.End()
}

// load fills a register with a number.
func (w *writer) load(c float64, to reg) { w.op("VBROADCASTSD", w.number(c), to) }

// blend is to = value where a compares with b, an instruction's first and second source.
func (w *writer) blend(how string, b, a, value, to reg) {
	if w.wide {
		w.op("VCMPPD", how, b, a, "K1")
		w.op("VMOVAPD", value, "K1", to)
		return
	}
	w.op("VCMPPD", how, b, a, reg(15))
	w.op("VBLENDVPD", reg(15), value, to, to)
}

// choose is blend into the result.
func (w *writer) choose(how string, b, a, value reg) { w.blend(how, b, a, value, p) }

// horner is terms[0] + z·(terms[1] + z·(…)).
func (w *writer) horner(terms []float64, z, to reg) {
	last := len(terms) - 1
	w.load(terms[last], to)
	for i := last - 1; i >= 0; i-- {
		w.op("VMULPD", z, to, to)
		w.op("VADDPD", w.number(terms[i]), to, to)
	}
}

// reduce leaves the rest of from after multiples of log 2 in r and their number, in the
// low bits, in t.
func (w *writer) reduce(from reg) {
	w.op("VMULPD", w.number(math.Log2E), from, t)
	w.op("VADDPD", w.number(magic52), t, t)
	w.op("VSUBPD", w.number(magic52), t, u)
	w.op("VMULPD", w.number(math.Ln2), u, u)
	w.op("VSUBPD", u, from, r)
}

// power makes 2 to that power of t.
func (w *writer) power(t reg) {
	w.op("VPSLLQ", "$52", t, t)
	w.op("VPADDQ", w.word(1023<<52), t, t)
}

// rational is x·P(x²)/Q(x²).
func (w *writer) rational(top, bottom []float64) {
	w.op("VMULPD", x, x, u)
	w.horner(top, u, p)
	w.horner(bottom, u, t)
	w.op("VMULPD", p, x, p)
	w.op("VDIVPD", t, p, p)
}

// split is split64 of from into m and e.
func (w *writer) split(from reg) {
	const rootHalf, bias = 0x3fe6a09e667f3bcd, 1024
	w.op("VPSUBQ", w.word(rootHalf), from, t)
	if w.wide {
		w.op("VPANDQ", w.word(1<<52-1), t, m)
	} else {
		w.op("VPAND", w.word(1<<52-1), t, m)
	}
	w.op("VPADDQ", w.word(rootHalf), m, m)
	w.op("VSUBPD", w.number(1), m, m)
	// The whole number e in the low bits of 2⁵², which is then taken off.
	w.op("VPADDQ", w.word(bias<<52), t, e)
	w.op("VPSRLQ", "$52", e, e)
	w.op("VORPD", w.number(1<<52), e, e)
	w.op("VSUBPD", w.number(1<<52+bias), e, e)
}

// log is log64 of m and e.
func (w *writer) log() {
	w.horner(approx.LogTop, m, p)
	w.horner(approx.LogBottom, m, t)
	w.op("VMULPD", p, m, p)
	w.op("VDIVPD", t, p, p)
	w.op("VMULPD", w.number(math.Ln2), e, e)
	w.op("VADDPD", e, p, p)
}
