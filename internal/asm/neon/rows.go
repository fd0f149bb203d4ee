// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"
)

// rows writes what reductions of rows of float32 need. Sums are in float64; 16 elements are
// eight vectors of it.
func (w *writer) rows() {
	w.maximum()
	w.total()
	w.rowSums("moments", "shift", "x")
	w.rowSums("products", "mean", "dy", "x")
	w.rowMap("normalise", []string{"y", "x"}, []string{"mean", "inv"})
	w.rowMap("normalGrad", []string{"dx", "x", "dy"}, []string{"mean", "inv", "sum", "dot"})
}

// maximum keeps NaN, as instructions for maxima do.
func (w *writer) maximum() {
	w.vec("maximum", "(n int, x *float32) (top float32)", 0, "x")
	w.load("R1", 0, span(0, 4)...)
	w.each(1, 16, func() {
		w.load("R1", 0, span(4, 4)...)
		for i := range reg(4) {
			w.op("fmax", i, i, 4+i)
		}
	})
	w.op("fmax", 0, 0, 1)
	w.op("fmax", 2, 2, 3)
	w.op("fmax", 0, 0, 2)
	w.op("fmaxp", 0, 0, 0)
	w.op("fmaxp", 0, 0, 0)
	w.result(0, "top")
	w.End()
}

// wide loads 16 elements at base as float64 to eight registers.
func (w *writer) wideRow(base string, to reg) {
	w.load(base, 0, span(int(to)+4, 4)...)
	for i := range reg(4) { // each is read before it is overwritten
		w.widen(to+2*i, to+2*i+1, to+4+i)
	}
}

// across adds up eight registers of float64 and stores the result.
func (w *writer) across(s reg, result string) {
	for apart := reg(4); apart > 0; apart /= 2 {
		for i := range apart {
			w.op("fadd", s+i, s+i, s+i+apart)
		}
	}
	w.op("faddp", s, s, s)
	w.result(s, result)
}

func (w *writer) total() {
	w.vec("total", "(n int, x *float32) (sum float64)", 0, "x")
	w.elem = 8
	w.clear(span(16, 8)...)
	w.each(1, 16, func() {
		w.wideRow("R1", 0)
		for i := range reg(8) {
			w.op("fadd", 16+i, 16+i, i)
		}
	})
	w.across(16, "sum")
	w.End()
}

// vecRows starts a function of rows and of numbers, which it leaves in registers from
// first on.
func (w *writer) vecRows(name string, rows, numbers []string, first reg, results string) {
	w.vec(name, fmt.Sprintf("(n int, %s *float32, %s float64)%s", strings.Join(rows, ", "), strings.Join(numbers, ", "), results), 0, rows...)
	w.elem = 8
	for i, c := range numbers {
		w.parameter(c, first+reg(i))
	}
}

// rowSums writes Σ y and Σ y·x for x less a number; y is that as well if there is no other
// row.
func (w *writer) rowSums(name, number string, pointers ...string) {
	w.vecRows(name, pointers, []string{number}, 31, " (sum, dot float64)")
	w.clear(span(0, 8)...)
	w.Label("next")
	for _, offset := range []int{0, 32} { // two vectors are four of float64
		x, y := reg(8), reg(8)
		base := fmt.Sprintf("R%d", len(pointers))
		w.load(base, offset, 16, 17)
		w.widen(x, x+1, 16)
		w.widen(x+2, x+3, 17)
		if len(pointers) > 1 {
			y = 12
			w.load("R1", offset, 18, 19)
			w.widen(y, y+1, 18)
			w.widen(y+2, y+3, 19)
		}
		for i := range reg(4) {
			w.op("fsub", x+i, x+i, 31)
		}
		for i := range reg(4) {
			w.op("fadd", i, i, y+i)
			w.op("fmla", 4+i, y+i, x+i)
		}
	}
	for i := range pointers {
		w.P("ADD $64, R%d", 1+i)
	}
	w.P("SUBS $16, R0")
	w.P("BNE %s", w.At("next"))
	for i, result := range []string{"sum", "dot"} {
		s := reg(4 * i)
		w.op("fadd", s, s, s+2)
		w.op("fadd", s+1, s+1, s+3)
		w.op("fadd", s, s, s+1)
		w.op("faddp", s, s, s)
		w.result(s, result)
	}
	w.End()
	w.elem = 4
}

// rowMap writes (x-mean)·inv or, with another row, inv·(dy - sum - (x-mean)·dot).
func (w *writer) rowMap(name string, pointers, numbers []string) {
	w.vecRows(name, pointers, numbers, 28, "")
	const mean, inv, sum, dot reg = 28, 29, 30, 31
	w.each(len(pointers), 16, func() {
		w.wideRow("R2", 0)
		if len(pointers) > 2 {
			w.wideRow("R3", 8)
		}
		for i := range reg(8) {
			w.op("fsub", i, i, mean)
			if len(pointers) > 2 {
				w.op("fmul", i, i, dot)
				w.op("fsub", 8+i, 8+i, sum)
				w.op("fsub", i, 8+i, i)
			}
			w.op("fmul", i, i, inv)
		}
		for i := range reg(4) {
			w.narrow(16+i, 2*i, 2*i+1)
		}
		w.store("R1", 0, span(16, 4)...)
	})
	w.End()
	w.elem = 4
}
