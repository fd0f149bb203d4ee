// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// phasePoints are ±p for each of a list, and ∞: those of winogradPoints in winograd_phases.go.
type phasePoints struct {
	name string
	list []float64
	step int // pixels from one column to the next
}

var stemPoints = phasePoints{"stem", []float64{5. / 16, 13. / 16, 15. / 8}, 1}

var stridedPoints = phasePoints{"strided", []float64{1. / 2, 5. / 4}, 2}

func (m phasePoints) side() int { return 2*len(m.list) + 1 }

// number returns the operand of a number.
func (w *writer) number(v float64) constant {
	bits := math.Float32bits(float32(v))
	return constant(w.Data(fmt.Sprintf("number%08x", bits), 4, uint64(bits)))
}

// others returns the coefficients of Π (x²-q²) over the points but the one at skip, the
// highest first; those of d[i], d[i-2], …
func (m phasePoints) others(skip int) []float64 {
	c := []float64{1}
	for i, p := range m.list {
		if i == skip {
			continue
		}
		next := append(c[:len(c):len(c)], 0)
		for k, v := range c {
			next[k+1] -= p * p * v
		}
		c = next
	}
	return c
}

// phases writes the transforms of some points, for AVX-512.
func (w *writer) phases(m phasePoints) {
	w.phaseInput(m)
	w.phaseOutput(m)
	if m.step == 1 {
		w.phaseSpread(m)
		return
	}
	w.edge = true
	w.phaseInput(m)
	w.edge = false
	w.phaseWeights(m)
	w.stream = true
	w.phaseWeights(m)
	w.stream = false
}

// phaseSplit copies n pixels of the phases of three planes srcPos apart, from rows srcRow
// apart: pairs of columns side by side.
func (w *writer) phaseSplit() {
	w.beginPhases("phaseSplitAVX512", "srcRow", "srcPos")
	w.P("LEAQ (%s)(%s*1), DX", src, srcApart)
	w.Label("next")
	for i := range 3 {
		for half, name := range []string{"VMOVQ %s, X%[2]d", "VMOVHPS %s, X%[2]d, X%[2]d"} {
			k := 2*i + half
			w.P(name, fmt.Sprintf("(%s)%s", []string{src, "DX"}[k/3], []string{"", "(" + dstApart + "*1)", "(" + dstApart + "*2)"}[k%3]), i)
		}
	}
	for i := range 3 {
		w.P("VMOVUPS X%d, %d(%s)", i, 16*i, dst)
	}
	w.Op("ADDQ", "$8", src)
	w.P("ADDQ $8, DX")
	w.Op("ADDQ", "$64", dst)
	w.Op("DECQ", left)
	w.P("JNZ %s", w.At("next"))
	w.P("RET")
}

// beginPhases loads what the transforms go by.
func (w *writer) beginPhases(name, from, to string) {
	w.begin(name, "winogradJob", 0)
	w.load("winogradArgs.src", src)
	w.load("winogradArgs.dst", dst)
	w.load("winogradArgs.n", left)
	w.load("winogradArgs.srcStep", srcStep)
	w.load("winogradArgs.dstStep", dstStep)
	w.load("winogradArgs."+from, srcApart)
	w.load("winogradArgs."+to, dstApart)
	for _, r := range []string{srcApart, dstApart, srcStep, dstStep} {
		w.P("SHLQ $2, %s", r)
	}
}

func (w *writer) endPhases() {
	w.Op("ADDQ", srcStep, src)
	w.Op("ADDQ", dstStep, dst)
	w.Op("DECQ", left)
	w.P("JNZ %s", w.At("next"))
	if w.stream {
		w.P("SFENCE")
	}
	w.End()
}

// rowsFrom sets SI, DX and R8 to rows 0, 3 and 6 from base on, rowApart bytes apart; row
// is the address of one of them then.
func (w *writer) rowsFrom(base string) {
	w.P("MOVQ %s, SI", base)
	w.P("LEAQ (%s)(%s*2), R8", rowApart, rowApart)
	w.P("LEAQ (SI)(R8*1), DX")
	w.P("ADDQ DX, R8")
}

func row(i, offset int) string {
	text := "(" + []string{"SI", "DX", "R8"}[i/3] + ")" + []string{"", "(" + rowApart + "*1)", "(" + rowApart + "*2)"}[i%3]
	if offset > 0 {
		text = fmt.Sprint(offset) + text
	}
	return text
}

