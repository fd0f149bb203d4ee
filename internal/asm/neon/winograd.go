// SPDX-License-Identifier: MIT

package main

import "math"

// numbers are the constants of a transform: the first four are the elements of V31, the
// others those of V30 or, in outputs, of a register that has become free.
type numbers [2][4]float64

const winA, winB = math.Sqrt2 / 2, math.Sqrt2

var (
	inputs  = numbers{{winA, winB, 0.5, 2}, {2.5}}
	outputs = numbers{{winA, winB, winA / 2, winB * 2}, {0.5, 2}}
	weights = numbers{{-2. / 3, -winA * 2 / 3, -1. / 3, 1. / 6}, {winB / 6, 1. / 3}}
)

// by is d = n·c, d += n·c or d -= n·c for number c; others has those from four on.
func (w *writer) by(op string, d, n reg, c int, others reg) {
	from := reg(31)
	if c >= 4 {
		from, c = others, c-4
	}
	w.opLane(op, d, n, from, c)
}

// transform is a square transform: the line along the columns, then along the rows.
type transform struct {
	name    string
	in, out int // elements of a line
	// line computes some elements of the transformed line, those of part, to out or
	// where it returns them; it may change in and t.
	line    func(w *writer, in, out, t []reg, part int) []reg
	parts   int // that the elements are computed in, if registers hold only those
	numbers numbers
	// srcTaps tells that the elements of src lie srcPos apart; else they are pixels
	// of rows. Those of dst lie dstPos apart but for the outputs.
	srcTaps, pixels bool
}

var transforms = []transform{
	{name: "winogradInput", in: 6, out: 6, line: inputLine, parts: 2, numbers: inputs},
	{name: "winogradOutput", in: 6, out: 4, line: outputLine, parts: 1, srcTaps: true, pixels: true, numbers: outputs},
	{name: "winogradSpread", in: 4, out: 6, line: spreadLine, parts: 1, numbers: outputs},
	{name: "winogradWeights", in: 3, out: 6, line: weightLine, parts: 1, srcTaps: true, numbers: weights},
	{name: "winogradGather", in: 6, out: 3, line: gatherLine, parts: 1, srcTaps: true, numbers: weights},
}

// a·b² is b, and b·a² is a.
func inputLine(w *writer, d, r, t []reg, part int) []reg {
	const a, b, a2, b2, sum = 0, 1, 2, 3, 4
	pair := func(even, odd1, odd3 int, t, plus, minus reg) {
		w.move(plus, d[4])
		w.by("fmul", t, d[3], odd3, 30)
		w.by("fmls", plus, d[2], even, 30)
		w.by("fmls", t, d[1], odd1, 30)
		w.op("fsub", minus, plus, t)
		w.op("fadd", plus, plus, t)
	}
	if part != 1 {
		w.op("fadd", r[0], d[0], d[4])
		w.by("fmls", r[0], d[2], sum, 30)
		pair(b2, b, a, t[0], r[1], r[2])
	}
	if part != 0 {
		w.op("fadd", r[5], d[1], d[5])
		w.by("fmls", r[5], d[3], sum, 30)
		pair(a2, a, b, t[1], r[3], r[4])
	}
	return r
}

func outputLine(w *writer, m, y, t []reg, _ int) []reg {
	const a, b, a3, b3, a2, b2 = 0, 1, 2, 3, 4, 5
	w.pairs(m, t)
	w.op("fadd", y[0], m[0], t[0])
	w.four(m[0], outputs[1])
	w.by("fmul", y[1], m[1], a, m[0])
	w.by("fmul", y[2], t[0], a2, m[0])
	w.move(y[3], m[5])
	w.by("fmla", y[3], m[1], a3, m[0])
	w.op("fadd", y[0], y[0], m[2])
	w.by("fmla", y[1], m[3], b, m[0])
	w.by("fmla", y[2], m[2], b2, m[0])
	w.by("fmla", y[3], m[3], b3, m[0])
	return y
}

// pairs replaces m1 … m4 by m1+m2 in t, m1-m2, m3+m4 and m3-m4.
func (w *writer) pairs(m, t []reg) {
	w.op("fadd", t[0], m[1], m[2])
	w.op("fsub", m[1], m[1], m[2])
	w.op("fadd", m[2], m[3], m[4])
	w.op("fsub", m[3], m[3], m[4])
}

