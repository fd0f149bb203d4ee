// SPDX-License-Identifier: MIT

package main

import "fmt"

// maskTable writes what a window of 32 bytes slides over to mask the first bytes.
func (w *writer) maskTable() {
	w.WriteString("\n")
	for i := range 8 {
		value := "$-1"
		if i >= 4 {
			value = "$0"
		}
		fmt.Fprintf(w, "DATA firstBytes<>+%d(SB)/8, %s\n", 8*i, value)
	}
	w.WriteString("GLOBL firstBytes<>(SB), RODATA|NOPTR, $64\n")
}

// edge writes the kernel of a tile that has fewer rows or columns than the registers
// hold: a loop for each number of rows, one and two vectors wide, with the columns
// beyond the tile masked.
func (w *writer) edge() {
	w.begin("gemmEdge", fmt.Sprintf("height, width, k int, a, b, c *%s, ldc int, add bool", w.float()), 57)
	w.p("MOVQ height+0(FP), AX")
	w.p("MOVQ width+8(FP), BX")
	w.p("MOVQ a+24(FP), SI")
	w.p("MOVQ b+32(FP), DI")
	w.p("MOVQ c+40(FP), DX")
	w.p("MOVQ ldc+48(FP), R8")
	w.p("MOVBLZX add+56(FP), R9")
	w.p("SHLQ $%d, R8 // bytes between rows of C", w.shift())
	if w.avx512 {
		w.p("MOVQ BX, CX")
		w.p("MOVQ $1, R11")
		w.p("SHLQ CX, R11")
		w.p("DECQ R11 // a bit for each column")
		w.p("KMOVW R11, K1")
		w.p("SHRQ $%d, R11", w.lanes())
		w.p("KMOVW R11, K2")
	}
	w.p("MOVQ k+16(FP), CX")
	w.p("CMPQ BX, $%d", w.lanes())
	w.p("JLE %s_narrow", w.function)
	for vectors := 2; vectors > 0; vectors-- {
		if vectors == 1 {
			w.label("narrow")
		}
		for rows := w.rows - 1; rows > 0; rows-- {
			w.p("CMPQ AX, $%d", rows)
			w.p("JEQ %s_%dx%d", w.function, rows, vectors)
		}
		for rows := w.rows; rows > 0; rows-- {
			w.label(fmt.Sprintf("%dx%d", rows, vectors))
			w.edgeOf(rows, vectors)
		}
	}
}

func (w *writer) edgeOf(rows, vectors int) {
	w.products(fmt.Sprintf("%dx%d_loop", rows, vectors), rows, vectors)
	if !w.avx512 {
		w.avx2Masks()
	}
	store := fmt.Sprintf("%s_%dx%d_store", w.function, rows, vectors)
	w.p("TESTQ R9, R9")
	w.p("JZ %s", store)
	w.p("MOVQ DX, R10")
	for r := range rows {
		for v := range vectors {
			if w.avx512 {
				w.p("VADD%s %d(R10), %[3]s, K%[4]d, %[3]s", w.packed, v*w.width, w.sum(r, v), 1+v)
			} else {
				w.p("VMASKMOV%s %d(R10), %s, Y2", w.packed, v*w.width, w.reg(v))
				w.p("VADD%s Y2, %[2]s, %[2]s", w.packed, w.sum(r, v))
			}
		}
		if r < rows-1 {
			w.p("ADDQ R8, R10")
		}
	}
	fmt.Fprintf(w, "\n%s:\n", store)
	for r := range rows {
		for v := range vectors {
			if w.avx512 {
				w.p("VMOVU%s %s, K%d, %d(DX)", w.packed, w.sum(r, v), 1+v, v*w.width)
			} else {
				w.p("VMASKMOV%s %s, %s, %d(DX)", w.packed, w.sum(r, v), w.reg(v), v*w.width)
			}
		}
		if r < rows-1 {
			w.p("ADDQ R8, DX")
		}
	}
	w.end()
}

// avx2Masks puts the masks of the two vectors of BX columns into Y0 and Y1.
func (w *writer) avx2Masks() {
	w.p("SHLQ $%d, BX", w.shift())
	w.p("MOVQ $32, R11")
	w.p("CMPQ BX, R11")
	w.p("CMOVQLT BX, R11 // bytes of the first vector")
	w.p("SUBQ R11, BX // and of the second")
	w.p("LEAQ firstBytes<>+32(SB), R12")
	w.p("MOVQ R12, R13")
	w.p("SUBQ R11, R12")
	w.p("SUBQ BX, R13")
	w.p("VMOVDQU (R12), Y0")
	w.p("VMOVDQU (R13), Y1")
}
