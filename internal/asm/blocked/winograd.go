// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// constant names a number of the transforms, of which there are eight copies in memory.
type constant emit.Symbol

var constants = []struct {
	name  constant
	value float64
}{
	{"winA", math.Sqrt2 / 2}, {"winB", math.Sqrt2}, {"winA2", 0.5}, {"winB2", 2},
	{"winA3", math.Sqrt2 / 4}, {"winB3", 2 * math.Sqrt2}, {"winSum", 2.5},
	{"winGa0", -2. / 3}, {"winGa1", -math.Sqrt2 / 3}, {"winGa2", -1. / 3},
	{"winGb0", 1. / 6}, {"winGb1", math.Sqrt2 / 6}, {"winGb2", 1. / 3},
}

func (w *writer) constants() {
	for _, c := range constants {
		bits := uint64(math.Float32bits(float32(c.value)))
		w.Data(string(c.name), 4, bits, bits, bits, bits, bits, bits, bits, bits)
	}
}

// reg is the number of a vector register.
type reg int

// op writes an instruction on vectors; operands are registers, constants or addresses.
func (w *writer) op(name string, args ...any) {
	text := name
	for i, a := range args {
		if c, ok := a.(constant); ok && w.held[c] != 0 {
			a = w.held[c]
		}
		if i == 0 {
			if _, ok := a.(constant); ok && w.wide {
				text += ".BCST"
			}
			text += " "
		} else {
			text += ", "
		}
		switch a := a.(type) {
		case reg:
			text += w.reg(a)
		case constant:
			text += emit.Symbol(a).String()
		default:
			text += fmt.Sprint(a)
		}
	}
	w.P("%s", text)
}

func (w *writer) reg(r reg) string {
	if w.wide {
		return fmt.Sprintf("Z%d", r)
	}
	return fmt.Sprintf("Y%d", r)
}

// transform is a square transform: the line along the columns, then along the rows.
type transform struct {
	name    string
	in, out int // elements of a line
	// line writes some elements of the transformed line to out, those of part; it may
	// change in and t.
	line  func(w *writer, in, out, t []reg, part int)
	parts int // that the elements are computed in, if registers hold only those
	// constants are kept in registers if there are 32.
	constants []constant
	// srcTaps tells that the elements of src lie srcPos apart; else they are pixels
	// of rows. Those of dst lie dstPos apart but for the outputs.
	srcTaps, pixels bool
}

var transforms = []transform{
	{name: "winogradInput", in: 6, out: 6, line: inputLine, parts: 2, constants: []constant{"winA", "winB", "winA2", "winB2", "winSum"}},
	{name: "winogradOutput", in: 6, out: 4, line: outputLine, parts: 1, srcTaps: true, pixels: true},
	{name: "winogradSpread", in: 4, out: 6, line: spreadLine, parts: 1},
	{name: "winogradWeights", in: 3, out: 6, line: weightLine, parts: 1, srcTaps: true},
	{name: "winogradGather", in: 6, out: 3, line: gatherLine, parts: 1, srcTaps: true},
}

// inputLine adds and subtracts at the end what could be part of the multiplications,
// because sums have units of their own. a·b² is b, and b·a² is a.
func inputLine(w *writer, d, r, t []reg, part int) {
	pair := func(even, odd1, odd3 constant, t, plus, minus reg) {
		w.op("VMOVAPS", d[4], plus)
		w.op("VMULPS", odd3, d[3], t)
		w.op("VFNMADD231PS", even, d[2], plus)
		w.op("VFNMADD231PS", odd1, d[1], t)
		w.op("VSUBPS", t, plus, minus)
		w.op("VADDPS", t, plus, plus)
	}
	if part != 1 {
		w.op("VADDPS", d[0], d[4], r[0])
		w.op("VFNMADD231PS", constant("winSum"), d[2], r[0])
		pair("winB2", "winB", "winA", t[0], r[1], r[2])
	}
	if part != 0 {
		w.op("VADDPS", d[1], d[5], r[5])
		w.op("VFNMADD231PS", constant("winSum"), d[3], r[5])
		pair("winA2", "winA", "winB", t[1], r[3], r[4])
	}
}

