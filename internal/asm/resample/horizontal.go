// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// General registers of horizontal. Four rows are computed at once: dst and p point into
// row 0, dst2 and p2 into row 2.
const (
	dst, dst2, dstStride = "AX", "R10", "CX"
	src, srcStride       = "DX", "BX"
	left, pairs          = "SI", "DI" // new pixels left
	first, packed        = "R8", "R9"
	p, p2                = "R11", "R12" // old pixels
	count                = "R13"        // pairs left
)

// row is the vector registers: two of each, with a row in its lower and one in its upper
// half.
type row struct {
	*writer
	takeA, takeB, round emit.Y
	high, low           [2]emit.Y // sums of both halves of the weights
	data                [2]emit.Y
	part                emit.Y
	weightH, weightL    emit.Y
	words               emit.Y
}

func (w *writer) horizontal() {
	take2 := func() [2]emit.Y { return [2]emit.Y{w.Take(), w.Take()} }
	r := row{
		writer: w, takeA: w.Take(), takeB: w.Take(), round: w.Take(),
		high: take2(), low: take2(), data: take2(), part: w.Take(),
	}
	if !w.vnni {
		w.product = w.Take()
	}
	r.weightH, r.weightL, r.words = w.Take(), w.Take(), w.Take()

	w.begin("horizontal", "dst *uint8, dstStride int, src *uint8, srcStride, w, pairs int, first *int32, packed *int16")
	w.LoadAll("dst", dst, "dstStride", dstStride, "src", src, "srcStride", srcStride, "w", left, "pairs", pairs, "first", first, "packed", packed)
	w.P("LEAQ (%s)(%s*2), %s", dst, dstStride, dst2)
	w.Op("VMOVDQU", w.memory.takeA, r.takeA)
	w.Op("VMOVDQU", w.memory.takeB, r.takeB)
	w.Op("VMOVDQU", w.memory.round, r.round)
	for n := 1; n <= unrolled; n++ {
		w.P("CMPQ %s, $%d", pairs, n)
		w.P("JEQ %s", w.At("pairs%d", n))
	}
	r.body("any", func(label string) {
		for i := range 2 {
			w.Op("VPXOR", r.high[i], r.high[i], r.high[i])
			w.Op("VPXOR", r.low[i], r.low[i], r.low[i])
		}
		w.Op("MOVQ", pairs, count)
		w.Label("%s", label)
		r.load(0)
		r.multiply(r.takeA, 0, false)
		r.multiply(r.takeB, 1, false)
		w.P("ADDQ $12, %s", p)
		w.P("ADDQ $12, %s", p2)
		w.P("ADDQ $16, %s", packed)
		w.P("SUBQ $2, %s", count)
		w.P("JG %s", w.At("%s", label))
		r.finish()
	})
	for n := 1; n <= unrolled; n++ {
		r.body(fmt.Sprintf("pairs%d", n), func(string) {
			for pair := range n {
				if pair%2 == 0 {
					r.load(pair / 2)
					r.multiply(r.takeA, pair, pair == 0)
				} else {
					r.multiply(r.takeB, pair, false)
				}
			}
			w.P("ADDQ $%d, %s", 8*n, packed)
			r.finish()
		})
	}
}

// body writes the loop over two new pixels at a time; pixel leaves one in low.
func (r *row) body(label string, pixel func(label string)) {
	words := r.words
	r.Label("%s", label)
	r.start(0)
	pixel(label + "_first")
	r.Op("VPACKSSDW", r.low[1], r.low[0], words)
	r.start(4)
	pixel(label + "_second")
	r.Op("VPACKSSDW", r.low[1], r.low[0], r.low[0])
	r.Op("VPACKUSWB", r.low[0], words, words)
	r.Op("VPSHUFB", r.memory.pixels, words, words)
	r.P("VMOVQ %v, (%s)", emit.X(words), dst)
	r.P("VMOVHPS %v, (%s)", emit.X(words), dst2)
	r.Op("VEXTRACTI128", "$1", words, emit.X(words))
	r.P("VMOVQ %v, (%s)(%s*1)", emit.X(words), dst, dstStride)
	r.P("VMOVHPS %v, (%s)(%s*1)", emit.X(words), dst2, dstStride)
	r.P("ADDQ $6, %s", dst)
	r.P("ADDQ $6, %s", dst2)
	r.P("ADDQ $8, %s", first)
	r.P("SUBQ $2, %s", left)
	r.P("JG %s", r.At("%s", label))
	r.End()
}

// start points to the old pixels of a new one.
func (r *row) start(at int) {
	r.P("MOVLQSX %d(%s), %s", at, first, p)
	r.P("LEAQ (%[1]s)(%[1]s*2), %[1]s", p)
	r.Op("ADDQ", src, p)
	r.P("LEAQ (%s)(%s*2), %s", p, srcStride, p2)
}

// load reads four old pixels of each row, and a third of a fifth.
func (r *row) load(quad int) {
	for i, p := range []string{p, p2} {
		r.P("VMOVDQU %d(%s), %v", 12*quad, p, emit.X(r.data[i]))
		r.P("VINSERTI128 $1, %d(%s)(%s*1), %v, %[4]v", 12*quad, p, srcStride, r.data[i])
	}
}

func (r *row) multiply(take emit.Y, pair int, first bool) {
	r.P("VPBROADCASTD %d(%s), %v", 8*pair, packed, r.weightH)
	r.P("VPBROADCASTD %d(%s), %v", 8*pair+4, packed, r.weightL)
	for i := range 2 {
		r.Op("VPSHUFB", take, r.data[i], r.part)
		if first {
			r.Op("VPMADDWD", r.weightH, r.part, r.high[i])
			r.Op("VPMADDWD", r.weightL, r.part, r.low[i])
			continue
		}
		r.multiplyAdd(r.weightH, r.part, r.high[i])
		r.multiplyAdd(r.weightL, r.part, r.low[i])
	}
}

// finish leaves the new pixel in low.
func (r *row) finish() {
	for i := range 2 {
		r.Op("VPSLLD", fmt.Sprintf("$%d", lowBits), r.high[i], r.high[i])
		r.Op("VPADDD", r.round, r.low[i], r.low[i])
		r.Op("VPADDD", r.high[i], r.low[i], r.low[i])
		r.Op("VPSRAD", fmt.Sprintf("$%d", precision), r.low[i], r.low[i])
	}
}
