// SPDX-License-Identifier: MIT

package main

import "fmt"

// laneConstants writes the numbers of 16 lanes, and ones.
func (w *writer) laneConstants() {
	w.WriteString("\n")
	for i := range 8 {
		fmt.Fprintf(w, "DATA laneNumbers<>+%d(SB)/8, $0x%08x%08x\n", 8*i, 2*i+1, 2*i)
	}
	w.WriteString("GLOBL laneNumbers<>(SB), RODATA|NOPTR, $64\n")
	for i := range 4 {
		fmt.Fprintf(w, "DATA laneOnes<>+%d(SB)/8, $0x0000000100000001\n", 8*i)
	}
	w.WriteString("GLOBL laneOnes<>(SB), RODATA|NOPTR, $32\n")
}

// lanes is how lane kernels are written: vectors of a block in halves registers.
type lanes struct {
	halves, most int // most pixels of a tile
	base         reg // its index registers: where the runs of the lanes begin
	index        reg
	weight       reg
	temp         []reg
}

func (w *writer) lanes() lanes {
	if w.wide {
		return lanes{halves: 1, most: 14, base: 31, index: 30, weight: 28, temp: span(16, 8)}
	}
	return lanes{halves: 2, most: 6, index: 15, weight: 12, temp: span(14, 1)}
}

// firsts sets a register to the lanes' numbers without the bits below the run in RAX.
func (w *writer) firsts(r reg) {
	w.p("NEGQ AX")
	if w.wide {
		w.p("VPBROADCASTD AX, %s", w.reg(r))
		w.p("VPANDD laneNumbers<>(SB), %[1]s, %[1]s", w.reg(r))
		return
	}
	w.p("VMOVD AX, %s", w.low(r))
	w.p("VPBROADCASTD %s, %s", w.low(r), w.reg(r))
	w.p("VPAND laneNumbers<>(SB), %[1]s, %[1]s", w.reg(r))
}

// half is the address of a half of the block at address.
func half(address string, i int) string {
	if i == 0 {
		return address
	}
	return fmt.Sprintf("%d%s", 32*i, address)
}

// laneTile writes tileJob for channels that see only lanes of their own block.
func (w *writer) laneTile() {
	l := w.lanes()
	w.begin("laneTile"+w.suffix(), "tileJob", 0)
	w.p("MOVQ 24(DI), BX // b")
	w.p("MOVQ 176(DI), AX // pixels")
	for pixels := l.most; pixels > 1; pixels-- {
		w.p("CMPQ AX, $%d", pixels)
		w.p("JEQ %s", w.at("%d", pixels))
	}
	for pixels := 1; pixels <= l.most; pixels++ {
		w.label("%d", pixels)
		w.laneTileOf(l, pixels)
	}
}