func outputLine(w *writer, m, y, t []reg, _ int) {
	w.sums(m, t)
	w.op("VADDPS", t[0], m[0], y[0])
	w.op("VMULPS", constant("winA"), m[1], y[1])
	w.op("VMULPS", constant("winA2"), t[0], y[2])
	w.op("VMOVAPS", m[5], y[3])
	w.op("VFMADD231PS", constant("winA3"), m[1], y[3])
	w.op("VADDPS", m[2], y[0], y[0])
	w.op("VFMADD231PS", constant("winB"), m[3], y[1])
	w.op("VFMADD231PS", constant("winB2"), m[2], y[2])
	w.op("VFMADD231PS", constant("winB3"), m[3], y[3])
}

// sums replaces m1 … m4 by m1+m2 in t, m1-m2, m3+m4 and m3-m4.
func (w *writer) sums(m, t []reg) {
	w.op("VADDPS", m[2], m[1], t[0])
	w.op("VSUBPS", m[2], m[1], m[1])
	w.op("VADDPS", m[4], m[3], m[2])
	w.op("VSUBPS", m[4], m[3], m[3])
}

func spreadLine(w *writer, y, r, t []reg, _ int) {
	w.op("VMOVAPS", y[0], r[1])
	w.op("VMOVAPS", y[0], r[3])
	w.op("VMULPS", constant("winA"), y[1], t[0])
	w.op("VMULPS", constant("winB"), y[1], t[1])
	w.op("VFMADD231PS", constant("winA2"), y[2], r[1])
	w.op("VFMADD231PS", constant("winB2"), y[2], r[3])
	w.op("VFMADD231PS", constant("winA3"), y[3], t[0])
	w.op("VFMADD231PS", constant("winB3"), y[3], t[1])
	w.ends(y[0], y[3], r, t)
}

// ends finishes a line of six of which r1 and r3 are the even parts and t the odd ones.
func (w *writer) ends(first, last reg, r, t []reg) {
	w.op("VMOVAPS", first, r[0])
	w.op("VSUBPS", t[0], r[1], r[2])
	w.op("VADDPS", t[0], r[1], r[1])
	w.op("VSUBPS", t[1], r[3], r[4])
	w.op("VADDPS", t[1], r[3], r[3])
	w.op("VMOVAPS", last, r[5])
}

func weightLine(w *writer, g, r, t []reg, _ int) {
	w.op("VMULPS", constant("winGa0"), g[0], r[1])
	w.op("VMULPS", constant("winGb0"), g[0], r[3])
	w.op("VMULPS", constant("winGa1"), g[1], t[0])
	w.op("VMULPS", constant("winGb1"), g[1], t[1])
	w.op("VFMADD231PS", constant("winGa2"), g[2], r[1])
	w.op("VFMADD231PS", constant("winGb2"), g[2], r[3])
	w.ends(g[0], g[2], r, t)
}

func gatherLine(w *writer, u, g, t []reg, _ int) {
	w.sums(u, t)
	w.op("VMOVAPS", u[0], g[0])
	w.op("VMULPS", constant("winGa1"), u[1], g[1])
	w.op("VMOVAPS", u[5], g[2])
	w.op("VFMADD231PS", constant("winGa0"), t[0], g[0])
	w.op("VFMADD231PS", constant("winGa2"), t[0], g[2])
	w.op("VFMADD231PS", constant("winGb1"), u[3], g[1])
	w.op("VFMADD231PS", constant("winGb0"), u[2], g[0])
	w.op("VFMADD231PS", constant("winGb2"), u[2], g[2])
}

// Registers of a transform. SI, DX and R8 point to rows, R13 to what is added to one.
const (
	src, dst           = "AX", "BX"
	left               = "CX"        // vectors
	srcApart, dstApart = "R9", "R10" // bytes between elements or rows
	srcStep, dstStep   = "R11", "R12"
	res                = "R14"
	rowApart           = "R15" // bytes between rows of src
)

func span(from, n int) []reg {
	r := make([]reg, n)
	for i := range r {
		r[i] = reg(from + i)
	}
	return r
}

