// SPDX-License-Identifier: MIT

package main

import "fmt"

// Rows of coefficients of a block of channels, read at R8.
var (
	mean  = address{0, "(R8)"}
	scale = address{64, "(R8)"}
	shift = address{128, "(R8)"}
	meanD = address{192, "(R8)"}
	slope = address{256, "(R8)"}
)

// run is the number of pixels that are added up in float32 before they are added to
// sums in float64. It must be even.
const run = 32

// runs writes a loop over runs of pixels, of which CX are left. each adds one pixel to
// the sums in even or odd registers; the pointers advance by 64 a pixel.
func (w *writer) runs(pointers []string, sums []block, each func(pixel int)) {
	w.P("TESTQ CX, CX")
	w.P("JZ %s", w.At("end"))
	w.Label("run")
	w.P("MOVQ $%d, DX", run)
	w.P("CMPQ CX, DX")
	w.P("CMOVQLT CX, DX")
	w.P("SUBQ DX, CX")
	for _, s := range sums {
		w.zero(s)
		w.zero(s + 1)
	}
	w.P("SUBQ $2, DX")
	w.P("JLT %s", w.At("one"))
	w.Label("two")
	each(0)
	each(1)
	for _, p := range pointers {
		w.P("ADDQ $128, %s", p)
	}
	w.P("SUBQ $2, DX")
	w.P("JGE %s", w.At("two"))
	w.Label("one")
	w.P("ADDQ $2, DX")
	w.P("JZ %s", w.At("add"))
	each(0)
	for _, p := range pointers {
		w.P("ADDQ $64, %s", p)
	}
	w.Label("add")
	for i, s := range sums {
		w.op("VADDPS", s+1, s, s)
		w.widen(s, s+1, 128*i)
	}
	w.P("TESTQ CX, CX")
	w.P("JNZ %s", w.At("run"))
	w.Label("end")
	w.End()
}

// widen adds a block to 16 float64 at an offset of BX; t is overwritten.
func (w *writer) widen(b, t block, offset int) {
	if w.wide {
		w.P("VCVTPS2PD Y%d, Z%d", b, t)
		w.P("VADDPD %d(BX), Z%d, Z%[2]d", offset, t)
		w.P("VMOVUPD Z%d, %d(BX)", t, offset)
		w.P("VEXTRACTF64X4 $1, Z%d, Y%[1]d", b)
		w.P("VCVTPS2PD Y%d, Z%d", b, t)
		w.P("VADDPD %d(BX), Z%d, Z%[2]d", offset+64, t)
		w.P("VMOVUPD Z%d, %d(BX)", t, offset+64)
		return
	}
	for h := range 2 {
		b, t, offset := 2*int(b)+h, 2*int(t)+h, offset+64*h
		w.P("VCVTPS2PD X%d, Y%d", b, t)
		w.P("VADDPD %d(BX), Y%d, Y%[2]d", offset, t)
		w.P("VMOVUPD Y%d, %d(BX)", t, offset)
		w.P("VEXTRACTF128 $1, Y%d, X%[1]d", b)
		w.P("VCVTPS2PD X%d, Y%d", b, t)
		w.P("VADDPD %d(BX), Y%d, Y%[2]d", offset+32, t)
		w.P("VMOVUPD Y%d, %d(BX)", t, offset+32)
	}
}

func (w *writer) sums() {
	w.begin("channelSums", "n int, x, shift *float32, sums *float64")
	w.Load("n", "CX")
	w.Load("x", "AX")
	w.Load("shift", "R8")
	w.Load("sums", "BX")
	w.runs([]string{"AX"}, []block{0, 2}, func(pixel int) {
		const d = block(4)
		w.op("VMOVUPS", address{64 * pixel, "(AX)"}, d)
		w.op("VSUBPS", mean, d, d)
		w.op("VADDPS", d, block(pixel), block(pixel))
		w.op("VFMADD231PS", d, d, block(2+pixel))
	})
}

// masked passes dy, or 0 where the batch norm of x-mean in d is not positive. t is
// overwritten.
func (w *writer) masked(from address, d, t, dy block) {
	w.op("VMOVUPS", shift, t)
	w.op("VFMADD231PS", scale, d, t)
	const above = 0x16 // or unordered
	w.zero(dy)
	if w.wide {
		w.op("VCMPPS", fmt.Sprintf("$%d", above), dy, t, "K1")
		w.op("VMOVUPS.Z", from, "K1", dy)
		return
	}
	w.op("VCMPPS", fmt.Sprintf("$%d", above), dy, t, t)
	w.op("VANDPS", from, t, dy)
}

