// SPDX-License-Identifier: MIT

package main

// transpose8 writes the transposition of 8×8 blocks of float32: eight elements of each
// of eight rows become eight rows of eight.
func (w *writer) transpose8() {
	w.machine = machine{suffix: "F32AVX2", elem: 4}
	w.beginTranspose()
	w.loadRows(8)
	for i := range 4 { // pairs of rows interleaved
		w.P("VUNPCKLPS Y%d, Y%d, Y%d", 2*i+1, 2*i, 8+2*i)
		w.P("VUNPCKHPS Y%d, Y%d, Y%d", 2*i+1, 2*i, 9+2*i)
	}
	for i := range 2 { // fours of rows
		for half := range 2 {
			a, b := 8+4*i+half, 10+4*i+half
			w.P("VSHUFPS $0x44, Y%d, Y%d, Y%d", b, a, 4*i+2*half)
			w.P("VSHUFPS $0xEE, Y%d, Y%d, Y%d", b, a, 4*i+2*half+1)
		}
	}
	for i := range 4 { // halves of registers
		w.P("VPERM2F128 $0x20, Y%d, Y%d, Y%d", 4+i, i, 8+i)
		w.P("VPERM2F128 $0x31, Y%d, Y%d, Y%d", 4+i, i, 12+i)
	}
	w.endTranspose(8)
}

// transpose4 writes the transposition of 4×4 blocks of float64.
func (w *writer) transpose4() {
	w.machine = machine{suffix: "F64AVX2", elem: 8}
	w.beginTranspose()
	w.loadRows(4)
	for i := range 2 { // pairs of rows interleaved
		w.P("VUNPCKLPD Y%d, Y%d, Y%d", 2*i+1, 2*i, 4+2*i)
		w.P("VUNPCKHPD Y%d, Y%d, Y%d", 2*i+1, 2*i, 5+2*i)
	}
	for i := range 2 { // halves of registers
		w.P("VPERM2F128 $0x20, Y%d, Y%d, Y%d", 6+i, 4+i, 8+i)
		w.P("VPERM2F128 $0x31, Y%d, Y%d, Y%d", 6+i, 4+i, 10+i)
	}
	w.endTranspose(4)
}

func (w *writer) beginTranspose() {
	w.begin("transpose", "(blocks int, src *float, ld int, dst *float, w int)")
	w.Load("blocks", "CX")
	w.Load("src", "SI")
	w.Load("ld", "R8")
	w.Load("dst", "DX")
	w.Load("w", "R9")
	w.P("SHLQ $%d, R8 // bytes between rows of src", w.shift())
	w.P("SHLQ $%d, R9 // bytes between rows of dst", w.shift())
	w.Label("loop")
}

func (w *writer) loadRows(n int) {
	w.P("MOVQ SI, R10")
	for r := range n {
		w.P("VMOVUPS (R10), Y%d", r)
		if r < n-1 {
			w.P("ADDQ R8, R10")
		}
	}
}

// endTranspose stores n rows from Y8 on and ends the loop.
func (w *writer) endTranspose(n int) {
	for r := range n {
		w.P("VMOVUPS Y%d, (DX)", 8+r)
		w.P("ADDQ R9, DX")
	}
	w.P("ADDQ $32, SI")
	w.P("DECQ CX")
	w.P("JNZ %s", w.At("loop"))
	w.End()
}
