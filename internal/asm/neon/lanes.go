// SPDX-License-Identifier: MIT

package main

// ownProduct adds to a sum the products of the vector b, number v of a block, with
// channel k of each lane's run: what the block a has there, of which a[v] is a vector.
func (w *writer) ownProduct(run, k, v int, sum, b reg, a []reg, t reg) {
	switch run {
	case 1:
		w.op("fmla", sum, b, a[v])
	case 2:
		w.P("VTRN%d %[2]v.S4, %[2]v.S4, %[3]v.S4", 1+k, a[v], t)
		w.op("fmla", sum, b, t)
	case 4:
		w.opLane("fmla", sum, b, a[v], k)
	default:
		w.opLane("fmla", sum, b, a[v&^1+k/4], k%4)
	}
}

var runs = []int{1, 2, 4, 8}

// laneTile writes tileJob for channels that see only lanes of their own block.
func (w *writer) laneTile() {
	w.beginJob("laneTileNEON", "tileJob")
	w.field("a", "R1")
	w.field("c", "R3")
	w.field("b", "R15")
	w.loadMultiples()
	w.P("MOVD ZR, R13")
	w.P("MOVD ZR, R14")
	w.field("run", "R21")
	w.field("pixels", "R16")
	w.cases("R16", mostPixels, w.laneTileOf)
}

func (w *writer) laneTileOf(pixels int) {
	w.beginSums(pixels)
	for _, run := range runs[:3] {
		w.P("CMP $%d, R21", run)
		w.P("BEQ %s", w.At("%d_run%d", pixels, run))
	}
	for i := range runs {
		run := runs[len(runs)-1-i]
		w.Label("%d_run%d", pixels, run)
		w.P("MOVD.P 8(R19), R22")
		w.P("ADD R22<<2, R1, R22")
		for k := range run {
			w.load("R15", 64*k, span(28, 4)...)
			for i := range pixels {
				base := "R22"
				if i > 0 {
					base = "R16"
					w.P("ADD %s, R22, R16", multiples[i])
				}
				a := span(24, 4)
				if run == 8 { // two vectors are seen
					for _, v := range []int{k / 4, 2 + k/4} {
						w.load(base, 16*v, a[v])
					}
				} else {
					w.load(base, 0, a...)
				}
				for v := range 4 {
					w.ownProduct(run, k, v, sum(i, v), reg(28+v), a, a[v])
				}
			}
		}
		w.P("ADD $%d, R15", 64*run)
		w.P("SUBS $1, R20")
		w.P("BNE %s", w.At("%d_run%d", pixels, run))
		if run > 1 {
			w.P("B %s", w.At("%d_sums", pixels))
		}
	}
	w.endSums(pixels, false)
	w.End()
}

// laneGrad writes gradJob for channels that see only lanes of their own block: n of them,
// 1, 2, 4 or 8. Sums take 16 registers: of several pixels, or of half a block.
func (w *writer) laneGrad() {
	w.beginJob("laneGradNEON", "gradJob")
	w.bytes("aRow", "R5")
	w.bytes("aPixel", "R6")
	w.bytes("bRow", "R7")
	w.bytes("cRow", "R9")
	w.field("a", "R1")
	w.field("b", "R2")
	w.field("c", "R3")
	w.flag("add", "R24")
	w.field("n", "R13")
	for _, n := range runs[:3] {
		w.P("CMP $%d, R13", n)
		w.P("BEQ %s", w.At("%d", n))
	}
	w.Label("8")
	w.laneGradOf(8, 0, 2)
	w.laneGradOf(8, 2, 2)
	w.End()
	for _, n := range runs[:3] {
		w.Label("%d", n)
		w.laneGradOf(n, 0, 4)
		w.End()
	}
}

// laneGradOf computes the sums of some vectors of a block.
func (w *writer) laneGradOf(n, first, vectors int) {
	name := func(label string) string { return w.At("%d_%d_%s", n, first, label) }
	unroll := 16 / (n * vectors)
	sum := func(u, k, v int) reg { return reg((u*n+k)*vectors + v - first) }
	w.P("MOVD R1, R17 // of the row")
	w.P("MOVD R2, R19")
	w.field("rows", "R16")
	w.clear(span(0, 16)...)
	w.Label("%d_%d_row", n, first)
	w.P("MOVD R17, R20")
	w.P("MOVD R19, R21")
	w.field("cols", "R22")
	products := func(u int) {
		a, b := span(16, 4), span(20, 4)
		w.load("R20", 16*first, a[first:first+vectors]...)
		w.load("R21", 16*first, b[first:first+vectors]...)
		for k := range n {
			for v := first; v < first+vectors; v++ {
				w.ownProduct(n, k, v, sum(u, k, v), b[v], a, reg(24+v))
			}
		}
		w.P("ADD R6, R20")
		w.P("ADD $64, R21")
	}
	if unroll > 1 {
		w.P("SUBS $%d, R22", unroll)
		w.P("BLT %s", name("rest"))
		w.Label("%d_%d_steps", n, first)
		for u := range unroll {
			products(u)
		}
		w.P("SUBS $%d, R22", unroll)
		w.P("BGE %s", name("steps"))
		w.Label("%d_%d_rest", n, first)
		w.P("ADDS $%d, R22", unroll)
		w.P("BEQ %s", name("next"))
	}
	w.Label("%d_%d_step", n, first)
	products(0)
	w.P("SUBS $1, R22")
	w.P("BNE %s", name("step"))
	w.Label("%d_%d_next", n, first)
	w.P("ADD R5, R17")
	w.P("ADD R7, R19")
	w.P("SUBS $1, R16")
	w.P("BNE %s", name("row"))
	for apart := unroll / 2; apart > 0; apart /= 2 {
		for u := range apart {
			for k := range n {
				for v := first; v < first+vectors; v++ {
					w.op("fadd", sum(u, k, v), sum(u, k, v), sum(u+apart, k, v))
				}
			}
		}
	}
	w.P("MOVD R3, R15")
	w.P("CBZ R24, %s", name("store"))
	for k := range n {
		c := span(16, vectors)
		w.load("R15", 16*first, c...)
		for v := range vectors {
			w.op("fadd", sum(0, k, first+v), sum(0, k, first+v), c[v])
		}
		w.P("ADD R9, R15")
	}
	w.P("MOVD R3, R15")
	w.Label("%d_%d_store", n, first)
	for k := range n {
		w.store("R15", 16*first, span(int(sum(0, k, first)), vectors)...)
		w.P("ADD R9, R15")
	}
}
