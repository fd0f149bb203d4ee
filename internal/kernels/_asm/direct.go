// SPDX-License-Identifier: MIT

package main

import "fmt"

// direct writes the kernel of a tile whose operands are read where they are: a loop for
// each number of rows that is a multiple of four, with the columns beyond the tile masked.
func (w *writer) direct() {
	w.begin("gemmDirect", fmt.Sprintf("rows, width, k int, a *%[1]s, aRow, aStep int, b *%[1]s, bStep int, c *%[1]s, ldc int, add bool", w.float()), 81)
	w.p("MOVQ rows+0(FP), AX")
	w.p("MOVQ width+8(FP), CX")
	w.p("MOVQ $1, R11")
	w.p("SHLQ CX, R11")
	w.p("DECQ R11 // a bit for each column")
	w.p("KMOVW R11, K1")
	w.p("SHRQ $%d, R11", w.lanes())
	w.p("KMOVW R11, K2")
	w.p("MOVQ k+16(FP), CX")
	w.p("MOVQ a+24(FP), SI")
	w.p("MOVQ aRow+32(FP), R10")
	w.p("MOVQ aStep+40(FP), R9")
	w.p("MOVQ b+48(FP), DI")
	w.p("MOVQ bStep+56(FP), BX")
	w.p("MOVQ c+64(FP), DX")
	w.p("MOVQ ldc+72(FP), R8")
	for _, r := range []string{"R8", "R9", "R10", "BX"} {
		w.p("SHLQ $%d, %s // bytes", w.shift(), r)
	}
	w.p("LEAQ (R10)(R10*2), R13")
	w.p("LEAQ (SI)(R13*1), R11 // row 3")
	w.p("LEAQ (SI)(R13*2), R12 // row 6")
	w.p("ADDQ R12, R13 // row 9")
	w.p("CMPQ AX, $4")
	w.p("JEQ %s_4", w.function)
	w.p("CMPQ AX, $8")
	w.p("JEQ %s_8", w.function)
	for _, rows := range []int{12, 8, 4} {
		w.directOf(rows)
	}
}

func (w *writer) directOf(rows int) {
	name := fmt.Sprintf("%d", rows)
	w.label(name)
	w.p("MOVQ DX, AX")
	for r := range rows {
		for at := 0; at < 2*w.width; at += 64 {
			w.p("PREFETCHT0 %d(AX)", at)
		}
		if r < rows-1 {
			w.p("ADDQ R8, AX")
		}
	}
	for r := range rows {
		for v := range 2 {
			w.p("VPXORQ %[1]s, %[1]s, %[1]s", w.sum(r, v))
		}
	}
	bases := []string{"SI", "R11", "R12", "R13"}
	w.label(name + "_loop")
	for v := range 2 {
		w.p("VMOVU%s.Z %d(DI), K%d, %s", w.packed, v*w.width, 1+v, w.reg(v))
	}
	for r := range rows {
		at := fmt.Sprintf("(%s)", bases[r/3])
		if r%3 > 0 {
			at += fmt.Sprintf("(R10*%d)", r%3)
		}
		for v := range 2 {
			w.p("VFMADD231%s.BCST %s, %s, %s", w.packed, at, w.reg(v), w.sum(r, v))
		}
	}
	for i := range (rows + 2) / 3 {
		w.p("ADDQ R9, %s", bases[i])
	}
	w.p("ADDQ BX, DI")
	w.p("DECQ CX")
	w.p("JNZ %s_%s_loop", w.function, name)
	w.p("MOVBLZX add+80(FP), AX")
	w.p("TESTQ AX, AX")
	w.p("JZ %s_%s_store", w.function, name)
	w.p("MOVQ DX, AX")
	for r := range rows {
		for v := range 2 {
			w.p("VADD%s %d(AX), %[3]s, K%[4]d, %[3]s", w.packed, v*w.width, w.sum(r, v), 1+v)
		}
		if r < rows-1 {
			w.p("ADDQ R8, AX")
		}
	}
	w.label(name + "_store")
	for r := range rows {
		for v := range 2 {
			w.p("VMOVU%s %s, K%d, %d(DX)", w.packed, w.sum(r, v), 1+v, v*w.width)
		}
		if r < rows-1 {
			w.p("ADDQ R8, DX")
		}
	}
	w.end()
}
