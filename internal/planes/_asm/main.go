// SPDX-License-Identifier: MIT

// Command _asm writes the assembly of package planes: go generate in the folder above
// runs it. What the functions compute is written at the fields of implementation.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	split("splitAVX2", false, masks("forward", 0x09_06_03_00))
	split("mirrorAVX2", true, masks("backward", 0x00_03_06_09))
	Generate()
}

// masks are byte orders that take one channel of four pixels, each to 32 bits: the
// places of red are the bytes of order.
func masks(name string, order uint32) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	at := 0
	for channel := range 3 {
		for range 2 {
			for pixel := range 4 {
				DATA(at, U32(0x80_80_80_00|order>>(8*pixel)&0xff+uint32(channel)))
				at += 4
			}
		}
	}
	return m
}

// split does 8 pixels at a time. The last 8 overlap those before them if n is no
// multiple.
func split(name string, mirror bool, masks Mem) {
	TEXT(name, attr.NOSPLIT, "func(red, green, blue *float32, src *uint8, n int, k *float32)")
	var to [3]reg.Register
	for c, p := range []string{"red", "green", "blue"} {
		to[c] = Load(Param(p), GP64())
	}
	src := Load(Param("src"), GP64())
	n := Load(Param("n"), GP64())
	k := Load(Param("k"), GP64())
	constant := func(i int) Mem { return Mem{Base: k, Disp: 32 * i} }

	byteHigh, byteLow := YMM(), YMM()
	VMOVUPS(constant(0), byteHigh)
	VMOVUPS(constant(1), byteLow)
	var take, high, low [3]reg.VecVirtual
	for c := range take {
		take[c], high[c], low[c] = YMM(), YMM(), YMM()
		VMOVDQU(masks.Offset(32*c), take[c])
		VMOVUPS(constant(3+3*c), high[c])
		VMOVUPS(constant(4+3*c), low[c])
	}
	at, last, p := GP64(), GP64(), GP64()
	XORQ(at, at)
	MOVQ(n, last)
	SUBQ(U8(8), last)

	Label("pixels")
	data, v, part := YMM(), YMM(), YMM()
	if mirror {
		MOVQ(last, p)
		SUBQ(at, p)
		LEAQ(Mem{Base: p, Index: p, Scale: 2}, p)
		ADDQ(src, p)
		VMOVDQU(Mem{Base: p, Disp: 12}, data.AsX())
		VINSERTI128(U8(1), Mem{Base: p}, data, data)
	} else {
		LEAQ(Mem{Base: at, Index: at, Scale: 2}, p)
		ADDQ(src, p)
		VMOVDQU(Mem{Base: p}, data.AsX())
		VINSERTI128(U8(1), Mem{Base: p, Disp: 12}, data, data)
	}
	for c := range 3 {
		VPSHUFB(take[c], data, v)
		VCVTDQ2PS(v, v)
		VMULPS(byteLow, v, part)
		VFMADD231PS(byteHigh, v, part)
		VSUBPS(constant(2+3*c), part, v)
		VMULPS(low[c], v, part)
		VFMADD231PS(high[c], v, part)
		VMOVUPS(part, Mem{Base: to[c], Index: at, Scale: 4})
	}
	CMPQ(at, last)
	JEQ(LabelRef("end"))
	ADDQ(U8(8), at)
	CMPQ(at, last)
	CMOVQGT(last, at)
	JMP(LabelRef("pixels"))
	Label("end")
	VZEROUPPER()
	RET()
}
