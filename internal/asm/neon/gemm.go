// SPDX-License-Identifier: MIT

package main

import "fmt"

// gemm writes the kernels of products of matrices. A tile of C takes 24 registers: what four
// units for multiply-adds with four cycles of latency need is 16, and 8 rows by three vectors
// (float64: 6 by four) do the most of them for a vector loaded. One element of a vector of A
// is a factor of each row, so that nothing is broadcast.
func gemm(w *writer) {
	for _, w.elem = range []int{4, 8} {
		t := tile{rows: 8, vectors: 3}
		if w.elem == 8 {
			t = tile{rows: 6, vectors: 4}
		}
		w.tile(t)
		w.edge(t)
		if w.elem == 4 { // for float64 a tile has six rows
			w.direct()
		}
		w.dot()
		w.axpy()
		w.copyRows(t)
	}
	w.transpose32()
	w.transpose64()
}

// tile is a register tile of C.
type tile struct{ rows, vectors int }

// sum is the register of vector v of row r.
func (t tile) sum(r, v int) reg { return reg(r*t.vectors + v) }

// tile writes the kernel of a whole tile.
func (w *writer) tile(t tile) {
	w.begin("gemmTile", "(k int, a, b, c *float, ldc int, add bool)", 0)
	w.LoadAll("k", "R0", "a", "R1", "b", "R2", "c", "R3", "ldc", "R4")
	w.Load("add", "R5")
	w.P("LSL $%d, R4 // bytes between rows of C", w.shift())
	w.P("MOVD R3, R6")
	for r := range t.rows {
		w.prefetch("R6", 0)
		if r < t.rows-1 {
			w.P("ADD R4, R6")
		}
	}
	w.products("loop", t, t)
	w.P("CBZ R5, %s", w.At("store"))
	w.P("MOVD R3, R6")
	for r := range t.rows {
		row, more := span(int(t.sum(r, 0)), t.vectors), span(24, t.vectors)
		w.load("R6", 0, more...)
		for v := range row {
			w.op("fadd", row[v], row[v], more[v])
		}
		if r < t.rows-1 {
			w.P("ADD R4, R6")
		}
	}
	w.Label("store")
	for r := range t.rows {
		w.store("R3", 0, span(int(t.sum(r, 0)), t.vectors)...)
		if r < t.rows-1 {
			w.P("ADD R4, R3")
		}
	}
	w.End()
}

// products writes the loop that adds up the sums of part of a tile over R0 steps of the
// panels at R1 and R2.
func (w *writer) products(label string, whole, part tile) {
	b, a := span(24, part.vectors), span(24+part.vectors, (part.rows+w.lanes()-1)/w.lanes())
	for r := range part.rows {
		for v := range part.vectors {
			w.clear(whole.sum(r, v))
		}
	}
	w.Label("%s", label)
	w.load("R1", 0, a...)
	w.load("R2", 0, b...)
	w.P("ADD $%d, R1", whole.rows*w.elem)
	w.P("ADD $%d, R2", whole.vectors*16)
	for r := range part.rows {
		for v := range part.vectors {
			w.opLane("fmla", whole.sum(r, v), b[v], a[r/w.lanes()], r%w.lanes())
		}
	}
	w.P("SUBS $1, R0")
	w.P("BNE %s", w.At("%s", label))
}

