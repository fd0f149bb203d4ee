// SPDX-License-Identifier: MIT

package main

import "fmt"

// simple writes functions that are one or two instructions.
func (w *writer) simple() {
	for _, f := range []struct{ name, op string }{{"add", "VADDPS"}, {"sub", "VSUBPS"}, {"mul", "VMULPS"}, {"div", "VDIVPS"}} {
		w.binary(f.name, func(a, b, t reg) { w.op(f.op, b, a, a) })
		w.scalar(f.name+"Scalar", func(a, b reg) { w.op(f.op, b, a, a) })
		if f.name == "sub" || f.name == "div" {
			w.scalar("scalar"+map[string]string{"sub": "Sub", "div": "Div"}[f.name], func(a, b reg) { w.op(f.op, a, b, a) })
		}
	}
	// dy where y is not at most 0.
	w.binary("reluGrad", func(y, dy, t reg) {
		const above = "$0x16" // or unordered
		if w.wide {
			w.op("VCMPPS", above, reg(16), y, "K1")
			w.op("VMOVAPS.Z", dy, "K1", y)
			return
		}
		w.op("VXORPS", t, t, t)
		w.op("VCMPPS", above, t, y, y)
		w.op("VANDPS", dy, y, y)
	})
	// Of two zeros or with NaN, the instructions return the second, x.
	w.bound("clamp", func(x, lo, hi, _ reg) {
		w.op("VMAXPS", x, lo, x)
		w.op("VMINPS", x, hi, x)
	})
	w.bound("within", func(x, lo, hi, one reg) {
		const above, below = "$0x1e", "$0x11" // false for NaN
		if w.wide {
			w.op("VCMPPS", above, lo, x, "K1")
			w.op("VCMPPS", below, hi, x, "K2")
			w.P("KANDW K1, K2, K1")
			w.op("VMOVAPS.Z", one, "K1", x)
			return
		}
		w.op("VCMPPS", above, lo, x, reg(12))
		w.op("VCMPPS", below, hi, x, x)
		w.op("VANDPS", reg(12), x, x)
		w.op("VANDPS", one, x, x)
	})
	w.unary("relu", func(x, zero reg) { w.op("VMAXPS", x, zero, x) }) // the second, x, if it is -0 or NaN
	w.unary("square", func(x, _ reg) { w.op("VMULPS", x, x, x) })
	w.unary("sqrt", func(x, _ reg) { w.op("VSQRTPS", x, x) })
	w.unary("neg", func(x, _ reg) { w.op("VXORPS", reg(8), x, x) })
	w.unary("abs", func(x, _ reg) { w.op("VANDNPS", x, reg(8), x) })
}

func (w *writer) address(vector int, pointer string) string {
	return fmt.Sprintf("%d(%s)", vector*w.width(), pointer)
}

func (w *writer) binary(name string, f func(a, b, t reg)) {
	w.begin(name, "(n int, dst, a, b *float32)")
	w.Load("n", "CX")
	w.Load("dst", "BX")
	w.Load("a", "AX")
	w.Load("b", "SI")
	if w.wide {
		w.zero(16)
	}
	w.elements([]string{"AX", "SI", "BX"}, w.width(), w.width()/4, func(v int) {
		a, b := reg(v), reg(4+v)
		w.op("VMOVUPS", w.address(v, "AX"), a)
		w.op("VMOVUPS", w.address(v, "SI"), b)
		f(a, b, reg(8+v))
		w.op("VMOVUPS", a, w.address(v, "BX"))
	})
}

func (w *writer) scalar(name string, f func(a, b reg)) {
	w.begin(name, "(n int, dst, a *float32, b float32)")
	w.Load("n", "CX")
	w.Load("dst", "BX")
	w.Load("a", "AX")
	w.op("VBROADCASTSS", w.Arg("b"), reg(8))
	w.elements([]string{"AX", "BX"}, w.width(), w.width()/4, func(v int) {
		w.op("VMOVUPS", w.address(v, "AX"), reg(v))
		f(reg(v), 8)
		w.op("VMOVUPS", reg(v), w.address(v, "BX"))
	})
}

// unary writes a function of x; register 8 holds the bits of the signs.
func (w *writer) unary(name string, f func(x, zero reg)) {
	w.begin(name, "(n int, dst, a *float32)")
	w.Load("n", "CX")
	w.Load("dst", "BX")
	w.Load("a", "AX")
	w.op("VBROADCASTSS", w.word(0x8000000080000000), reg(8))
	w.zero(9)
	w.elements([]string{"AX", "BX"}, w.width(), w.width()/4, func(v int) {
		w.op("VMOVUPS", w.address(v, "AX"), reg(v))
		f(reg(v), 9)
		w.op("VMOVUPS", reg(v), w.address(v, "BX"))
	})
}

func (w *writer) bound(name string, f func(x, lo, hi, one reg)) {
	w.begin(name, "(n int, dst, a *float32, lo, hi float32)")
	w.Load("n", "CX")
	w.Load("dst", "BX")
	w.Load("a", "AX")
	w.op("VBROADCASTSS", w.Arg("lo"), reg(8))
	w.op("VBROADCASTSS", w.Arg("hi"), reg(9))
	w.op("VBROADCASTSS", w.word(0x3f8000003f800000), reg(10))
	w.elements([]string{"AX", "BX"}, w.width(), w.width()/4, func(v int) {
		w.op("VMOVUPS", w.address(v, "AX"), reg(v))
		f(reg(v), 8, 9, 10)
		w.op("VMOVUPS", reg(v), w.address(v, "BX"))
	})
}
