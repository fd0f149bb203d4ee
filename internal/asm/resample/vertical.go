// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// vertical sums 32 columns at a time.
func (w *writer) vertical() {
	const (
		dst, src, stride, pairs, packed = "AX", "CX", "DX", "SI", "DI"
		last, at                        = "BX", "R8"
		p, k, count                     = "R9", "R10", "R11" // old pixels, weights, pairs left
	)
	zero, a, b, part := w.Take(), w.Take(), w.Take(), w.Take()
	if !w.vnni {
		w.product = w.Take()
	}
	weightH, weightL := w.Take(), w.Take()
	var high, low [4]emit.Y // sums of both halves of the weights
	for i := range high {
		high[i], low[i] = w.Take(), w.Take()
	}

	w.begin("vertical", "dst, src *uint8, stride, n, pairs int, packed *int16")
	w.LoadAll("dst", dst, "src", src, "stride", stride, "n", last, "pairs", pairs, "packed", packed)
	w.Op("VPXOR", zero, zero, zero)
	w.Overlapping("columns", 32, last, at, func() {
		for i := range high {
			w.Op("VPXOR", high[i], high[i], high[i])
			w.Op("VMOVDQU", w.memory.round, low[i])
		}
		w.P("LEAQ (%s)(%s*1), %s", src, at, p)
		w.Op("MOVQ", packed, k)
		w.Op("MOVQ", pairs, count)
		w.Label("pair")
		w.P("VPBROADCASTD (%s), %v", k, weightH)
		w.P("VPBROADCASTD 4(%s), %v", k, weightL)
		w.P("VMOVDQU (%s), %v", p, a)
		w.P("VMOVDQU (%s)(%s*1), %v", p, stride, part)
		w.Op("VPUNPCKHBW", part, a, b)
		w.Op("VPUNPCKLBW", part, a, a)
		for i, rows := range []emit.Y{a, a, b, b} {
			w.Op([]string{"VPUNPCKLBW", "VPUNPCKHBW"}[i%2], zero, rows, part)
			w.multiplyAdd(weightH, part, high[i])
			w.multiplyAdd(weightL, part, low[i])
		}
		w.P("LEAQ (%[1]s)(%[2]s*2), %[1]s", p, stride)
		w.P("ADDQ $8, %s", k)
		w.P("DECQ %s", count)
		w.P("JNZ %s", w.At("pair"))

		for i := range high {
			w.Op("VPSLLD", fmt.Sprintf("$%d", lowBits), high[i], high[i])
			w.Op("VPADDD", high[i], low[i], low[i])
			w.Op("VPSRAD", fmt.Sprintf("$%d", precision), low[i], low[i])
		}
		w.Op("VPACKSSDW", low[1], low[0], low[0])
		w.Op("VPACKSSDW", low[3], low[2], low[2])
		w.Op("VPACKUSWB", low[2], low[0], low[0])
		w.P("VMOVDQU %v, (%s)(%s*1)", low[0], dst, at)
	})
	w.End()
}
