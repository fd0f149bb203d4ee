// SPDX-License-Identifier: MIT

package main

// blocked writes the kernels of blocked convolutions.
func blocked(w *writer) {
	w.convTile()
	w.convGrad()
	w.laneTile()
	w.laneGrad()
	for _, f := range transforms {
		w.transform(f)
	}
}

const mostPixels = 6 // of a tile: with four vectors of a block each they take 24 registers

// sum is the register of vector v of pixel i, or of input i, of a tile.
func sum(i, v int) reg { return reg(4*i + v) }

// The registers of a tile's job, which begins at R0: R1, R2 and R3 a, b and c of this time, R4
// times left, R5 groups left, R6 the block of a pair, R7 b of the group, R8 to R12 multiples
// of the distance of pixels, R13 and R14 the bytes from the first block in c and bias, R15 b.
var multiples = []string{"", "R8", "R9", "R10", "R11", "R12"}

// beginJob starts a function of a job, which it leaves in R0.
func (w *writer) beginJob(name, job string) {
	w.Func(name+"(j *"+job+")", 0)
	w.job = job
	w.Load("j", "R0")
}

// field loads a field of the job, flag one of a byte and length the length of a slice.
func (w *writer) field(name, to string)  { w.P("MOVD %s(R0), %s", w.Field(w.job, name), to) }
func (w *writer) flag(name, to string)   { w.P("MOVBU %s(R0), %s", w.Field(w.job, name), to) }
func (w *writer) length(name, to string) { w.P("MOVD %s(R0), %s", w.Length(w.job, name), to) }

// bytes loads a field, elements of float32, as bytes.
func (w *writer) bytes(name, to string) {
	w.field(name, to)
	w.P("LSL $2, %s", to)
}

// cases jumps to the label of the number in a register, from most down to 1, and writes
// what is at each.
func (w *writer) cases(r string, most int, each func(n int)) {
	for n := most; n > 1; n-- {
		w.P("CMP $%d, %s", n, r)
		w.P("BEQ %s", w.At("%d", n))
	}
	for n := 1; n <= most; n++ {
		w.Label("%d", n)
		each(n)
	}
}

func (w *writer) loadMultiples() {
	w.bytes("aPixel", "R8")
	for i := 2; i < mostPixels; i++ {
		w.P("ADD R8, %s, %s", multiples[i-1], multiples[i])
	}
}

// convTile writes tileJob: pixels times the four vectors of one block in registers, one block
// of a group after the other. Four elements of a pixel are one vector, of which each is a
// factor: 96 multiply-adds for 22 vectors loaded.
func (w *writer) convTile() {
	w.beginJob("convTileNEON", "tileJob")
	w.field("a", "R1")
	w.field("b", "R2")
	w.field("c", "R3")
	w.field("times", "R4")
	w.field("pixels", "R16")
	w.loadMultiples()
	w.Label("time")
	w.field("groups", "R5")
	w.P("MOVD ZR, R6")
	w.P("MOVD R2, R7")
	w.P("MOVD ZR, R13")
	w.P("MOVD ZR, R14")
	w.field("pixels", "R16")
	w.cases("R16", mostPixels, w.convTileOf)
	w.Label("next")
	w.bytes("cBlock", "R16")
	w.P("ADD R16, R13")
	w.P("ADD $64, R14")
	w.P("ADD $1, R6")
	w.field("blocks", "R17")
	w.P("CMP R17, R6")
	w.field("pixels", "R16")
	w.P("BLT %s", w.At("same"))
	w.P("SUB $1, R6")
	w.P("SUB R6<<6, R15, R7 // after the rows of the last block")
	w.P("MOVD ZR, R6")
	w.P("CMP $1, R17")
	w.P("BNE %s", w.At("paired"))
	w.bytes("cBlock", "R17") // the other block of the pair
	w.P("ADD R17, R13")
	w.P("ADD $64, R14")
	w.Label("paired")
	w.P("SUBS $1, R5")
	w.P("BEQ %s", w.At("done"))
	w.Label("same")
	for n := mostPixels; n > 1; n-- {
		w.P("CMP $%d, R16", n)
		w.P("BEQ %s", w.At("%d", n))
	}
	w.P("B %s", w.At("1"))
	w.Label("done")
	w.nextTime()
}

