// SPDX-License-Identifier: MIT

package main

import "fmt"

// tile256 writes tileJob for AVX2: pixels times the two vectors of one block in
// registers, one block of a group after the other.
func (w *writer) tile256() {
	const most = 6
	w.begin("convTileAVX2", "tileJob", 56)
	w.beginTimes()
	w.p("MOVQ $0, block-56(SP)")
	w.p("MOVQ b-40(SP), R11 // of the group; the groups follow each other")
	w.p("MOVQ 176(DI), AX // pixels")
	for pixels := most; pixels > 1; pixels-- {
		w.p("CMPQ AX, $%d", pixels)
		w.p("JEQ %s", w.at("%d", pixels))
	}
	for pixels := 1; pixels <= most; pixels++ {
		w.label("%d", pixels)
		w.tile256Of(pixels)
	}
}

func (w *writer) tile256Of(pixels int) {
	name := func(label string) string { return w.at("%d_%s", pixels, label) }
	sum := func(i, half int) string { return fmt.Sprintf("Y%d", 2*i+half) }
	each := func(f func(i, half int)) {
		for i := range pixels {
			for half := range 2 {
				f(i, half)
			}
		}
	}
	w.loadMultiples(152, pixels)
	w.p("MOVQ R11, BX")
	w.p("MOVQ block-56(SP), AX")
	w.p("SHLQ $6, AX")
	w.p("ADDQ AX, BX")
	w.p("MOVQ 96(DI), DX // bias")
	w.p("TESTQ DX, DX")
	w.p("JZ %s", name("zero"))
	w.p("ADDQ biasAt-16(SP), DX")
	w.p("VMOVUPS (DX), Y0")
	w.p("VMOVUPS 32(DX), Y1")
	each(func(i, half int) {
		if i > 0 {
			w.p("VMOVAPS %s, %s", sum(0, half), sum(i, half))
		}
	})
	w.p("JMP %s", name("begin"))
	w.label("%d_zero", pixels)
	each(func(i, half int) { w.p("VXORPS %[1]s, %[1]s, %[1]s", sum(i, half)) })
	w.label("%d_begin", pixels)
	w.p("MOVQ 120(DI), SI // offs")
	w.p("MOVQ 128(DI), CX")
	w.p("TESTQ CX, CX")
	w.p("JZ %s", name("sums"))
	w.label("%d_run", pixels)
	w.p("MOVQ (SI), AX")
	w.p("SHLQ $2, AX")
	w.p("ADDQ a-24(SP), AX")
	w.p("ADDQ $8, SI")
	w.p("MOVQ 144(DI), DX")
	w.label("%d_step", pixels)
	w.p("VMOVUPS (BX), Y12")
	w.p("VMOVUPS 32(BX), Y13")
	for i := range pixels {
		w.p("VBROADCASTSS %s, Y%d", pixel(i), 14+i%2)
		for half := range 2 {
			w.p("VFMADD231PS Y%d, Y%d, %s", 12+half, 14+i%2, sum(i, half))
		}
	}
	w.p("ADDQ $4, AX")
	w.p("ADDQ $128, BX")
	w.p("DECQ DX")
	w.p("JNZ %s", name("step"))
	w.p("DECQ CX")
	w.p("JNZ %s", name("run"))
	w.label("%d_sums", pixels)
	w.p("MOVQ cAt-8(SP), CX")
	w.p("MOVQ 160(DI), R8 // cPixel")
	w.p("SHLQ $2, R8")
	w.p("MOVQ 72(DI), SI // res")
	w.p("TESTQ SI, SI")
	w.p("JZ %s", name("alone"))
	w.p("ADDQ CX, SI")
	each(func(i, half int) {
		w.p("VADDPS %d(SI), %[2]s, %[2]s", 32*half, sum(i, half))
		if half == 1 && i < pixels-1 {
			w.p("ADDQ R8, SI")
		}
	})
	w.label("%d_alone", pixels)
	w.p("CMPB 200(DI), $0 // relu")
	w.p("JEQ %s", name("store"))
	w.p("VXORPS Y15, Y15, Y15")
	each(func(i, half int) { w.p("VMAXPS %[1]s, Y15, %[1]s // NaN stays", sum(i, half)) })
	w.label("%d_store", pixels)
	w.p("MOVQ c-32(SP), DX")
	w.p("ADDQ CX, DX")
	each(func(i, half int) {
		w.p("VMOVUPS %s, %d(DX)", sum(i, half), 32*half)
		if half == 1 && i < pixels-1 {
			w.p("ADDQ R8, DX")
		}
	})
	w.p("MOVQ 168(DI), R9 // cBlock")
	w.p("SHLQ $2, R9")
	w.p("ADDQ R9, CX")
	w.p("MOVQ CX, cAt-8(SP)")
	w.p("ADDQ $64, biasAt-16(SP)")
	w.p("MOVQ block-56(SP), AX")
	w.p("INCQ AX")
	w.p("MOVQ AX, block-56(SP)")
	w.p("CMPQ AX, 184(DI) // blocks")
	w.p("JLT %s", w.at("%d", pixels))
	w.p("MOVQ $0, block-56(SP)")
	w.p("DECQ R15")
	w.p("JZ %s", name("time"))
	w.p("MOVQ BX, R11 // after the rows of the last block")
	w.p("CMPQ 184(DI), $1")
	w.p("JEQ %s", name("one"))
	w.p("SUBQ $64, R11")
	w.p("JMP %s", w.at("%d", pixels))
	w.label("%d_one", pixels)
	w.p("ADDQ R9, CX // the other block of the pair")
	w.p("MOVQ CX, cAt-8(SP)")
	w.p("ADDQ $64, biasAt-16(SP)")
	w.p("JMP %s", w.at("%d", pixels))
	w.label("%d_time", pixels)
	w.nextTime(name("done"))
	w.p("MOVQ b-40(SP), R11")
	w.p("JMP %s", w.at("%d", pixels))
	w.label("%d_done", pixels)
	w.end()
}

