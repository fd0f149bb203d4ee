// SPDX-License-Identifier: MIT

package main

// transpose8 writes the transposition of 8×8 blocks of float32: eight elements of each
// of eight rows become eight rows of eight.
func (w *writer) transpose8() {
	w.machine = machine{suffix: "F32AVX2", elem: 4}
	w.beginTranspose()
	w.loadRows(8)
	for i := range 4 { // pairs of rows interleaved
		w.p("VUNPCKLPS Y%d, Y%d, Y%d", 2*i+1, 2*i, 8+2*i)
		w.p("VUNPCKHPS Y%d, Y%d, Y%d", 2*i+1, 2*i, 9+2*i)
	}
	for i := range 2 { // fours of rows
		for half := range 2 {
			a, b := 8+4*i+half, 10+4*i+half
			w.p("VSHUFPS $0x44, Y%d, Y%d, Y%d", b, a, 4*i+2*half)
			w.p("VSHUFPS $0xEE, Y%d, Y%d, Y%d", b, a, 4*i+2*half+1)
		}
	}
	for i := range 4 { // halves of registers
		w.p("VPERM2F128 $0x20, Y%d, Y%d, Y%d", 4+i, i, 8+i)
		w.p("VPERM2F128 $0x31, Y%d, Y%d, Y%d", 4+i, i, 12+i)
	}
	w.endTranspose(8)
}

// transpose4 writes the transposition of 4×4 blocks of float64.
func (w *writer) transpose4() {
	w.machine = machine{suffix: "F64AVX2", elem: 8}
	w.beginTranspose()
	w.loadRows(4)
	for i := range 2 { // pairs of rows interleaved
		w.p("VUNPCKLPD Y%d, Y%d, Y%d", 2*i+1, 2*i, 4+2*i)
		w.p("VUNPCKHPD Y%d, Y%d, Y%d", 2*i+1, 2*i, 5+2*i)
	}
	for i := range 2 { // halves of registers
		w.p("VPERM2F128 $0x20, Y%d, Y%d, Y%d", 6+i, 4+i, 8+i)
		w.p("VPERM2F128 $0x31, Y%d, Y%d, Y%d", 6+i, 4+i, 10+i)
	}
	w.endTranspose(4)
}

func (w *writer) beginTranspose() {
	w.begin("transpose", "blocks int, src *"+w.float()+", ld int, dst *"+w.float()+", w int", 40)
	w.p("MOVQ blocks+0(FP), CX")
	w.p("MOVQ src+8(FP), SI")
	w.p("MOVQ ld+16(FP), R8")
	w.p("MOVQ dst+24(FP), DX")
	w.p("MOVQ w+32(FP), R9")
	w.p("SHLQ $%d, R8 // bytes between rows of src", w.shift())
	w.p("SHLQ $%d, R9 // bytes between rows of dst", w.shift())
	w.label("loop")
}

func (w *writer) loadRows(n int) {
	w.p("MOVQ SI, R10")
	for r := range n {
		w.p("VMOVUPS (R10), Y%d", r)
		if r < n-1 {
			w.p("ADDQ R8, R10")
		}
	}
}

// endTranspose stores n rows from Y8 on and ends the loop.
func (w *writer) endTranspose(n int) {
	for r := range n {
		w.p("VMOVUPS Y%d, (DX)", 8+r)
		w.p("ADDQ R9, DX")
	}
	w.p("ADDQ $32, SI")
	w.p("DECQ CX")
	w.p("JNZ %s_loop", w.function)
	w.end()
}