// transform writes one for AVX-512, with what lies between the lines in registers, or
// for AVX2, with that in the job, in two halves of a block.
func (w *writer) transform(f transform) {
	name := f.name
	switch {
	case w.edge:
		name += "Edge"
	case w.stream:
		name += "Stream"
	}
	w.begin(name+w.suffix(), "winogradJob", 0)
	w.load("winogradArgs.src", src)
	if w.edge {
		w.load("winogradArgs.at", "R8")
		w.P("LEAQ (%s)(R8*4), %s", src, src)
		w.Op("MOVWLZX", w.field("winogradArgs.colsSeen"), "R8")
		for i := range f.in {
			w.P("KMOVW %s, K%d", w.rowSeen(i), 1+i)
		}
	}
	w.load("winogradArgs.dst", dst)
	w.load("winogradArgs.n", left)
	w.load("winogradArgs.srcStep", srcStep)
	w.load("winogradArgs.dstStep", dstStep)
	from, to := "srcRow", "dstPos"
	if f.srcTaps {
		from = "srcPos"
	}
	if f.pixels {
		to = "dstRow"
		w.load("winogradArgs.res", res)
	}
	w.load("winogradArgs."+from, srcApart)
	w.load("winogradArgs."+to, dstApart)
	for _, r := range []string{srcApart, dstApart, srcStep, dstStep} {
		w.P("SHLQ $2, %s", r)
	}
	if f.srcTaps {
		w.P("LEAQ (%s)(%s*%d), %s", srcApart, srcApart, map[int]int{3: 2, 6: 2}[f.in], rowApart)
		if f.in == 6 {
			w.Op("ADDQ", rowApart, rowApart) // from one row of src to the next
		}
	} else {
		w.Op("MOVQ", srcApart, rowApart)
	}
	if !w.wide {
		w.P("XORQ R8, R8 // bytes of the half of a block")
	}
	w.hold(f)
	if w.edge {
		w.seenRows(edgeRows[:f.in], "SI")
	}
	w.Label("next")
	if w.wide {
		w.inRegisters(f)
	} else {
		w.inMemory(f)
	}
	if !w.wide {
		w.Op("ADDQ", "$32", src)
		w.Op("ADDQ", "$32", dst)
		w.advanceRes(f, "$32", "half")
		w.P("XORQ $32, R8")
		w.P("JNZ %s", w.At("next"))
		w.Op("SUBQ", "$64", src)
		w.Op("SUBQ", "$64", dst)
		w.advanceRes(f, "$-64", "block")
	}
	if w.edge {
		w.End()
		return
	}
	w.Op("ADDQ", srcStep, src)
	w.Op("ADDQ", dstStep, dst)
	w.advanceRes(f, dstStep, "step")
	w.Op("DECQ", left)
	w.P("JNZ %s", w.At("next"))
	if w.stream {
		w.P("SFENCE")
	}
	w.End()
}

// hold loads the constants that are kept in registers.
func (w *writer) hold(f transform) {
	w.held = map[constant]reg{}
	for i, c := range f.constants {
		if w.wide {
			r := reg(24 + i)
			w.P("VBROADCASTSS %s<>(SB), %s", c, w.reg(r))
			w.held[c] = r
		}
	}
}

// advanceRes moves the pointer to res, if there is one.
func (w *writer) advanceRes(f transform, by, label string) {
	if !f.pixels {
		return
	}
	w.Op("TESTQ", res, res)
	w.P("JZ %s", w.At("none_%s", label))
	w.Op("ADDQ", by, res)
	w.Label("none_%s", label)
}

