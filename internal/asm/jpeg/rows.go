// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// ycc does 16 pixels at a time. The factors are split into a whole number and a fraction
// that fits 16 bits: 1.402 = 1 + 0.402, 1.772 = 2 - 0.228, 0.71414 = 1 - 0.28586.
func (w *writer) ycc() {
	center := w.words("center", 128)
	red := w.words("red", 26345)
	blue := w.words("blue", 0x10000-14942)
	green := w.words("green", 0x10000-22554, 18734)
	half := w.dwords("half", 1<<15)
	one := w.words("one", 1)
	// place[p][c] puts channel c of 16 pixels into part p of 48 bytes.
	var place [3][3]emit.Symbol
	for p := range place {
		for c := range place[p] {
			var v [16]uint8
			for i := range v {
				v[i] = 0x80
				if b := 16*p + i; b%3 == c {
					v[i] = uint8(b / 3)
				}
			}
			place[p][c] = w.octets(fmt.Sprint("place", 3*p+c), v)
		}
	}

	const (
		dst, ys, cbs, crs = "AX", "CX", "DX", "BX"
		last, at, to      = "SI", "DI", "R8"
	)
	w.Func("yccAVX2(dst, y, cb, cr *uint8, n int)", 0)
	w.LoadAll("dst", dst, "y", ys, "cb", cbs, "cr", crs, "n", last)
	w.Overlapping("pixels", 16, last, at, func() {
		y, b, r := w.Take(), w.Take(), w.Take()
		w.P("VPMOVZXBW (%s)(%s*1), %v", ys, at, y)
		w.P("VPMOVZXBW (%s)(%s*1), %v", cbs, at, b)
		w.P("VPMOVZXBW (%s)(%s*1), %v", crs, at, r)
		w.Op("VPSUBW", center, b, b)
		w.Op("VPSUBW", center, r, r)

		// part is round(v*k/65536).
		part := func(v emit.Y, k emit.Symbol) emit.Y {
			t := w.op("VPADDW", v, v)
			w.Op("VPMULHW", k, t, t)
			w.Op("VPADDW", one, t, t)
			w.Op("VPSRAW", "$1", t, t)
			return t
		}
		vr, vb := part(r, red), part(b, blue)
		w.Op("VPADDW", r, vr, vr)
		w.Op("VPADDW", b, vb, vb)
		w.Op("VPADDW", b, vb, vb)
		vg := w.op("VPUNPCKLWD", r, b)
		high := w.op("VPUNPCKHWD", r, w.Last(b))
		for _, v := range []emit.Y{vg, high} {
			w.Op("VPMADDWD", green, v, v)
			w.Op("VPADDD", half, v, v)
			w.Op("VPSRAD", "$16", v, v)
		}
		w.Op("VPACKSSDW", w.Last(high), vg, vg)
		w.Op("VPSUBW", w.Last(r), vg, vg)

		var octet [3]emit.X
		for c, v := range []emit.Y{vr, vg, vb} {
			w.Op("VPADDW", y, v, v)
			upper := w.Take()
			w.Op("VEXTRACTI128", "$1", v, emit.X(upper))
			w.Free(v)
			w.Op("VPACKUSWB", emit.X(upper), emit.X(v), emit.X(upper))
			octet[c] = emit.X(upper)
		}
		w.P("LEAQ (%[1]s)(%[1]s*2), %[2]s", at, to)
		all, t := emit.X(w.Take()), emit.X(w.Take())
		for p := range place {
			w.Op("VPSHUFB", place[p][0], octet[0], all)
			for c := 1; c < 3; c++ {
				w.Op("VPSHUFB", place[p][c], octet[c], t)
				w.Op("VPOR", t, all, all)
			}
			w.P("VMOVDQU %v, %d(%s)(%s*1)", all, 16*p, dst, to)
		}
	})
	w.End()
}

// fancy doubles 16 samples at a time. near and far point to the first, before and after
// which there are others.
func (w *writer) fancy(name string, vertical bool) {
	const dst, near = "AX", "CX"
	far, last, at := "", "DX", "BX"
	parameters, shift := "dst, near *uint8, n int", "$2"
	first, second := w.words(name+"First", 1), w.words(name+"Second", 2)
	if vertical {
		far, last, at = "DX", "BX", "SI"
		parameters, shift = "dst, near, far *uint8, n int", "$4"
		first, second = w.words(name+"Eight", 8), w.words(name+"Seven", 7)
	}
	w.Func(name+"("+parameters+")", 0)
	w.LoadAll("dst", dst, "near", near)
	if vertical {
		w.Load("far", far)
	}
	w.Load("n", last)
	w.Overlapping("samples", 16, last, at, func() {
		sum := func(offset int) emit.Y {
			v := w.Take()
			w.P("VPMOVZXBW %d(%s)(%s*1), %v", offset, near, at, v)
			if vertical {
				t := w.op("VPADDW", v, v)
				w.Op("VPADDW", t, v, v)
				w.P("VPMOVZXBW %d(%s)(%s*1), %v", offset, far, at, t)
				w.Op("VPADDW", w.Last(t), v, v)
			}
			return v
		}
		last, this, next := sum(-1), sum(0), sum(1)
		t := w.op("VPADDW", this, this)
		w.Op("VPADDW", t, this, this)
		w.Op("VPADDW", this, last, last)
		w.Op("VPADDW", first, last, last)
		w.Op("VPSRLW", shift, last, last)
		w.Op("VPADDW", this, next, next)
		w.Op("VPADDW", second, next, next)
		w.Op("VPSRLW", shift, next, next)
		w.Op("VPSLLW", "$8", next, next)
		w.Op("VPOR", next, last, last)
		w.P("VMOVDQU %v, (%s)(%s*2)", last, dst, at)
	})
	w.End()
}