func spreadLine(w *writer, y, r, t []reg, part int) []reg {
	const a, b, a3, b3, a2, b2 = 0, 1, 2, 3, 4, 5
	w.move(r[1], y[0])
	w.move(r[3], y[0])
	w.by("fmul", t[0], y[1], a, 30)
	w.by("fmul", t[1], y[1], b, 30)
	w.by("fmla", r[1], y[2], a2, 30)
	w.by("fmla", r[3], y[2], b2, 30)
	w.by("fmla", t[0], y[3], a3, 30)
	w.by("fmla", t[1], y[3], b3, 30)
	return w.ends(y[0], y[3], r, t, part)
}

// ends finishes a line of six of which r1 and r3 are the even parts and t the odd ones.
// The first and the last element are copied only if they must not stay where they are.
func (w *writer) ends(first, last reg, r, t []reg, part int) []reg {
	w.op("fsub", r[2], r[1], t[0])
	w.op("fadd", r[1], r[1], t[0])
	w.op("fsub", r[4], r[3], t[1])
	w.op("fadd", r[3], r[3], t[1])
	if part == rows {
		return []reg{first, r[1], r[2], r[3], r[4], last}
	}
	w.move(r[0], first)
	w.move(r[5], last)
	return r
}

func weightLine(w *writer, g, r, t []reg, part int) []reg {
	const a0, a1, a2, b0, b1, b2 = 0, 1, 2, 3, 4, 5
	w.by("fmul", r[1], g[0], a0, 30)
	w.by("fmul", r[3], g[0], b0, 30)
	w.by("fmul", t[0], g[1], a1, 30)
	w.by("fmul", t[1], g[1], b1, 30)
	w.by("fmla", r[1], g[2], a2, 30)
	w.by("fmla", r[3], g[2], b2, 30)
	return w.ends(g[0], g[2], r, t, part)
}

func gatherLine(w *writer, u, g, t []reg, _ int) []reg {
	const a0, a1, a2, b0, b1, b2 = 0, 1, 2, 3, 4, 5
	w.pairs(u, t)
	w.move(g[0], u[0])
	w.by("fmul", g[1], u[1], a1, 30)
	w.move(g[2], u[5])
	w.by("fmla", g[0], t[0], a0, 30)
	w.by("fmla", g[2], t[0], a2, 30)
	w.by("fmla", g[1], u[3], b1, 30)
	w.by("fmla", g[0], u[2], b0, 30)
	w.by("fmla", g[2], u[2], b2, 30)
	return g
}

// rows is the part of a line along the rows: all of it.
const rows = -1

// Registers of a transform: R0 the job, R1 src, R2 dst and R12 res of four channels, R3
// vectors left, R4 and R5 the steps, R6 and R7 the distances of src and dst, R8 and R20 to
// R23 multiples of that of src's rows, R9 the fours of a block left, R13 bias, R19 constants.
var rowsOfSource = []string{"", "R8", "R20", "R21", "R22", "R23"}

func (w *writer) transform(f transform) {
	w.beginJob(f.name+"NEON", "winogradJob")
	w.field("winogradArgs.src", "R1")
	w.field("winogradArgs.dst", "R2")
	w.field("winogradArgs.n", "R3")
	w.bytes("winogradArgs.srcStep", "R4")
	w.bytes("winogradArgs.dstStep", "R5")
	src, dst := "srcRow", "dstPos"
	if f.srcTaps {
		src = "srcPos"
	}
	if f.pixels {
		dst = "dstRow"
		w.field("winogradArgs.bias", "R13")
		w.field("winogradArgs.res", "R12")
		w.field("winogradArgs.rows", "R15")
		w.field("winogradArgs.cols", "R16")
		w.flag("winogradArgs.relu", "R17")
	}
	w.bytes("winogradArgs."+src, "R6")
	w.bytes("winogradArgs."+dst, "R7")
	w.P("MOVD R6, R8")
	if f.srcTaps {
		w.P("MOVD $%d, R8", f.in)
		w.P("MUL R6, R8")
	}
	for i := 2; i < f.in; i++ {
		w.P("ADD R8, %s, %s", rowsOfSource[i-1], rowsOfSource[i])
	}
	w.usePool()
	w.four(31, f.numbers[0])
	if !f.pixels {
		w.four(30, f.numbers[1])
	}
	w.Label("block")
	w.P("MOVD $4, R9")
	w.Label("next")
	w.fourChannels(f)
	w.P("ADD $16, R1")
	w.P("ADD $16, R2")
	w.advanceRes(f, "$16", "four")
	if f.pixels {
		w.P("CBZ R13, %s", w.At("unbiased"))
		w.P("ADD $16, R13")
		w.Label("unbiased")
	}
	w.P("SUBS $1, R9")
	w.P("BNE %s", w.At("next"))
	w.P("SUB $64, R1")
	w.P("SUB $64, R2")
	w.advanceRes(f, "$-64", "block")
	if f.pixels {
		w.field("winogradArgs.bias", "R13")
	}
	w.P("ADD R4, R1")
	w.P("ADD R5, R2")
	w.advanceRes(f, "R5", "step")
	w.P("SUBS $1, R3")
	w.P("BNE %s", w.At("block"))
	w.End()
}

