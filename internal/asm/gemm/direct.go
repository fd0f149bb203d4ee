// SPDX-License-Identifier: MIT

package main

import "fmt"

// direct writes the kernel of a tile whose operands are read where they are: a loop for
// each number of rows that is a multiple of four, with the columns beyond the tile masked.
func (w *writer) direct() {
	w.begin("gemmDirect", "(rows, width, k int, a *float, aRow, aStep int, b *float, bStep int, c *float, ldc int, add bool)")
	w.Load("rows", "AX")
	w.Load("width", "CX")
	w.P("MOVQ $1, R11")
	w.P("SHLQ CX, R11")
	w.P("DECQ R11 // a bit for each column")
	w.P("KMOVW R11, K1")
	w.P("SHRQ $%d, R11", w.lanes())
	w.P("KMOVW R11, K2")
	w.Load("k", "CX")
	w.Load("a", "SI")
	w.Load("aRow", "R10")
	w.Load("aStep", "R9")
	w.Load("b", "DI")
	w.Load("bStep", "BX")
	w.Load("c", "DX")
	w.Load("ldc", "R8")
	for _, r := range []string{"R8", "R9", "R10", "BX"} {
		w.P("SHLQ $%d, %s // bytes", w.shift(), r)
	}
	w.P("LEAQ (R10)(R10*2), R13")
	w.P("LEAQ (SI)(R13*1), R11 // row 3")
	w.P("LEAQ (SI)(R13*2), R12 // row 6")
	w.P("ADDQ R12, R13 // row 9")
	w.P("CMPQ AX, $4")
	w.P("JEQ %s", w.At("4"))
	w.P("CMPQ AX, $8")
	w.P("JEQ %s", w.At("8"))
	for _, rows := range []int{12, 8, 4} {
		w.directOf(rows)
	}
}

func (w *writer) directOf(rows int) {
	name := fmt.Sprintf("%d", rows)
	w.Label("%s", name)
	w.P("MOVQ DX, AX")
	for r := range rows {
		for at := 0; at < 2*w.width; at += 64 {
			w.P("PREFETCHT0 %d(AX)", at)
		}
		if r < rows-1 {
			w.P("ADDQ R8, AX")
		}
	}
	for r := range rows {
		for v := range 2 {
			w.P("VPXORQ %[1]s, %[1]s, %[1]s", w.sum(r, v))
		}
	}
	bases := []string{"SI", "R11", "R12", "R13"}
	w.Label("%s_loop", name)
	for v := range 2 {
		w.P("VMOVU%s.Z %d(DI), K%d, %s", w.packed, v*w.width, 1+v, w.reg(v))
	}
	for r := range rows {
		at := fmt.Sprintf("(%s)", bases[r/3])
		if r%3 > 0 {
			at += fmt.Sprintf("(R10*%d)", r%3)
		}
		for v := range 2 {
			w.P("VFMADD231%s.BCST %s, %s, %s", w.packed, at, w.reg(v), w.sum(r, v))
		}
	}
	for i := range (rows + 2) / 3 {
		w.P("ADDQ R9, %s", bases[i])
	}
	w.P("ADDQ BX, DI")
	w.P("DECQ CX")
	w.P("JNZ %s", w.At("%s_loop", name))
	w.Load("add", "AX")
	w.P("TESTQ AX, AX")
	w.P("JZ %s", w.At("%s_store", name))
	w.P("MOVQ DX, AX")
	for r := range rows {
		for v := range 2 {
			w.P("VADD%s %d(AX), %[3]s, K%[4]d, %[3]s", w.packed, v*w.width, w.sum(r, v), 1+v)
		}
		if r < rows-1 {
			w.P("ADDQ R8, AX")
		}
	}
	w.Label("%s_store", name)
	for r := range rows {
		for v := range 2 {
			w.P("VMOVU%s %s, K%d, %d(DX)", w.packed, w.sum(r, v), 1+v, v*w.width)
		}
		if r < rows-1 {
			w.P("ADDQ R8, DX")
		}
	}
	w.End()
}
