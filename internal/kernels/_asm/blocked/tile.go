// SPDX-License-Identifier: MIT

package main

import "fmt"

// multiples are registers for odd multiples of the distance between pixels; with the
// scale of an address they reach 14 pixels.
var multiples = map[int]string{1: "R8", 3: "R9", 5: "R10", 7: "R11", 9: "R12", 11: "R13", 13: "R14"}

// pixel is the address of pixel i of the window that begins at AX.
func pixel(i int) string {
	if i == 0 {
		return "(AX)"
	}
	scale := 1
	for i%2 == 0 {
		i, scale = i/2, 2*scale
	}
	return fmt.Sprintf("(AX)(%s*%d)", multiples[i], scale)
}

// loadMultiples computes the multiples that pixels need from the job's distance at
// offset, in elements.
func (w *writer) loadMultiples(offset, pixels int) {
	w.p("MOVQ %d(DI), R8", offset)
	w.p("SHLQ $2, R8")
	for m := 3; m < pixels; m += 2 {
		if m == 3 {
			w.p("LEAQ (R8)(R8*2), R9")
			continue
		}
		w.p("LEAQ (%s)(R8*2), %s", multiples[m-2], multiples[m])
	}
}

// tile512 writes tileJob for AVX-512: pixels times two vectors of sums in registers, the
// loops over groups, runs and their elements around.
func (w *writer) tile512() {
	const most = 14
	w.begin("convTileAVX512", "tileJob", 56)
	w.beginTimes()
	w.p("MOVQ 240(DI), AX // ahead")
	w.p("MOVQ AX, ahead-56(SP)")
	w.fetchAhead("first", "ahead-56(SP)", 264)
	w.p("MOVQ b-40(SP), BX // the groups follow each other")
	w.p("MOVQ 176(DI), AX // pixels")
	w.p("MOVQ 184(DI), CX // blocks")
	w.p("CMPQ CX, $1")
	w.p("JEQ %s", w.at("narrow"))
	for blocks := 2; blocks > 0; blocks-- {
		if blocks == 1 {
			w.label("narrow")
		}
		for pixels := most; pixels > 1; pixels-- {
			w.p("CMPQ AX, $%d", pixels)
			w.p("JEQ %s", w.at("%dx%d", pixels, blocks))
		}
		for pixels := 1; pixels <= most; pixels++ {
			w.label("%dx%d", pixels, blocks)
			w.tileOf(pixels, blocks)
		}
	}
}

// beginTimes puts what changes from time to time on the stack, and the groups in R15.
func (w *writer) beginTimes() {
	for i, field := range []int{0, 48, 24, 208} {
		w.p("MOVQ %d(DI), AX", field)
		w.p("MOVQ AX, %s", []string{"a-24(SP)", "c-32(SP)", "b-40(SP)", "times-48(SP)"}[i])
	}
	w.startTime()
}

func (w *writer) startTime() {
	w.p("MOVQ $0, cAt-8(SP) // bytes from the first block in c and res")
	w.p("MOVQ $0, biasAt-16(SP)")
	w.p("MOVQ 192(DI), R15 // groups")
}

// nextTime goes on to the next time, or to done.
func (w *writer) nextTime(done string) {
	w.p("DECQ times-48(SP)")
	w.p("JLE %s", done)
	for i, place := range []string{"a-24(SP)", "b-40(SP)", "c-32(SP)"} {
		w.p("MOVQ %d(DI), AX", 216+8*i)
		w.p("SHLQ $2, AX")
		w.p("ADDQ AX, %s", place)
	}
	w.startTime()
}

// fetchAhead brings some lines, of what is ahead at that place, into the second-level cache;
// the first-level cache is full of the job's own.
func (w *writer) fetchAhead(label, place string, lines int) {
	w.p("MOVQ %d(DI), CX // lines", lines)
	w.p("TESTQ CX, CX")
	w.p("JZ %s", w.at("fetched_%s", label))
	w.p("MOVQ %s, DX", place)
	w.label("fetch_%s", label)
	w.p("PREFETCHT1 (DX)")
	w.p("ADDQ $64, DX")
	w.p("DECQ CX")
	w.p("JNZ %s", w.at("fetch_%s", label))
	w.p("MOVQ DX, %s", place)
	w.label("fetched_%s", label)
}

