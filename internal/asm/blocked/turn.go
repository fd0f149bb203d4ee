// SPDX-License-Identifier: MIT

package main

import "fmt"

// turn writes the kernels of 16 channels, nine taps each side by side, as nine vectors, last
// tap first. As 9 and 16 have no common divisor, the elements of a tap lie at different
// places of the nine vectors that are read: they are collected by masks and then put in
// order. What lies at place l of vector r is of tap (16r+l) mod 9.
func (w *writer) turn() {
	const taps, lanes = 9, 16
	var places [lanes]uint64
	for i := range places {
		places[i] = uint64(taps * i % lanes)
	}
	w.begin("winogradTurnAVX512", "winogradJob", 0)
	for i, r := range []string{src, dst, left, srcStep, dstStep, dstApart} {
		w.load("winogradArgs."+[]string{"src", "dst", "n", "srcStep", "dstStep", "dstPos"}[i], r)
		if i > 2 {
			w.P("SHLQ $2, %s", r)
		}
	}
	mask := func(place int) (m int) {
		for l := place; l < lanes; l += taps {
			m |= 1 << l
		}
		return m
	}
	for place := 1; place < taps; place++ {
		w.P("MOVL $%d, R8", mask(place))
		if place < 8 {
			w.P("KMOVW R8, K%d", place)
		} else {
			w.Op("MOVL", "R8", srcApart)
		}
	}
	w.P("MOVL $%d, R8", mask(1))
	in, out, order := span(0, taps), span(taps, taps), span(2*taps, taps)
	w.P("MOVL $1, DX")
	w.P("VPBROADCASTD DX, Z31")
	w.op("VMOVUPS", w.Data("turnPlaces", 4, places[:]...), order[0])
	for t := 1; t < taps; t++ {
		w.op("VPADDD", reg(31), order[t-1], order[t])
	}
	w.Label("next")
	for r := range taps {
		w.op("VMOVUPS", fmt.Sprintf("%d(%s)", 64*r, src), in[r])
	}
	w.P("KMOVW R8, K1")
	for place := range taps {
		k := fmt.Sprintf("K%d", place)
		if place == 8 {
			k = "K1"
			w.Op("KMOVW", srcApart, "K1")
		}
		for r := range taps {
			if to := out[(place+lanes*r)%taps]; place == 0 {
				w.op("VMOVAPS", in[r], to)
			} else {
				w.op("VMOVAPS", in[r], k, to)
			}
		}
	}
	w.Op("MOVQ", dst, "SI")
	for t := taps - 1; t >= 0; t-- {
		w.op("VPERMPS", out[t], order[t], out[t])
		w.op("VMOVUPS", out[t], "(SI)")
		if t > 0 {
			w.Op("ADDQ", dstApart, "SI")
		}
	}
	w.Op("ADDQ", srcStep, src)
	w.Op("ADDQ", dstStep, dst)
	w.Op("DECQ", left)
	w.P("JNZ %s", w.At("next"))
	w.End()
}
