// SPDX-License-Identifier: MIT

package main

// tile writes the kernel of a whole register tile of C.
func (w *writer) tile() {
	w.begin("gemmTile", "(k int, a, b, c *float, ldc int, add bool)")
	w.Load("k", "CX")
	w.Load("a", "SI")
	w.Load("b", "DI")
	w.Load("c", "DX")
	w.Load("ldc", "R8")
	w.Load("add", "R9")
	w.P("SHLQ $%d, R8 // bytes between rows of C", w.shift())
	w.P("MOVQ DX, R10")
	for r := range w.rows {
		for at := 0; at < 2*w.width; at += 64 {
			w.P("PREFETCHT0 %d(R10)", at)
		}
		if r < w.rows-1 {
			w.P("ADDQ R8, R10")
		}
	}
	w.products("loop", w.rows, 2)
	w.P("TESTQ R9, R9")
	w.P("JZ %s", w.At("store"))
	w.P("MOVQ DX, R10")
	for r := range w.rows {
		for v := range 2 {
			w.P("VADD%s %d(R10), %[3]s, %[3]s", w.packed, v*w.width, w.sum(r, v))
		}
		if r < w.rows-1 {
			w.P("ADDQ R8, R10")
		}
	}
	w.Label("store")
	for r := range w.rows {
		for v := range 2 {
			w.P("VMOVU%s %s, %d(DX)", w.packed, w.sum(r, v), v*w.width)
		}
		if r < w.rows-1 {
			w.P("ADDQ R8, DX")
		}
	}
	w.End()
}

// products writes the loop that adds up rows × vectors sums over CX steps of the
// panels at SI and DI.
func (w *writer) products(label string, rows, vectors int) {
	for r := range rows {
		for v := range vectors {
			if w.avx512 {
				w.P("VPXORQ %[1]s, %[1]s, %[1]s", w.sum(r, v))
			} else {
				w.P("VXORPS %[1]s, %[1]s, %[1]s", w.sum(r, v))
			}
		}
	}
	w.Label("%s", label)
	for v := range vectors {
		w.P("VMOVU%s %d(DI), %s", w.packed, v*w.width, w.reg(v))
	}
	for r := range rows {
		if !w.avx512 {
			w.P("VBROADCAST%s %d(SI), %s", w.scalar(), r*w.elem, w.reg(2+r%2))
		}
		for v := range vectors {
			if w.avx512 {
				w.P("VFMADD231%s.BCST %d(SI), %s, %s", w.packed, r*w.elem, w.reg(v), w.sum(r, v))
			} else {
				w.P("VFMADD231%s %s, %s, %s", w.packed, w.reg(v), w.reg(2+r%2), w.sum(r, v))
			}
		}
	}
	w.P("ADDQ $%d, SI", w.rows*w.elem)
	w.P("ADDQ $%d, DI", 2*w.width)
	w.P("DECQ CX")
	w.P("JNZ %s", w.At("%s", label))
}
