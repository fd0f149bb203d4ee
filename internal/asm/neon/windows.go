// SPDX-License-Identifier: MIT

package main

import "math"

// Functions of windows have n, rows, cols, stride and step in R0 to R4, those that are
// distances in bytes. y or dy is at R5, what windows are on at R6, and a window's pixel at R7.

// windows starts one; the pointers are loaded in their order to R5 and R6 or, if swapped, to
// R6 and R5.
func (w *writer) windows(name, pointers string, swapped bool) {
	w.words(name, "n, rows, cols, stride, step int, "+pointers)
	w.P("LSL $2, R3")
	w.P("LSL $2, R4")
	if swapped {
		w.P("MOVD R5, R9")
		w.P("MOVD R6, R5")
		w.P("MOVD R9, R6")
	}
}

// taps writes a loop over the pixels of the window.
func (w *writer) taps(each func()) {
	w.P("MOVD R6, R10")
	w.P("MOVD R1, R11")
	w.Label("row")
	w.P("MOVD R10, R9")
	w.P("MOVD R2, R12")
	w.Label("tap")
	each()
	w.P("ADD $64, R9")
	w.P("SUBS $1, R12")
	w.P("BNE %s", w.At("tap"))
	w.P("ADD R4, R10")
	w.P("SUBS $1, R11")
	w.P("BNE %s", w.At("row"))
}

// nextWindow goes to the next one.
func (w *writer) nextWindow() {
	w.P("ADD R3, R6")
	w.P("ADD $64, R5")
	w.P("SUBS $1, R0")
	w.P("BNE %s", w.At("window"))
	w.End()
}

// divisor loads the one at R7.
func (w *writer) divisor(d reg) {
	w.P("FMOVS (R7), F%d", int(d))
	w.fill(d, d)
}

// maxWindows keeps NaN, as instructions for maxima do.
func (w *writer) maxWindows() {
	const best, x, start block = 0, 4, 8
	w.windows("maxWindows", "y, x *float32", false)
	w.usePool()
	w.number(reg(start), math.Inf(-1))
	w.Label("window")
	for _, r := range best.regs() {
		w.move(r, reg(start))
	}
	w.taps(func() {
		w.load("R9", 0, x.regs()...)
		w.blocks("fmax", best, best, x)
	})
	w.store("R5", 0, best.regs()...)
	w.nextWindow()
}

func (w *writer) sumWindows() {
	const sum, x, divisor block = 0, 4, 8
	w.windows("sumWindows", "y, x, divisor *float32", false)
	w.divisor(reg(divisor))
	w.Label("window")
	w.clear(sum.regs()...)
	w.taps(func() {
		w.load("R9", 0, x.regs()...)
		w.blocks("fadd", sum, sum, x)
	})
	for _, r := range sum.regs() {
		w.op("fdiv", r, r, reg(divisor))
	}
	w.store("R5", 0, sum.regs()...)
	w.nextWindow()
}

func (w *writer) sumWindowsGrad() {
	const dy, x, divisor block = 0, 4, 8
	w.windows("sumWindowsGrad", "dx, dy, divisor *float32", true)
	w.divisor(reg(divisor))
	w.Label("window")
	w.load("R5", 0, dy.regs()...)
	for _, r := range dy.regs() {
		w.op("fdiv", r, r, reg(divisor))
	}
	w.taps(func() {
		w.load("R9", 0, x.regs()...)
		w.blocks("fadd", x, x, dy)
		w.store("R9", 0, x.regs()...)
	})
	w.nextWindow()
}

// maxWindowsIndices finds the largest element and the number of the tap that it is.
func (w *writer) maxWindowsIndices() {
	const best, winner, x, t, u block = 0, 4, 8, 12, 16
	const number, one, start reg = 20, 21, 22
	w.windows("maxWindowsIndices", "y, x *float32, indices *uint8", false)
	w.usePool()
	w.number(start, math.Inf(-1))
	w.word32(one, 1)
	w.Label("window")
	for _, r := range best.regs() {
		w.move(r, start)
	}
	w.clear(winner.regs()...)
	w.clear(number)
	w.taps(func() {
		w.load("R9", 0, x.regs()...)
		w.blocks("fcmgt", t, x, best)
		w.blocks("fcmeq", u, x, x)
		for i := range reg(4) { // greater, or not a number
			w.bits("orn", reg(t)+i, reg(t)+i, reg(u)+i)
			w.bits("bit", reg(best)+i, reg(x)+i, reg(t)+i)
			w.bits("bit", reg(winner)+i, number, reg(t)+i)
		}
		w.whole("add", number, number, one)
	})
	w.store("R5", 0, best.regs()...)
	w.P("VUZP1 V5.H8, V4.H8, V4.H8")
	w.P("VUZP1 V7.H8, V6.H8, V6.H8")
	w.P("VUZP1 V6.B16, V4.B16, V4.B16")
	w.P("FMOVQ.P F4, 16(R7)")
	w.nextWindow()
}

// maxWindowsScatter adds to the tap of that number.
func (w *writer) maxWindowsScatter() {
	const dy, winner, x, t block = 0, 4, 8, 12
	const number, one reg = 20, 21
	w.windows("maxWindowsScatter", "dx, dy *float32, indices *uint8", true)
	w.usePool()
	w.word32(one, 1)
	w.Label("window")
	w.load("R5", 0, dy.regs()...)
	w.P("FMOVQ.P 16(R7), F16")
	w.P("VUXTL V16.B8, V17.H8")
	w.P("VUXTL2 V16.B16, V18.H8")
	for i := range 2 {
		w.P("VUXTL V%d.H4, V%d.S4", 17+i, 4+2*i)
		w.P("VUXTL2 V%d.H8, V%d.S4", 17+i, 5+2*i)
	}
	w.clear(number)
	w.taps(func() {
		w.load("R9", 0, x.regs()...)
		for i := range reg(4) {
			w.whole("cmeq", reg(t)+i, reg(winner)+i, number)
			w.bits("and", reg(t)+i, reg(t)+i, reg(dy)+i)
		}
		w.blocks("fadd", x, x, t)
		w.store("R9", 0, x.regs()...)
		w.whole("add", number, number, one)
	})
	w.nextWindow()
}