func (w *writer) laneTileOf(l lanes, pixels int) {
	name := func(label string) string { return w.at("%d_%s", pixels, label) }
	sum := func(i, h int) reg { return reg(i*l.halves + h) }
	each := func(f func(i, h int)) {
		for i := range pixels {
			for h := range l.halves {
				f(i, h)
			}
		}
	}
	w.loadMultiples(152, pixels)
	each(func(i, h int) {
		r := w.low(sum(i, h))
		w.p("VXORPS %[1]s, %[1]s, %[1]s", r)
	})
	w.p("MOVQ 96(DI), DX // bias")
	w.p("TESTQ DX, DX")
	w.p("JZ %s", name("begin"))
	each(func(i, h int) { w.op("VMOVUPS", half("(DX)", h), sum(i, h)) })
	w.label("%d_begin", pixels)
	w.p("MOVQ 120(DI), SI // offs")
	w.p("MOVQ 128(DI), CX")
	w.p("TESTQ CX, CX")
	w.p("JZ %s", name("sums"))
	w.p("MOVQ 144(DI), R15 // run")
	w.p("CMPQ R15, $1")
	w.p("JEQ %s", name("own"))
	if w.wide {
		w.p("MOVQ R15, AX")
		w.firsts(l.base)
		w.p("VPBROADCASTD laneOnes<>(SB), Z29")
	}

	w.label("%d_run", pixels)
	if w.wide {
		w.p("VMOVDQA32 %s, %s", w.reg(l.base), w.reg(l.index))
	} else {
		w.p("MOVQ R15, AX")
		w.firsts(l.index)
	}
	w.p("MOVQ (SI), AX")
	w.p("SHLQ $2, AX")
	w.p("ADDQ (DI), AX")
	w.p("ADDQ $8, SI")
	w.p("MOVQ R15, DX")
	w.label("%d_step", pixels)
	for h := range l.halves {
		w.op("VMOVUPS", half("(BX)", h), l.weight+reg(h))
	}
	each(func(i, h int) {
		t := l.temp[(i*l.halves+h)%len(l.temp)]
		w.op("VPERMPS", half(pixel(i), h), l.index, t)
		w.op("VFMADD231PS", l.weight+reg(h), t, sum(i, h))
	})
	if w.wide {
		w.p("VPADDD Z29, %[1]s, %[1]s", w.reg(l.index))
	} else {
		w.p("VPADDD laneOnes<>(SB), %[1]s, %[1]s", w.reg(l.index))
	}
	w.p("ADDQ $64, BX")
	w.p("DECQ DX")
	w.p("JNZ %s", name("step"))
	w.p("DECQ CX")
	w.p("JNZ %s", name("run"))
	w.p("JMP %s", name("sums"))

	w.label("%d_own", pixels)
	w.p("MOVQ (SI), AX")
	w.p("SHLQ $2, AX")
	w.p("ADDQ (DI), AX")
	w.p("ADDQ $8, SI")
	for h := range l.halves {
		w.op("VMOVUPS", half("(BX)", h), l.weight+reg(h))
	}
	each(func(i, h int) { w.op("VFMADD231PS", half(pixel(i), h), l.weight+reg(h), sum(i, h)) })
	w.p("ADDQ $64, BX")
	w.p("DECQ CX")
	w.p("JNZ %s", name("own"))

	w.label("%d_sums", pixels)
	w.p("MOVQ 160(DI), R8 // cPixel")
	w.p("SHLQ $2, R8")
	w.p("MOVQ 72(DI), SI // res")
	w.p("TESTQ SI, SI")
	w.p("JZ %s", name("alone"))
	each(func(i, h int) {
		w.op("VADDPS", half("(SI)", h), sum(i, h), sum(i, h))
		if h == l.halves-1 && i < pixels-1 {
			w.p("ADDQ R8, SI")
		}
	})
	w.label("%d_alone", pixels)
	w.p("CMPB 200(DI), $0 // relu")
	w.p("JEQ %s", name("store"))
	zero := l.temp[0]
	w.p("VXORPS %[1]s, %[1]s, %[1]s", w.low(zero))
	each(func(i, h int) { w.op("VMAXPS", sum(i, h), zero, sum(i, h)) })
	w.label("%d_store", pixels)
	w.p("MOVQ 48(DI), DX")
	each(func(i, h int) {
		w.op("VMOVUPS", sum(i, h), half("(DX)", h))
		if h == l.halves-1 && i < pixels-1 {
			w.p("ADDQ R8, DX")
		}
	})
	w.end()
}

// laneGrad writes gradJob for channels that see only lanes of their own block: n of
// them, 1, 2, 4 or 8.
func (w *writer) laneGrad() {
	w.begin("laneGrad"+w.suffix(), "gradJob", 0)
	w.p("MOVQ 104(DI), R10 // aRow")
	w.p("MOVQ 112(DI), R11 // aPixel")
	w.p("MOVQ 120(DI), R12 // bRow")
	w.p("MOVQ 136(DI), R15 // cRow")
	for _, r := range []int{10, 11, 12, 15} {
		w.p("SHLQ $2, R%d", r)
	}
	w.p("XORQ R14, R14 // bytes of the halves before")
	w.label("half")
	w.p("MOVQ (DI), SI // a")
	w.p("ADDQ R14, SI")
	w.p("MOVQ 24(DI), DX // b")
	w.p("ADDQ R14, DX")
	w.p("MOVQ 48(DI), R8 // c")
	w.p("ADDQ R14, R8")
	w.p("MOVQ 88(DI), R9 // rows")
	w.p("MOVQ 72(DI), AX // n")
	for _, n := range []int{8, 4, 2} {
		w.p("CMPQ AX, $%d", n)
		w.p("JEQ %s", w.at("%d", n))
	}
	for n := 1; n <= 8; n *= 2 {
		w.label("%d", n)
		w.laneGradOf(n)
	}
	w.label("next")
	if !w.wide {
		w.p("ADDQ $32, R14")
		w.p("CMPQ R14, $64")
		w.p("JLT %s", w.at("half"))
	}
	w.end()
}