// grad256 writes gradJob for AVX2: up to four inputs times the two vectors of one block
// in registers.
func (w *writer) grad256() {
	const most = 4
	w.begin("convGradAVX2", "gradJob", 64)
	w.p("MOVQ 104(DI), R10 // aRow")
	w.p("MOVQ 112(DI), R11 // aPixel")
	w.p("MOVQ 120(DI), R12 // bRow")
	w.p("MOVQ 136(DI), R15 // cRow")
	for _, r := range []int{10, 11, 12, 15} {
		w.p("SHLQ $2, R%d", r)
	}
	w.beginGrads()
	w.label("time")
	w.p("MOVQ $0, block-40(SP)")
	w.p("MOVQ b-16(SP), AX")
	w.p("MOVQ AX, bBlock-48(SP)")
	w.p("MOVQ c-24(SP), AX")
	w.p("MOVQ AX, cBlock-56(SP)")
	w.label("block")
	w.p("MOVQ a-8(SP), SI")
	w.p("MOVQ cBlock-56(SP), R8")
	w.p("MOVQ 72(DI), R13 // inputs left")
	w.label("inputs")
	w.p("MOVQ SI, aInputs-64(SP)")
	w.p("MOVQ bBlock-48(SP), DX")
	w.p("MOVQ 88(DI), R9 // rows")
	for n := most; n > 1; n-- {
		w.p("CMPQ R13, $%d", n)
		w.p([]string{"JEQ %s", "JGE %s"}[n/most], w.at("%d", n))
	}
	for n := 1; n <= most; n++ {
		w.label("%d", n)
		w.grad256Of(n)
	}
	w.label("next")
	w.p("TESTQ R13, R13")
	w.p("JNZ %s", w.at("inputs"))
	w.p("MOVQ 128(DI), AX // bBlock")
	w.p("SHLQ $2, AX")
	w.p("ADDQ AX, bBlock-48(SP)")
	w.p("ADDQ $64, cBlock-56(SP)")
	w.p("MOVQ block-40(SP), AX")
	w.p("INCQ AX")
	w.p("MOVQ AX, block-40(SP)")
	w.p("CMPQ AX, 80(DI) // blocks")
	w.p("JLT %s", w.at("block"))
	w.nextGrads()
	w.p("JMP %s", w.at("time"))
	w.label("done")
	w.end()
}

func (w *writer) grad256Of(n int) {
	name := func(label string) string { return w.at("%d_%s", n, label) }
	w.p("CMPB 144(DI), $0 // add")
	w.p("JEQ %s", name("zero"))
	w.p("MOVQ R8, AX")
	for i := range n {
		w.p("VMOVUPS (AX), Y%d", 2*i)
		w.p("VMOVUPS 32(AX), Y%d", 2*i+1)
		if i < n-1 {
			w.p("ADDQ R15, AX")
		}
	}
	w.p("JMP %s", name("row"))
	w.label("%d_zero", n)
	for i := range 2 * n {
		w.p("VXORPS Y%[1]d, Y%[1]d, Y%[1]d", i)
	}
	w.label("%d_row", n)
	w.p("MOVQ SI, AX")
	w.p("MOVQ DX, BX")
	w.p("MOVQ 96(DI), CX // cols")
	w.label("%d_step", n)
	w.p("VMOVUPS (BX), Y8")
	w.p("VMOVUPS 32(BX), Y9")
	for i := range n {
		w.p("VBROADCASTSS %d(AX), Y%d", 4*i, 10+i)
		for half := range 2 {
			w.p("VFMADD231PS Y%d, Y%d, Y%d", 8+half, 10+i, 2*i+half)
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
		w.p("VMOVUPS Y%d, (R8)", 2*i)
		w.p("VMOVUPS Y%d, 32(R8)", 2*i+1)
		w.p("ADDQ R15, R8")
	}
	w.p("MOVQ aInputs-64(SP), SI")
	w.p("ADDQ $%d, SI", 4*n)
	w.p("SUBQ $%d, R13", n)
	w.p("JMP %s", w.at("next"))
}
