// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// row is a kernel that computes four rows at once: two vectors, each with a row in its
// lower and one in its upper half.
type row struct {
	vnni             bool
	p, p2, stride    reg.Register // old pixel in rows 0 and 2; bytes between rows
	packed           reg.Register
	takeA, takeB     reg.VecVirtual
	round            reg.VecVirtual
	high, low        [2]reg.VecVirtual // sums of both halves of the weights
	data             [2]reg.VecVirtual
	part, product    reg.VecVirtual
	weightH, weightL reg.VecVirtual
}

func (c *constants) horizontal(vnni bool) {
	TEXT("horizontal"+suffix(vnni), attr.NOSPLIT, "func(dst *uint8, dstStride int, src *uint8, srcStride, w, pairs int, first *int32, packed *int16)")
	dst := Load(Param("dst"), GP64())
	dstStride := Load(Param("dstStride"), GP64())
	src := Load(Param("src"), GP64())
	stride := Load(Param("srcStride"), GP64())
	w := Load(Param("w"), GP64())
	pairs := Load(Param("pairs"), GP64())
	first := Load(Param("first"), GP64())
	packed := Load(Param("packed"), GP64())
	dst2 := GP64()
	LEAQ(Mem{Base: dst, Index: dstStride, Scale: 2}, dst2)

	r := row{
		vnni: vnni, p: GP64(), p2: GP64(), stride: stride, packed: packed,
		takeA: YMM(), takeB: YMM(), round: YMM(),
		high: [2]reg.VecVirtual{YMM(), YMM()}, low: [2]reg.VecVirtual{YMM(), YMM()},
		data: [2]reg.VecVirtual{YMM(), YMM()}, part: YMM(), product: YMM(), weightH: YMM(), weightL: YMM(),
	}
	words := YMM()
	VMOVDQU(c.takeA, r.takeA)
	VMOVDQU(c.takeB, r.takeB)
	VMOVDQU(c.round, r.round)

	count := GP64()
	body := func(label string, pixel func(label string)) {
		Label(label)
		r.begin(src, first, 0)
		pixel(label + "First")
		VPACKSSDW(r.low[1], r.low[0], words)
		r.begin(src, first, 4)
		pixel(label + "Second")
		VPACKSSDW(r.low[1], r.low[0], r.low[0])
		VPACKUSWB(r.low[0], words, words)
		VPSHUFB(c.pixels, words, words)
		VMOVQ(words.AsX(), Mem{Base: dst})
		VMOVHPS(words.AsX(), Mem{Base: dst2})
		VEXTRACTI128(U8(1), words, words.AsX())
		VMOVQ(words.AsX(), Mem{Base: dst, Index: dstStride, Scale: 1})
		VMOVHPS(words.AsX(), Mem{Base: dst2, Index: dstStride, Scale: 1})
		ADDQ(U8(6), dst)
		ADDQ(U8(6), dst2)
		ADDQ(U8(8), first)
		SUBQ(U8(2), w)
		JG(LabelRef(label))
		VZEROUPPER()
		RET()
	}
	for n := 1; n <= unrolled; n++ {
		CMPQ(pairs, U8(n))
		JEQ(LabelRef(fmt.Sprintf("pairs%d", n)))
	}
	body("any", func(label string) {
		for i := range 2 {
			VPXOR(r.high[i], r.high[i], r.high[i])
			VPXOR(r.low[i], r.low[i], r.low[i])
		}
		MOVQ(pairs, count)
		Label(label)
		r.load(0)
		r.multiply(r.takeA, 0, false)
		r.multiply(r.takeB, 1, false)
		ADDQ(U8(12), r.p)
		ADDQ(U8(12), r.p2)
		ADDQ(U8(16), packed)
		SUBQ(U8(2), count)
		JG(LabelRef(label))
		r.finish()
	})
	for n := 1; n <= unrolled; n++ {
		body(fmt.Sprintf("pairs%d", n), func(string) {
			for pair := range n {
				if pair%2 == 0 {
					r.load(pair / 2)
					r.multiply(r.takeA, pair, pair == 0)
				} else {
					r.multiply(r.takeB, pair, false)
				}
			}
			ADDQ(U8(8*n), packed)
			r.finish()
		})
	}
}

// begin points to the old pixels of a new one.
func (r *row) begin(src, first reg.Register, at int) {
	MOVLQSX(Mem{Base: first, Disp: at}, r.p)
	LEAQ(Mem{Base: r.p, Index: r.p, Scale: 2}, r.p)
	ADDQ(src, r.p)
	LEAQ(Mem{Base: r.p, Index: r.stride, Scale: 2}, r.p2)
}

// load reads four old pixels of each row, and a third of a fifth.
func (r *row) load(quad int) {
	for i, p := range []reg.Register{r.p, r.p2} {
		VMOVDQU(Mem{Base: p, Disp: 12 * quad}, r.data[i].AsX())
		VINSERTI128(U8(1), Mem{Base: p, Index: r.stride, Scale: 1, Disp: 12 * quad}, r.data[i], r.data[i])
	}
}

func (r *row) multiply(take reg.VecVirtual, pair int, first bool) {
	VPBROADCASTD(Mem{Base: r.packed, Disp: 8 * pair}, r.weightH)
	VPBROADCASTD(Mem{Base: r.packed, Disp: 8*pair + 4}, r.weightL)
	for i := range 2 {
		VPSHUFB(take, r.data[i], r.part)
		if first {
			VPMADDWD(r.weightH, r.part, r.high[i])
			VPMADDWD(r.weightL, r.part, r.low[i])
			continue
		}
		multiplyAdd(r.vnni, r.weightH, r.part, r.product, r.high[i])
		multiplyAdd(r.vnni, r.weightL, r.part, r.product, r.low[i])
	}
}

// finish leaves the new pixel in low.
func (r *row) finish() {
	for i := range 2 {
		VPSLLD(U8(lowBits), r.high[i], r.high[i])
		VPADDD(r.round, r.low[i], r.low[i])
		VPADDD(r.high[i], r.low[i], r.low[i])
		VPSRAD(U8(precision), r.low[i], r.low[i])
	}
}