// phaseInput goes over the rows of the result in parts, as many as registers hold: those
// of ±p for each p, and that of ∞. Registers 20 and up are the coefficients.
func (w *writer) phaseInput(m phasePoints) {
	side, pairs := m.side(), len(m.list)
	name := m.name + "Input"
	if w.edge {
		name += "Edge"
	}
	w.beginPhases(name+"AVX512", "srcRow", "dstPos")
	w.Op("MOVQ", srcApart, rowApart)
	if w.edge {
		w.load("winogradArgs.at", "R8")
		w.P("LEAQ (%s)(R8*4), %s", src, src)
		w.Op("MOVWLZX", w.field("winogradArgs.colsSeen"), "R14")
		for i := range side {
			w.P("KMOVW %s, K%d", w.rowSeen(i), 1+i)
		}
	}
	coefficients, next := make([][]reg, pairs+1), reg(20)
	signs := make([]reg, pairs)
	for i := range pairs + 1 {
		for _, c := range m.others(i)[1:] {
			w.op("VBROADCASTSS", emit.Symbol(w.number(c)), next)
			coefficients[i] = append(coefficients[i], next)
			next++
		}
		if i < pairs {
			w.op("VBROADCASTSS", emit.Symbol(w.number(m.list[i])), next)
			signs[i] = next
			next++
		}
	}
	if next > 32 {
		panic("too many coefficients")
	}
	// sum is to = d[top] + c₁ d[top-2] + …
	sum := func(point, top int, d func(i int) any, to reg) {
		_, held := d(top).(reg)
		if w.edge && !held {
			w.op("VMOVUPS.Z", d(top), fmt.Sprintf("K%d", 1+top), to)
		} else {
			w.op("VMOVUPS", d(top), to)
		}
		for k, c := range coefficients[point] {
			if w.edge && !held {
				w.op("VFMADD231PS", d(top-2*k-2), c, fmt.Sprintf("K%d", top-2*k-1), to)
			} else {
				w.op("VFMADD231PS", d(top-2*k-2), c, to)
			}
		}
	}
	both := func(point int, d func(i int) any, plus, minus, t reg) {
		sum(point, side-2, d, plus)
		sum(point, side-3, d, t)
		w.op("VMOVAPS", plus, minus)
		w.op("VFMADD231PS", t, signs[point], plus)
		w.op("VFNMADD231PS", t, signs[point], minus)
	}
	at := row
	w.Label("next")
	if w.edge {
		pointers := []string{"SI", "DX", "R8", srcStep, dstStep} // one tile takes no step
		w.seenRows(pointers, rowApart)
		at = func(i, offset int) string { return fmt.Sprintf("%d(%s)", offset, pointers[i]) }
	} else {
		w.rowsFrom(src)
	}
	w.Op("MOVQ", dst, "R13")
	store := func(r reg) {
		w.op("VMOVUPS", r, "(R13)")
		w.Op("ADDQ", dstApart, "R13")
	}
	for part := range pairs + 1 {
		rows := 2
		if part == pairs {
			rows = 1
		}
		held := func(y, x int) reg { return reg(y*side + x) }
		for x := range side {
			d := func(i int) any { return at(i, 64*m.step*x) }
			if w.edge {
				w.P("BTL $%d, R14", x)
				w.P("JCS %s", w.At("load%d_%d", part, x))
				for y := range rows {
					w.op("VPXORQ", held(y, x), held(y, x), held(y, x))
				}
				w.P("JMP %s", w.At("seen%d_%d", part, x))
				w.Label("load%d_%d", part, x)
			}
			if part == pairs {
				sum(part, side-1, d, held(0, x))
			} else {
				both(part, d, held(0, x), held(1, x), reg(14+x%2))
			}
			if w.edge {
				w.Label("seen%d_%d", part, x)
			}
		}
		for y := range rows {
			d := func(i int) any { return held(y, i) }
			for i := range pairs {
				plus, minus := reg(14+i%2*3), reg(15+i%2*3)
				both(i, d, plus, minus, reg(16+i%2*3))
				store(plus)
				store(minus)
			}
			sum(pairs, side-1, d, 14)
			store(14)
		}
	}
	if w.edge {
		w.End()
		return
	}
	w.endPhases()
}

