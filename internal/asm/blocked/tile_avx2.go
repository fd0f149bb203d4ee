// SPDX-License-Identifier: MIT

package main

// tile256 writes tileJob for AVX2: pixels times the two vectors of one block in
// registers, one block of a group after the other.
func (w *writer) tile256() {
	const most = 6
	w.begin("convTileAVX2", "tileJob", 56)
	w.beginTimes()
	w.P("MOVQ $0, block-56(SP)")
	w.P("MOVQ b-40(SP), R11 // of the group; the groups follow each other")
	w.load("pixels", "AX")
	for pixels := most; pixels > 1; pixels-- {
		w.P("CMPQ AX, $%d", pixels)
		w.P("JEQ %s", w.At("%d", pixels))
	}
	for pixels := 1; pixels <= most; pixels++ {
		w.Label("%d", pixels)
		w.tile256Of(w.tile(pixels, 2))
	}
}

func (w *writer) tile256Of(t tile) {
	w.loadMultiples(t.pixels)
	w.P("MOVQ R11, BX")
	w.P("MOVQ block-56(SP), AX")
	w.P("SHLQ $6, AX")
	w.P("ADDQ AX, BX")
	t.beginSums()
	t.mark("run")
	t.products()
	t.mark("sums")
	w.P("MOVQ cAt-8(SP), CX")
	w.load("cPixel", "R8")
	w.P("SHLQ $2, R8")
	t.addResAndReLU()
	t.storeSums()
	w.load("cBlock", "R9")
	w.P("SHLQ $2, R9")
	w.P("ADDQ R9, CX")
	w.P("MOVQ CX, cAt-8(SP)")
	w.P("ADDQ $64, biasAt-16(SP)")
	w.P("MOVQ block-56(SP), AX")
	w.P("INCQ AX")
	w.P("MOVQ AX, block-56(SP)")
	w.Op("CMPQ", "AX", w.field("blocks"))
	w.P("JLT %s", w.At("%s", t.name))
	w.P("MOVQ $0, block-56(SP)")
	w.P("DECQ R15")
	w.P("JZ %s", t.to("time"))
	w.P("MOVQ BX, R11 // after the rows of the last block")
	w.Op("CMPQ", w.field("blocks"), "$1")
	w.P("JEQ %s", t.to("one"))
	w.P("SUBQ $64, R11")
	w.P("JMP %s", w.At("%s", t.name))
	t.mark("one")
	w.P("ADDQ R9, CX // the other block of the pair")
	w.P("MOVQ CX, cAt-8(SP)")
	w.P("ADDQ $64, biasAt-16(SP)")
	w.P("JMP %s", w.At("%s", t.name))
	t.mark("time")
	w.nextTime(t.to("done"))
	w.P("MOVQ b-40(SP), R11")
	w.P("JMP %s", w.At("%s", t.name))
	t.mark("done")
	w.End()
}
