// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"
)

// update writes the loop of an optimizer's update, one vector at a time, over slices at
// AX, BX, SI and DI. Memory bounds it, so flags are tested inside.
func (w *writer) update(name string, slices []string, body func()) {
	pointers := []string{"AX", "BX", "SI", "DI"}[:len(slices)]
	w.begin(name, "(n int, "+strings.Join(slices, ", ")+", coef *float32, flags int)")
	w.Load("n", "CX")
	for i, pointer := range pointers {
		w.Load(slices[i], pointer)
	}
	w.LoadAll("coef", "R8", "flags", "DX")
	w.Label("next")
	body()
	for _, pointer := range pointers {
		w.P("ADDQ $%d, %s", w.width(), pointer)
	}
	w.P("SUBQ $%d, CX", w.width()/4)
	w.P("JNZ %s", w.At("next"))
	w.End()
}

// coef is the address of coefficient i: 16 copies of it.
func coef(i int) string { return fmt.Sprintf("%d(R8)", 64*i) }

// when skips body, by a jump to the label, if a flag is not set.
func (w *writer) when(flag int, name string, body func()) {
	w.P("TESTQ $%d, DX", flag)
	w.P("JZ %s", w.At("%s", name))
	body()
	w.Label("%s", name)
}

func (w *writer) updates() {
	const p, d, v, t = reg(0), reg(1), reg(2), reg(3)
	load := func() {
		w.op("VMOVUPS", "(AX)", p)
		w.op("VMOVUPS", "(BX)", d)
		w.op("VMULPS", coef(0), d, d) // the sign
	}
	decay := func() {
		w.op("VMULPS", coef(1), p, t)
		w.op("VADDPS", t, d, d)
	}
	w.update("sgd", []string{"w", "grad", "buf"}, func() {
		const hasDecay, hasBuf, notFirst, nesterov = 1, 2, 4, 8
		load()
		w.when(hasDecay, "undecayed", decay)
		w.op("VMOVAPS", d, v)
		w.when(hasBuf, "step", func() {
			w.when(notFirst, "moved", func() {
				w.op("VMOVUPS", "(SI)", v)
				w.op("VMULPS", coef(2), v, v) // momentum
				w.op("VMULPS", coef(3), d, t) // 1 - dampening
				w.op("VADDPS", t, v, v)
			})
			w.op("VMOVUPS", v, "(SI)")
			w.when(nesterov, "heavy", func() {
				w.op("VMULPS", coef(2), v, v)
				w.op("VADDPS", d, v, v)
			})
		})
		w.op("VMULPS", coef(4), v, v) // lr
		w.op("VSUBPS", v, p, p)
		w.op("VMOVUPS", p, "(AX)")
	})
	w.update("adam", []string{"w", "grad", "m", "v"}, func() {
		const m, s = reg(4), reg(5)
		const hasDecay, decoupled = 1, 2
		load()
		w.when(hasDecay, "undecayed", decay)
		w.when(decoupled, "coupled", func() { w.op("VMULPS", coef(2), p, p) })
		w.op("VMOVUPS", "(SI)", m)
		w.op("VSUBPS", m, d, t)
		w.op("VMULPS", coef(3), t, t) // 1 - β1
		w.op("VADDPS", t, m, m)
		w.op("VMOVUPS", m, "(SI)")
		w.op("VMOVUPS", "(DI)", s)
		w.op("VMULPS", coef(4), s, s) // β2
		w.op("VMULPS", coef(5), d, t) // 1 - β2
		w.op("VMULPS", d, t, t)
		w.op("VADDPS", t, s, s)
		w.op("VMOVUPS", s, "(DI)")
		w.op("VSQRTPS", s, s)
		w.op("VDIVPS", coef(6), s, s) // √bias2
		w.op("VADDPS", coef(7), s, s) // eps
		w.op("VMULPS", coef(8), m, m) // lr/bias1
		w.op("VDIVPS", s, m, m)
		w.op("VSUBPS", m, p, p)
		w.op("VMOVUPS", p, "(AX)")
	})
}