// nextTime moves R1, R2 and R3 on and begins again, until R4 times are done.
func (w *writer) nextTime() {
	w.P("SUBS $1, R4")
	w.P("BLE %s", w.At("end"))
	for i, field := range []string{"aNext", "bNext", "cNext"} {
		w.bytes(field, "R16")
		w.P("ADD R16, R%d", 1+i)
	}
	w.P("B %s", w.At("time"))
	w.Label("end")
	w.End()
}

// beginSums sets the sums of a tile to the bias at R14, or to 0.
func (w *writer) beginSums(pixels int) {
	w.field("bias", "R16")
	w.P("CBZ R16, %s", w.At("%d_zero", pixels))
	w.P("ADD R14, R16")
	w.load("R16", 0, span(0, 4)...)
	for i := 1; i < pixels; i++ {
		for v := range 4 {
			w.move(sum(i, v), sum(0, v))
		}
	}
	w.P("B %s", w.At("%d_begin", pixels))
	w.Label("%d_zero", pixels)
	w.clear(span(0, 4*pixels)...)
	w.Label("%d_begin", pixels)
	w.field("offs", "R19")
	w.length("offs", "R20")
	w.P("CBZ R20, %s", w.At("%d_sums", pixels))
}

// endSums adds what is in res, and stores the sums, or relu of them, R13 bytes from c; a job
// with pass stores 0 where that is not positive.
func (w *writer) endSums(pixels int, pass bool) {
	name := func(label string) string { return w.At("%d_%s", pixels, label) }
	w.Label("%d_sums", pixels)
	w.bytes("cPixel", "R23")
	w.field("res", "R16")
	w.P("CBZ R16, %s", name("alone"))
	w.P("ADD R13, R16")
	for i := range pixels {
		w.load("R16", 0, span(24, 4)...)
		for v := range 4 {
			w.op("fadd", sum(i, v), sum(i, v), reg(24+v))
		}
		if i < pixels-1 {
			w.P("ADD R23, R16")
		}
	}
	w.Label("%d_alone", pixels)
	w.flag("relu", "R16")
	w.P("CBZ R16, %s", name("store"))
	w.clear(31)
	for _, r := range span(0, 4*pixels) {
		w.op("fmax", r, r, 31) // NaN stays
	}
	w.Label("%d_store", pixels)
	if pass {
		w.passed(pixels)
	}
	w.P("ADD R13, R3, R16")
	for i := range pixels {
		w.store("R16", 0, span(4*i, 4)...)
		if i < pixels-1 {
			w.P("ADD R23, R16")
		}
	}
}

// passed sets sums to 0 where what is in pass is at most that.
func (w *writer) passed(pixels int) {
	w.field("mask", "R16")
	w.P("CBZ R16, %s", w.At("%d_passed", pixels))
	w.P("ADD R13, R16")
	for i := range pixels {
		w.load("R16", 0, span(24, 4)...)
		for v := range 4 {
			w.opZero("fcmle", reg(24+v), reg(24+v))
			w.bits("bic", sum(i, v), sum(i, v), reg(24+v))
		}
		if i < pixels-1 {
			w.P("ADD R23, R16")
		}
	}
	w.Label("%d_passed", pixels)
}

func (w *writer) convTileOf(pixels int) {
	name := func(label string) string { return w.At("%d_%s", pixels, label) }
	w.P("ADD R6<<6, R7, R15")
	w.beginSums(pixels)
	w.Label("%d_run", pixels)
	w.P("MOVD.P 8(R19), R22")
	w.P("ADD R22<<2, R1, R22")
	w.field("run", "R21")
	w.P("SUBS $4, R21")
	w.P("BLT %s", name("few"))
	w.Label("%d_four", pixels)
	for i := range pixels {
		w.loadAt("R22", multiples[i], reg(24+i))
	}
	for e := range 4 {
		for half := range 2 {
			w.load("R15", 128*e+32*half, 30, 31)
			for i := range pixels {
				for v := range 2 {
					w.opLane("fmla", sum(i, 2*half+v), reg(30+v), reg(24+i), e)
				}
			}
		}
	}
	w.P("ADD $16, R22")
	w.P("ADD $512, R15")
	w.P("SUBS $4, R21")
	w.P("BGE %s", name("four"))
	w.Label("%d_few", pixels)
	w.P("ADDS $4, R21")
	w.P("BEQ %s", name("ran"))
	w.Label("%d_one", pixels)
	for i := range pixels {
		w.loadElement("R22", multiples[i], reg(24+i))
	}
	for half := range 2 {
		w.load("R15", 32*half, 30, 31)
		for i := range pixels {
			for v := range 2 {
				w.opLane("fmla", sum(i, 2*half+v), reg(30+v), reg(24+i), 0)
			}
		}
	}
	w.P("ADD $4, R22")
	w.P("ADD $128, R15")
	w.P("SUBS $1, R21")
	w.P("BNE %s", name("one"))
	w.Label("%d_ran", pixels)
	w.P("SUBS $1, R20")
	w.P("BNE %s", name("run"))
	w.endSums(pixels, true)
	w.P("B %s", w.At("next"))
}

