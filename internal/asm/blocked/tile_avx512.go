// SPDX-License-Identifier: MIT

package main

// tile512 writes tileJob for AVX-512: pixels times two vectors of sums in registers, the
// loops over groups, runs and their elements around. There are fourteen bodies, as sums are
// registers: a tile of 13 pixels in parts of 8, 4 and 1 would read b three times. Whether
// fewer would do must be measured on a processor with AVX-512.
func (w *writer) tile512() {
	const most = 14
	w.begin("convTileAVX512", "tileJob", 56)
	w.beginTimes()
	w.load("ahead", "AX")
	w.P("MOVQ AX, ahead-56(SP)")
	w.fetchAhead("first", "ahead-56(SP)")
	w.P("MOVQ b-40(SP), BX // the groups follow each other")
	w.load("pixels", "AX")
	w.load("blocks", "CX")
	w.P("CMPQ CX, $1")
	w.P("JEQ %s", w.At("narrow"))
	for blocks := 2; blocks > 0; blocks-- {
		if blocks == 1 {
			w.Label("narrow")
		}
		for pixels := most; pixels > 1; pixels-- {
			w.P("CMPQ AX, $%d", pixels)
			w.P("JEQ %s", w.At("%dx%d", pixels, blocks))
		}
		for pixels := 1; pixels <= most; pixels++ {
			w.Label("%dx%d", pixels, blocks)
			w.tile512Of(w.tile(pixels, blocks))
		}
	}
}

func (w *writer) tile512Of(t tile) {
	w.fetchResults(t.pixels, t.vectors)
	w.loadMultiples(t.pixels)
	t.beginSums()
	t.mark("run")
	w.fetchRun(t.pixels, t.vectors)
	t.products()
	t.mark("sums")
	w.P("MOVQ cAt-8(SP), CX")
	w.load("cPixel", "R8")
	w.load("cBlock", "R9")
	w.P("SHLQ $2, R8")
	w.P("SHLQ $2, R9")
	t.addResAndReLU()
	w.load("mask", "SI")
	w.P("TESTQ SI, SI")
	w.P("JZ %s", t.to("all"))
	w.P("ADDQ CX, SI")
	t.clear(t.zeros)
	t.rows("SI", func(i, v int, at string) {
		w.op("VCMPPS", "$9", at, t.zeros, "K1 // not <= 0")
		w.op("VMOVAPS.Z", t.sum(i, v), "K1", t.sum(i, v))
	})
	t.mark("all")
	t.storeSums()
	w.P("LEAQ (CX)(R9*2), CX")
	w.P("MOVQ CX, cAt-8(SP)")
	w.P("ADDQ $128, biasAt-16(SP)")
	w.P("DECQ R15")
	w.P("JNZ %s", w.At("%s", t.name))
	w.nextTime(t.to("done"))
	w.fetchAhead(t.name, "ahead-56(SP)")
	w.P("MOVQ b-40(SP), BX")
	w.P("JMP %s", w.At("%s", t.name))
	t.mark("done")
	w.End()
}

// fetchAhead brings some lines, of what is ahead at that place, into the second-level cache;
// the first-level cache is full of the job's own.
func (w *writer) fetchAhead(label, place string) {
	w.load("lines", "CX")
	w.P("TESTQ CX, CX")
	w.P("JZ %s", w.At("fetched_%s", label))
	w.P("MOVQ %s, DX", place)
	w.Label("fetch_%s", label)
	w.P("PREFETCHT1 (DX)")
	w.P("ADDQ $64, DX")
	w.P("DECQ CX")
	w.P("JNZ %s", w.At("fetch_%s", label))
	w.P("MOVQ DX, %s", place)
	w.Label("fetched_%s", label)
}

// fetchResults brings the places of the results, and what is added to them, into the
// first-level cache while they are computed.
func (w *writer) fetchResults(pixels, blocks int) {
	done := w.At("%dx%d_fetched", pixels, blocks)
	w.Op("CMPB", w.field("fetch"), "$0")
	w.P("JEQ %s", done)
	w.load("cPixel", "R8")
	w.load("cBlock", "R9")
	w.P("SHLQ $2, R8")
	w.P("SHLQ $2, R9")
	lines := func() {
		w.P("ADDQ cAt-8(SP), DX")
		for i := range pixels {
			for j := range blocks {
				w.P("PREFETCHT0 %s", blockAt("DX", j))
			}
			if i < pixels-1 {
				w.P("ADDQ R8, DX")
			}
		}
	}
	w.P("MOVQ c-32(SP), DX")
	lines()
	for _, field := range []string{"res", "mask"} {
		next := w.At("%dx%d_fetched_%s", pixels, blocks, field)
		w.load(field, "DX")
		w.P("TESTQ DX, DX")
		w.P("JZ %s", next)
		lines()
		w.Label("%dx%d_fetched_%s", pixels, blocks, field)
	}
	w.Label("%dx%d_fetched", pixels, blocks)
}

// fetchRun brings the pixels of the run after this one into the first-level cache, after the
// last one those that follow in the first run.
func (w *writer) fetchRun(pixels, blocks int) {
	last, lines, done := w.At("%dx%d_last", pixels, blocks), w.At("%dx%d_lines", pixels, blocks), w.At("%dx%d_read", pixels, blocks)
	w.Op("CMPB", w.field("fetch"), "$0")
	w.P("JEQ %s", done)
	w.P("CMPQ CX, $1")
	w.P("JEQ %s", last)
	w.P("MOVQ 8(SI), AX")
	w.P("SHLQ $2, AX")
	w.P("ADDQ a-24(SP), AX")
	w.P("JMP %s", lines)
	w.Label("%dx%d_last", pixels, blocks)
	w.load("offs", "AX")
	w.P("MOVQ (AX), AX")
	w.P("SHLQ $2, AX")
	w.P("ADDQ a-24(SP), AX")
	w.P("IMUL3Q $%d, R8, DX", pixels)
	w.P("ADDQ DX, AX")
	w.Label("%dx%d_lines", pixels, blocks)
	for i := range pixels {
		w.P("PREFETCHT0 %s", pixel(i))
	}
	w.Label("%dx%d_read", pixels, blocks)
}