// fetchResults brings the places of the results, and what is added to them, into the
// first-level cache while they are computed.
func (w *writer) fetchResults(pixels, blocks int) {
	done := w.at("%dx%d_fetched", pixels, blocks)
	w.p("CMPB 201(DI), $0 // fetch")
	w.p("JEQ %s", done)
	w.p("MOVQ 160(DI), R8 // cPixel")
	w.p("MOVQ 168(DI), R9 // cBlock")
	w.p("SHLQ $2, R8")
	w.p("SHLQ $2, R9")
	lines := func() {
		w.p("ADDQ cAt-8(SP), DX")
		for i := range pixels {
			for j := range blocks {
				w.p("PREFETCHT0 %s", blockAt("DX", j))
			}
			if i < pixels-1 {
				w.p("ADDQ R8, DX")
			}
		}
	}
	w.p("MOVQ c-32(SP), DX")
	lines()
	for _, field := range []int{72, 272} { // res, pass
		next := w.at("%dx%d_fetched%d", pixels, blocks, field)
		w.p("MOVQ %d(DI), DX", field)
		w.p("TESTQ DX, DX")
		w.p("JZ %s", next)
		lines()
		w.label("%dx%d_fetched%d", pixels, blocks, field)
	}
	w.label("%dx%d_fetched", pixels, blocks)
}

// fetchRun brings the pixels of the run after this one into the first-level cache, after the
// last one those that follow in the first run.
func (w *writer) fetchRun(pixels, blocks int) {
	last, lines, done := w.at("%dx%d_last", pixels, blocks), w.at("%dx%d_lines", pixels, blocks), w.at("%dx%d_read", pixels, blocks)
	w.p("CMPB 201(DI), $0 // fetch")
	w.p("JEQ %s", done)
	w.p("CMPQ CX, $1")
	w.p("JEQ %s", last)
	w.p("MOVQ 8(SI), AX")
	w.p("SHLQ $2, AX")
	w.p("ADDQ a-24(SP), AX")
	w.p("JMP %s", lines)
	w.label("%dx%d_last", pixels, blocks)
	w.p("MOVQ 120(DI), AX // offs")
	w.p("MOVQ (AX), AX")
	w.p("SHLQ $2, AX")
	w.p("ADDQ a-24(SP), AX")
	w.p("IMUL3Q $%d, R8, DX", pixels)
	w.p("ADDQ DX, AX")
	w.label("%dx%d_lines", pixels, blocks)
	for i := range pixels {
		w.p("PREFETCHT0 %s", pixel(i))
	}
	w.label("%dx%d_read", pixels, blocks)
}

// blockAt is the address of block j, which is R9 bytes after the one before.
func blockAt(base string, j int) string {
	if j == 0 {
		return "(" + base + ")"
	}
	return "(" + base + ")(R9*1)"
}

