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

// field loads a field of the job, bytes turns elements of float32 into bytes.
func (w *writer) field(offset int, to string) { w.p("MOVD %d(R0), %s", offset, to) }
func (w *writer) bytes(offset int, to string) {
	w.field(offset, to)
	w.p("LSL $2, %s", to)
}

// job starts a function of a job, which it leaves in R0.
func (w *writer) job(name, job string) {
	w.begin(name, "(j *"+job+")", 0, 8)
	w.p("MOVD j+0(FP), R0")
}

// cases jumps to the label of the number in a register, from most down to 1, and writes
// what is at each.
func (w *writer) cases(r string, most int, each func(n int)) {
	for n := most; n > 1; n-- {
		w.p("CMP $%d, %s", n, r)
		w.p("BEQ %s", w.at("%d", n))
	}
	for n := 1; n <= most; n++ {
		w.label("%d", n)
		each(n)
	}
}

func (w *writer) loadMultiples(offset int) {
	w.bytes(offset, "R8")
	for i := 2; i < mostPixels; i++ {
		w.p("ADD R8, %s, %s", multiples[i-1], multiples[i])
	}
}

// convTile writes tileJob: pixels times the four vectors of one block in registers, one block
// of a group after the other. Four elements of a pixel are one vector, of which each is a
// factor: 96 multiply-adds for 22 vectors loaded.
func (w *writer) convTile() {
	w.job("convTileNEON", "tileJob")
	w.field(0, "R1")
	w.field(24, "R2")
	w.field(48, "R3")
	w.field(208, "R4")
	w.field(176, "R16")
	w.loadMultiples(152)
	w.label("time")
	w.field(192, "R5")
	w.p("MOVD ZR, R6")
	w.p("MOVD R2, R7")
	w.p("MOVD ZR, R13")
	w.p("MOVD ZR, R14")
	w.field(176, "R16")
	w.cases("R16", mostPixels, w.convTileOf)
	w.label("next")
	w.bytes(168, "R16") // cBlock
	w.p("ADD R16, R13")
	w.p("ADD $64, R14")
	w.p("ADD $1, R6")
	w.field(184, "R17") // blocks
	w.p("CMP R17, R6")
	w.field(176, "R16")
	w.p("BLT %s", w.at("same"))
	w.p("SUB $1, R6")
	w.p("SUB R6<<6, R15, R7 // after the rows of the last block")
	w.p("MOVD ZR, R6")
	w.p("CMP $1, R17")
	w.p("BNE %s", w.at("paired"))
	w.bytes(168, "R17") // the other block of the pair
	w.p("ADD R17, R13")
	w.p("ADD $64, R14")
	w.label("paired")
	w.p("SUBS $1, R5")
	w.p("BEQ %s", w.at("done"))
	w.label("same")
	for n := mostPixels; n > 1; n-- {
		w.p("CMP $%d, R16", n)
		w.p("BEQ %s", w.at("%d", n))
	}
	w.p("B %s", w.at("1"))
	w.label("done")
	w.nextTime(216, 224, 232)
}

// nextTime moves R1, R2 and R3 by those fields and begins again, until R4 times are done.
func (w *writer) nextTime(a, b, c int) {
	w.p("SUBS $1, R4")
	w.p("BLE %s", w.at("end"))
	for i, field := range []int{a, b, c} {
		w.bytes(field, "R16")
		w.p("ADD R16, R%d", 1+i)
	}
	w.p("B %s", w.at("time"))
	w.label("end")
	w.end()
}

// beginSums sets the sums of a tile to the bias at R14, or to 0.
func (w *writer) beginSums(pixels int) {
	w.field(96, "R16") // bias
	w.p("CBZ R16, %s", w.at("%d_zero", pixels))
	w.p("ADD R14, R16")
	w.load("R16", 0, span(0, 4)...)
	for i := 1; i < pixels; i++ {
		for v := range 4 {
			w.move(sum(i, v), sum(0, v))
		}
	}
	w.p("B %s", w.at("%d_begin", pixels))
	w.label("%d_zero", pixels)
	w.clear(span(0, 4*pixels)...)
	w.label("%d_begin", pixels)
	w.field(120, "R19") // offs
	w.field(128, "R20")
	w.p("CBZ R20, %s", w.at("%d_sums", pixels))
}

// endSums adds what is in res, and stores the sums, or relu of them, R13 bytes from c; a job
// with pass stores 0 where that is not positive.
func (w *writer) endSums(pixels int, pass bool) {
	name := func(label string) string { return w.at("%d_%s", pixels, label) }
	w.label("%d_sums", pixels)
	w.bytes(160, "R23") // cPixel
	w.field(72, "R16")  // res
	w.p("CBZ R16, %s", name("alone"))
	w.p("ADD R13, R16")
	for i := range pixels {
		w.load("R16", 0, span(24, 4)...)
		for v := range 4 {
			w.op("fadd", sum(i, v), sum(i, v), reg(24+v))
		}
		if i < pixels-1 {
			w.p("ADD R23, R16")
		}
	}
	w.label("%d_alone", pixels)
	w.p("MOVBU 200(R0), R16 // relu")
	w.p("CBZ R16, %s", name("store"))
	w.clear(31)
	for _, r := range span(0, 4*pixels) {
		w.op("fmax", r, r, 31) // NaN stays
	}
	w.label("%d_store", pixels)
	if pass {
		w.passed(pixels)
	}
	w.p("ADD R13, R3, R16")
	for i := range pixels {
		w.store("R16", 0, span(4*i, 4)...)
		if i < pixels-1 {
			w.p("ADD R23, R16")
		}
	}
}

