// SPDX-License-Identifier: MIT

package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// ycc does 16 pixels at a time. The factors are split into a whole number and a fraction
// that fits 16 bits: 1.402 = 1 + 0.402, 1.772 = 2 - 0.228, 0.71414 = 1 - 0.28586.
func ycc() {
	center := words("center", 128)
	red := words("red", 26345)
	blue := words("blue", 0x10000-14942)
	green := words("green", 0x10000-22554, 18734)
	half := dwords("half", 1<<15)
	one := words("one", 1)
	// place[p][c] puts channel c of 16 pixels into part p of 48 bytes.
	var place [3][3]Mem
	for p := range place {
		for c := range place[p] {
			var v [16]uint8
			for i := range v {
				v[i] = 0x80
				if b := 16*p + i; b%3 == c {
					v[i] = uint8(b / 3)
				}
			}
			place[p][c] = octets("place"+string(rune('0'+3*p+c)), v)
		}
	}

	TEXT("yccAVX2", attr.NOSPLIT, "func(dst, y, cb, cr *uint8, n int)")
	dst := Load(Param("dst"), GP64())
	ys, cbs, crs := Load(Param("y"), GP64()), Load(Param("cb"), GP64()), Load(Param("cr"), GP64())
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	steps("pixels", 16, n, func(at reg.GPVirtual) {
		y, b, r := YMM(), YMM(), YMM()
		VPMOVZXBW(Mem{Base: ys, Index: at, Scale: 1}, y)
		VPMOVZXBW(Mem{Base: cbs, Index: at, Scale: 1}, b)
		VPMOVZXBW(Mem{Base: crs, Index: at, Scale: 1}, r)
		VPSUBW(center, b, b)
		VPSUBW(center, r, r)

		// part is round(v*k/65536).
		part := func(v reg.VecVirtual, k Mem) reg.VecVirtual {
			t := YMM()
			VPADDW(v, v, t)
			VPMULHW(k, t, t)
			VPADDW(one, t, t)
			VPSRAW(U8(1), t, t)
			return t
		}
		vr, vb, vg, high := part(r, red), part(b, blue), YMM(), YMM()
		VPADDW(r, vr, vr)
		VPADDW(b, vb, vb)
		VPADDW(b, vb, vb)
		VPUNPCKLWD(r, b, vg)
		VPUNPCKHWD(r, b, high)
		for _, v := range []reg.VecVirtual{vg, high} {
			VPMADDWD(green, v, v)
			VPADDD(half, v, v)
			VPSRAD(U8(16), v, v)
		}
		VPACKSSDW(high, vg, vg)
		VPSUBW(r, vg, vg)

		var octet [3]reg.VecVirtual
		for c, v := range []reg.VecVirtual{vr, vg, vb} {
			VPADDW(y, v, v)
			upper := XMM()
			VEXTRACTI128(U8(1), v, upper)
			octet[c] = XMM()
			VPACKUSWB(upper, v.AsX(), octet[c])
		}
		to := GP64()
		LEAQ(Mem{Base: at, Index: at, Scale: 2}, to)
		for p := range place {
			all, t := XMM(), XMM()
			VPSHUFB(place[p][0], octet[0], all)
			for c := 1; c < 3; c++ {
				VPSHUFB(place[p][c], octet[c], t)
				VPOR(t, all, all)
			}
			VMOVDQU(all, Mem{Base: dst, Index: to, Scale: 1, Disp: 16 * p})
		}
	})
	VZEROUPPER()
	RET()
}

// fancy doubles 16 samples at a time. near and far point to the first, before and behind
// which there are others.
func fancy(name string, vertical bool) {
	signature, shift := "func(dst, near *uint8, n int)", uint64(2)
	first, second := words(name+"First", 1), words(name+"Second", 2)
	if vertical {
		signature, shift = "func(dst, near, far *uint8, n int)", 4
		first, second = words(name+"Eight", 8), words(name+"Seven", 7)
	}
	TEXT(name, attr.NOSPLIT, signature)
	dst := Load(Param("dst"), GP64())
	near := Load(Param("near"), GP64())
	var far reg.Register
	if vertical {
		far = Load(Param("far"), GP64())
	}
	n := Load(Param("n"), GP64()).(reg.GPVirtual)
	steps(name+"Samples", 16, n, func(at reg.GPVirtual) {
		sum := func(offset int) reg.VecVirtual {
			v := YMM()
			VPMOVZXBW(Mem{Base: near, Index: at, Scale: 1, Disp: offset}, v)
			if vertical {
				t := YMM()
				VPADDW(v, v, t)
				VPADDW(t, v, v)
				VPMOVZXBW(Mem{Base: far, Index: at, Scale: 1, Disp: offset}, t)
				VPADDW(t, v, v)
			}
			return v
		}
		last, this, next, t := sum(-1), sum(0), sum(1), YMM()
		VPADDW(this, this, t)
		VPADDW(t, this, this)
		VPADDW(this, last, last)
		VPADDW(first, last, last)
		VPSRLW(U8(shift), last, last)
		VPADDW(this, next, next)
		VPADDW(second, next, next)
		VPSRLW(U8(shift), next, next)
		VPSLLW(U8(8), next, next)
		VPOR(next, last, last)
		VMOVDQU(last, Mem{Base: dst, Index: at, Scale: 2})
	})
	VZEROUPPER()
	RET()
}
