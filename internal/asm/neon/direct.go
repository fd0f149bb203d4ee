// SPDX-License-Identifier: MIT

package main

import "fmt"

// columns is how many columns a loop of direct computes: that many whole vectors, the last of
// which overlaps the one before, or less than one.
type columns struct{ vectors, part int }

// direct writes the kernel of a tile whose operands are read where they lie, a loop for
// eight and for four rows of each number of vectors: 11 loads for 24 multiply-adds.
func (w *writer) direct() {
	w.begin("gemmDirect", "(rows, width, k int, a *float, aRow, aStep int, b *float, bStep int, c *float, ldc int, add bool)", 0)
	w.LoadAll("rows", "R20", "width", "R21", "k", "R0", "a", "R1", "aRow", "R22", "aStep", "R23", "b", "R2", "bStep", "R24", "c", "R3", "ldc", "R4")
	w.Load("add", "R5")
	for _, r := range []string{"R22", "R23", "R24", "R4"} {
		w.P("LSL $%d, %s // bytes", w.shift(), r)
	}
	w.P("MOVD R1, R8 // rows of A")
	for i := 1; i < 8; i++ {
		w.P("ADD R22, R%d, R%d", 7+i, 8+i)
	}
	w.P("MOVD ZR, R6 // bytes in them")
	w.P("SUB $4, R21, R16 // where the last vector begins")
	w.P("ADD R16<<2, R2, R7")
	w.P("ADD R16<<2, R3, R17")
	list := []columns{{vectors: 3}, {vectors: 2}, {vectors: 1}, {1, 3}, {1, 2}, {1, 1}}
	name := func(rows int, c columns) string { return fmt.Sprintf("%d_%d_%d", rows, c.vectors, c.part) }
	least := func(c columns) int { // columns from which on it is right
		if c.part > 0 {
			return c.part
		}
		return map[int]int{1: 4, 2: 5, 3: 9}[c.vectors]
	}
	w.P("CMP $4, R20")
	w.P("BEQ %s", w.At("four"))
	for _, rows := range []int{8, 4} {
		if rows == 4 {
			w.Label("four")
		}
		for _, c := range list[:len(list)-1] {
			w.P("CMP $%d, R21", least(c))
			w.P("BGE %s", w.At("%s", name(rows, c)))
		}
		for i := range list {
			c := list[len(list)-1-i]
			w.Label("%s", name(rows, c))
			w.directOf(name(rows, c), rows, c)
		}
	}
}

func (w *writer) directOf(name string, rows int, c columns) {
	t := tile{rows, c.vectors}
	for i := range rows {
		w.clear(span(int(t.sum(i, 0)), c.vectors)...)
	}
	w.Label("%s_loop", name)
	w.loadColumns("R2", "R7", c, 24)
	w.P("ADD R24, R2")
	w.P("ADD R24, R7")
	for i := range rows {
		a := reg(27 + i%5)
		w.loadElement(fmt.Sprintf("R%d", 8+i), "R6", a)
		for v := range c.vectors {
			w.opLane("fmla", t.sum(i, v), reg(24+v), a, 0)
		}
	}
	w.P("ADD R23, R6")
	w.P("SUBS $1, R0")
	w.P("BNE %s", w.At("%s_loop", name))
	w.P("CBZ R5, %s", w.At("%s_store", name))
	w.P("MOVD R3, R6")
	w.P("MOVD R17, R7")
	for i := range rows {
		w.loadColumns("R6", "R7", c, 24)
		for v := range c.vectors {
			w.op("fadd", t.sum(i, v), t.sum(i, v), reg(24+v))
		}
		w.P("ADD R4, R6")
		w.P("ADD R4, R7")
	}
	w.Label("%s_store", name)
	for i := range rows {
		w.storeColumns("R3", "R17", c, t.sum(i, 0))
		w.P("ADD R4, R3")
		w.P("ADD R4, R17")
	}
	w.End()
}

// loadColumns loads the columns at base into registers from d on, the last whole vector
// from last.
func (w *writer) loadColumns(base, last string, c columns, d reg) {
	if c.part == 0 {
		w.load(base, 0, span(int(d), c.vectors-1)...)
		w.load(last, 0, d+reg(c.vectors-1))
		return
	}
	w.P("%s (%s), F%d", []string{"FMOVS", "FMOVD"}[min(c.part, 2)-1], base, int(d))
	if c.part == 3 {
		w.P("FMOVS 8(%s), F%d", base, int(d)+1)
		w.P("VMOV V%d.S[0], V%d.S[2]", int(d)+1, int(d))
	}
}

// storeColumns is the reverse.
func (w *writer) storeColumns(base, last string, c columns, s reg) {
	if c.part == 0 {
		w.store(base, 0, span(int(s), c.vectors-1)...)
		w.store(last, 0, s+reg(c.vectors-1))
		return
	}
	w.P("%s F%d, (%s)", []string{"FMOVS", "FMOVD"}[min(c.part, 2)-1], int(s), base)
	if c.part == 3 {
		w.P("VMOV V%d.S[2], V24.S[0]", int(s))
		w.P("FMOVS F24, 8(%s)", base)
	}
}