func (w *writer) tileOf(pixels, blocks int) {
	name := func(label string) string { return w.at("%dx%d_%s", pixels, blocks, label) }
	sum := func(i, j int) string { return fmt.Sprintf("Z%d", i*blocks+j) }
	each := func(f func(i, j int)) {
		for i := range pixels {
			for j := range blocks {
				f(i, j)
			}
		}
	}
	w.fetchResults(pixels, blocks)
	w.loadMultiples(152, pixels)
	w.p("MOVQ 96(DI), DX // bias")
	w.p("TESTQ DX, DX")
	w.p("JZ %s", name("zero"))
	w.p("ADDQ biasAt-16(SP), DX")
	for j := range blocks {
		w.p("VMOVUPS %d(DX), %s", 64*j, sum(0, j))
	}
	each(func(i, j int) {
		if i > 0 {
			w.p("VMOVAPS %s, %s", sum(0, j), sum(i, j))
		}
	})
	w.p("JMP %s", name("begin"))
	w.label("%dx%d_zero", pixels, blocks)
	each(func(i, j int) { w.p("VPXORQ %[1]s, %[1]s, %[1]s", sum(i, j)) })
	w.label("%dx%d_begin", pixels, blocks)
	w.p("MOVQ 120(DI), SI // offs")
	w.p("MOVQ 128(DI), CX")
	w.p("TESTQ CX, CX")
	w.p("JZ %s", name("sums"))
	w.label("%dx%d_run", pixels, blocks)
	w.fetchRun(pixels, blocks)
	w.p("MOVQ (SI), AX")
	w.p("SHLQ $2, AX")
	w.p("ADDQ a-24(SP), AX")
	w.p("ADDQ $8, SI")
	w.p("MOVQ 144(DI), DX")
	w.label("%dx%d_step", pixels, blocks)
	for j := range blocks {
		w.p("VMOVUPS %d(BX), Z%d", 64*j, 28+j)
	}
	for i := range pixels {
		if blocks == 1 {
			w.p("VFMADD231PS.BCST %s, Z28, %s", pixel(i), sum(i, 0))
			continue
		}
		w.p("VBROADCASTSS %s, Z%d", pixel(i), 30+i%2)
		for j := range blocks {
			w.p("VFMADD231PS Z%d, Z%d, %s", 28+j, 30+i%2, sum(i, j))
		}
	}
	w.p("ADDQ $4, AX")
	w.p("ADDQ $128, BX")
	w.p("DECQ DX")
	w.p("JNZ %s", name("step"))
	w.p("DECQ CX")
	w.p("JNZ %s", name("run"))
	w.label("%dx%d_sums", pixels, blocks)
	w.p("MOVQ cAt-8(SP), CX")
	w.p("MOVQ 160(DI), R8 // cPixel")
	w.p("MOVQ 168(DI), R9 // cBlock")
	w.p("SHLQ $2, R8")
	w.p("SHLQ $2, R9")
	w.p("MOVQ 72(DI), SI // res")
	w.p("TESTQ SI, SI")
	w.p("JZ %s", name("alone"))
	w.p("ADDQ CX, SI")
	each(func(i, j int) {
		w.p("VADDPS %s, %[2]s, %[2]s", blockAt("SI", j), sum(i, j))
		if j == blocks-1 && i < pixels-1 {
			w.p("ADDQ R8, SI")
		}
	})
	w.label("%dx%d_alone", pixels, blocks)
	w.p("CMPB 200(DI), $0 // relu")
	w.p("JEQ %s", name("store"))
	w.p("VPXORQ Z31, Z31, Z31")
	each(func(i, j int) { w.p("VMAXPS %[1]s, Z31, %[1]s // NaN stays", sum(i, j)) })
	w.label("%dx%d_store", pixels, blocks)
	w.p("MOVQ 272(DI), SI // pass")
	w.p("TESTQ SI, SI")
	w.p("JZ %s", name("all"))
	w.p("ADDQ CX, SI")
	w.p("VPXORQ Z31, Z31, Z31")
	each(func(i, j int) {
		w.p("VCMPPS $9, %s, Z31, K1 // not <= 0", blockAt("SI", j))
		w.p("VMOVAPS.Z %[1]s, K1, %[1]s", sum(i, j))
		if j == blocks-1 && i < pixels-1 {
			w.p("ADDQ R8, SI")
		}
	})
	w.label("%dx%d_all", pixels, blocks)
	w.p("MOVQ c-32(SP), DX")
	w.p("ADDQ CX, DX")
	each(func(i, j int) {
		w.p("VMOVUPS %s, %s", sum(i, j), blockAt("DX", j))
		if j == blocks-1 && i < pixels-1 {
			w.p("ADDQ R8, DX")
		}
	})
	w.p("LEAQ (CX)(R9*2), CX")
	w.p("MOVQ CX, cAt-8(SP)")
	w.p("ADDQ $128, biasAt-16(SP)")
	w.p("DECQ R15")
	w.p("JNZ %s", w.at("%dx%d", pixels, blocks))
	w.nextTime(name("done"))
	w.fetchAhead(fmt.Sprintf("%dx%d", pixels, blocks), "ahead-56(SP)", 264)
	w.p("MOVQ b-40(SP), BX")
	w.p("JMP %s", w.at("%dx%d", pixels, blocks))
	w.label("%dx%d_done", pixels, blocks)
	w.end()
}

// gradAhead is how many pixels before their use those of b come into the first-level cache.
const gradAhead = 32

// grad512 writes gradJob for AVX-512: up to eight inputs at a time.
func (w *writer) grad512() {
	const most = 8
	w.begin("convGradAVX512", "gradJob", 48)
	w.p("MOVQ 104(DI), R10 // aRow")
	w.p("MOVQ 112(DI), R11 // aPixel")
	w.p("MOVQ 120(DI), R12 // bRow")
	w.p("MOVQ 128(DI), R13 // bBlock")
	w.p("MOVQ 136(DI), R15 // cRow")
	for _, r := range []int{10, 11, 12, 13, 15} {
		w.p("SHLQ $2, R%d", r)
	}
	w.beginGrads()
	w.p("MOVQ 184(DI), AX // ahead")
	w.p("MOVQ AX, ahead-48(SP)")
	w.label("time")
	w.p("MOVQ a-8(SP), SI")
	w.p("MOVQ c-24(SP), R8")
	w.p("MOVQ 72(DI), AX")
	w.p("MOVQ AX, left-40(SP) // inputs")
	w.label("inputs")
	w.fetchAhead("inputs", "ahead-48(SP)", 208)
	w.p("MOVQ SI, R14 // a of these inputs")
	w.p("MOVQ b-16(SP), DX")
	w.p("MOVQ 88(DI), R9 // rows")
	w.p("MOVQ left-40(SP), AX")
	w.p("CMPQ 80(DI), $1 // blocks")
	w.p("JEQ %s", w.at("narrow"))
	for blocks := 2; blocks > 0; blocks-- {
		if blocks == 1 {
			w.label("narrow")
		}
		for n := most; n > 1; n-- {
			w.p("CMPQ AX, $%d", n)
			w.p([]string{"JEQ %s", "JGE %s"}[n/most], w.at("%dx%d", n, blocks))
		}
		for n := 1; n <= most; n++ {
			w.label("%dx%d", n, blocks)
			w.gradOf(n, blocks)
		}
	}
	w.label("next")
	w.p("TESTQ AX, AX")
	w.p("JNZ %s", w.at("inputs"))
	w.nextGrads()
	w.p("JMP %s", w.at("time"))
	w.label("done")
	w.end()
}