// columns is called with the registers of each column of src in turn.
func (w *writer) columns(f transform, load []reg, each func(col int)) {
	if !w.edge {
		w.Op("MOVQ", src, "SI")
	}
	if f.in > 3 && !w.edge {
		w.P("LEAQ (%s)(%s*2), DX", rowApart, rowApart)
		w.Op("ADDQ", src, "DX")
	}
	for col := range f.in {
		offset := ""
		if !f.srcTaps && col > 0 {
			offset = fmt.Sprint(64 * col)
		}
		if w.edge {
			w.columnSeen(load, col)
		}
		for i := range f.in {
			base := []string{"SI", "DX"}[i/3]
			index := []string{"", "(" + rowApart + "*1)", "(" + rowApart + "*2)"}[i%3]
			from := offset + "(" + base + ")" + index
			if w.edge {
				w.op("VMOVUPS.Z", offset+"("+edgeRows[i]+")", fmt.Sprintf("K%d", 1+i), load[i])
			} else {
				w.op("VMOVUPS", from, load[i])
			}
		}
		if w.edge {
			w.Label("seen%d", w.seen)
			w.seen++
		}
		if f.srcTaps && col < f.in-1 {
			w.Op("ADDQ", srcApart, "SI")
			if f.in > 3 {
				w.Op("ADDQ", srcApart, "DX")
			}
		}
		each(col)
	}
}

// edgeRows point to the rows of a tile that may look outside; one tile takes no steps.
var edgeRows = []string{"DX", "R11", "R12", "R14", "R15", "R9"}

// seenRows sets pointers to the rows of src, srcApart bytes apart, and those of rows outside to
// one that is inside: what is masked off is not read, but that takes hundreds of cycles if its page
// was never written.
func (w *writer) seenRows(pointers []string, inside string) {
	w.Op("MOVQ", src, pointers[0])
	for i, p := range pointers[1:] {
		w.P("LEAQ (%s)(%s*1), %s", pointers[i], srcApart, p)
	}
	w.load("winogradArgs.src", inside)
	for i, p := range pointers {
		w.Op("CMPW", w.rowSeen(i), "$0")
		w.P("CMOVQNE %s, %s", p, inside)
	}
	for i, p := range pointers {
		w.Op("CMPW", w.rowSeen(i), "$0")
		w.P("CMOVQEQ %s, %s", inside, p)
	}
}

// rowSeen is the address of the mask of row i.
func (w *writer) rowSeen(i int) string {
	return fmt.Sprintf("%s+%d(DI)", w.Field(w.job, "winogradArgs.rowsSeen"), 2*i)
}

// columnSeen sets the registers to zero and jumps over what loads them if the column is
// outside.
func (w *writer) columnSeen(load []reg, col int) {
	w.P("BTL $%d, R8", col)
	w.P("JCS %s", w.At("load%d", w.seen))
	for _, r := range load {
		w.op("VXORPS", w.low(r), w.low(r), w.low(r))
	}
	w.P("JMP %s", w.At("seen%d", w.seen))
	w.Label("load%d", w.seen)
}

func (w *writer) inRegisters(f transform) {
	rows := f.out / f.parts
	held := rows * f.in // registers between the lines
	for part := range f.parts {
		mid := func(row, col int) reg { return reg(row*f.in + col) }
		which := part
		if f.parts == 1 {
			which = -1
		}
		w.columns(f, span(held, f.in), func(col int) {
			out := make([]reg, f.out)
			for i := range rows {
				out[part*rows+i] = mid(i, col)
			}
			f.line(w, span(held, f.in), out, span(30, 2), which)
		})
		if part == 0 {
			w.Op("MOVQ", dst, "SI")
		} else {
			w.P("MOVQ R13, SI")
		}
		w.beginRows(f)
		for i := range rows {
			out := span(held, f.out)
			f.line(w, span(i*f.in, f.in), out, span(30, 2), -1)
			w.store(f, i, out)
		}
		if part < f.parts-1 {
			w.P("MOVQ SI, R13")
		}
	}
	w.endRows(f)
}

func (w *writer) inMemory(f transform) {
	tmp := func(row, col int) string { // after the fields of the job
		return fmt.Sprintf("%s+%s+%d(DI)", w.Field(w.job, "winogradArgs"), w.Size("winogradArgs"), 32*(row*f.in+col))
	}
	w.columns(f, span(0, f.in), func(col int) {
		out := span(f.in, f.out)
		f.line(w, span(0, f.in), out, span(12, 2), -1)
		for i, r := range out {
			w.op("VMOVUPS", r, tmp(i, col))
		}
	})
	w.Op("MOVQ", dst, "SI")
	w.beginRows(f)
	for i := range f.out {
		for j := range f.in {
			w.op("VMOVUPS", tmp(i, j), reg(j))
		}
		out := span(f.in, f.out)
		f.line(w, span(0, f.in), out, span(12, 2), -1)
		w.store(f, i, out)
	}
	w.endRows(f)
}

