// SPDX-License-Identifier: MIT

package main

import "strings"

// channels writes the kernels of batch normalisation and pooling in the blocked layout. A
// block of channels is four vectors.
func channels(w *writer) {
	w.sums()
	w.gradSums(false)
	w.gradSums(true)
	w.affine()
	w.grad(false)
	w.grad(true)
	w.maxWindows()
	w.sumWindows()
	w.maxWindowsIndices()
	w.maxWindowsScatter()
	w.sumWindowsGrad()
}

// block is the first of four registers.
type block reg

func (b block) regs() []reg { return span(int(b), 4) }

// blocks is d = n op m, or d += n·m.
func (w *writer) blocks(op string, d, n, m block) {
	for i := range reg(4) {
		w.op(op, reg(d)+i, reg(n)+i, reg(m)+i)
	}
}

// words starts a function whose arguments are words, in registers from R0 on.
func (w *writer) words(name, parameters string) {
	var list []string
	for i, p := range strings.Split(parameters, ", ") {
		list = append(list, strings.Fields(p)[0], "R"+string(rune('0'+i)))
	}
	w.Func(name+"NEON("+parameters+")", 0)
	w.LoadAll(list...)
}

// Rows of coefficients, by their offset.
const mean, scale, shift, meanD, slope = 0, 64, 128, 192, 256

// run is the number of pixels that are added up in float32 before they are added to sums in
// float64. It is even.
const run = 32

// runs writes a loop over runs of the R0 pixels. each adds one to the sums in V0 to V7,
// or those in V8 to V15, for which there are apart; results are added to what R10 points to.
func (w *writer) runs(apart bool, each func(pixel int)) {
	w.P("CBZ R0, %s", w.At("end"))
	w.Label("run")
	w.P("MOVD $%d, R11", run)
	w.P("CMP R11, R0")
	w.P("CSEL LT, R0, R11, R11")
	w.P("SUB R11, R0")
	w.clear(span(0, 8)...)
	if apart {
		w.clear(span(8, 8)...)
		w.P("SUBS $2, R11")
		w.P("BLT %s", w.At("one"))
		w.Label("two")
		each(0)
		each(1)
		w.P("SUBS $2, R11")
		w.P("BGE %s", w.At("two"))
		w.Label("one")
		w.P("ADDS $2, R11")
		w.P("BEQ %s", w.At("add"))
		each(0)
		w.Label("add")
		w.blocks("fadd", 0, 0, 8)
		w.blocks("fadd", 4, 4, 12)
	} else {
		w.Label("one")
		each(0)
		w.P("SUBS $1, R11")
		w.P("BNE %s", w.At("one"))
	}
	for i := range reg(8) {
		w.elem = 8
		w.widen(20, 21, i)
		w.load("R10", 32*int(i), 22, 23)
		w.op("fadd", 20, 20, 22)
		w.op("fadd", 21, 21, 23)
		w.store("R10", 32*int(i), 20, 21)
		w.elem = 4
	}
	w.P("CBNZ R0, %s", w.At("run"))
	w.Label("end")
	w.End()
}

func (w *writer) sums() {
	w.words("channelSums", "n int, x, shift *float32, sums *float64")
	w.P("MOVD R3, R10")
	const shift block = 16
	w.load("R2", 0, shift.regs()...)
	w.runs(true, func(pixel int) {
		sum, squares, d := block(8*pixel), block(8*pixel+4), block(20+4*pixel)
		w.load("R1", 0, d.regs()...)
		w.P("ADD $64, R1")
		w.blocks("fsub", d, d, shift)
		w.blocks("fadd", sum, sum, d)
		w.blocks("fmla", squares, d, d)
	})
}

// masked makes 0 of dy where the batch norm of x-mean in d is not positive; t is
// overwritten.
func (w *writer) masked(d, t, dy, scale, shift block) {
	for i := range reg(4) {
		d, t, dy := reg(d)+i, reg(t)+i, reg(dy)+i
		w.move(t, reg(shift)+i)
		w.op("fmla", t, d, reg(scale)+i)
		w.opZero("fcmle", t, t)
		w.bits("bic", dy, dy, t)
	}
}

func (w *writer) gradSums(relu bool) {
	name := "channelGradSums"
	if relu {
		name += "ReLU"
	}
	w.words(name, "n int, x, dy, coef *float32, sums *float64")
	w.P("MOVD R4, R10")
	const sum, dot, means, scales, shifts, d, t, dy block = 0, 4, 8, 12, 16, 20, 24, 28
	w.load("R3", mean, means.regs()...)
	if relu {
		w.load("R3", scale, scales.regs()...)
		w.load("R3", shift, shifts.regs()...)
	}
	w.runs(false, func(int) {
		w.load("R1", 0, d.regs()...)
		w.load("R2", 0, dy.regs()...)
		w.P("ADD $64, R1")
		w.P("ADD $64, R2")
		w.blocks("fsub", d, d, means)
		if relu {
			w.masked(d, t, dy, scales, shifts)
		}
		w.blocks("fadd", sum, sum, dy)
		w.blocks("fmla", dot, dy, d)
	})
}

func (w *writer) affine() {
	w.words("channelAffine", "n int, y, x, res, coef *float32, relu int")
	const means, scales, shifts, d, sum block = 0, 4, 8, 12, 16
	w.load("R4", mean, means.regs()...)
	w.load("R4", scale, scales.regs()...)
	w.load("R4", shift, shifts.regs()...)
	w.clear(31)
	w.Label("next")
	w.load("R2", 0, d.regs()...)
	w.P("ADD $64, R2")
	w.blocks("fsub", d, d, means)
	for i := range reg(4) {
		w.move(reg(sum)+i, reg(shifts)+i)
	}
	w.blocks("fmla", sum, d, scales)
	w.P("CBZ R3, %s", w.At("alone"))
	w.load("R3", 0, d.regs()...)
	w.P("ADD $64, R3")
	w.blocks("fadd", sum, sum, d)
	w.Label("alone")
	w.P("CBZ R5, %s", w.At("store"))
	for _, r := range sum.regs() {
		w.op("fmax", r, r, 31) // NaN stays
	}
	w.Label("store")
	w.store("R1", 0, sum.regs()...)
	w.P("ADD $64, R1")
	w.P("SUBS $1, R0")
	w.P("BNE %s", w.At("next"))
	w.End()
}

func (w *writer) grad(relu bool) {
	name := "channelGrad"
	if relu {
		name += "ReLU"
	}
	w.words(name, "n int, dx, x, dy, coef *float32")
	const means, scales, shifts, meansD, slopes, d, t, dy block = 0, 4, 8, 12, 16, 20, 24, 28
	for i, b := range []block{means, scales, shifts, meansD, slopes} {
		w.load("R4", 64*i, b.regs()...)
	}
	w.Label("next")
	w.load("R2", 0, d.regs()...)
	w.load("R3", 0, dy.regs()...)
	w.P("ADD $64, R2")
	w.P("ADD $64, R3")
	w.blocks("fsub", d, d, means)
	if relu {
		w.masked(d, t, dy, scales, shifts)
	}
	w.blocks("fsub", dy, dy, meansD)
	w.blocks("fmls", dy, d, slopes)
	w.blocks("fmul", dy, dy, scales)
	w.store("R1", 0, dy.regs()...)
	w.P("ADD $64, R1")
	w.P("SUBS $1, R0")
	w.P("BNE %s", w.At("next"))
	w.End()
}
