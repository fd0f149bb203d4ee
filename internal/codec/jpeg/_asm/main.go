// SPDX-License-Identifier: MIT

// Command _asm writes the assembly of package jpeg: go generate in the folder above
// runs it. Each function computes what the Go function without AVX2 in its name does.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	inverseDCT()
	ycc()
	fancy("fancyHVAVX2", true)
	fancy("fancyHAVX2", false)
	Generate()
}

// words is a vector of 16-bit numbers, dwords of 32-bit numbers, again and again.
func words(name string, v ...uint16) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range 16 {
		DATA(2*i, U16(v[i%len(v)]))
	}
	return m
}

func dwords(name string, v uint32) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range 8 {
		DATA(4*i, U32(v))
	}
	return m
}

// octets are the same 16 bytes in both halves.
func octets(name string, v [16]uint8) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i := range 32 {
		DATA(i, U8(v[i%16]))
	}
	return m
}

// steps emits body for every n values of a row of count, which is at least n. The last
// ones overlap those before if count is no multiple.
func steps(name string, n int, count reg.GPVirtual, body func(at reg.GPVirtual)) {
	at, last := GP64(), GP64()
	XORQ(at, at)
	MOVQ(count, last)
	SUBQ(U8(n), last)
	Label(name)
	body(at)
	CMPQ(at, last)
	JE(LabelRef(name + "Done"))
	ADDQ(U8(n), at)
	CMPQ(at, last)
	CMOVQGT(last, at)
	JMP(LabelRef(name))
	Label(name + "Done")
}
