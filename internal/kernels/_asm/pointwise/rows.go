// SPDX-License-Identifier: MIT

package main

import "fmt"

// rows writes what reductions of rows of float32 need. Sums are in float64, of two sets
// of lanes that are added up in pairs at the end. n is a multiple of 16.
func (w *writer) rows() {
	w.maximum()
	w.total()
	w.rowSums("moments", "n int, x *float32, shift float64", []string{"x"}, 16, func(set reg) {
		w.op("VSUBPD", reg(8), x, x)
		w.op("VADDPD", x, set, set)
		w.op("VFMADD231PD", x, x, set+2)
	})
	w.rowSums("products", "n int, dy, x *float32, mean float64", []string{"dy", "x"}, 24, func(set reg) {
		w.op("VSUBPD", reg(8), r, r)
		w.op("VADDPD", x, set, set)
		w.op("VFMADD231PD", r, x, set+2)
	})
	w.rowMap("normalise", "n int, y, x *float32, mean, inv float64", []string{"y", "x"}, []string{"mean", "inv"}, func() {
		w.op("VSUBPD", reg(8), x, x)
		w.op("VMULPD", reg(9), x, x)
	})
	w.rowMap("normalGrad", "n int, dx, x, dy *float32, mean, inv, sum, dot float64", []string{"dx", "x", "dy"}, []string{"mean", "inv", "sum", "dot"}, func() {
		w.op("VSUBPD", reg(8), x, x)
		w.op("VMULPD", reg(11), x, x)
		w.op("VSUBPD", reg(10), r, r)
		w.op("VSUBPD", x, r, r)
		w.op("VMULPD", reg(9), r, x)
	})
}

// larger joins a into b, the larger of both or NaN: an instruction for maxima returns its
// second source if one is not a number, so both orders are taken. prefix is the kind of
// register.
func (w *writer) larger(prefix string, a, b, t int) {
	w.p("VMAXPS %[1]s%[2]d, %[1]s%[3]d, %[1]s%[4]d", prefix, a, b, t)
	w.p("VMAXPS %[1]s%[3]d, %[1]s%[2]d, %[1]s%[3]d", prefix, a, b)
	w.p("VORPS %[1]s%[3]d, %[1]s%[2]d, %[1]s%[2]d", prefix, b, t)
}

func (w *writer) maximum() {
	w.begin("maximum", "n int, x *float32) (top float32", 20)
	w.p("MOVQ n+0(FP), CX")
	w.p("MOVQ x+8(FP), AX")
	kind := w.reg(0)[:1]
	const sets = 4
	for s := range reg(sets) {
		w.op("VMOVUPS", "(AX)", s)
	}
	loop := func(name string, sets int) {
		bytes := sets * w.width()
		w.p("SUBQ $%d, CX", bytes/4)
		w.p("JLT %s", w.at(name+"_end"))
		w.label(name)
		for s := range sets {
			w.op("VMOVUPS", fmt.Sprintf("%d(AX)", s*w.width()), reg(sets+s))
			w.larger(kind, sets+s, s, 2*sets+s)
		}
		w.p("ADDQ $%d, AX", bytes)
		w.p("SUBQ $%d, CX", bytes/4)
		w.p("JGE %s", w.at(name))
		w.label(name + "_end")
		w.p("ADDQ $%d, CX", bytes/4)
	}
	loop("four", sets)
	for s := 1; s < sets; s++ {
		w.larger(kind, s, 0, sets)
	}
	loop("one", 1)
	if w.wide {
		w.p("VEXTRACTF64X4 $1, Z0, Y1")
		w.larger("Y", 1, 0, 2)
	}
	w.p("VEXTRACTF128 $1, Y0, X1")
	w.larger("X", 1, 0, 2)
	for _, shuffle := range []string{"$0x4e", "$0xb1"} {
		w.p("VPERMILPS %s, X0, X1", shuffle)
		w.larger("X", 1, 0, 2)
	}
	w.p("VZEROUPPER")
	w.p("MOVSS X0, top+16(FP)")
	w.p("RET")
}

