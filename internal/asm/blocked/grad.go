// SPDX-License-Identifier: MIT

package main

import "fmt"

// gradAhead is how many pixels before their use those of b come into the first-level cache.
const gradAhead = 32

// grad512 writes gradJob for AVX-512: up to eight inputs at a time.
func (w *writer) grad512() {
	const most = 8
	w.begin("convGradAVX512", "gradJob", 48)
	w.load("aRow", "R10")
	w.load("aPixel", "R11")
	w.load("bRow", "R12")
	w.load("bBlock", "R13")
	w.load("cRow", "R15")
	for _, r := range []int{10, 11, 12, 13, 15} {
		w.P("SHLQ $2, R%d", r)
	}
	w.beginGrads()
	w.load("ahead", "AX")
	w.P("MOVQ AX, ahead-48(SP)")
	w.Label("time")
	w.P("MOVQ a-8(SP), SI")
	w.P("MOVQ c-24(SP), R8")
	w.load("n", "AX")
	w.P("MOVQ AX, left-40(SP) // inputs")
	w.Label("inputs")
	w.fetchAhead("inputs", "ahead-48(SP)")
	w.P("MOVQ SI, R14 // a of these inputs")
	w.P("MOVQ b-16(SP), DX")
	w.load("rows", "R9")
	w.P("MOVQ left-40(SP), AX")
	w.Op("CMPQ", w.field("blocks"), "$1")
	w.P("JEQ %s", w.At("narrow"))
	for blocks := 2; blocks > 0; blocks-- {
		if blocks == 1 {
			w.Label("narrow")
		}
		for n := most; n > 1; n-- {
			w.P("CMPQ AX, $%d", n)
			w.P([]string{"JEQ %s", "JGE %s"}[n/most], w.At("%dx%d", n, blocks))
		}
		for n := 1; n <= most; n++ {
			w.Label("%dx%d", n, blocks)
			w.gradOf(n, blocks)
		}
	}
	w.Label("next")
	w.P("TESTQ AX, AX")
	w.P("JNZ %s", w.At("inputs"))
	w.nextGrads()
	w.P("JMP %s", w.At("time"))
	w.Label("done")
	w.End()
}

// beginGrads puts what changes from time to time on the stack.
func (w *writer) beginGrads() {
	for i, place := range []string{"a-8(SP)", "b-16(SP)", "c-24(SP)", "times-32(SP)"} {
		w.load([]string{"a", "b", "c", "times"}[i], "AX")
		w.Op("MOVQ", "AX", place)
	}
}

// nextGrads advances to the next time, or to done.
func (w *writer) nextGrads() {
	w.P("DECQ times-32(SP)")
	w.P("JLE %s", w.At("done"))
	for i, place := range []string{"a-8(SP)", "b-16(SP)", "c-24(SP)"} {
		w.load([]string{"aNext", "bNext", "cNext"}[i], "AX")
		w.P("SHLQ $2, AX")
		w.P("ADDQ AX, %s", place)
	}
}

// grad256 writes gradJob for AVX2: up to four inputs times the two vectors of one block
// in registers.
func (w *writer) grad256() {
	const most = 4
	w.begin("convGradAVX2", "gradJob", 64)
	w.load("aRow", "R10")
	w.load("aPixel", "R11")
	w.load("bRow", "R12")
	w.load("cRow", "R15")
	for _, r := range []int{10, 11, 12, 15} {
		w.P("SHLQ $2, R%d", r)
	}
	w.beginGrads()
	w.Label("time")
	w.P("MOVQ $0, block-40(SP)")
	w.P("MOVQ b-16(SP), AX")
	w.P("MOVQ AX, bBlock-48(SP)")
	w.P("MOVQ c-24(SP), AX")
	w.P("MOVQ AX, cBlock-56(SP)")
	w.Label("block")
	w.P("MOVQ a-8(SP), SI")
	w.P("MOVQ cBlock-56(SP), R8")
	w.load("n", "R13 // inputs left")
	w.Label("inputs")
	w.P("MOVQ SI, aInputs-64(SP)")
	w.P("MOVQ bBlock-48(SP), DX")
	w.load("rows", "R9")
	for n := most; n > 1; n-- {
		w.P("CMPQ R13, $%d", n)
		w.P([]string{"JEQ %s", "JGE %s"}[n/most], w.At("%d", n))
	}
	for n := 1; n <= most; n++ {
		w.Label("%d", n)
		w.gradOf(n, 2)
	}
	w.Label("next")
	w.P("TESTQ R13, R13")
	w.P("JNZ %s", w.At("inputs"))
	w.load("bBlock", "AX")
	w.P("SHLQ $2, AX")
	w.P("ADDQ AX, bBlock-48(SP)")
	w.P("ADDQ $64, cBlock-56(SP)")
	w.P("MOVQ block-40(SP), AX")
	w.P("INCQ AX")
	w.P("MOVQ AX, block-40(SP)")
	w.Op("CMPQ", "AX", w.field("blocks"))
	w.P("JLT %s", w.At("block"))
	w.nextGrads()
	w.P("JMP %s", w.At("time"))
	w.Label("done")
	w.End()
}