func (w *writer) bias() reg {
	if w.wide {
		return 31
	}
	return 14
}

func (w *writer) zero() reg {
	if w.wide {
		return 29
	}
	return 15
}

// beginRows prepares the rows of outputs.
func (w *writer) beginRows(f transform) {
	if !f.pixels {
		return
	}
	w.op("VXORPS", w.low(w.bias()), w.low(w.bias()), w.low(w.bias()))
	w.op("VXORPS", w.low(w.zero()), w.low(w.zero()), w.low(w.zero()))
	w.load("winogradArgs.bias", "DX")
	w.P("TESTQ DX, DX")
	w.P("JZ %s", w.At("unbiased"))
	index := ""
	if !w.wide {
		index = "(R8*1)"
	}
	w.op("VMOVUPS", "(DX)"+index, w.bias())
	w.Label("unbiased")
	w.Op("MOVQ", res, "R13") // res of the row
}

// low is the first 16 bytes of a register, whose zeroing clears all of it; of the upper
// ones only the whole can be named.
func (w *writer) low(r reg) string {
	if r >= 16 {
		return w.reg(r)
	}
	return fmt.Sprintf("X%d", r)
}

// store writes a row of results.
func (w *writer) store(f transform, row int, out []reg) {
	if !f.pixels {
		store := "VMOVUPS"
		if w.stream {
			store = "VMOVNTPS"
		}
		for _, r := range out {
			w.op(store, r, "(SI)")
			w.Op("ADDQ", dstApart, "SI")
		}
		return
	}
	for _, r := range out {
		w.op("VADDPS", w.bias(), r, r)
	}
	name := func(label string) string { return w.At("row%d_%s", row, label) }
	w.Op("CMPQ", w.field("winogradArgs.cols"), "$4")
	w.P("JNE %s", name("narrow"))
	w.Op("TESTQ", res, res)
	w.P("JZ %s", name("alone"))
	for i, r := range out {
		w.op("VADDPS", fmt.Sprintf("%d(R13)", 64*i), r, r)
	}
	w.Label("row%d_alone", row)
	w.Op("CMPB", w.field("winogradArgs.relu"), "$0")
	w.P("JEQ %s", name("store"))
	for _, r := range out {
		w.op("VMAXPS", r, w.zero(), r)
	}
	w.Label("row%d_store", row)
	for i, r := range out {
		w.op("VMOVUPS", r, fmt.Sprintf("%d(SI)", 64*i))
	}
	w.P("JMP %s", name("done"))
	w.Label("row%d_narrow", row)
	for i, r := range out[:3] {
		if i > 0 {
			w.Op("CMPQ", w.field("winogradArgs.cols"), fmt.Sprintf("$%d", i))
			w.P("JLE %s", name("done"))
		}
		w.Op("TESTQ", res, res)
		w.P("JZ %s", name(fmt.Sprint("alone", i)))
		w.op("VADDPS", fmt.Sprintf("%d(R13)", 64*i), r, r)
		w.Label("row%d_alone%d", row, i)
		w.Op("CMPB", w.field("winogradArgs.relu"), "$0")
		w.P("JEQ %s", name(fmt.Sprint("store", i)))
		w.op("VMAXPS", r, w.zero(), r)
		w.Label("row%d_store%d", row, i)
		w.op("VMOVUPS", r, fmt.Sprintf("%d(SI)", 64*i))
	}
	w.Label("row%d_done", row)
	if row < f.out-1 {
		w.Op("CMPQ", w.field("winogradArgs.rows"), fmt.Sprintf("$%d", row+1))
		w.P("JLE %s", w.At("rows_done"))
		w.Op("ADDQ", dstApart, "SI")
		w.Op("ADDQ", dstApart, "R13")
	}
}

func (w *writer) endRows(f transform) {
	if f.pixels {
		w.Label("rows_done")
	}
}