// total writes the sum, in four sets of lanes.
func (w *writer) total() {
	w.begin("total", "n int, x *float32) (sum float64", 24)
	w.p("MOVQ n+0(FP), CX")
	w.p("MOVQ x+8(FP), AX")
	for s := reg(4); s < 8; s++ {
		w.zero(s)
	}
	w.parts(1, func(part int, at func(int) string) {
		w.op("VCVTPS2PD", at(0), reg(part))
		w.op("VADDPD", reg(part), reg(4+part), reg(4+part))
	})
	w.op("VADDPD", reg(5), reg(4), reg(4))
	w.op("VADDPD", reg(7), reg(6), reg(6))
	w.op("VADDPD", reg(6), reg(4), reg(4))
	w.across(4)
	w.p("MOVSD X4, sum+16(FP)")
	w.end()
}

// across adds up the lanes of s in pairs.
func (w *writer) across(s reg) {
	if w.wide {
		w.p("VEXTRACTF64X4 $1, Z%d, Y0", s)
		w.p("VADDPD Y0, Y%d, Y%[1]d", s)
	}
	w.p("VEXTRACTF128 $1, Y%d, X0", s)
	w.p("VADDPD X0, X%d, X%[1]d", s)
	w.p("VHADDPD X%d, X%[1]d, X%[1]d", s)
}

// parts writes a loop over parts of rows that widen to one vector of float64, unrolled to
// 16 elements. The pointers are AX, BX, SI.
func (w *writer) parts(pointers int, each func(part int, at func(pointer int) string)) {
	names := []string{"AX", "BX", "SI"}[:pointers]
	w.label("next")
	for part := range 128 / w.width() {
		each(part, func(pointer int) string { return fmt.Sprintf("%d(%s)", part*w.width()/2, names[pointer]) })
	}
	for _, p := range names {
		w.p("ADDQ $64, %s", p)
	}
	w.p("SUBQ $16, CX")
	w.p("JNZ %s", w.at("next"))
}

// rowSums writes a function of up to two rows, in x and r, that adds to set and set+2.
func (w *writer) rowSums(name, args string, from []string, number int, f func(set reg)) {
	w.begin(name, args+") (sum, dot float64", number+24)
	w.p("MOVQ n+0(FP), CX")
	for i, p := range from {
		w.p("MOVQ %s+%d(FP), %s", p, 8+8*i, []string{"AX", "BX"}[i])
	}
	last := map[int]string{16: "shift", 24: "mean"}[number]
	w.op("VBROADCASTSD", fmt.Sprintf("%s+%d(FP)", last, number), reg(8))
	for s := reg(4); s < 8; s++ {
		w.zero(s)
	}
	w.parts(len(from), func(part int, at func(int) string) {
		w.op("VCVTPS2PD", at(0), x)
		if len(from) > 1 {
			w.op("VCVTPS2PD", at(1), r)
		}
		f(reg(4 + part%2))
	})
	for i, s := range []reg{4, 6} {
		w.op("VADDPD", s+1, s, s)
		w.across(s)
		w.p("MOVSD X%d, %s+%d(FP)", s, []string{"sum", "dot"}[i], number+8+8*i)
	}
	w.end()
}

// rowMap writes a function that makes x of the rows in x and r; numbers are in registers
// from 8 on.
func (w *writer) rowMap(name, args string, rows, numbers []string, f func()) {
	w.begin(name, args, 8+8*len(rows)+8*len(numbers))
	w.p("MOVQ n+0(FP), CX")
	for i, p := range rows {
		w.p("MOVQ %s+%d(FP), %s", p, 8+8*i, []string{"AX", "BX", "SI"}[i])
	}
	for i, c := range numbers {
		w.op("VBROADCASTSD", fmt.Sprintf("%s+%d(FP)", c, 8+8*len(rows)+8*i), reg(8+i))
	}
	w.parts(len(rows), func(_ int, at func(int) string) {
		w.op("VCVTPS2PD", at(1), x)
		if len(rows) > 2 {
			w.op("VCVTPS2PD", at(2), r)
		}
		f()
		if w.wide {
			w.p("VCVTPD2PS Z%d, Y%[1]d", x)
			w.p("VMOVUPS Y%d, %s", x, at(0))
		} else {
			w.p("VCVTPD2PSY Y%d, X%[1]d", x)
			w.p("VMOVUPS X%d, %s", x, at(0))
		}
	})
	w.end()
}