// gradOf writes the sums of n inputs times one or two vectors, blocks of 16 or halves of
// one, over the rows from SI and DX on; they are stored to R8.
func (w *writer) gradOf(n, vectors int) {
	name, b, a := fmt.Sprint(n), reg(8), reg(10)
	if w.wide {
		name, b, a = fmt.Sprintf("%dx%d", n, vectors), 28, 24
	}
	to := func(label string) string { return w.At("%s_%s", name, label) }
	sum := func(i, v int) reg { return reg(i*vectors + v) }
	packed := func(base string, v int) string { return fmt.Sprintf("%d(%s)", w.bytes()*v, base) }
	w.Op("CMPB", w.field("add"), "$0")
	w.P("JEQ %s", to("zero"))
	w.P("MOVQ R8, AX")
	for i := range n {
		for v := range vectors {
			w.op("VMOVUPS", packed("AX", v), sum(i, v))
		}
		if i < n-1 {
			w.P("ADDQ R15, AX")
		}
	}
	w.P("JMP %s", to("row"))
	w.Label("%s_zero", name)
	for i := range n * vectors {
		w.clear(reg(i))
	}
	w.Label("%s_row", name)
	w.P("MOVQ SI, AX")
	w.P("MOVQ DX, BX")
	w.load("cols", "CX")
	w.Label("%s_step", name)
	if w.wide {
		w.P("PREFETCHT0 (AX)(R10*1) // the next row of a, b some pixels further")
	}
	for v := range vectors {
		from := packed("BX", v)
		if w.wide {
			block := []string{"(BX)", "(BX)(R13*1)"}[v]
			w.P("PREFETCHT0 %d%s", 64*gradAhead, block)
			from = block
		}
		w.op("VMOVUPS", from, b+reg(v))
	}
	for i := range n {
		if vectors == 1 {
			w.op("VFMADD231PS.BCST", fmt.Sprintf("%d(AX)", 4*i), b, sum(i, 0))
			continue
		}
		a := a + reg(i%4)
		w.op("VBROADCASTSS", fmt.Sprintf("%d(AX)", 4*i), a)
		for v := range vectors {
			w.op("VFMADD231PS", b+reg(v), a, sum(i, v))
		}
	}
	w.P("ADDQ R11, AX")
	w.P("ADDQ $64, BX")
	w.P("DECQ CX")
	w.P("JNZ %s", to("step"))
	w.P("ADDQ R10, SI")
	w.P("ADDQ R12, DX")
	w.P("DECQ R9")
	w.P("JNZ %s", to("row"))
	for i := range n {
		for v := range vectors {
			w.op("VMOVUPS", sum(i, v), packed("R8", v))
		}
		w.P("ADDQ R15, R8")
	}
	if w.wide {
		w.P("LEAQ %d(R14), SI", 4*n)
		w.P("MOVQ left-40(SP), AX")
		w.P("SUBQ $%d, AX", n)
		w.P("MOVQ AX, left-40(SP)")
	} else {
		w.P("MOVQ aInputs-64(SP), SI")
		w.P("ADDQ $%d, SI", 4*n)
		w.P("SUBQ $%d, R13", n)
	}
	w.P("JMP %s", w.At("next"))
}