// passed sets sums to 0 where what is in pass is at most that.
func (w *writer) passed(pixels int) {
	w.field(272, "R16")
	w.p("CBZ R16, %s", w.at("%d_passed", pixels))
	w.p("ADD R13, R16")
	for i := range pixels {
		w.load("R16", 0, span(24, 4)...)
		for v := range 4 {
			w.opZero("fcmle", reg(24+v), reg(24+v))
			w.bits("bic", sum(i, v), sum(i, v), reg(24+v))
		}
		if i < pixels-1 {
			w.p("ADD R23, R16")
		}
	}
	w.label("%d_passed", pixels)
}

func (w *writer) convTileOf(pixels int) {
	name := func(label string) string { return w.at("%d_%s", pixels, label) }
	w.p("ADD R6<<6, R7, R15")
	w.beginSums(pixels)
	w.label("%d_run", pixels)
	w.p("MOVD.P 8(R19), R22")
	w.p("ADD R22<<2, R1, R22")
	w.field(144, "R21") // run
	w.p("SUBS $4, R21")
	w.p("BLT %s", name("few"))
	w.label("%d_four", pixels)
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
	w.p("ADD $16, R22")
	w.p("ADD $512, R15")
	w.p("SUBS $4, R21")
	w.p("BGE %s", name("four"))
	w.label("%d_few", pixels)
	w.p("ADDS $4, R21")
	w.p("BEQ %s", name("ran"))
	w.label("%d_one", pixels)
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
	w.p("ADD $4, R22")
	w.p("ADD $128, R15")
	w.p("SUBS $1, R21")
	w.p("BNE %s", name("one"))
	w.label("%d_ran", pixels)
	w.p("SUBS $1, R20")
	w.p("BNE %s", name("run"))
	w.endSums(pixels, true)
	w.p("B %s", w.at("next"))
}

// convGrad writes gradJob: up to six inputs times the four vectors of one block in
// registers, one block after the other: 24 multiply-adds for 6 vectors loaded.
func (w *writer) convGrad() {
	w.job("convGradNEON", "gradJob")
	w.field(0, "R1")
	w.field(24, "R2")
	w.field(48, "R3")
	w.field(152, "R4")
	w.bytes(104, "R5") // aRow
	w.bytes(112, "R6") // aPixel
	w.bytes(120, "R7") // bRow
	w.bytes(128, "R8") // bBlock
	w.bytes(136, "R9") // cRow
	w.field(80, "R25") // blocks
	w.p("MOVBU 144(R0), R24 // add")
	w.label("time")
	w.p("MOVD R25, R10")
	w.p("MOVD R2, R11 // b and c of the block")
	w.p("MOVD R3, R12")
	w.label("block")
	w.p("MOVD R1, R14")
	w.p("MOVD R12, R15")
	w.field(72, "R13") // inputs left
	w.label("inputs")
	w.p("MOVD R14, R17 // of the row")
	w.p("MOVD R11, R19")
	w.field(88, "R16") // rows
	w.p("CMP $%d, R13", mostPixels)
	w.p("BGE %s", w.at("%d", mostPixels))
	w.cases("R13", mostPixels, w.convGradOf)
	w.label("next")
	w.p("CBNZ R13, %s", w.at("inputs"))
	w.p("ADD R8, R11")
	w.p("ADD $64, R12")
	w.p("SUBS $1, R10")
	w.p("BNE %s", w.at("block"))
	w.nextTime(160, 168, 176)
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
		w.p("%s %d(%s), F%d", move, 4*i, base, int(r))
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
	name := func(label string) string { return w.at("%d_%s", n, label) }
	w.p("CBZ R24, %s", name("zero"))
	w.p("MOVD R15, R23")
	for i := range n {
		w.load("R23", 0, span(4*i, 4)...)
		if i < n-1 {
			w.p("ADD R9, R23")
		}
	}
	w.p("B %s", name("row"))
	w.label("%d_zero", n)
	w.clear(span(0, 4*n)...)
	w.label("%d_row", n)
	w.p("MOVD R17, R20")
	w.p("MOVD R19, R21")
	w.field(96, "R22") // cols
	w.label("%d_step", n)
	a := w.loadInputs("R20", n)
	w.load("R21", 0, span(28, 4)...)
	w.p("ADD R6, R20")
	w.p("ADD $64, R21")
	for i := range n {
		for v := range 4 {
			w.opLane("fmla", sum(i, v), reg(28+v), a[i].reg, a[i].lane)
		}
	}
	w.p("SUBS $1, R22")
	w.p("BNE %s", name("step"))
	w.p("ADD R5, R17")
	w.p("ADD R7, R19")
	w.p("SUBS $1, R16")
	w.p("BNE %s", name("row"))
	for i := range n {
		w.store("R15", 0, span(4*i, 4)...)
		w.p("ADD R9, R15")
	}
	w.p("ADD $%d, R14", 4*n)
	w.p("SUB $%d, R13", n)
	w.p("B %s", w.at("next"))
}
