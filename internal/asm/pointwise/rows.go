// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// rows writes what reductions of rows of float32 need. Sums are in float64, of two sets
// of lanes that are added up in pairs at the end. n is a multiple of 16.
func (w *writer) rows() {
	w.maximum()
	w.total()
	w.rowSums("moments", []string{"x"}, "shift", func(set reg) {
		w.op("VSUBPD", reg(8), x, x)
		w.op("VADDPD", x, set, set)
		w.op("VFMADD231PD", x, x, set+2)
	})
	w.rowSums("products", []string{"dy", "x"}, "mean", func(set reg) {
		w.op("VSUBPD", reg(8), r, r)
		w.op("VADDPD", x, set, set)
		w.op("VFMADD231PD", r, x, set+2)
	})
	w.rowMap("normalise", []string{"y", "x"}, []string{"mean", "inv"}, func() {
		w.op("VSUBPD", reg(8), x, x)
		w.op("VMULPD", reg(9), x, x)
	})
	w.rowMap("normalGrad", []string{"dx", "x", "dy"}, []string{"mean", "inv", "sum", "dot"}, func() {
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
	w.P("VMAXPS %[1]s%[2]d, %[1]s%[3]d, %[1]s%[4]d", prefix, a, b, t)
	w.P("VMAXPS %[1]s%[3]d, %[1]s%[2]d, %[1]s%[3]d", prefix, a, b)
	w.P("VORPS %[1]s%[3]d, %[1]s%[2]d, %[1]s%[2]d", prefix, b, t)
}

func (w *writer) maximum() {
	w.begin("maximum", "(n int, x *float32) (top float32)")
	w.Load("n", "CX")
	w.Load("x", "AX")
	kind := w.reg(0)[:1]
	const sets = 4
	for s := range reg(sets) {
		w.op("VMOVUPS", "(AX)", s)
	}
	loop := func(name string, sets int) {
		bytes := sets * w.width()
		w.P("SUBQ $%d, CX", bytes/4)
		w.P("JLT %s", w.At("%s_end", name))
		w.Label("%s", name)
		for s := range sets {
			w.op("VMOVUPS", fmt.Sprintf("%d(AX)", s*w.width()), reg(sets+s))
			w.larger(kind, sets+s, s, 2*sets+s)
		}
		w.P("ADDQ $%d, AX", bytes)
		w.P("SUBQ $%d, CX", bytes/4)
		w.P("JGE %s", w.At("%s", name))
		w.Label("%s_end", name)
		w.P("ADDQ $%d, CX", bytes/4)
	}
	loop("four", sets)
	for s := 1; s < sets; s++ {
		w.larger(kind, s, 0, sets)
	}
	loop("one", 1)
	if w.wide {
		w.P("VEXTRACTF64X4 $1, Z0, Y1")
		w.larger("Y", 1, 0, 2)
	}
	w.P("VEXTRACTF128 $1, Y0, X1")
	w.larger("X", 1, 0, 2)
	for _, shuffle := range []string{"$0x4e", "$0xb1"} {
		w.P("VPERMILPS %s, X0, X1", shuffle)
		w.larger("X", 1, 0, 2)
	}
	w.P("VZEROUPPER")
	w.Op("MOVSS", emit.X(0), w.Arg("top"))
	w.P("RET")
}

// total writes the sum, in four sets of lanes.
func (w *writer) total() {
	w.begin("total", "(n int, x *float32) (sum float64)")
	w.Load("n", "CX")
	w.Load("x", "AX")
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
	w.Op("MOVSD", emit.X(4), w.Arg("sum"))
	w.End()
}

// across adds up the lanes of s in pairs.
func (w *writer) across(s reg) {
	if w.wide {
		w.P("VEXTRACTF64X4 $1, Z%d, Y0", s)
		w.P("VADDPD Y0, Y%d, Y%[1]d", s)
	}
	w.P("VEXTRACTF128 $1, Y%d, X0", s)
	w.P("VADDPD X0, X%d, X%[1]d", s)
	w.P("VHADDPD X%d, X%[1]d, X%[1]d", s)
}

// parts writes a loop over parts of rows that widen to one vector of float64, unrolled to
// 16 elements. The pointers are AX, BX, SI.
func (w *writer) parts(pointers int, each func(part int, at func(pointer int) string)) {
	names := []string{"AX", "BX", "SI"}[:pointers]
	w.Label("next")
	for part := range 128 / w.width() {
		each(part, func(pointer int) string { return fmt.Sprintf("%d(%s)", part*w.width()/2, names[pointer]) })
	}
	for _, p := range names {
		w.P("ADDQ $64, %s", p)
	}
	w.P("SUBQ $16, CX")
	w.P("JNZ %s", w.At("next"))
}

// beginRows starts a function of rows, which it leaves in AX, BX and SI, and of numbers,
// which it leaves in registers from 8 on.
func (w *writer) beginRows(name string, rows, numbers []string, results string) {
	w.begin(name, fmt.Sprintf("(n int, %s *float32, %s float64)%s", strings.Join(rows, ", "), strings.Join(numbers, ", "), results))
	w.Load("n", "CX")
	for i, p := range rows {
		w.Load(p, []string{"AX", "BX", "SI"}[i])
	}
	for i, c := range numbers {
		w.op("VBROADCASTSD", w.Arg(c), reg(8+i))
	}
}

// rowSums writes a function of up to two rows, in x and r, that adds to set and set+2.
func (w *writer) rowSums(name string, from []string, number string, f func(set reg)) {
	w.beginRows(name, from, []string{number}, " (sum, dot float64)")
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
		w.Op("MOVSD", emit.X(s), w.Arg([]string{"sum", "dot"}[i]))
	}
	w.End()
}

// rowMap writes a function that makes x of the rows in x and r.
func (w *writer) rowMap(name string, rows, numbers []string, f func()) {
	w.beginRows(name, rows, numbers, "")
	w.parts(len(rows), func(_ int, at func(int) string) {
		w.op("VCVTPS2PD", at(1), x)
		if len(rows) > 2 {
			w.op("VCVTPS2PD", at(2), r)
		}
		f()
		if w.wide {
			w.P("VCVTPD2PS Z%d, Y%[1]d", x)
			w.P("VMOVUPS Y%d, %s", x, at(0))
		} else {
			w.P("VCVTPD2PSY Y%d, X%[1]d", x)
			w.P("VMOVUPS X%d, %s", x, at(0))
		}
	})
	w.End()
}
