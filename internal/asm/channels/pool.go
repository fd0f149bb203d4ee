// SPDX-License-Identifier: MIT

package main

var tap = address{0, "(DI)"}

// windows loads the arguments of a function of windows, but for the pointers.
func (w *writer) windows() {
	w.Load("n", "CX")
	w.Load("rows", "R8")
	w.Load("cols", "R9")
	w.Load("stride", "R10")
	w.Load("step", "R11")
	w.P("SHLQ $2, R10")
	w.P("SHLQ $2, R11")
}

// taps writes a loop over the pixels of the window at AX. They are at DI.
func (w *writer) taps(name string, each func()) {
	w.P("MOVQ AX, SI")
	w.P("MOVQ R8, DX")
	w.Label("%srow", name)
	w.P("MOVQ SI, DI")
	w.P("MOVQ R9, R12")
	w.Label("%stap", name)
	each()
	w.P("ADDQ $64, DI")
	w.P("DECQ R12")
	w.P("JNZ %s", w.At("%stap", name))
	w.P("ADDQ R11, SI")
	w.P("DECQ DX")
	w.P("JNZ %s", w.At("%srow", name))
}

// next goes to the next window.
func (w *writer) next() {
	w.P("ADDQ R10, AX")
	w.P("ADDQ $64, BX")
	w.P("DECQ CX")
	w.P("JNZ %s", w.At("window"))
	w.End()
}

// constant fills a block with a number.
func (w *writer) constant(bits uint32, b block) {
	w.P("MOVL $0x%08x, DX", bits)
	w.P("VMOVD DX, X15")
	if w.wide {
		w.op("VBROADCASTSS", "X15", b)
		return
	}
	w.op("VBROADCASTSS", "X15", b)
}

const minusInf = 0xff800000

// maxWindows keeps NaN: an instruction for maxima returns its second source if one is
// not a number, so both orders are taken and joined.
func (w *writer) maxWindows() {
	w.begin("maxWindows", "n, rows, cols, stride, step int, y, x *float32")
	w.windows()
	w.Load("y", "BX")
	w.Load("x", "AX")
	const best, x, other, start = block(0), block(1), block(2), block(3)
	w.constant(minusInf, start)
	w.Label("window")
	w.op("VMOVAPS", start, best)
	w.taps("", func() {
		w.op("VMOVUPS", tap, x)
		w.op("VMAXPS", best, x, other)
		w.op("VMAXPS", x, best, best)
		w.op("VORPS", other, best, best)
	})
	w.op("VMOVUPS", best, address{0, "(BX)"})
	w.next()
}

func (w *writer) sumWindows() {
	w.begin("sumWindows", "n, rows, cols, stride, step int, y, x, divisor *float32")
	w.windows()
	w.Load("y", "BX")
	w.Load("x", "AX")
	w.Load("divisor", "DX")
	const sum, divisor = block(0), block(1)
	w.op("VBROADCASTSS", "(DX)", divisor)
	w.Label("window")
	w.zero(sum)
	w.taps("", func() { w.op("VADDPS", tap, sum, sum) })
	w.op("VDIVPS", divisor, sum, sum)
	w.op("VMOVUPS", sum, address{0, "(BX)"})
	w.next()
}

func (w *writer) sumWindowsGrad() {
	w.begin("sumWindowsGrad", "n, rows, cols, stride, step int, dx, dy, divisor *float32")
	w.windows()
	w.Load("dx", "AX")
	w.Load("dy", "BX")
	w.Load("divisor", "DX")
	const dy, divisor, sum = block(0), block(1), block(2)
	w.op("VBROADCASTSS", "(DX)", divisor)
	w.Label("window")
	w.op("VMOVUPS", address{0, "(BX)"}, dy)
	w.op("VDIVPS", divisor, dy, dy)
	w.taps("", func() {
		w.op("VADDPS", tap, dy, sum)
		w.op("VMOVUPS", sum, tap)
	})
	w.next()
}

// maxWindowsIndices finds the largest element and the number of the tap that it is.
func (w *writer) maxWindowsIndices() {
	w.begin("maxWindowsIndices", "n, rows, cols, stride, step int, y, x *float32, indices *uint8")
	w.windows()
	w.Load("y", "BX")
	w.Load("x", "AX")
	w.Load("indices", "R13")
	// AVX2 has eight pairs of registers, of which the last is the constant's.
	const best, x, winner, number, one, t, u = block(0), block(1), block(2), block(3), block(4), block(5), block(6)
	w.constant(1, one)
	w.Label("window")
	w.constant(minusInf, best)
	w.zero(winner)
	w.zero(number)
	w.taps("", func() {
		w.op("VMOVUPS", tap, x)
		if w.wide {
			w.op("VCMPPS", "$0x1e", best, x, "K1 // greater")
			w.op("VCMPPS", "$3", x, x, "K2 // not a number")
			w.P("KORW K1, K2, K1")
			w.op("VMOVAPS", x, "K1", best)
			w.op("VMOVDQA32", number, "K1", winner)
		} else {
			w.op("VCMPPS", "$0x1e", best, x, t)
			w.op("VCMPPS", "$3", x, x, u)
			w.op("VORPS", u, t, t)
			w.op("VBLENDVPS", t, x, best, best)
			w.op("VBLENDVPS", t, number, winner, winner)
		}
		w.op("VPADDD", one, number, number)
	})
	w.op("VMOVUPS", best, address{0, "(BX)"})
	if w.wide {
		w.P("VPMOVDB Z%d, (R13)", winner)
	} else { // the halves of a pair are packed to words, those to bytes
		low, high := 2*int(winner), 2*int(winner)+1
		for _, h := range []int{low, high} {
			w.P("VEXTRACTI128 $1, Y%d, X%d", h, 2*int(t))
			w.P("VPACKUSDW X%d, X%d, X%[2]d", 2*int(t), h)
		}
		w.P("VPACKUSWB X%d, X%d, X%[2]d", high, low)
		w.P("VMOVDQU X%d, (R13)", low)
	}
	w.P("ADDQ $16, R13")
	w.next()
}

// maxWindowsScatter adds to the tap of that number.
func (w *writer) maxWindowsScatter() {
	w.begin("maxWindowsScatter", "n, rows, cols, stride, step int, dx, dy *float32, indices *uint8")
	w.windows()
	w.Load("dx", "AX")
	w.Load("dy", "BX")
	w.Load("indices", "R13")
	const dy, winner, number, one, t, u = block(0), block(1), block(2), block(3), block(4), block(5)
	w.constant(1, one)
	w.Label("window")
	w.op("VMOVUPS", address{0, "(BX)"}, dy)
	if w.wide {
		w.P("VPMOVZXBD (R13), Z%d", winner)
	} else {
		for h := range 2 {
			w.P("VPMOVZXBD %d(R13), Y%d", 8*h, 2*int(winner)+h)
		}
	}
	w.P("ADDQ $16, R13")
	w.zero(number)
	w.taps("", func() {
		w.op("VMOVUPS", tap, t)
		if w.wide {
			w.op("VPCMPEQD", number, winner, "K1")
			w.op("VADDPS", dy, t, "K1", t)
		} else {
			w.op("VPCMPEQD", number, winner, u)
			w.op("VANDPS", u, dy, u)
			w.op("VADDPS", u, t, t)
		}
		w.op("VMOVUPS", t, tap)
		w.op("VPADDD", one, number, number)
	})
	w.next()
}
