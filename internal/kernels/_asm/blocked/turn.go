// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"strings"
)

// turn writes the kernels of 16 channels, nine taps each side by side, as nine vectors, last
// tap first. As 9 and 16 have no common divisor, the elements of a tap lie at different
// places of the nine vectors that are read: they are collected by masks and then put in
// order. What lies at place l of vector r is of tap (16r+l) mod 9.
func (w *writer) turn() {
	const taps, lanes = 9, 16
	var data strings.Builder
	for i := 0; i < lanes; i += 2 {
		fmt.Fprintf(&data, "DATA turnPlaces<>+%d(SB)/8, $0x%08x%08x\n", 4*i, taps*(i+1)%lanes, taps*i%lanes)
	}
	data.WriteString("GLOBL turnPlaces<>(SB), RODATA|NOPTR, $64\n")
	w.late = append(w.late, data.String())
	w.begin("winogradTurnAVX512", "winogradJob", 0)
	for i, field := range []int{0, 24, 128, 136, 144, 120} { // src, dst, n, srcStep, dstStep, dstPos
		r := []string{"AX", "BX", "CX", "R11", "R12", "R10"}[i]
		w.p("MOVQ %d(DI), %s", field, r)
		if i > 2 {
			w.p("SHLQ $2, %s", r)
		}
	}
	mask := func(place int) (m int) {
		for l := place; l < lanes; l += taps {
			m |= 1 << l
		}
		return m
	}
	for place := 1; place < taps; place++ {
		w.p("MOVL $%d, R8", mask(place))
		if place < 8 {
			w.p("KMOVW R8, K%d", place)
		} else {
			w.p("MOVL R8, R9")
		}
	}
	w.p("MOVL $%d, R8", mask(1))
	in, out, order := span(0, taps), span(taps, taps), span(2*taps, taps)
	w.p("MOVL $1, DX")
	w.p("VPBROADCASTD DX, Z31")
	w.op("VMOVUPS", "turnPlaces<>(SB)", order[0])
	for t := 1; t < taps; t++ {
		w.op("VPADDD", reg(31), order[t-1], order[t])
	}
	w.label("next")
	for r := range taps {
		w.op("VMOVUPS", fmt.Sprintf("%d(AX)", 64*r), in[r])
	}
	w.p("KMOVW R8, K1")
	for place := range taps {
		k := fmt.Sprintf("K%d", place)
		if place == 8 {
			k = "K1"
			w.p("KMOVW R9, K1")
		}
		for r := range taps {
			if to := out[(place+lanes*r)%taps]; place == 0 {
				w.op("VMOVAPS", in[r], to)
			} else {
				w.op("VMOVAPS", in[r], k, to)
			}
		}
	}
	w.p("MOVQ BX, SI")
	for t := taps - 1; t >= 0; t-- {
		w.op("VPERMPS", out[t], order[t], out[t])
		w.op("VMOVUPS", out[t], "(SI)")
		if t > 0 {
			w.p("ADDQ R10, SI")
		}
	}
	w.p("ADDQ R11, AX")
	w.p("ADDQ R12, BX")
	w.p("DECQ CX")
	w.p("JNZ %s", w.at("next"))
	w.end()
}
