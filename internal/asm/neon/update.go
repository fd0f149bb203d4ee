// SPDX-License-Identifier: MIT

package main

import "strings"

// update writes the loop of an optimizer's update, 16 elements at a time. Memory bounds
// it, so flags are tested inside.
func (w *writer) update(name string, slices []string, body func()) {
	w.vec(name, "(n int, "+strings.Join(slices, ", ")+", coef *float32, flags int)", 0, slices...)
	w.LoadAll("coef", "R8", "flags", "R9")
	w.each(len(slices), 16, body)
	w.End()
}

// coef loads coefficient i.
func (w *writer) coef(i int, to reg) { w.load("R8", 64*i, to) }

// when skips body, by a jump to the label, if a flag is not set.
func (w *writer) when(flag int, name string, body func()) {
	w.P("TBZ $%d, R9, %s", flag, w.At("%s", name))
	body()
	w.Label("%s", name)
}

func (w *writer) updates() {
	// Four vectors of each, and coefficients.
	const p, d, v, t, s, a, b reg = 0, 4, 8, 12, 16, 24, 25
	all := func(f func(i reg)) {
		for i := range reg(4) {
			f(i)
		}
	}
	by := func(op string, to, from, c reg) { all(func(i reg) { w.op(op, to+i, from+i, c) }) }
	both := func(op string, to, n, m reg) { all(func(i reg) { w.op(op, to+i, n+i, m+i) }) }
	load := func(base string, to reg) { w.load(base, 0, span(int(to), 4)...) }
	store := func(base string, from reg) { w.store(base, 0, span(int(from), 4)...) }

	begin := func() {
		load("R1", p)
		load("R2", d)
		w.coef(0, a) // the sign
		by("fmul", d, d, a)
	}
	decay := func() {
		w.coef(1, a)
		by("fmul", t, p, a)
		both("fadd", d, d, t)
	}
	w.update("sgd", []string{"w", "grad", "buf"}, func() {
		const hasDecay, hasBuf, notFirst, nesterov = 0, 1, 2, 3
		begin()
		w.when(hasDecay, "undecayed", decay)
		all(func(i reg) { w.move(v+i, d+i) })
		w.P("TBZ $%d, R9, %s", hasBuf, w.At("step"))
		w.coef(2, a) // momentum
		w.when(notFirst, "moved", func() {
			w.coef(3, b) // 1 - dampening
			load("R3", v)
			by("fmul", v, v, a)
			by("fmul", t, d, b)
			both("fadd", v, v, t)
		})
		store("R3", v)
		w.when(nesterov, "step", func() {
			by("fmul", v, v, a)
			both("fadd", v, v, d)
		})
		w.coef(4, a) // lr
		by("fmul", v, v, a)
		both("fsub", p, p, v)
		store("R1", p)
	})
	w.update("adam", []string{"w", "grad", "m", "v"}, func() {
		const m = v
		const hasDecay, decoupled = 0, 1
		begin()
		w.when(hasDecay, "undecayed", decay)
		w.when(decoupled, "coupled", func() {
			w.coef(2, a)
			by("fmul", p, p, a)
		})
		load("R3", m)
		load("R4", s)
		w.coef(3, a) // 1 - β1
		both("fsub", t, d, m)
		by("fmul", t, t, a)
		both("fadd", m, m, t)
		store("R3", m)
		w.coef(4, a) // β2
		w.coef(5, b) // 1 - β2
		by("fmul", s, s, a)
		by("fmul", t, d, b)
		both("fmul", t, t, d)
		both("fadd", s, s, t)
		store("R4", s)
		w.coef(6, a) // √bias2
		w.coef(7, b) // eps
		all(func(i reg) { w.op1("fsqrt", s+i, s+i) })
		by("fdiv", s, s, a)
		by("fadd", s, s, b)
		w.coef(8, a) // lr/bias1
		by("fmul", m, m, a)
		both("fdiv", m, m, s)
		both("fsub", p, p, m)
		store("R1", p)
	})
}
