// SPDX-License-Identifier: MIT

// Command _asm writes the assembly of package resample: go generate in the folder above
// runs it. What the functions compute is written at the fields of implementation and at
// horizontalGeneric and verticalGeneric.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	precision = 22 // binary places of a weight
	lowBits   = 11 // of the half of it that comes second
	unrolled  = 4  // pairs of weights that have a loop of their own
)

func main() {
	ConstraintExpr("amd64,!purego")
	c := constants{
		takeA:  words32("takeA", 0x80_04_80_01_80_03_80_00, 0x80_80_80_80_80_05_80_02),
		takeB:  words32("takeB", 0x80_0a_80_07_80_09_80_06, 0x80_80_80_80_80_0b_80_08),
		pixels: words32("pixels", 0x80_80_0a_09_08_02_01_00, 0x80_80_0e_0d_0c_06_05_04),
		round:  words32("round", 1<<(precision-1)<<32|1<<(precision-1), 1<<(precision-1)<<32|1<<(precision-1)),
	}
	for _, vnni := range []bool{false, true} {
		c.horizontal(vnni)
		c.vertical(vnni)
	}
	Generate()
}

// constants are byte orders and numbers in memory.
type constants struct {
	takeA, takeB Mem // old pixels 0, 1 and 2, 3 of 16 bytes, as words r0 r1 g0 g1 b0 b1
	pixels       Mem // two new pixels of two rows, row by row
	round        Mem // half of the last place, for each sum
}

func suffix(vnni bool) string {
	if vnni {
		return "VNNI"
	}
	return "AVX2"
}

// multiplyAdd adds to sums the products of two 16-bit numbers each. VNNI does in one
// instruction what takes AVX2 two.
func multiplyAdd(vnni bool, weights, data, product, sums reg.VecVirtual) {
	if vnni { // avo does not know it
		Instruction(&ir.Instruction{
			Opcode:   "VPDPWSSD",
			Operands: []Op{weights, data, sums},
			Inputs:   []Op{weights, data, sums},
			Outputs:  []Op{sums},
		})
		return
	}
	VPMADDWD(weights, data, product)
	VPADDD(product, sums, sums)
}

// words32 returns the words twice, as a constant.
func words32(name string, low, high uint64) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i, v := range []uint64{low, high, low, high} {
		DATA(8*i, U64(v))
	}
	return m
}
