// SPDX-License-Identifier: MIT

package main

// copyRows writes the copying of rows into a panel: loops for whole panels of A and B, and
// one for others, whose rows it fills up with zeros.
func (w *writer) copyRows(t tile) {
	w.begin("copyRows", "(n int, src *float, ld int, dst *float, w, used int)", 0)
	w.LoadAll("n", "R0", "src", "R1", "ld", "R2", "dst", "R3", "w", "R4", "used", "R5")
	w.P("LSL $%d, R2 // bytes between rows of src", w.shift())
	w.P("CMP R4, R5")
	w.P("BNE %s", w.At("row"))
	sizes := []int{t.rows / w.lanes(), t.vectors}
	for _, n := range sizes {
		w.P("CMP $%d, R4", n*w.lanes())
		w.P("BEQ %s", w.At("whole%d", n))
	}
	w.P("B %s", w.At("row"))
	for _, n := range sizes {
		w.Label("whole%d", n)
		w.load("R1", 0, span(0, n)...)
		w.store("R3", 0, span(0, n)...)
		w.P("ADD R2, R1")
		w.P("ADD $%d, R3", 16*n)
		w.P("SUBS $1, R0")
		w.P("BNE %s", w.At("whole%d", n))
		w.End()
	}
	general, one := map[int]string{4: "MOVW", 8: "MOVD"}[w.elem], w.elem
	w.Label("row")
	w.P("MOVD R1, R6")
	w.P("MOVD R5, R7")
	w.Label("vector")
	w.P("SUBS $%d, R7", w.lanes())
	w.P("BLT %s", w.At("elements"))
	w.P("FMOVQ.P 16(R6), F0")
	w.P("FMOVQ.P F0, 16(R3)")
	w.P("B %s", w.At("vector"))
	w.Label("elements")
	w.P("ADDS $%d, R7", w.lanes())
	w.P("BEQ %s", w.At("fill"))
	w.Label("element")
	w.P("%s.P %d(R6), R8", general, one)
	w.P("%s.P R8, %d(R3)", general, one)
	w.P("SUBS $1, R7")
	w.P("BNE %s", w.At("element"))
	w.Label("fill")
	w.P("SUBS R5, R4, R7")
	w.P("BEQ %s", w.At("next"))
	w.Label("zero")
	w.P("%s.P ZR, %d(R3)", general, one)
	w.P("SUBS $1, R7")
	w.P("BNE %s", w.At("zero"))
	w.Label("next")
	w.P("ADD R2, R1")
	w.P("SUBS $1, R0")
	w.P("BNE %s", w.At("row"))
	w.End()
}

// beginTranspose loads the parameters of a transposition.
func (w *writer) beginTranspose() {
	w.begin("transpose", "(blocks int, src *float, ld int, dst *float, w int)", 0)
	w.LoadAll("blocks", "R0", "src", "R1", "ld", "R2", "dst", "R3", "w", "R4")
	w.P("LSL $%d, R2 // bytes between rows of src", w.shift())
	w.P("LSL $%d, R4 // bytes between rows of dst", w.shift())
	w.Label("loop")
}

func (w *writer) endTranspose() {
	w.P("SUBS $1, R0")
	w.P("BNE %s", w.At("loop"))
	w.End()
}

// swap is the interleaving of the even and of the odd elements of n and m.
func (w *writer) swap(even, odd, n, m reg, shape string) {
	w.P("VTRN1 %v.%s, %v.%s, %v.%s", m, shape, n, shape, even, shape)
	w.P("VTRN2 %v.%s, %v.%s, %v.%s", m, shape, n, shape, odd, shape)
}

// transpose32 writes the transposition of 8×8 blocks of float32, four columns at a time.
func (w *writer) transpose32() {
	w.elem = 4
	w.beginTranspose()
	for range 2 {
		w.P("MOVD R1, R5")
		for r := range 8 {
			w.load("R5", 0, reg(r))
			if r < 7 {
				w.P("ADD R2, R5")
			}
		}
		for half := range 2 {
			r := span(4*half, 4)
			t, o := span(16, 4), []reg{reg(8 + half), reg(10 + half), reg(12 + half), reg(14 + half)}
			w.swap(t[0], t[1], r[0], r[1], "S4")
			w.swap(t[2], t[3], r[2], r[3], "S4")
			w.swap(o[0], o[2], t[0], t[2], "D2")
			w.swap(o[1], o[3], t[1], t[3], "D2")
		}
		for i := range 4 {
			w.store("R3", 0, reg(8+2*i), reg(9+2*i))
			w.P("ADD R4, R3")
		}
		w.P("ADD $16, R1")
	}
	w.endTranspose()
}

// transpose64 writes the transposition of 4×4 blocks of float64.
func (w *writer) transpose64() {
	w.elem = 8
	w.beginTranspose()
	w.P("MOVD R1, R5")
	for r := range 4 {
		w.load("R5", 0, reg(2*r), reg(2*r+1))
		if r < 3 {
			w.P("ADD R2, R5")
		}
	}
	for pair := range 2 { // of rows
		for half := range 2 { // of columns
			n, m := reg(4*pair+half), reg(4*pair+2+half)
			w.swap(reg(8+4*half+pair), reg(10+4*half+pair), n, m, "D2")
		}
	}
	for i := range 4 {
		w.store("R3", 0, reg(8+2*i), reg(9+2*i))
		w.P("ADD R4, R3")
	}
	w.P("ADD $32, R1")
	w.endTranspose()
}
