// SPDX-License-Identifier: MIT

package main

import "github.com/stheno-go/stheno/internal/asm/emit"

// dot writes the sum of products of whole vectors: four sums of vectors, added up in
// pairs.
func (w *writer) dot() {
	w.begin("dot", "(n int, x, y *float) (sum float)")
	w.Load("n", "CX")
	w.Load("x", "SI")
	w.Load("y", "DI")
	for i := range 4 {
		w.P("VXORPS X%[1]d, X%[1]d, X%[1]d", i)
	}
	w.P("SUBQ $%d, CX", 4*w.lanes())
	w.P("JLT %s", w.At("rest"))
	w.Label("four")
	for i := range 4 {
		w.P("VMOVU%s %d(SI), %s", w.packed, i*w.width, w.reg(4+i))
	}
	for i := range 4 {
		w.P("VFMADD231%s %d(DI), %s, %s", w.packed, i*w.width, w.reg(4+i), w.reg(i))
	}
	w.P("ADDQ $%d, SI", 4*w.width)
	w.P("ADDQ $%d, DI", 4*w.width)
	w.P("SUBQ $%d, CX", 4*w.lanes())
	w.P("JGE %s", w.At("four"))
	w.Label("rest")
	w.P("ADDQ $%d, CX", 4*w.lanes())
	w.P("JZ %s", w.At("add"))
	w.Label("one")
	w.P("VMOVU%s (SI), %s", w.packed, w.reg(4))
	w.P("VFMADD231%s (DI), %s, %s", w.packed, w.reg(4), w.reg(0))
	w.P("ADDQ $%d, SI", w.width)
	w.P("ADDQ $%d, DI", w.width)
	w.P("SUBQ $%d, CX", w.lanes())
	w.P("JNZ %s", w.At("one"))
	w.Label("add")
	w.P("VADD%s %s, %s, %[3]s", w.packed, w.reg(1), w.reg(0))
	w.P("VADD%s %s, %s, %[3]s", w.packed, w.reg(3), w.reg(2))
	w.P("VADD%s %s, %s, %[3]s", w.packed, w.reg(2), w.reg(0))
	if w.avx512 {
		w.P("VEXTRACTF64X4 $1, Z0, Y1")
		w.P("VADD%s Y1, Y0, Y0", w.packed)
	}
	w.P("VEXTRACTF128 $1, Y0, X1")
	w.P("VADD%s X1, X0, X0", w.packed)
	for n := 16 / w.elem; n > 1; n /= 2 {
		w.P("VHADD%s X0, X0, X0", w.packed)
	}
	w.P("VZEROUPPER")
	w.Op("MOV"+w.scalar(), emit.X(0), w.Arg("sum"))
	w.P("RET")
}

// axpy writes y += a·x for whole vectors.
func (w *writer) axpy() {
	w.begin("axpy", "(n int, a float, x, y *float)")
	w.Load("n", "CX")
	w.Op("VBROADCAST"+w.scalar(), w.Arg("a"), w.reg(0))
	w.Load("x", "SI")
	w.Load("y", "DI")
	step := func(vectors int) {
		for i := range vectors {
			w.P("VMOVU%s %d(DI), %s", w.packed, i*w.width, w.reg(1+i))
		}
		for i := range vectors {
			w.P("VFMADD231%s %d(SI), %s, %s", w.packed, i*w.width, w.reg(0), w.reg(1+i))
		}
		for i := range vectors {
			w.P("VMOVU%s %s, %d(DI)", w.packed, w.reg(1+i), i*w.width)
		}
		w.P("ADDQ $%d, SI", vectors*w.width)
		w.P("ADDQ $%d, DI", vectors*w.width)
		w.P("SUBQ $%d, CX", vectors*w.lanes())
	}
	w.P("SUBQ $%d, CX", 4*w.lanes())
	w.P("JLT %s", w.At("rest"))
	w.Label("four")
	step(4)
	w.P("JGE %s", w.At("four"))
	w.Label("rest")
	w.P("ADDQ $%d, CX", 4*w.lanes())
	w.P("JZ %s", w.At("end"))
	w.Label("one")
	step(1)
	w.P("JNZ %s", w.At("one"))
	w.Label("end")
	w.End()
}

// copyRows writes the copying of n rows into a panel of w columns, of which used are
// from the rows and the others 0. With AVX2 it takes panels of two vectors only.
func (w *writer) copyRows() {
	if w.avx512 {
		w.begin("copyRows", "(n int, src *float, ld int, dst *float, w, used int)")
		w.P("MOVQ $1, AX")
		w.P("MOVQ AX, BX")
		w.Load("used", "CX")
		w.P("SHLQ CX, AX")
		w.P("DECQ AX // a bit for each element that is read")
		w.Load("w", "CX")
		w.P("SHLQ CX, BX")
		w.P("DECQ BX // and that is written")
		w.P("KMOVW AX, K1")
		w.P("KMOVW BX, K3")
		w.P("SHRQ $%d, AX", w.lanes())
		w.P("SHRQ $%d, BX", w.lanes())
		w.P("KMOVW AX, K2")
		w.P("KMOVW BX, K4")
		w.P("MOVQ CX, R9")
		w.P("SHLQ $%d, R9", w.shift())
	} else {
		w.begin("copyRows", "(n int, src *float, ld int, dst *float)")
	}
	w.Load("n", "CX")
	w.Load("src", "SI")
	w.Load("ld", "R8")
	w.Load("dst", "DX")
	w.P("SHLQ $%d, R8", w.shift())
	if !w.avx512 {
		w.Label("loop")
		w.P("VMOVUPS (SI), Y0")
		w.P("VMOVUPS 32(SI), Y1")
		w.P("VMOVUPS Y0, (DX)")
		w.P("VMOVUPS Y1, 32(DX)")
		w.P("ADDQ R8, SI")
		w.P("ADDQ $64, DX")
		w.P("DECQ CX")
		w.P("JNZ %s", w.At("loop"))
		w.End()
		return
	}
	w.P("CMPQ R9, $64")
	w.P("JLE %s", w.At("narrow"))
	for _, label := range []string{"wide", "narrow"} {
		w.Label("%s", label)
		w.P("VMOVU%s.Z (SI), K1, Z0", w.packed)
		if label == "wide" {
			w.P("VMOVU%s.Z 64(SI), K2, Z1", w.packed)
		}
		w.P("VMOVU%s Z0, K3, (DX)", w.packed)
		if label == "wide" {
			w.P("VMOVU%s Z1, K4, 64(DX)", w.packed)
		}
		w.P("ADDQ R8, SI")
		w.P("ADDQ R9, DX")
		w.P("DECQ CX")
		w.P("JNZ %s", w.At("%s", label))
		w.End()
	}
}