// beginGrads puts what changes from time to time on the stack.
func (w *writer) beginGrads() {
	for i, field := range []int{0, 24, 48, 152} {
		w.p("MOVQ %d(DI), AX", field)
		w.p("MOVQ AX, %s", []string{"a-8(SP)", "b-16(SP)", "c-24(SP)", "times-32(SP)"}[i])
	}
}

// nextGrads goes on to the next time, or to done.
func (w *writer) nextGrads() {
	w.p("DECQ times-32(SP)")
	w.p("JLE %s", w.at("done"))
	for i, place := range []string{"a-8(SP)", "b-16(SP)", "c-24(SP)"} {
		w.p("MOVQ %d(DI), AX", 160+8*i)
		w.p("SHLQ $2, AX")
		w.p("ADDQ AX, %s", place)
	}
}

func (w *writer) gradOf(n, blocks int) {
	name := func(label string) string { return w.at("%dx%d_%s", n, blocks, label) }
	sum := func(i, j int) string { return fmt.Sprintf("Z%d", i*blocks+j) }
	w.p("CMPB 144(DI), $0 // add")
	w.p("JEQ %s", name("zero"))
	w.p("MOVQ R8, AX")
	for i := range n {
		for j := range blocks {
			w.p("VMOVUPS %d(AX), %s", 64*j, sum(i, j))
		}
		if i < n-1 {
			w.p("ADDQ R15, AX")
		}
	}
	w.p("JMP %s", name("row"))
	w.label("%dx%d_zero", n, blocks)
	for i := range n * blocks {
		w.p("VPXORQ Z%[1]d, Z%[1]d, Z%[1]d", i)
	}
	w.label("%dx%d_row", n, blocks)
	w.p("MOVQ SI, AX")
	w.p("MOVQ DX, BX")
	w.p("MOVQ 96(DI), CX // cols")
	w.label("%dx%d_step", n, blocks)
	w.p("PREFETCHT0 (AX)(R10*1) // the next row of a, b some pixels further")
	for j := range blocks {
		w.p("PREFETCHT0 %d(BX)%s", 64*gradAhead, []string{"", "(R13*1)"}[j])
		w.p("VMOVUPS (BX)%s, Z%d", []string{"", "(R13*1)"}[j], 28+j)
	}
	for i := range n {
		if blocks == 1 {
			w.p("VFMADD231PS.BCST %d(AX), Z28, %s", 4*i, sum(i, 0))
			continue
		}
		w.p("VBROADCASTSS %d(AX), Z%d", 4*i, 24+i%4)
		for j := range blocks {
			w.p("VFMADD231PS Z%d, Z%d, %s", 28+j, 24+i%4, sum(i, j))
		}
	}
	w.p("ADDQ R11, AX")
	w.p("ADDQ $64, BX")
	w.p("DECQ CX")
	w.p("JNZ %s", name("step"))
	w.p("ADDQ R10, SI")
	w.p("ADDQ R12, DX")
	w.p("DECQ R9")
	w.p("JNZ %s", name("row"))
	for i := range n {
		for j := range blocks {
			w.p("VMOVUPS %s, %d(R8)", sum(i, j), 64*j)
		}
		w.p("ADDQ R15, R8")
	}
	w.p("LEAQ %d(R14), SI", 4*n)
	w.p("MOVQ left-40(SP), AX")
	w.p("SUBQ $%d, AX", n)
	w.p("MOVQ AX, left-40(SP)")
	w.p("JMP %s", w.at("next"))
}