// own loads lane k of each lane's n, of the pixel at AX.
func (w *writer) own(n, k int, to reg) {
	switch {
	case w.wide:
		w.op("VPERMPS", "(AX)", reg(16+k), to)
	case n == 2:
		w.op([]string{"VMOVSLDUP", "VMOVSHDUP"}[k], "(AX)", to)
	case n == 4:
		w.op("VPERMILPS", fmt.Sprintf("$%d", 0x55*k), "(AX)", to)
	case n == 8:
		w.op("VBROADCASTSS", fmt.Sprintf("%d(AX)", 4*k), to)
	}
}

func (w *writer) laneGradOf(n int) {
	name := func(label string) string { return w.at("%d_%s", n, label) }
	sums := 4 // in flight, so that additions do not wait for each other
	if !w.wide {
		sums = 8
	}
	unroll := max(1, sums/n)
	sum := func(u, k int) reg { return reg(u*n + k) }
	for i := range unroll * n {
		w.p("VXORPS %[1]s, %[1]s, %[1]s", w.low(reg(i)))
	}
	if w.wide && n > 1 {
		w.firsts(16)
		w.p("VPBROADCASTD laneOnes<>(SB), Z29")
		for k := 1; k < n; k++ {
			w.p("VPADDD Z29, Z%d, Z%d", 15+k, 16+k)
		}
	}
	w.label("%d_row", n)
	w.p("MOVQ SI, AX")
	w.p("MOVQ DX, BX")
	w.p("MOVQ 96(DI), CX // cols")
	products := func(u int) {
		b, t := reg(8+u%2), reg(10+u%2)
		w.op("VMOVUPS", "(BX)", b)
		if n == 1 {
			w.op("VFMADD231PS", "(AX)", b, sum(u, 0))
		} else {
			for k := range n {
				w.own(n, k, t)
				w.op("VFMADD231PS", b, t, sum(u, k))
			}
		}
		w.p("ADDQ R11, AX")
		w.p("ADDQ $64, BX")
	}
	if unroll > 1 {
		w.p("SUBQ $%d, CX", unroll)
		w.p("JLT %s", name("rest"))
		w.label("%d_steps", n)
		for u := range unroll {
			products(u)
		}
		w.p("SUBQ $%d, CX", unroll)
		w.p("JGE %s", name("steps"))
		w.label("%d_rest", n)
		w.p("ADDQ $%d, CX", unroll)
		w.p("JZ %s", name("next"))
	}
	w.label("%d_step", n)
	products(0)
	w.p("DECQ CX")
	w.p("JNZ %s", name("step"))
	w.label("%d_next", n)
	w.p("ADDQ R10, SI")
	w.p("ADDQ R12, DX")
	w.p("DECQ R9")
	w.p("JNZ %s", name("row"))
	for apart := unroll / 2; apart > 0; apart /= 2 {
		for u := range apart {
			for k := range n {
				w.op("VADDPS", sum(u+apart, k), sum(u, k), sum(u, k))
			}
		}
	}
	w.p("CMPB 144(DI), $0 // add")
	w.p("JEQ %s", name("store"))
	w.p("MOVQ R8, AX")
	for k := range n {
		w.op("VADDPS", "(AX)", sum(0, k), sum(0, k))
		w.p("ADDQ R15, AX")
	}
	w.label("%d_store", n)
	for k := range n {
		w.op("VMOVUPS", sum(0, k), "(R8)")
		w.p("ADDQ R15, R8")
	}
	w.p("JMP %s", w.at("next"))
}
