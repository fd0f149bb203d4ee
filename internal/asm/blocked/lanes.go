// SPDX-License-Identifier: MIT

package main

import "fmt"

// laneConstants writes the numbers of 16 lanes, and ones.
func (w *writer) laneConstants() {
	var numbers [16]uint64
	for i := range numbers {
		numbers[i] = uint64(i)
	}
	w.laneNumbers = w.Data("laneNumbers", 4, numbers[:]...)
	w.laneOnes = w.Data("laneOnes", 4, 1, 1, 1, 1, 1, 1, 1, 1)
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
	w.P("NEGQ AX")
	if w.wide {
		w.P("VPBROADCASTD AX, %s", w.reg(r))
		w.op("VPANDD", w.laneNumbers, r, r)
		return
	}
	w.P("VMOVD AX, %s", w.low(r))
	w.P("VPBROADCASTD %s, %s", w.low(r), w.reg(r))
	w.op("VPAND", w.laneNumbers, r, r)
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
	w.load("b", "BX")
	w.load("pixels", "AX")
	for pixels := l.most; pixels > 1; pixels-- {
		w.P("CMPQ AX, $%d", pixels)
		w.P("JEQ %s", w.At("%d", pixels))
	}
	for pixels := 1; pixels <= l.most; pixels++ {
		w.Label("%d", pixels)
		w.laneTileOf(l, pixels)
	}
}

func (w *writer) laneTileOf(l lanes, pixels int) {
	name := func(label string) string { return w.At("%d_%s", pixels, label) }
	sum := func(i, h int) reg { return reg(i*l.halves + h) }
	each := func(f func(i, h int)) {
		for i := range pixels {
			for h := range l.halves {
				f(i, h)
			}
		}
	}
	w.loadMultiples(pixels)
	each(func(i, h int) {
		r := w.low(sum(i, h))
		w.P("VXORPS %[1]s, %[1]s, %[1]s", r)
	})
	w.load("bias", "DX")
	w.P("TESTQ DX, DX")
	w.P("JZ %s", name("begin"))
	each(func(i, h int) { w.op("VMOVUPS", half("(DX)", h), sum(i, h)) })
	w.Label("%d_begin", pixels)
	w.load("offs", "SI")
	w.Op("MOVQ", w.length("offs"), "CX")
	w.P("TESTQ CX, CX")
	w.P("JZ %s", name("sums"))
	w.load("run", "R15")
	w.P("CMPQ R15, $1")
	w.P("JEQ %s", name("own"))
	if w.wide {
		w.P("MOVQ R15, AX")
		w.firsts(l.base)
		w.op("VPBROADCASTD", w.laneOnes, reg(29))
	}

	w.Label("%d_run", pixels)
	if w.wide {
		w.P("VMOVDQA32 %s, %s", w.reg(l.base), w.reg(l.index))
	} else {
		w.P("MOVQ R15, AX")
		w.firsts(l.index)
	}
	w.P("MOVQ (SI), AX")
	w.P("SHLQ $2, AX")
	w.Op("ADDQ", w.field("a"), "AX")
	w.P("ADDQ $8, SI")
	w.P("MOVQ R15, DX")
	w.Label("%d_step", pixels)
	for h := range l.halves {
		w.op("VMOVUPS", half("(BX)", h), l.weight+reg(h))
	}
	each(func(i, h int) {
		t := l.temp[(i*l.halves+h)%len(l.temp)]
		w.op("VPERMPS", half(pixel(i), h), l.index, t)
		w.op("VFMADD231PS", l.weight+reg(h), t, sum(i, h))
	})
	if w.wide {
		w.P("VPADDD Z29, %[1]s, %[1]s", w.reg(l.index))
	} else {
		w.op("VPADDD", w.laneOnes, l.index, l.index)
	}
	w.P("ADDQ $64, BX")
	w.P("DECQ DX")
	w.P("JNZ %s", name("step"))
	w.P("DECQ CX")
	w.P("JNZ %s", name("run"))
	w.P("JMP %s", name("sums"))

	w.Label("%d_own", pixels)
	w.P("MOVQ (SI), AX")
	w.P("SHLQ $2, AX")
	w.Op("ADDQ", w.field("a"), "AX")
	w.P("ADDQ $8, SI")
	for h := range l.halves {
		w.op("VMOVUPS", half("(BX)", h), l.weight+reg(h))
	}
	each(func(i, h int) { w.op("VFMADD231PS", half(pixel(i), h), l.weight+reg(h), sum(i, h)) })
	w.P("ADDQ $64, BX")
	w.P("DECQ CX")
	w.P("JNZ %s", name("own"))

	w.Label("%d_sums", pixels)
	w.load("cPixel", "R8")
	w.P("SHLQ $2, R8")
	w.load("res", "SI")
	w.P("TESTQ SI, SI")
	w.P("JZ %s", name("alone"))
	each(func(i, h int) {
		w.op("VADDPS", half("(SI)", h), sum(i, h), sum(i, h))
		if h == l.halves-1 && i < pixels-1 {
			w.P("ADDQ R8, SI")
		}
	})
	w.Label("%d_alone", pixels)
	w.Op("CMPB", w.field("relu"), "$0")
	w.P("JEQ %s", name("store"))
	zero := l.temp[0]
	w.P("VXORPS %[1]s, %[1]s, %[1]s", w.low(zero))
	each(func(i, h int) { w.op("VMAXPS", sum(i, h), zero, sum(i, h)) })
	w.Label("%d_store", pixels)
	w.load("c", "DX")
	each(func(i, h int) {
		w.op("VMOVUPS", sum(i, h), half("(DX)", h))
		if h == l.halves-1 && i < pixels-1 {
			w.P("ADDQ R8, DX")
		}
	})
	w.End()
}