// convGrad writes gradJob: up to six inputs times the four vectors of one block in
// registers, one block after the other: 24 multiply-adds for 6 vectors loaded.
func (w *writer) convGrad() {
	w.beginJob("convGradNEON", "gradJob")
	w.field("a", "R1")
	w.field("b", "R2")
	w.field("c", "R3")
	w.field("times", "R4")
	w.bytes("aRow", "R5")
	w.bytes("aPixel", "R6")
	w.bytes("bRow", "R7")
	w.bytes("bBlock", "R8")
	w.bytes("cRow", "R9")
	w.field("blocks", "R25")
	w.flag("add", "R24")
	w.Label("time")
	w.P("MOVD R25, R10")
	w.P("MOVD R2, R11 // b and c of the block")
	w.P("MOVD R3, R12")
	w.Label("block")
	w.P("MOVD R1, R14")
	w.P("MOVD R12, R15")
	w.field("n", "R13") // inputs left
	w.Label("inputs")
	w.P("MOVD R14, R17 // of the row")
	w.P("MOVD R11, R19")
	w.field("rows", "R16")
	w.P("CMP $%d, R13", mostPixels)
	w.P("BGE %s", w.At("%d", mostPixels))
	w.cases("R13", mostPixels, w.convGradOf)
	w.Label("next")
	w.P("CBNZ R13, %s", w.At("inputs"))
	w.P("ADD R8, R11")
	w.P("ADD $64, R12")
	w.P("SUBS $1, R10")
	w.P("BNE %s", w.At("block"))
	w.nextTime()
}

// loadInputs loads up to eight elements at base into the registers from V24 on and
// returns where each is.
func (w *writer) loadInputs(base string, n int) (at []struct {
	reg
	lane int
}) {
	for i, r := 0, reg(24); i < n; r++ {
		size, move := 1, "FMOVS"
		switch {
		case n-i >= 4:
			size, move = 4, "FMOVQ"
		case n-i >= 2:
			size, move = 2, "FMOVD"
		}
		w.P("%s %d(%s), F%d", move, 4*i, base, int(r))
		for lane := range size {
			at = append(at, struct {
				reg
				lane int
			}{r, lane})
		}
		i += size
	}
	return at
}

func (w *writer) convGradOf(n int) {
	name := func(label string) string { return w.At("%d_%s", n, label) }
	w.P("CBZ R24, %s", name("zero"))
	w.P("MOVD R15, R23")
	for i := range n {
		w.load("R23", 0, span(4*i, 4)...)
		if i < n-1 {
			w.P("ADD R9, R23")
		}
	}
	w.P("B %s", name("row"))
	w.Label("%d_zero", n)
	w.clear(span(0, 4*n)...)
	w.Label("%d_row", n)
	w.P("MOVD R17, R20")
	w.P("MOVD R19, R21")
	w.field("cols", "R22")
	w.Label("%d_step", n)
	a := w.loadInputs("R20", n)
	w.load("R21", 0, span(28, 4)...)
	w.P("ADD R6, R20")
	w.P("ADD $64, R21")
	for i := range n {
		for v := range 4 {
			w.opLane("fmla", sum(i, v), reg(28+v), a[i].reg, a[i].lane)
		}
	}
	w.P("SUBS $1, R22")
	w.P("BNE %s", name("step"))
	w.P("ADD R5, R17")
	w.P("ADD R7, R19")
	w.P("SUBS $1, R16")
	w.P("BNE %s", name("row"))
	for i := range n {
		w.store("R15", 0, span(4*i, 4)...)
		w.P("ADD R9, R15")
	}
	w.P("ADD $%d, R14", 4*n)
	w.P("SUB $%d, R13", n)
	w.P("B %s", w.At("next"))
}
