// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/stheno-go/stheno/internal/asm/approx"
)

// pointwise writes the loops over elements of float32, each of which computes the bits that
// the loop in Go does: nothing is fused that Go rounds. There are 16 elements at a time, four
// vectors, of which none waits for another.
func pointwise(w *writer) {
	w.simple()
	w.singles()
	w.doubles()
	w.updates()
	w.rows()
}

// vec starts a function of n elements, of which R0 are left; pointers are those of its
// parameters that are memory, in registers from R1 on.
func (w *writer) vec(name, signature string, frame int, pointers ...string) {
	w.elem = 4
	w.Func("vec"+strings.ToUpper(name[:1])+name[1:]+"NEON"+signature, frame)
	list := []string{"n", "R0"}
	for i, p := range pointers {
		list = append(list, p, fmt.Sprintf("R%d", 1+i))
	}
	w.LoadAll(list...)
	w.usePool()
}

// each writes the loop over the elements, n at a time; the pointers advance.
func (w *writer) each(pointers, n int, body func()) {
	w.Label("next")
	body()
	for i := range pointers {
		w.P("ADD $%d, R%d", 4*n, 1+i)
	}
	w.P("SUBS $%d, R0", n)
	w.P("BNE %s", w.At("next"))
}

// parameter loads a parameter into all elements of a register.
func (w *writer) parameter(name string, d reg) {
	w.argument(name, d)
	w.fill(d, d)
}

// simple writes functions that are a few instructions.
func (w *writer) simple() {
	for _, f := range []string{"add", "sub", "mul", "div"} {
		w.binary(f, func(a, b reg) { w.op("f"+f, a, a, b) })
		w.scalar(f+"Scalar", func(a, b reg) { w.op("f"+f, a, a, b) })
		if f == "sub" || f == "div" {
			w.scalar("scalar"+strings.ToUpper(f[:1])+f[1:], func(a, b reg) { w.op("f"+f, a, b, a) })
		}
	}
	w.binary("reluGrad", func(y, dy reg) { // dy where y is not at most 0
		w.opZero("fcmle", y, y)
		w.bits("bic", y, dy, y)
	})
	w.bound("clamp", func(x, lo, hi, _, t reg) {
		w.op("fcmgt", t, lo, x)
		w.bits("bit", x, lo, t)
		w.op("fcmgt", t, x, hi)
		w.bits("bit", x, hi, t)
	})
	w.bound("within", func(x, lo, hi, one, t reg) {
		w.op("fcmgt", t, x, lo)
		w.op("fcmgt", x, hi, x)
		w.bits("and", x, x, t)
		w.bits("and", x, x, one)
	})
	w.unary("relu", func(x, t reg) { // -0 and NaN stay
		w.opZero("fcmlt", t, x)
		w.bits("bic", x, x, t)
	})
	w.unary("square", func(x, _ reg) { w.op("fmul", x, x, x) })
	for _, f := range []string{"sqrt", "neg", "abs"} {
		w.unary(f, func(x, _ reg) { w.op1("f"+f, x, x) })
	}
}

func (w *writer) binary(name string, f func(a, b reg)) {
	w.vec(name, "(n int, dst, a, b *float32)", 0, "dst", "a", "b")
	w.each(3, 16, func() {
		w.load("R2", 0, span(0, 4)...)
		w.load("R3", 0, span(4, 4)...)
		for i := range 4 {
			f(reg(i), reg(4+i))
		}
		w.store("R1", 0, span(0, 4)...)
	})
	w.End()
}

// mapped writes the loop of a function of one operand.
func (w *writer) mapped(f func(x, t reg)) {
	w.each(2, 16, func() {
		w.load("R2", 0, span(0, 4)...)
		for i := range 4 {
			f(reg(i), reg(4+i))
		}
		w.store("R1", 0, span(0, 4)...)
	})
	w.End()
}

func (w *writer) scalar(name string, f func(a, b reg)) {
	w.vec(name, "(n int, dst, a *float32, b float32)", 0, "dst", "a")
	w.parameter("b", 31)
	w.mapped(func(x, _ reg) { f(x, 31) })
}

func (w *writer) unary(name string, f func(x, t reg)) {
	w.vec(name, "(n int, dst, a *float32)", 0, "dst", "a")
	w.mapped(f)
}

func (w *writer) bound(name string, f func(x, lo, hi, one, t reg)) {
	w.vec(name, "(n int, dst, a *float32, lo, hi float32)", 0, "dst", "a")
	w.parameter("lo", 29)
	w.parameter("hi", 30)
	w.number(31, 1)
	w.mapped(func(x, t reg) { f(x, 29, 30, 31, t) })
}

// Registers of the functions in float32: four vectors of each of x, t, u, r and kept, and
// constants.
const (
	factors  reg = 20 // log2 e, the parts of log 2 and the last term
	magic    reg = 21
	terms    reg = 22 // four
	one      reg = 26
	least    reg = 27
	greatest reg = 28
	top      reg = 29
)

const magic23 = 0x1.8p23

// quad is the registers of four vectors.
type quad struct{ x, t, u, r, kept reg }

func quads() (list []quad) {
	for i := range reg(4) {
		list = append(list, quad{i, 4 + i, 8 + i, 12 + i, 16 + i})
	}
	return list
}

// exp32Constants loads what exp32 needs.
func (w *writer) exp32Constants() {
	const ln2High = 0x1.63p-1
	w.four(factors, [4]float64{math.Log2E, ln2High, math.Ln2 - ln2High, approx.Exp32[4]})
	w.number(magic, magic23)
	for i, c := range approx.Exp32[:4] {
		w.number(terms+reg(i), c)
	}
	w.number(one, 1)
	w.number(least, -105)
}

