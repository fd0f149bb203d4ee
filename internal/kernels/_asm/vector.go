// SPDX-License-Identifier: MIT

package main

import "fmt"

// dot writes the sum of products of whole vectors: four sums of vectors, added up in
// pairs.
func (w *writer) dot() {
	w.begin("dot", fmt.Sprintf("n int, x, y *%[1]s) (sum %[1]s", w.float()), 24+w.elem)
	w.p("MOVQ n+0(FP), CX")
	w.p("MOVQ x+8(FP), SI")
	w.p("MOVQ y+16(FP), DI")
	for i := range 4 {
		w.p("VXORPS X%[1]d, X%[1]d, X%[1]d", i)
	}
	w.p("SUBQ $%d, CX", 4*w.lanes())
	w.p("JLT %s_rest", w.function)
	w.label("four")
	for i := range 4 {
		w.p("VMOVU%s %d(SI), %s", w.packed, i*w.width, w.reg(4+i))
	}
	for i := range 4 {
		w.p("VFMADD231%s %d(DI), %s, %s", w.packed, i*w.width, w.reg(4+i), w.reg(i))
	}
	w.p("ADDQ $%d, SI", 4*w.width)
	w.p("ADDQ $%d, DI", 4*w.width)
	w.p("SUBQ $%d, CX", 4*w.lanes())
	w.p("JGE %s_four", w.function)
	w.label("rest")
	w.p("ADDQ $%d, CX", 4*w.lanes())
	w.p("JZ %s_add", w.function)
	w.label("one")
	w.p("VMOVU%s (SI), %s", w.packed, w.reg(4))
	w.p("VFMADD231%s (DI), %s, %s", w.packed, w.reg(4), w.reg(0))
	w.p("ADDQ $%d, SI", w.width)
	w.p("ADDQ $%d, DI", w.width)
	w.p("SUBQ $%d, CX", w.lanes())
	w.p("JNZ %s_one", w.function)
	w.label("add")
	w.p("VADD%s %s, %s, %[3]s", w.packed, w.reg(1), w.reg(0))
	w.p("VADD%s %s, %s, %[3]s", w.packed, w.reg(3), w.reg(2))
	w.p("VADD%s %s, %s, %[3]s", w.packed, w.reg(2), w.reg(0))
	if w.avx512 {
		w.p("VEXTRACTF64X4 $1, Z0, Y1")
		w.p("VADD%s Y1, Y0, Y0", w.packed)
	}
	w.p("VEXTRACTF128 $1, Y0, X1")
	w.p("VADD%s X1, X0, X0", w.packed)
	for n := 16 / w.elem; n > 1; n /= 2 {
		w.p("VHADD%s X0, X0, X0", w.packed)
	}
	w.p("VZEROUPPER")
	w.p("MOV%s X0, sum+24(FP)", w.scalar())
	w.p("RET")
}

// axpy writes y += a·x for whole vectors.
func (w *writer) axpy() {
	w.begin("axpy", fmt.Sprintf("n int, a %[1]s, x, y *%[1]s", w.float()), 32)
	w.p("MOVQ n+0(FP), CX")
	w.p("VBROADCAST%s a+8(FP), %s", w.scalar(), w.reg(0))
	w.p("MOVQ x+16(FP), SI")
	w.p("MOVQ y+24(FP), DI")
	step := func(vectors int) {
		for i := range vectors {
			w.p("VMOVU%s %d(DI), %s", w.packed, i*w.width, w.reg(1+i))
		}
		for i := range vectors {
			w.p("VFMADD231%s %d(SI), %s, %s", w.packed, i*w.width, w.reg(0), w.reg(1+i))
		}
		for i := range vectors {
			w.p("VMOVU%s %s, %d(DI)", w.packed, w.reg(1+i), i*w.width)
		}
		w.p("ADDQ $%d, SI", vectors*w.width)
		w.p("ADDQ $%d, DI", vectors*w.width)
		w.p("SUBQ $%d, CX", vectors*w.lanes())
	}
	w.p("SUBQ $%d, CX", 4*w.lanes())
	w.p("JLT %s_rest", w.function)
	w.label("four")
	step(4)
	w.p("JGE %s_four", w.function)
	w.label("rest")
	w.p("ADDQ $%d, CX", 4*w.lanes())
	w.p("JZ %s_end", w.function)
	w.label("one")
	step(1)
	w.p("JNZ %s_one", w.function)
	w.label("end")
	w.end()
}

// copyRows writes the copying of n rows into a panel of w columns, of which used are
// from the rows and the others 0. With AVX2 it takes panels of two vectors only.
func (w *writer) copyRows() {
	if w.avx512 {
		w.begin("copyRows", fmt.Sprintf("n int, src *%[1]s, ld int, dst *%[1]s, w, used int", w.float()), 48)
		w.p("MOVQ $1, AX")
		w.p("MOVQ AX, BX")
		w.p("MOVQ used+40(FP), CX")
		w.p("SHLQ CX, AX")
		w.p("DECQ AX // a bit for each element that is read")
		w.p("MOVQ w+32(FP), CX")
		w.p("SHLQ CX, BX")
		w.p("DECQ BX // and that is written")
		w.p("KMOVW AX, K1")
		w.p("KMOVW BX, K3")
		w.p("SHRQ $%d, AX", w.lanes())
		w.p("SHRQ $%d, BX", w.lanes())
		w.p("KMOVW AX, K2")
		w.p("KMOVW BX, K4")
		w.p("MOVQ CX, R9")
		w.p("SHLQ $%d, R9", w.shift())
	} else {
		w.begin("copyRows", fmt.Sprintf("n int, src *%[1]s, ld int, dst *%[1]s", w.float()), 32)
	}
	w.p("MOVQ n+0(FP), CX")
	w.p("MOVQ src+8(FP), SI")
	w.p("MOVQ ld+16(FP), R8")
	w.p("MOVQ dst+24(FP), DX")
	w.p("SHLQ $%d, R8", w.shift())
	if !w.avx512 {
		w.label("loop")
		w.p("VMOVUPS (SI), Y0")
		w.p("VMOVUPS 32(SI), Y1")
		w.p("VMOVUPS Y0, (DX)")
		w.p("VMOVUPS Y1, 32(DX)")
		w.p("ADDQ R8, SI")
		w.p("ADDQ $64, DX")
		w.p("DECQ CX")
		w.p("JNZ %s_loop", w.function)
		w.end()
		return
	}
	w.p("CMPQ R9, $64")
	w.p("JLE %s_narrow", w.function)
	for _, label := range []string{"wide", "narrow"} {
		w.label(label)
		w.p("VMOVU%s.Z (SI), K1, Z0", w.packed)
		if label == "wide" {
			w.p("VMOVU%s.Z 64(SI), K2, Z1", w.packed)
		}
		w.p("VMOVU%s Z0, K3, (DX)", w.packed)
		if label == "wide" {
			w.p("VMOVU%s Z1, K4, 64(DX)", w.packed)
		}
		w.p("ADDQ R8, SI")
		w.p("ADDQ R9, DX")
		w.p("DECQ CX")
		w.p("JNZ %s_%s", w.function, label)
		w.end()
	}
}
