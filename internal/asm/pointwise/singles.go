// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno/internal/asm/approx"
	"github.com/stheno-go/stheno/internal/asm/emit"
)

const (
	magic23  = 0x1.8p23
	ln2High  = 0x1.63p-1
	ln2Low   = math.Ln2 - ln2High
	signBits = 0x8000000080000000
)

// group is the registers of one of the vectors that are computed together, so that an
// operation need not wait for the one before it.
type group struct{ x, t, u, r, p, from reg }

// together returns as many groups as there are registers for.
func (w *writer) together() []group {
	var list []group
	for base := reg(4); base+5 < reg(w.width()/2); base += 6 {
		list = append(list, group{base, base + 1, base + 2, base + 3, base + 4, base + 5})
	}
	return list
}

// Registers that all groups share.
const (
	least    reg = 0
	greatest reg = 1
)

// singles writes the functions of elementwise_math.go that it computes in float32,
// operation by operation.
func (w *writer) singles() {
	w.single1("exp", func(list []group) {
		for _, g := range list { // of two NaN or zeros the instruction returns the second, x
			w.op("VMINPS", g.x, greatest, g.x)
		}
		w.exp32(list)
	})
	w.single1("sigmoid", func(list []group) {
		for _, g := range list {
			w.op("VMOVAPS", g.x, g.from)
			w.op("VORPS", w.word(signBits), g.x, g.x)
		}
		w.exp32(list)
		for _, g := range list {
			w.op("VADDPS", w.single(1), g.p, g.u)
			w.op("VBROADCASTSS", w.single(1), g.t)
			if w.wide {
				w.op("VPMOVD2M", g.from, "K1")
				w.op("VMOVAPS", g.p, "K1", g.t)
			} else {
				w.op("VBLENDVPS", g.from, g.p, g.t, g.t)
			}
			w.op("VDIVPS", g.u, g.t, g.p)
		}
	})
	w.expSum()
}

// single1 writes a function; body makes p of x.
func (w *writer) single1(name string, body func(list []group)) {
	w.begin(name, "(n int, dst, a *float32)")
	w.Load("n", "CX")
	w.Load("dst", "BX")
	w.Load("a", "AX")
	w.op("VBROADCASTSS", w.single(-105), least)
	w.op("VBROADCASTSS", w.single(89), greatest)
	list := w.together()
	one := list[:64/w.width()]
	loop := func(name string, list []group) {
		w.whileLeft(name, len(list)*w.width()/4, func() {
			w.through(list, 0, func(group) {}, body)
		})
	}
	loop("all", list)
	if len(one) < len(list) {
		loop("one", one)
	}
	w.End()
}

// whileLeft writes a loop while CX, the elements that are left, is at least n.
func (w *writer) whileLeft(name string, n int, body func()) {
	w.P("SUBQ $%d, CX", n)
	w.P("JLT %s", w.At("%s_end", name))
	w.Label("%s", name)
	body()
	w.P("ADDQ $%d, AX", 4*n)
	w.P("ADDQ $%d, BX", 4*n)
	w.P("SUBQ $%d, CX", n)
	w.P("JGE %s", w.At("%s", name))
	w.Label("%s_end", name)
	w.P("ADDQ $%d, CX", n)
}

// through loads vectors from byte offset at of AX on and stores what body makes of them.
func (w *writer) through(list []group, at int, loaded func(g group), body func(list []group)) {
	for i, g := range list {
		w.op("VMOVUPS", fmt.Sprintf("%d(AX)", at+i*w.width()), g.x)
		loaded(g)
	}
	body(list)
	for i, g := range list {
		w.op("VMOVUPS", g.p, fmt.Sprintf("%d(BX)", at+i*w.width()))
	}
}

