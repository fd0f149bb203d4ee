// SPDX-License-Identifier: MIT

package main

import "fmt"

// multiples are registers for odd multiples of the distance between pixels; with the
// scale of an address they reach 14 pixels.
var multiples = map[int]string{1: "R8", 3: "R9", 5: "R10", 7: "R11", 9: "R12", 11: "R13", 13: "R14"}

// pixel is the address of pixel i of the window that begins at AX.
func pixel(i int) string {
	if i == 0 {
		return "(AX)"
	}
	scale := 1
	for i%2 == 0 {
		i, scale = i/2, 2*scale
	}
	return fmt.Sprintf("(AX)(%s*%d)", multiples[i], scale)
}

// loadMultiples computes the multiples that pixels need.
func (w *writer) loadMultiples(pixels int) {
	w.load("aPixel", "R8")
	w.P("SHLQ $2, R8")
	for m := 3; m < pixels; m += 2 {
		if m == 3 {
			w.P("LEAQ (R8)(R8*2), R9")
			continue
		}
		w.P("LEAQ (%s)(R8*2), %s", multiples[m-2], multiples[m])
	}
}

// beginTimes puts what changes from time to time on the stack, and the groups in R15.
func (w *writer) beginTimes() {
	for i, place := range []string{"a-24(SP)", "c-32(SP)", "b-40(SP)", "times-48(SP)"} {
		w.load([]string{"a", "c", "b", "times"}[i], "AX")
		w.Op("MOVQ", "AX", place)
	}
	w.startTime()
}

func (w *writer) startTime() {
	w.P("MOVQ $0, cAt-8(SP) // bytes from the first block in c and res")
	w.P("MOVQ $0, biasAt-16(SP)")
	w.load("groups", "R15")
}

// nextTime advances to the next time, or to done.
func (w *writer) nextTime(done string) {
	w.P("DECQ times-48(SP)")
	w.P("JLE %s", done)
	for i, place := range []string{"a-24(SP)", "b-40(SP)", "c-32(SP)"} {
		w.load([]string{"aNext", "bNext", "cNext"}[i], "AX")
		w.P("SHLQ $2, AX")
		w.P("ADDQ AX, %s", place)
	}
	w.startTime()
}

// tile is a tile in registers: pixels times two vectors, blocks of 16 or halves of one, or
// one. The registers after the sums are vectors of b, elements of a and zeros.
type tile struct {
	*writer
	name            string // in front of its labels
	pixels, vectors int
	b, a, zeros     reg
}

func (w *writer) tile(pixels, vectors int) tile {
	if w.wide {
		return tile{w, fmt.Sprintf("%dx%d", pixels, vectors), pixels, vectors, 28, 30, 31}
	}
	return tile{w, fmt.Sprint(pixels), pixels, vectors, 12, 14, 15}
}

// mark writes a label of the tile, and to names it.
func (t tile) mark(label string)      { t.Label("%s_%s", t.name, label) }
func (t tile) to(label string) string { return t.At("%s_%s", t.name, label) }

// sum is the register of vector v of pixel i.
func (t tile) sum(i, v int) reg { return reg(i*t.vectors + v) }

func (t tile) each(f func(i, v int)) {
	for i := range t.pixels {
		for v := range t.vectors {
			f(i, v)
		}
	}
}

// packed is the address of vector v of those that follow each other, at that of vector v of a
// pixel, whose blocks are R9 bytes apart.
func (t tile) packed(base string, v int) string { return fmt.Sprintf("%d(%s)", t.bytes()*v, base) }
func (t tile) at(base string, v int) string {
	if t.wide {
		return blockAt(base, v)
	}
	return t.packed(base, v)
}

// rows calls f with the addresses of all vectors. base advances by R8 bytes a pixel.
func (t tile) rows(base string, f func(i, v int, at string)) {
	t.each(func(i, v int) {
		f(i, v, t.at(base, v))
		if v == t.vectors-1 && i < t.pixels-1 {
			t.Op("ADDQ", "R8", base)
		}
	})
}

// clear sets registers to zero.
func (w *writer) clear(r reg) {
	if w.wide {
		w.op("VPXORQ", r, r, r)
	} else {
		w.op("VXORPS", r, r, r)
	}
}

// beginSums sets the sums to the bias or to zero, and prepares the runs.
func (t tile) beginSums() {
	t.load("bias", "DX")
	t.P("TESTQ DX, DX")
	t.P("JZ %s", t.to("zero"))
	t.P("ADDQ biasAt-16(SP), DX")
	for v := range t.vectors {
		t.op("VMOVUPS", t.packed("DX", v), t.sum(0, v))
	}
	t.each(func(i, v int) {
		if i > 0 {
			t.op("VMOVAPS", t.sum(0, v), t.sum(i, v))
		}
	})
	t.P("JMP %s", t.to("begin"))
	t.mark("zero")
	t.each(func(i, v int) { t.clear(t.sum(i, v)) })
	t.mark("begin")
	t.load("offs", "SI")
	t.Op("MOVQ", t.length("offs"), "CX")
	t.P("TESTQ CX, CX")
	t.P("JZ %s", t.to("sums"))
}

// products adds a run of products to the sums.
func (t tile) products() {
	t.P("MOVQ (SI), AX")
	t.P("SHLQ $2, AX")
	t.P("ADDQ a-24(SP), AX")
	t.P("ADDQ $8, SI")
	t.load("run", "DX")
	t.mark("step")
	for v := range t.vectors {
		t.op("VMOVUPS", t.packed("BX", v), t.b+reg(v))
	}
	for i := range t.pixels {
		if t.vectors == 1 {
			t.op("VFMADD231PS.BCST", pixel(i), t.b, t.sum(i, 0))
			continue
		}
		a := t.a + reg(i%2)
		t.op("VBROADCASTSS", pixel(i), a)
		for v := range t.vectors {
			t.op("VFMADD231PS", t.b+reg(v), a, t.sum(i, v))
		}
	}
	t.P("ADDQ $4, AX")
	t.P("ADDQ $128, BX")
	t.P("DECQ DX")
	t.P("JNZ %s", t.to("step"))
	t.P("DECQ CX")
	t.P("JNZ %s", t.to("run"))
}

// addResAndReLU adds what is in res, and takes the ReLU.
func (t tile) addResAndReLU() {
	t.load("res", "SI")
	t.P("TESTQ SI, SI")
	t.P("JZ %s", t.to("alone"))
	t.P("ADDQ CX, SI")
	t.rows("SI", func(i, v int, at string) { t.op("VADDPS", at, t.sum(i, v), t.sum(i, v)) })
	t.mark("alone")
	t.Op("CMPB", t.field("relu"), "$0")
	t.P("JEQ %s", t.to("store"))
	t.clear(t.zeros)
	t.each(func(i, v int) { t.op("VMAXPS", t.sum(i, v), t.zeros, t.sum(i, v)) }) // NaN stays
	t.mark("store")
}

func (t tile) storeSums() {
	t.P("MOVQ c-32(SP), DX")
	t.P("ADDQ CX, DX")
	t.rows("DX", func(i, v int, at string) { t.op("VMOVUPS", t.sum(i, v), at) })
}

// blockAt is the address of block j, which is R9 bytes after the one before.
func blockAt(base string, j int) string {
	if j == 0 {
		return "(" + base + ")"
	}
	return "(" + base + ")(R9*1)"
}