// laneGrad writes gradJob for channels that see only lanes of their own block: n of
// them, 1, 2, 4 or 8.
func (w *writer) laneGrad() {
	w.begin("laneGrad"+w.suffix(), "gradJob", 0)
	w.load("aRow", "R10")
	w.load("aPixel", "R11")
	w.load("bRow", "R12")
	w.load("cRow", "R15")
	for _, r := range []int{10, 11, 12, 15} {
		w.P("SHLQ $2, R%d", r)
	}
	w.P("XORQ R14, R14 // bytes of the halves before")
	w.Label("half")
	w.load("a", "SI")
	w.P("ADDQ R14, SI")
	w.load("b", "DX")
	w.P("ADDQ R14, DX")
	w.load("c", "R8")
	w.P("ADDQ R14, R8")
	w.load("rows", "R9")
	w.load("n", "AX")
	for _, n := range []int{8, 4, 2} {
		w.P("CMPQ AX, $%d", n)
		w.P("JEQ %s", w.At("%d", n))
	}
	for n := 1; n <= 8; n *= 2 {
		w.Label("%d", n)
		w.laneGradOf(n)
	}
	w.Label("next")
	if !w.wide {
		w.P("ADDQ $32, R14")
		w.P("CMPQ R14, $64")
		w.P("JLT %s", w.At("half"))
	}
	w.End()
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
	name := func(label string) string { return w.At("%d_%s", n, label) }
	sums := 4 // in flight, so that additions do not wait for each other
	if !w.wide {
		sums = 8
	}
	unroll := max(1, sums/n)
	sum := func(u, k int) reg { return reg(u*n + k) }
	for i := range unroll * n {
		w.P("VXORPS %[1]s, %[1]s, %[1]s", w.low(reg(i)))
	}
	if w.wide && n > 1 {
		w.firsts(16)
		w.op("VPBROADCASTD", w.laneOnes, reg(29))
		for k := 1; k < n; k++ {
			w.P("VPADDD Z29, Z%d, Z%d", 15+k, 16+k)
		}
	}
	w.Label("%d_row", n)
	w.P("MOVQ SI, AX")
	w.P("MOVQ DX, BX")
	w.load("cols", "CX")
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
		w.P("ADDQ R11, AX")
		w.P("ADDQ $64, BX")
	}
	if unroll > 1 {
		w.P("SUBQ $%d, CX", unroll)
		w.P("JLT %s", name("rest"))
		w.Label("%d_steps", n)
		for u := range unroll {
			products(u)
		}
		w.P("SUBQ $%d, CX", unroll)
		w.P("JGE %s", name("steps"))
		w.Label("%d_rest", n)
		w.P("ADDQ $%d, CX", unroll)
		w.P("JZ %s", name("next"))
	}
	w.Label("%d_step", n)
	products(0)
	w.P("DECQ CX")
	w.P("JNZ %s", name("step"))
	w.Label("%d_next", n)
	w.P("ADDQ R10, SI")
	w.P("ADDQ R12, DX")
	w.P("DECQ R9")
	w.P("JNZ %s", name("row"))
	for apart := unroll / 2; apart > 0; apart /= 2 {
		for u := range apart {
			for k := range n {
				w.op("VADDPS", sum(u+apart, k), sum(u, k), sum(u, k))
			}
		}
	}
	w.Op("CMPB", w.field("add"), "$0")
	w.P("JEQ %s", name("store"))
	w.P("MOVQ R8, AX")
	for k := range n {
		w.op("VADDPS", "(AX)", sum(0, k), sum(0, k))
		w.P("ADDQ R15, AX")
	}
	w.Label("%d_store", n)
	for k := range n {
		w.op("VMOVUPS", sum(0, k), "(R8)")
		w.P("ADDQ R15, R8")
	}
	w.P("JMP %s", w.At("next"))
}
