// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"
)

// writeTranspose writes a loop that transposes 8×8 blocks of float32: eight elements
// of each of eight rows become eight rows of eight.
func writeTranspose(s *strings.Builder) {
	p := func(format string, args ...any) { fmt.Fprintf(s, "\t"+format+"\n", args...) }
	s.WriteString("\n// func transpose8AVX2(blocks int, src *float32, ld int, dst *float32, w int)\n")
	s.WriteString("TEXT ·transpose8AVX2(SB), NOSPLIT, $0-40\n")
	p("MOVQ blocks+0(FP), CX")
	p("MOVQ src+8(FP), SI")
	p("MOVQ ld+16(FP), R8")
	p("MOVQ dst+24(FP), DX")
	p("MOVQ w+32(FP), R9")
	p("SHLQ $2, R8 // bytes between rows of src")
	p("SHLQ $2, R9 // bytes between rows of dst")
	s.WriteString("\ntranspose8AVX2_loop:\n")
	p("MOVQ SI, R10")
	for r := range 8 {
		p("VMOVUPS (R10), Y%d", r)
		if r < 7 {
			p("ADDQ R8, R10")
		}
	}
	for i := range 4 { // pairs of rows interleaved
		p("VUNPCKLPS Y%d, Y%d, Y%d", 2*i+1, 2*i, 8+2*i)
		p("VUNPCKHPS Y%d, Y%d, Y%d", 2*i+1, 2*i, 9+2*i)
	}
	for i := range 2 { // fours of rows
		for half := range 2 {
			a, b := 8+4*i+half, 10+4*i+half
			p("VSHUFPS $0x44, Y%d, Y%d, Y%d", b, a, 4*i+2*half)
			p("VSHUFPS $0xEE, Y%d, Y%d, Y%d", b, a, 4*i+2*half+1)
		}
	}
	for i := range 4 { // halves of registers
		p("VPERM2F128 $0x20, Y%d, Y%d, Y%d", 4+i, i, 8+i)
		p("VPERM2F128 $0x31, Y%d, Y%d, Y%d", 4+i, i, 12+i)
	}
	for r := range 8 {
		p("VMOVUPS Y%d, (DX)", 8+r)
		p("ADDQ R9, DX")
	}
	p("ADDQ $32, SI")
	p("DECQ CX")
	p("JNZ transpose8AVX2_loop")
	p("VZEROUPPER")
	p("RET")
}