// exp32 leaves in u what the function of that name computes of x, which is at most 89.
func (w *writer) exp32(list []quad) {
	steps := []func(g quad){
		func(g quad) { w.op("fmax", g.x, g.x, least) },
		func(g quad) { w.opLane("fmul", g.t, g.x, factors, 0) },
		func(g quad) { w.op("fadd", g.t, g.t, magic) },
		func(g quad) { w.op("fsub", g.u, g.t, magic) },
		func(g quad) { w.opLane("fmul", g.r, g.u, factors, 1) },
		func(g quad) { w.op("fsub", g.x, g.x, g.r) },
		func(g quad) { w.opLane("fmul", g.r, g.u, factors, 2) },
		func(g quad) { w.op("fsub", g.r, g.x, g.r) },
		func(g quad) { w.op("fmul", g.x, g.r, g.r) },
		func(g quad) { w.opLane("fmul", g.u, g.r, factors, 3) },
	}
	for i := 3; i >= 0; i-- {
		steps = append(steps, func(g quad) { w.op("fadd", g.u, g.u, terms+reg(i)) })
		if i > 0 {
			steps = append(steps, func(g quad) { w.op("fmul", g.u, g.u, g.r) })
		}
	}
	steps = append(steps,
		func(g quad) { w.op("fmul", g.u, g.u, g.x) },
		func(g quad) { w.op("fadd", g.u, g.u, g.r) },
		func(g quad) { w.op("fadd", g.u, g.u, one) },
		// The whole number in the low bits of t in two halves, as powers of 2.
		func(g quad) { w.whole("sub", g.t, g.t, magic) },
		func(g quad) { w.right(g.x, g.t, 1) },
		func(g quad) { w.whole("sub", g.t, g.t, g.x) },
		func(g quad) { w.left(g.x, g.x, 23) },
		func(g quad) { w.whole("add", g.x, g.x, one) },
		func(g quad) { w.op("fmul", g.u, g.u, g.x) },
		func(g quad) { w.left(g.t, g.t, 23) },
		func(g quad) { w.whole("add", g.t, g.t, one) },
		func(g quad) { w.op("fmul", g.u, g.u, g.t) },
	)
	for _, step := range steps {
		for _, g := range list {
			step(g)
		}
	}
}

// singles writes the functions that are computed in float32.
func (w *writer) singles() {
	list := quads()
	write := func(name string, before, after func(g quad)) {
		w.vec(name, "(n int, dst, a *float32)", 0, "dst", "a")
		w.exp32Constants()
		w.number(greatest, 89)
		w.number(top, math.Copysign(0, -1))
		w.each(2, 16, func() {
			w.load("R2", 0, span(0, 4)...)
			for _, g := range list {
				before(g)
			}
			w.exp32(list)
			for _, g := range list {
				after(g)
			}
			w.store("R1", 0, span(8, 4)...)
		})
		w.End()
	}
	write("exp", func(g quad) { w.op("fmin", g.x, g.x, greatest) }, func(quad) {})
	write("sigmoid", func(g quad) {
		w.right(g.kept, g.x, 31) // all bits if the sign is set
		w.bits("orr", g.x, g.x, top)
	}, func(g quad) {
		w.op("fadd", g.t, g.u, one)
		w.bits("bif", g.u, one, g.kept)
		w.op("fdiv", g.u, g.u, g.t)
	})
	w.expSum(list)
}

// expSum keeps its eight sums of float64 on the stack: they are needed once in 64 elements.
func (w *writer) expSum(list []quad) {
	w.vec("expSum", "(n int, dst, x *float32, top float32) (sum float64)", 64, "dst", "x")
	w.exp32Constants()
	w.parameter("top", top)
	w.P("MOVD $sums-64(SP), R4")
	w.clear(0, 1)
	w.store("R4", 0, 0, 1)
	w.store("R4", 32, 0, 1)
	w.Label("part")
	w.P("MOVD $1, R5 // times 16 elements")
	w.P("CMP $64, R0")
	w.P("BLT %s", w.At("begin"))
	w.P("MOVD $4, R5")
	w.Label("begin")
	w.clear(span(16, 4)...)
	w.Label("next")
	w.load("R2", 0, span(0, 4)...)
	for _, g := range list {
		w.op("fsub", g.x, g.x, top)
	}
	w.exp32(list)
	w.store("R1", 0, span(8, 4)...)
	for _, g := range list {
		w.op("fadd", g.kept, g.kept, g.u)
	}
	w.P("ADD $64, R1")
	w.P("ADD $64, R2")
	w.P("SUB $16, R0")
	w.P("SUBS $1, R5")
	w.P("BNE %s", w.At("next"))
	w.load("R4", 0, span(0, 4)...)
	w.op("fadd", 16, 16, 18)
	w.op("fadd", 17, 17, 19)
	w.widen(4, 5, 16)
	w.widen(6, 7, 17)
	w.elem = 8
	for i := range reg(4) {
		w.op("fadd", i, i, 4+i)
	}
	w.store("R4", 0, span(0, 4)...)
	w.P("CBNZ R0, %s", w.At("part"))
	w.op("fadd", 0, 0, 2)
	w.op("fadd", 1, 1, 3)
	w.op("fadd", 0, 0, 1)
	w.op("faddp", 0, 0, 0)
	w.result(0, "sum")
	w.End()
	w.elem = 4
}