// advanceRes moves the pointer to res, if there is one.
func (w *writer) advanceRes(f transform, by, label string) {
	if !f.pixels {
		return
	}
	w.P("CBZ R12, %s", w.At("none_%s", label))
	w.P("ADD %s, R12", by)
	w.Label("none_%s", label)
}

func (w *writer) fourChannels(f transform) {
	high := f.out / f.parts
	held := high * f.in // registers between the lines
	for part := range f.parts {
		which := part
		if f.parts == 1 {
			which = f.out
		}
		load, out, t := span(held, f.in), make([]reg, f.out), span(held+f.in, 2)
		w.P("MOVD R1, R10")
		for col := range f.in {
			for i := range f.in {
				w.loadAt("R10", rowsOfSource[i], load[i])
			}
			if f.srcTaps {
				w.P("ADD R6, R10")
			} else {
				w.P("ADD $64, R10")
			}
			for i := range high {
				out[part*high+i] = reg(i*f.in + col)
			}
			f.line(w, load, out, t, which)
		}
		if part == 0 {
			w.P("MOVD R2, R11")
			w.beginRows(f)
		}
		for i := range high {
			out, t := span(held, f.out), span(held+f.out, 2)
			switch {
			case f.in == 4: // the ends stay where they are
				out, t = span(held-1, 6), span(held+4, 2)
			case f.pixels:
				t = span(30, 1)
			}
			w.storeRow(f, part*high+i, f.line(w, span(i*f.in, f.in), out, t, rows))
		}
	}
	if f.pixels {
		w.Label("rows_done")
	}
}

// beginRows prepares the rows of outputs: V28 is the bias, R14 res.
func (w *writer) beginRows(f transform) {
	if !f.pixels {
		return
	}
	w.clear(28)
	w.P("CBZ R13, %s", w.At("rows"))
	w.load("R13", 0, 28)
	w.Label("rows")
	w.P("MOVD R12, R14")
}

// storeRow writes a row of results to R11.
func (w *writer) storeRow(f transform, row int, out []reg) {
	if !f.pixels {
		for _, r := range out {
			w.P("VST1.P [%v.S4], (R11)(R7)", r)
		}
		return
	}
	name := func(label string) string { return w.At("row%d_%s", row, label) }
	each := func(label string, f func(i int, r reg)) {
		for i, r := range out {
			if i > 0 {
				w.P("CMP $%d, R16 // cols", i)
				w.P("BLE %s", name(label))
			}
			f(i, r)
		}
	}
	for _, r := range out {
		w.op("fadd", r, r, 28)
	}
	w.P("CBZ R12, %s", name("alone"))
	each("alone", func(i int, r reg) {
		w.load("R14", 64*i, 29)
		w.op("fadd", r, r, 29)
	})
	w.Label("row%d_alone", row)
	w.P("CBZ R17, %s", name("store"))
	w.clear(29)
	for _, r := range out {
		w.op("fmax", r, r, 29) // NaN stays
	}
	w.Label("row%d_store", row)
	each("done", func(i int, r reg) { w.store("R11", 64*i, r) })
	w.Label("row%d_done", row)
	if row < f.out-1 {
		w.P("CMP $%d, R15 // rows", row+1)
		w.P("BLE %s", w.At("rows_done"))
		w.P("ADD R7, R11")
		w.P("ADD R7, R14")
	}
}