func (w *writer) gradSums() {
	for _, relu := range []bool{false, true} {
		name := "channelGradSums"
		if relu {
			name = "channelGradSumsReLU"
		}
		w.begin(name, "n int, x, dy, coef *float32, sums *float64")
		w.Load("n", "CX")
		w.Load("x", "AX")
		w.Load("dy", "SI")
		w.Load("coef", "R8")
		w.Load("sums", "BX")
		w.runs([]string{"AX", "SI"}, []block{0, 2}, func(pixel int) {
			const d, t, dy = block(4), block(5), block(6)
			from := address{64 * pixel, "(SI)"}
			w.op("VMOVUPS", address{64 * pixel, "(AX)"}, d)
			w.op("VSUBPS", mean, d, d)
			if relu {
				w.masked(from, d, t, dy)
			} else {
				w.op("VMOVUPS", from, dy)
			}
			w.op("VADDPS", dy, block(pixel), block(pixel))
			w.op("VFMADD231PS", dy, d, block(2+pixel))
		})
	}
}

// pixels writes a loop over the CX pixels that are left, two at a time.
func (w *writer) pixels(name string, pointers []string, each func(pixel int)) {
	w.P("SUBQ $2, CX")
	w.P("JLT %s", w.At("%sone", name))
	w.Label("%stwo", name)
	each(0)
	each(1)
	for _, p := range pointers {
		w.P("ADDQ $128, %s", p)
	}
	w.P("SUBQ $2, CX")
	w.P("JGE %s", w.At("%stwo", name))
	w.Label("%sone", name)
	w.P("ADDQ $2, CX")
	w.P("JZ %s", w.At("%send", name))
	each(0)
	w.Label("%send", name)
	w.End()
}

func (w *writer) affine() {
	w.begin("channelAffine", "n int, y, x, res, coef *float32, relu int")
	w.Load("n", "CX")
	w.Load("y", "BX")
	w.Load("x", "AX")
	w.Load("res", "SI")
	w.Load("coef", "R8")
	w.Load("relu", "DX")
	const sum, zero = block(2), block(4)
	w.zero(zero)
	for _, name := range []string{"plain", "res"} {
		for _, relu := range []string{"", "_relu"} {
			if name == "plain" && relu == "" {
				w.P("TESTQ SI, SI")
				w.P("JNZ %s", w.At("with_res"))
				w.P("TESTQ DX, DX")
				w.P("JNZ %s", w.At("with_plain_relu"))
			}
			w.Label("with_%s%s", name, relu)
			if name == "res" && relu == "" {
				w.P("TESTQ DX, DX")
				w.P("JNZ %s", w.At("with_res_relu"))
			}
			pointers := []string{"AX", "BX", "SI"}
			if name == "plain" {
				pointers = pointers[:2]
			}
			w.pixels(name+relu, pointers, func(pixel int) {
				d, sum := block(pixel), sum+block(pixel)
				w.op("VMOVUPS", address{64 * pixel, "(AX)"}, d)
				w.op("VMOVUPS", shift, sum)
				w.op("VSUBPS", mean, d, d)
				w.op("VFMADD231PS", scale, d, sum)
				if name == "res" {
					w.op("VADDPS", address{64 * pixel, "(SI)"}, sum, sum)
				}
				if relu != "" {
					w.op("VMAXPS", sum, zero, sum)
				}
				w.op("VMOVUPS", sum, address{64 * pixel, "(BX)"})
			})
		}
	}
}

func (w *writer) grad() {
	for _, relu := range []bool{false, true} {
		name := "channelGrad"
		if relu {
			name = "channelGradReLU"
		}
		w.begin(name, "n int, dx, x, dy, coef *float32")
		w.Load("n", "CX")
		w.Load("dx", "BX")
		w.Load("x", "AX")
		w.Load("dy", "SI")
		w.Load("coef", "R8")
		w.pixels("", []string{"AX", "BX", "SI"}, func(pixel int) {
			d, t, dy := block(pixel), block(2+pixel), block(4+pixel)
			from := address{64 * pixel, "(SI)"}
			w.op("VMOVUPS", address{64 * pixel, "(AX)"}, d)
			w.op("VSUBPS", mean, d, d)
			if relu {
				w.masked(from, d, t, dy)
			} else {
				w.op("VMOVUPS", from, dy)
			}
			w.op("VSUBPS", meanD, dy, dy)
			w.op("VFNMADD231PS", slope, d, dy)
			w.op("VMULPS", scale, dy, dy)
			w.op("VMOVUPS", dy, address{64 * pixel, "(BX)"})
		})
	}
}