// phaseOutput holds all rows of the result: in a column it adds up the elements of ±p for
// each p in turn.
func (w *writer) phaseOutput(m phasePoints) {
	const rows = 4
	side := m.side()
	w.beginPhases(m.name+"OutputAVX512", "srcPos", "dstRow")
	w.load("winogradArgs.res", res)
	w.P("IMUL3Q $%d, %s, %s", side, srcApart, rowApart)
	w.Label("next")
	w.rowsFrom(src)
	held := func(y, x int) reg { return reg(y*side + x) }
	const s, t = reg(28), reg(30)
	for x := range side {
		y := func(i int) reg { return held(i, x) }
		for i, p := range m.list {
			w.op("VMOVUPS", row(2*i, 0), t)
			w.op("VADDPS", row(2*i+1, 0), t, s)
			w.op("VSUBPS", row(2*i+1, 0), t, t)
			if i == 0 {
				w.op("VMOVAPS", s, y(0))
				w.op("VMULPS", w.number(p), t, y(1))
				w.op("VMULPS", w.number(p*p), s, y(2))
				w.op("VMOVUPS", row(side-1, 0), y(3))
			} else {
				w.op("VADDPS", s, y(0), y(0))
				w.op("VFMADD231PS", w.number(p), t, y(1))
				w.op("VFMADD231PS", w.number(p*p), s, y(2))
			}
			w.op("VFMADD231PS", w.number(p*p*p), t, y(3))
		}
		if x < side-1 {
			for _, r := range []string{"SI", "DX", "R8"} {
				w.Op("ADDQ", srcApart, r)
			}
		}
	}
	f := transform{out: rows, pixels: true}
	w.Op("MOVQ", dst, "SI")
	w.beginRows(f)
	for i := range rows {
		d := func(k int) reg { return held(i, k) }
		for k, p := range m.list { // d becomes sums and differences
			a, b := d(2*k), d(2*k+1)
			w.op("VADDPS", b, a, t)
			w.op("VSUBPS", b, a, b)
			w.op("VMOVAPS", t, a)
			w.op("VFMADD231PS", w.number(p*p*p), b, d(side-1))
			if k == 0 {
				w.op("VMULPS", w.number(p*p), a, s)
			} else {
				w.op("VFMADD231PS", w.number(p*p), a, s)
			}
		}
		w.op("VMULPS", w.number(m.list[0]), d(1), d(1))
		for k, p := range m.list[1:] {
			w.op("VADDPS", d(2*k+2), d(0), d(0))
			w.op("VFMADD231PS", w.number(p), d(2*k+3), d(1))
		}
		w.store(f, i, []reg{d(0), d(1), s, d(side - 1)})
	}
	w.endRows(f)
	w.advanceRes(f, dstStep, "step")
	w.endPhases()
}

// phaseSpread holds all rows of the result.
func (w *writer) phaseSpread(m phasePoints) {
	const cols = 4
	side := m.side()
	w.beginPhases(m.name+"SpreadAVX512", "srcRow", "dstPos")
	w.Op("MOVQ", srcApart, rowApart)
	held := func(y, x int) reg { return reg(y*cols + x) }
	const even, odd, minus = reg(29), reg(30), reg(31)
	// both leaves d₀+p²d₂ ± p(d₁+p²d₃) in plus and less.
	both := func(p float64, d func(i int) any, plus, less, odd reg) {
		w.op("VMOVUPS", d(0), plus)
		w.op("VMOVUPS", d(1), odd)
		w.op("VFMADD231PS", w.number(p*p), d(2), plus)
		w.op("VFMADD231PS", w.number(p*p), d(3), odd)
		w.op("VMOVAPS", plus, less)
		w.op("VFMADD231PS", w.number(p), odd, plus)
		w.op("VFNMADD231PS", w.number(p), odd, less)
	}
	w.Label("next")
	w.rowsFrom(src)
	w.Op("MOVQ", dst, "R13")
	for x := range cols {
		last := held(side-1, x)
		w.op("VMOVUPS", row(2, 64*x), even)
		w.op("VMOVUPS", row(3, 64*x), last)
		for i, p := range m.list {
			plus, less := held(2*i, x), held(2*i+1, x)
			w.op("VMOVUPS", row(0, 64*x), plus)
			w.op("VMOVUPS", row(1, 64*x), odd)
			w.op("VFMADD231PS", w.number(p*p), even, plus)
			w.op("VFMADD231PS", w.number(p*p), last, odd)
			w.op("VMOVAPS", plus, less)
			w.op("VFMADD231PS", w.number(p), odd, plus)
			w.op("VFNMADD231PS", w.number(p), odd, less)
		}
	}
	store := func(r reg) {
		w.op("VMOVUPS", r, "(R13)")
		w.Op("ADDQ", dstApart, "R13")
	}
	for y := range side {
		d := func(i int) any { return held(y, i) }
		for _, p := range m.list {
			both(p, d, even, minus, odd)
			store(even)
			store(minus)
		}
		store(held(y, 3))
	}
	w.endPhases()
}

