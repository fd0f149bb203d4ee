// SPDX-License-Identifier: MIT

package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vertical sums 32 columns at a time. The last 32 overlap those before them if n is no
// multiple.
func (c *constants) vertical(vnni bool) {
	TEXT("vertical"+suffix(vnni), attr.NOSPLIT, "func(dst, src *uint8, stride, n, pairs int, packed *int16)")
	dst := Load(Param("dst"), GP64())
	src := Load(Param("src"), GP64())
	stride := Load(Param("stride"), GP64())
	n := Load(Param("n"), GP64())
	pairs := Load(Param("pairs"), GP64())
	packed := Load(Param("packed"), GP64())
	at, p, k, count := GP64(), GP64(), GP64(), GP64()

	zero, a, b, part, product, weightH, weightL := YMM(), YMM(), YMM(), YMM(), YMM(), YMM(), YMM()
	var high, low [4]reg.VecVirtual
	for i := range high {
		high[i], low[i] = YMM(), YMM()
	}
	VPXOR(zero, zero, zero)
	XORQ(at, at)
	SUBQ(U8(32), n) // where the last columns begin

	Label("columns")
	for i := range high {
		VPXOR(high[i], high[i], high[i])
		VMOVDQU(c.round, low[i])
	}
	LEAQ(Mem{Base: src, Index: at, Scale: 1}, p)
	MOVQ(packed, k)
	MOVQ(pairs, count)
	Label("pair")
	VPBROADCASTD(Mem{Base: k}, weightH)
	VPBROADCASTD(Mem{Base: k, Disp: 4}, weightL)
	VMOVDQU(Mem{Base: p}, a)
	VMOVDQU(Mem{Base: p, Index: stride, Scale: 1}, part)
	VPUNPCKHBW(part, a, b)
	VPUNPCKLBW(part, a, a)
	for i, rows := range []reg.VecVirtual{a, a, b, b} {
		if i%2 == 0 {
			VPUNPCKLBW(zero, rows, part)
		} else {
			VPUNPCKHBW(zero, rows, part)
		}
		multiplyAdd(vnni, weightH, part, product, high[i])
		multiplyAdd(vnni, weightL, part, product, low[i])
	}
	LEAQ(Mem{Base: p, Index: stride, Scale: 2}, p)
	ADDQ(U8(8), k)
	DECQ(count)
	JNZ(LabelRef("pair"))

	for i := range high {
		VPSLLD(U8(lowBits), high[i], high[i])
		VPADDD(high[i], low[i], low[i])
		VPSRAD(U8(precision), low[i], low[i])
	}
	VPACKSSDW(low[1], low[0], low[0])
	VPACKSSDW(low[3], low[2], low[2])
	VPACKUSWB(low[2], low[0], low[0])
	VMOVDQU(low[0], Mem{Base: dst, Index: at, Scale: 1})
	CMPQ(at, n)
	JEQ(LabelRef("end"))
	ADDQ(U8(32), at)
	CMPQ(at, n)
	CMOVQGT(n, at)
	JMP(LabelRef("columns"))
	Label("end")
	VZEROUPPER()
	RET()
}
