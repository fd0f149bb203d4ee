// SPDX-License-Identifier: MIT

package main

import "fmt"

// edge writes the kernel of a tile that has fewer rows or columns than the registers
// hold: a loop for each number of rows, one and two vectors wide, with the columns
// beyond the tile masked.
func (w *writer) edge() {
	w.begin("gemmEdge", "(height, width, k int, a, b, c *float, ldc int, add bool)")
	w.Load("height", "AX")
	w.Load("width", "BX")
	w.Load("a", "SI")
	w.Load("b", "DI")
	w.Load("c", "DX")
	w.Load("ldc", "R8")
	w.Load("add", "R9")
	w.P("SHLQ $%d, R8 // bytes between rows of C", w.shift())
	if w.avx512 {
		w.P("MOVQ BX, CX")
		w.P("MOVQ $1, R11")
		w.P("SHLQ CX, R11")
		w.P("DECQ R11 // a bit for each column")
		w.P("KMOVW R11, K1")
		w.P("SHRQ $%d, R11", w.lanes())
		w.P("KMOVW R11, K2")
	}
	w.Load("k", "CX")
	w.P("CMPQ BX, $%d", w.lanes())
	w.P("JLE %s", w.At("narrow"))
	for vectors := 2; vectors > 0; vectors-- {
		if vectors == 1 {
			w.Label("narrow")
		}
		for rows := w.rows - 1; rows > 0; rows-- {
			w.P("CMPQ AX, $%d", rows)
			w.P("JEQ %s", w.At("%dx%d", rows, vectors))
		}
		for rows := w.rows; rows > 0; rows-- {
			w.Label("%dx%d", rows, vectors)
			w.edgeOf(rows, vectors)
		}
	}
}

func (w *writer) edgeOf(rows, vectors int) {
	w.products(fmt.Sprintf("%dx%d_loop", rows, vectors), rows, vectors)
	if !w.avx512 {
		w.avx2Masks()
	}
	store := w.At("%dx%d_store", rows, vectors)
	w.P("TESTQ R9, R9")
	w.P("JZ %s", store)
	w.P("MOVQ DX, R10")
	for r := range rows {
		for v := range vectors {
			if w.avx512 {
				w.P("VADD%s %d(R10), %[3]s, K%[4]d, %[3]s", w.packed, v*w.width, w.sum(r, v), 1+v)
			} else {
				w.P("VMASKMOV%s %d(R10), %s, Y2", w.packed, v*w.width, w.reg(v))
				w.P("VADD%s Y2, %[2]s, %[2]s", w.packed, w.sum(r, v))
			}
		}
		if r < rows-1 {
			w.P("ADDQ R8, R10")
		}
	}
	w.Label("%dx%d_store", rows, vectors)
	for r := range rows {
		for v := range vectors {
			if w.avx512 {
				w.P("VMOVU%s %s, K%d, %d(DX)", w.packed, w.sum(r, v), 1+v, v*w.width)
			} else {
				w.P("VMASKMOV%s %s, %s, %d(DX)", w.packed, w.sum(r, v), w.reg(v), v*w.width)
			}
		}
		if r < rows-1 {
			w.P("ADDQ R8, DX")
		}
	}
	w.End()
}

// avx2Masks puts the masks of the two vectors of BX columns into Y0 and Y1.
func (w *writer) avx2Masks() {
	w.P("SHLQ $%d, BX", w.shift())
	w.P("MOVQ $32, R11")
	w.P("CMPQ BX, R11")
	w.P("CMOVQLT BX, R11 // bytes of the first vector")
	w.P("SUBQ R11, BX // and of the second")
	w.Op("LEAQ", w.firstBytes.Plus(32), "R12")
	w.P("MOVQ R12, R13")
	w.P("SUBQ R11, R12")
	w.P("SUBQ BX, R13")
	w.P("VMOVDQU (R12), Y0")
	w.P("VMOVDQU (R13), Y1")
}