// edge writes the kernel of a part of a tile: a loop for each number of rows and vectors,
// whose sums go through the stack.
func (w *writer) edge(t tile) {
	w.begin("gemmEdge", "(height, width, k int, a, b, c *float, ldc int, add bool)", 16*t.rows*t.vectors)
	w.LoadAll("height", "R7", "width", "R8", "k", "R0", "a", "R1", "b", "R2", "c", "R3", "ldc", "R4")
	w.Load("add", "R5")
	w.P("LSL $%d, R4 // bytes between rows of C", w.shift())
	w.P("MOVD $sums-%d(SP), R6", 16*t.rows*t.vectors)
	for vectors := t.vectors; vectors > 0; vectors-- {
		if vectors < t.vectors {
			w.Label("vectors%d", vectors)
		}
		if vectors > 1 {
			w.P("CMP $%d, R8", (vectors-1)*w.lanes())
			w.P("BLE %s", w.At("vectors%d", vectors-1))
		}
		for rows := t.rows; rows > 0; rows-- {
			if rows < t.rows {
				w.Label("%dx%d", rows, vectors)
			}
			if rows > 1 {
				w.P("CMP $%d, R7", rows-1)
				w.P("BLE %s", w.At("%dx%d", rows-1, vectors))
			}
			w.products(fmt.Sprintf("%dx%d_loop", rows, vectors), t, tile{rows, vectors})
			for r := range rows {
				w.store("R6", r*t.vectors*16, span(int(t.sum(r, 0)), vectors)...)
			}
			w.P("B %s", w.At("row"))
		}
	}
	w.Label("row")
	w.P("MOVD R6, R10")
	w.P("MOVD R3, R11")
	w.P("MOVD R8, R12")
	w.copyLoop("vector", w.lanes(), "FMOVQ", func() { w.op("fadd", 0, 0, 1) })
	w.copyLoop("element", 1, map[int]string{4: "FMOVS", 8: "FMOVD"}[w.elem], func() {
		w.P("%s F1, F0, F0", map[int]string{4: "FADDS", 8: "FADDD"}[w.elem])
	})
	w.P("ADD $%d, R6", t.vectors*16)
	w.P("ADD R4, R3")
	w.P("SUBS $1, R7")
	w.P("BNE %s", w.At("row"))
	w.End()
}

// copyLoop copies n elements at a time from R10 to R11 as long as R12 is at least n, or adds
// them to what is there if R5 is set.
func (w *writer) copyLoop(name string, n int, move string, add func()) {
	w.Label("%s", name)
	w.P("SUBS $%d, R12", n)
	w.P("BLT %s", w.At("%s_done", name))
	w.P("%s.P %d(R10), F0", move, n*w.elem)
	w.P("CBZ R5, %s", w.At("%s_store", name))
	w.P("%s (R11), F1", move)
	add()
	w.Label("%s_store", name)
	w.P("%s.P F0, %d(R11)", move, n*w.elem)
	w.P("B %s", w.At("%s", name))
	w.Label("%s_done", name)
	w.P("ADD $%d, R12", n)
}

// dot writes the sum of products of two vectors, four registers at a time: eight where
// that many are left.
func (w *writer) dot() {
	w.begin("dot", "(n int, x, y *float) (sum float)", 0)
	w.LoadAll("n", "R0", "x", "R1", "y", "R2")
	w.clear(span(0, 8)...)
	step := 4 * w.lanes()
	add := func(base int) {
		w.load("R1", 16*base, span(16, 4)...)
		w.load("R2", 16*base, span(20, 4)...)
		for i := range 4 {
			w.op("fmla", reg(base+i), reg(16+i), reg(20+i))
		}
	}
	w.P("SUBS $%d, R0", 2*step)
	w.P("BLT %s", w.At("rest"))
	w.Label("loop")
	add(0)
	add(4)
	w.P("ADD $128, R1")
	w.P("ADD $128, R2")
	w.P("SUBS $%d, R0", 2*step)
	w.P("BGE %s", w.At("loop"))
	w.Label("rest")
	w.P("ADDS $%d, R0", step)
	w.P("BLT %s", w.At("sum"))
	add(0)
	w.Label("sum")
	for apart := 4; apart > 0; apart /= 2 {
		for i := range apart {
			w.op("fadd", reg(i), reg(i), reg(i+apart))
		}
	}
	for n := w.lanes(); n > 1; n /= 2 {
		w.op("faddp", 0, 0, 0)
	}
	w.result(0, "sum")
	w.End()
}

// axpy writes y += a·x, four registers at a time.
func (w *writer) axpy() {
	w.begin("axpy", "(n int, a float, x, y *float)", 0)
	w.Load("n", "R0")
	w.argument("a", 31)
	w.Load("x", "R1")
	w.Load("y", "R2")
	w.Label("loop")
	w.load("R1", 0, span(0, 4)...)
	w.load("R2", 0, span(4, 4)...)
	for i := range 4 {
		w.opLane("fmla", reg(4+i), reg(i), 31, 0)
	}
	w.store("R2", 0, span(4, 4)...)
	w.P("ADD $64, R1")
	w.P("ADD $64, R2")
	w.P("SUBS $%d, R0", 4*w.lanes())
	w.P("BNE %s", w.At("loop"))
	w.End()
}
