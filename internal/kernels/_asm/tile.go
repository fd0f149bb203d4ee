// SPDX-License-Identifier: MIT

package main

import "fmt"

// tile writes the kernel of a whole register tile of C.
func (w *writer) tile() {
	w.begin("gemmTile", fmt.Sprintf("k int, a, b, c *%s, ldc int, add bool", w.float()), 41)
	w.p("MOVQ k+0(FP), CX")
	w.p("MOVQ a+8(FP), SI")
	w.p("MOVQ b+16(FP), DI")
	w.p("MOVQ c+24(FP), DX")
	w.p("MOVQ ldc+32(FP), R8")
	w.p("MOVBLZX add+40(FP), R9")
	w.p("SHLQ $%d, R8 // bytes between rows of C", w.shift())
	w.p("MOVQ DX, R10")
	for r := range w.rows {
		for at := 0; at < 2*w.width; at += 64 {
			w.p("PREFETCHT0 %d(R10)", at)
		}
		if r < w.rows-1 {
			w.p("ADDQ R8, R10")
		}
	}
	w.products("loop", w.rows, 2)
	w.p("TESTQ R9, R9")
	w.p("JZ %s_store", w.function)
	w.p("MOVQ DX, R10")
	for r := range w.rows {
		for v := range 2 {
			w.p("VADD%s %d(R10), %[3]s, %[3]s", w.packed, v*w.width, w.sum(r, v))
		}
		if r < w.rows-1 {
			w.p("ADDQ R8, R10")
		}
	}
	w.label("store")
	for r := range w.rows {
		for v := range 2 {
			w.p("VMOVU%s %s, %d(DX)", w.packed, w.sum(r, v), v*w.width)
		}
		if r < w.rows-1 {
			w.p("ADDQ R8, DX")
		}
	}
	w.end()
}

// products writes the loop that adds up rows × vectors sums over CX steps of the
// panels at SI and DI.
func (w *writer) products(label string, rows, vectors int) {
	for r := range rows {
		for v := range vectors {
			if w.avx512 {
				w.p("VPXORQ %[1]s, %[1]s, %[1]s", w.sum(r, v))
			} else {
				w.p("VXORPS %[1]s, %[1]s, %[1]s", w.sum(r, v))
			}
		}
	}
	w.label(label)
	for v := range vectors {
		w.p("VMOVU%s %d(DI), %s", w.packed, v*w.width, w.reg(v))
	}
	for r := range rows {
		if !w.avx512 {
			w.p("VBROADCAST%s %d(SI), %s", w.scalar(), r*w.elem, w.reg(2+r%2))
		}
		for v := range vectors {
			if w.avx512 {
				w.p("VFMADD231%s.BCST %d(SI), %s, %s", w.packed, r*w.elem, w.reg(v), w.sum(r, v))
			} else {
				w.p("VFMADD231%s %s, %s, %s", w.packed, w.reg(v), w.reg(2+r%2), w.sum(r, v))
			}
		}
	}
	w.p("ADDQ $%d, SI", w.rows*w.elem)
	w.p("ADDQ $%d, DI", 2*w.width)
	w.p("DECQ CX")
	w.p("JNZ %s_%s", w.function, label)
}