// exp32 makes p of x, which is at most 89 and is overwritten as t, u and r are.
func (w *writer) exp32(list []group) {
	for _, g := range list { // of two NaN or zeros the instruction returns the second, x
		w.op("VMAXPS", g.x, least, g.x)
	}
	for _, g := range list {
		w.op("VMULPS", w.single(math.Log2E), g.x, g.t)
		w.op("VADDPS", w.single(magic23), g.t, g.t)
	}
	for _, g := range list {
		w.op("VSUBPS", w.single(magic23), g.t, g.u)
		w.op("VMULPS", w.single(ln2High), g.u, g.r)
		w.op("VSUBPS", g.r, g.x, g.x)
	}
	for _, g := range list {
		w.op("VMULPS", w.single(ln2Low), g.u, g.r)
		w.op("VSUBPS", g.r, g.x, g.r)
		w.op("VMULPS", g.r, g.r, g.x)
	}
	last := len(approx.Exp32) - 1
	for _, g := range list {
		w.op("VMULPS", w.single(approx.Exp32[last]), g.r, g.p)
	}
	for i := last - 1; i >= 0; i-- {
		for _, g := range list {
			w.op("VADDPS", w.single(approx.Exp32[i]), g.p, g.p)
			if i > 0 {
				w.op("VMULPS", g.r, g.p, g.p)
			} else {
				w.op("VMULPS", g.x, g.p, g.p)
			}
		}
	}
	for _, g := range list {
		w.op("VADDPS", g.p, g.r, g.p)
		w.op("VADDPS", w.single(1), g.p, g.p)
	}
	for _, g := range list {
		w.power32(g)
	}
}

// power32 multiplies p by 2 to the power of the whole number in u, which is also in the
// low bits of t.
func (w *writer) power32(g group) {
	if w.wide {
		w.op("VSCALEFPS", g.u, g.p, g.p)
		return
	}
	w.op("VPSUBD", w.single(magic23), g.t, g.t)
	w.op("VPSRAD", "$1", g.t, g.u)
	w.op("VPSUBD", g.u, g.t, g.t)
	for _, half := range []reg{g.u, g.t} {
		w.op("VPADDD", w.word(127<<32|127), half, half)
		w.op("VPSLLD", "$23", half, half)
		w.op("VMULPS", half, g.p, g.p)
	}
}

// expSum writes expSum of whole vectors.
func (w *writer) expSum() {
	w.begin("expSum", "(n int, dst, x *float32, top float32) (sum float64)")
	w.Load("n", "CX")
	w.Load("dst", "BX")
	w.Load("x", "AX")
	const top = reg(2)
	list := w.together()
	sums := []reg{3, greatest} // of 8 float64
	w.op("VBROADCASTSS", w.single(-105), least)
	w.op("VBROADCASTSS", w.Arg("top"), top)
	for _, s := range sums {
		w.zero(s)
	}
	shifted := func(g group) { w.op("VSUBPS", top, g.x, g.x) }
	part := make([]reg, 64/w.width()) // of 16 float32, in registers that exp32 leaves alone
	for i := range part {
		part[i] = list[i].from
	}
	for _, vectors := range []int{4, 1} { // of 16 elements
		w.whileLeft(fmt.Sprintf("by%d", vectors), 16*vectors, func() {
			step := min(len(list), vectors*len(part))
			for at := 0; at < vectors*len(part); at += step {
				w.through(list[:step], at*w.width(), shifted, w.exp32)
				for i, g := range list[:step] {
					if at+i < len(part) {
						w.op("VMOVAPS", g.p, part[i])
					} else {
						w.op("VADDPS", g.p, part[i%len(part)], part[i%len(part)])
					}
				}
			}
			w.addHalves(part, sums, list[0].t)
		})
	}
	if !w.wide {
		w.op("VADDPD", sums[1], sums[0], sums[0])
	}
	w.across(sums[0])
	w.Op("MOVSD", emit.X(sums[0]), w.Arg("sum"))
	w.End()
}

// addHalves adds the sums of both halves of 16 float32 in part to 8 float64.
func (w *writer) addHalves(part, sums []reg, t reg) {
	if w.wide {
		w.P("VEXTRACTF64X4 $1, Z%d, Y%d", part[0], t)
		w.P("VADDPS Y%d, Y%d, Y%[1]d", t, part[0])
		w.P("VCVTPS2PD Y%d, Z%[1]d", t)
		w.op("VADDPD", t, sums[0], sums[0])
		return
	}
	w.op("VADDPS", part[1], part[0], part[0])
	w.P("VCVTPS2PD X%d, Y%d", part[0], t)
	w.op("VADDPD", t, sums[0], sums[0])
	w.P("VEXTRACTF128 $1, Y%d, X%d", part[0], t)
	w.P("VCVTPS2PD X%d, Y%[1]d", t)
	w.op("VADDPD", t, sums[1], sums[1])
}