// phaseWeights transforms kernels of 3×3 taps into the elements of four phases, which are
// dstRow apart: those of taps 0 and 2, and of tap 1, in each direction. What is 0 at ∞ is
// left out there.
func (w *writer) phaseWeights(m phasePoints) {
	side := m.side()
	name, store := m.name+"Weights", "VMOVUPS"
	if w.stream {
		name, store = name+"Stream", "VMOVNTPS"
	}
	w.beginPhases(name+"AVX512", "srcPos", "dstPos")
	w.load("winogradArgs.dstRow", "R13")
	w.P("SHLQ $2, R13")
	w.P("LEAQ (R13)(R13*2), R14")
	w.P("LEAQ (%s)(%s*2), %s", srcApart, srcApart, rowApart)
	// G of a point: 1/f and p/f; those of -p are -1/f and p/f.
	scale := func(i int) float64 {
		f := 2 * m.list[i]
		for k, q := range m.list {
			if k != i {
				f *= m.list[i]*m.list[i] - q*q
			}
		}
		return 1 / f
	}
	// line calls f with the elements of both phases of a line of taps; t are for it.
	line := func(g [3]reg, even, odd func(i int) reg, f func(phase, i int, r reg)) {
		for i, p := range m.list {
			w.op("VMULPS", w.number(p*scale(i)), g[2], even(2*i))
			w.op("VMOVAPS", even(2*i), even(2*i+1))
			w.op("VFMADD231PS", w.number(scale(i)), g[0], even(2*i))
			w.op("VFNMADD231PS", w.number(scale(i)), g[0], even(2*i+1))
			w.op("VMULPS", w.number(scale(i)), g[1], odd(2*i))
			w.op("VMULPS", w.number(-scale(i)), g[1], odd(2*i+1))
			for k := range 2 {
				f(0, 2*i+k, even(2*i+k))
				f(1, 2*i+k, odd(2*i+k))
			}
		}
		f(0, side-1, g[2])
	}
	mid := func(phase, y, x int) reg { return reg((phase*side+y)*3 + x) } // 27 of them
	w.Label("next")
	for x := range 3 {
		w.Op("MOVQ", src, "SI")
		for range x {
			w.Op("ADDQ", srcApart, "SI")
		}
		g := [3]reg{28, 29, mid(0, side-1, x)}
		for i, at := range []string{"(SI)", "(SI)(" + rowApart + "*1)", "(SI)(" + rowApart + "*2)"} {
			w.op("VMOVUPS", at, g[i])
		}
		line(g, func(i int) reg { return mid(0, i, x) }, func(i int) reg { return mid(1, i, x) }, func(int, int, reg) {})
	}
	for y := range side {
		for phase := range 2 {
			if y == side-1 && phase == 1 {
				continue
			}
			g := [3]reg{mid(phase, y, 0), mid(phase, y, 1), mid(phase, y, 2)}
			w.Op("MOVQ", dst, "SI")
			at := 0
			line(g, func(i int) reg { return reg(27 + i%2) }, func(i int) reg { return reg(29 + i%2) }, func(col, x int, r reg) {
				for ; at < x; at++ {
					w.Op("ADDQ", dstApart, "SI")
				}
				slot := 2*phase + col
				if x == side-1 {
					slot = phase
				}
				w.op(store, r, "(SI)"+[]string{"", "(R13*1)", "(R13*2)", "(R14*1)"}[slot])
			})
		}
		if y < side-1 {
			for range side {
				w.Op("ADDQ", dstApart, dst)
			}
		}
	}
	w.P("IMUL3Q $%d, %s, SI", side*(side-1), dstApart)
	w.Op("SUBQ", "SI", dst)
	w.endPhases()
}
