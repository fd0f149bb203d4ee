// SPDX-License-Identifier: MIT

package main

import "fmt"

// copyRows writes the copying of rows into a panel: loops for whole panels of A and B, and
// one for others, whose rows it fills up with zeros.
func (w *writer) copyRows(t tile) {
	w.begin("copyRows"+w.floatSuffix(), fmt.Sprintf("(n int, src *%[1]s, ld int, dst *%[1]s, w, used int)", w.float()), 0, 48)
	w.arguments("n", "R0", "src", "R1", "ld", "R2", "dst", "R3", "w", "R4", "used", "R5")
	w.p("LSL $%d, R2 // bytes between rows of src", w.shift())
	w.p("CMP R4, R5")
	w.p("BNE %s", w.at("row"))
	sizes := []int{t.rows / w.lanes(), t.vectors}
	for _, n := range sizes {
		w.p("CMP $%d, R4", n*w.lanes())
		w.p("BEQ %s", w.at("whole%d", n))
	}
	w.p("B %s", w.at("row"))
	for _, n := range sizes {
		w.label("whole%d", n)
		w.load("R1", 0, span(0, n)...)
		w.store("R3", 0, span(0, n)...)
		w.p("ADD R2, R1")
		w.p("ADD $%d, R3", 16*n)
		w.p("SUBS $1, R0")
		w.p("BNE %s", w.at("whole%d", n))
		w.end()
	}
	general, one := map[int]string{4: "MOVW", 8: "MOVD"}[w.elem], w.elem
	w.label("row")
	w.p("MOVD R1, R6")
	w.p("MOVD R5, R7")
	w.label("vector")
	w.p("SUBS $%d, R7", w.lanes())
	w.p("BLT %s", w.at("elements"))
	w.p("FMOVQ.P 16(R6), F0")
	w.p("FMOVQ.P F0, 16(R3)")
	w.p("B %s", w.at("vector"))
	w.label("elements")
	w.p("ADDS $%d, R7", w.lanes())
	w.p("BEQ %s", w.at("fill"))
	w.label("element")
	w.p("%s.P %d(R6), R8", general, one)
	w.p("%s.P R8, %d(R3)", general, one)
	w.p("SUBS $1, R7")
	w.p("BNE %s", w.at("element"))
	w.label("fill")
	w.p("SUBS R5, R4, R7")
	w.p("BEQ %s", w.at("next"))
	w.label("zero")
	w.p("%s.P ZR, %d(R3)", general, one)
	w.p("SUBS $1, R7")
	w.p("BNE %s", w.at("zero"))
	w.label("next")
	w.p("ADD R2, R1")
	w.p("SUBS $1, R0")
	w.p("BNE %s", w.at("row"))
	w.end()
}

// beginTranspose loads the parameters of a transposition.
func (w *writer) beginTranspose() {
	w.begin("transpose"+w.floatSuffix(), fmt.Sprintf("(blocks int, src *%[1]s, ld int, dst *%[1]s, w int)", w.float()), 0, 40)
	w.arguments("blocks", "R0", "src", "R1", "ld", "R2", "dst", "R3", "w", "R4")
	w.p("LSL $%d, R2 // bytes between rows of src", w.shift())
	w.p("LSL $%d, R4 // bytes between rows of dst", w.shift())
	w.label("loop")
}

func (w *writer) endTranspose() {
	w.p("SUBS $1, R0")
	w.p("BNE %s", w.at("loop"))
	w.end()
}

// swap is the interleaving of the even and of the odd elements of n and m.
func (w *writer) swap(even, odd, n, m reg, shape string) {
	w.p("VTRN1 %v.%s, %v.%s, %v.%s", m, shape, n, shape, even, shape)
	w.p("VTRN2 %v.%s, %v.%s, %v.%s", m, shape, n, shape, odd, shape)
}

// transpose32 writes the transposition of 8×8 blocks of float32, four columns at a time.
func (w *writer) transpose32() {
	w.elem = 4
	w.beginTranspose()
	for range 2 {
		w.p("MOVD R1, R5")
		for r := range 8 {
			w.load("R5", 0, reg(r))
			if r < 7 {
				w.p("ADD R2, R5")
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
			w.p("ADD R4, R3")
		}
		w.p("ADD $16, R1")
	}
	w.endTranspose()
}

// transpose64 writes the transposition of 4×4 blocks of float64.
func (w *writer) transpose64() {
	w.elem = 8
	w.beginTranspose()
	w.p("MOVD R1, R5")
	for r := range 4 {
		w.load("R5", 0, reg(2*r), reg(2*r+1))
		if r < 3 {
			w.p("ADD R2, R5")
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
		w.p("ADD R4, R3")
	}
	w.p("ADD $32, R1")
	w.endTranspose()
}
