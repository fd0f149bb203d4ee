// SPDX-License-Identifier: MIT

package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// factors are those of idct.go, by name.
var factors = map[string]uint32{
	"fix0298631336": 2446, "fix0390180644": 3196, "fix0541196100": 4433, "fix0765366865": 6270,
	"fix0899976223": 7373, "fix1175875602": 9633, "fix1501321110": 12299, "fix1847759065": 15137,
	"fix1961570560": 16069, "fix2053119869": 16819, "fix2562915447": 20995, "fix3072711026": 25172,
}

type dct struct {
	factor map[string]Mem
	spill  Mem
}

// inverseDCT computes all columns, then all rows at once, each coefficient in 32 bits.
func inverseDCT() {
	d := dct{factor: map[string]Mem{}}
	for _, name := range []string{
		"fix0298631336", "fix0390180644", "fix0541196100", "fix0765366865", "fix0899976223", "fix1175875602",
		"fix1501321110", "fix1847759065", "fix1961570560", "fix2053119869", "fix2562915447", "fix3072711026",
	} {
		d.factor[name] = dwords(name, factors[name])
	}
	round1 := dwords("round1", 1<<10)
	round2 := dwords("round2", 1<<17)
	largest, smallest := dwords("largest", 1<<15-1), dwords("smallest", 1<<32-1<<15)
	middle := octets("middle", [16]uint8{128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128})
	turn := octets("turn", [16]uint8{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15})

	TEXT("inverseDCTAVX2", attr.NOSPLIT, "func(dst *uint8, stride int, block *int16)")
	dst := Load(Param("dst"), GP64())
	stride := Load(Param("stride"), GP64())
	block := Load(Param("block"), GP64())
	d.spill = AllocLocal(4 * 32)

	var c [8]reg.VecVirtual
	for i := range c {
		c[i] = YMM()
		VPMOVSXWD(Mem{Base: block, Disp: 16 * i}, c[i])
	}
	d.eight(&c, round1, 11)
	for _, v := range c {
		VPMINSD(largest, v, v)
		VPMAXSD(smallest, v, v)
	}
	transpose(&c)
	d.eight(&c, round2, 18)

	// c[i] has column i of the samples, row by row.
	var half [2]reg.VecVirtual
	for i := range half {
		a, b := c[4*i], c[4*i+2]
		VPACKSSDW(c[4*i+1], a, a)
		VPACKSSDW(c[4*i+3], b, b)
		VPACKSSWB(b, a, a)
		VPADDB(middle, a, a)
		VPSHUFB(turn, a, a)
		half[i] = a
	}
	low, high := YMM(), YMM()
	VPUNPCKLDQ(half[1], half[0], low)  // rows 0, 1 and 4, 5
	VPUNPCKHDQ(half[1], half[0], high) // rows 2, 3 and 6, 7
	for upper := range 2 {
		l, h := low.AsX(), high.AsX()
		if upper == 1 {
			l, h = XMM(), XMM()
			VEXTRACTI128(U8(1), low, l)
			VEXTRACTI128(U8(1), high, h)
		}
		for _, v := range []reg.Register{l, h} {
			VMOVQ(v, Mem{Base: dst})
			ADDQ(stride, dst)
			VPEXTRQ(U8(1), v, Mem{Base: dst})
			if upper == 0 || v != h {
				ADDQ(stride, dst)
			}
		}
	}
	VZEROUPPER()
	RET()
}

// eight is the function of that name in idct.go, its parts added and shifted.
func (d *dct) eight(c *[8]reg.VecVirtual, round Mem, shift uint64) {
	times := func(v reg.VecVirtual, name string) reg.VecVirtual {
		t := YMM()
		VPMULLD(d.factor[name], v, t)
		return t
	}
	sum := func(a, b reg.VecVirtual) reg.VecVirtual { t := YMM(); VPADDD(b, a, t); return t }
	difference := func(a, b reg.VecVirtual) reg.VecVirtual { t := YMM(); VPSUBD(b, a, t); return t }

	z1 := times(sum(c[2], c[6]), "fix0541196100")
	t2 := difference(z1, times(c[6], "fix1847759065"))
	t3 := sum(z1, times(c[2], "fix0765366865"))
	t0, t1 := sum(c[0], c[4]), difference(c[0], c[4])
	for _, t := range []reg.VecVirtual{t0, t1} {
		VPSLLD(U8(16), t, t) // 16 bits of the sum, times 1<<13
		VPSRAD(U8(3), t, t)
		VPADDD(round, t, t)
	}
	even := []reg.VecVirtual{sum(t0, t3), sum(t1, t2), difference(t1, t2), difference(t0, t3)}
	for i, e := range even {
		VMOVDQU(e, d.spill.Offset(32*i))
	}

	z3, z4 := sum(c[7], c[3]), sum(c[5], c[1])
	for _, z := range []reg.VecVirtual{z3, z4} {
		VPSLLD(U8(16), z, z)
		VPSRAD(U8(16), z, z)
	}
	z5 := times(sum(z3, z4), "fix1175875602")
	z3 = difference(z5, times(z3, "fix1961570560"))
	z4 = difference(z5, times(z4, "fix0390180644"))
	y1 := times(sum(c[7], c[1]), "fix0899976223")
	y2 := times(sum(c[5], c[3]), "fix2562915447")
	odd := []reg.VecVirtual{
		sum(difference(times(c[1], "fix1501321110"), y1), z4),
		sum(difference(times(c[3], "fix3072711026"), y2), z3),
		sum(difference(times(c[5], "fix2053119869"), y2), z4),
		sum(difference(times(c[7], "fix0298631336"), y1), z3),
	}
	for i, o := range odd {
		e := YMM()
		VMOVDQU(d.spill.Offset(32*i), e)
		c[i], c[7-i] = sum(e, o), difference(e, o)
		VPSRAD(U8(shift), c[i], c[i])
		VPSRAD(U8(shift), c[7-i], c[7-i])
	}
}

// transpose makes rows of columns.
func transpose(c *[8]reg.VecVirtual) {
	var t [8]reg.VecVirtual
	for i := 0; i < 8; i += 2 {
		t[i], t[i+1] = YMM(), YMM()
		VPUNPCKLDQ(c[i+1], c[i], t[i])
		VPUNPCKHDQ(c[i+1], c[i], t[i+1])
	}
	var q [8]reg.VecVirtual
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			q[i+2*j], q[i+2*j+1] = YMM(), YMM()
			VPUNPCKLQDQ(t[i+2+j], t[i+j], q[i+2*j])
			VPUNPCKHQDQ(t[i+2+j], t[i+j], q[i+2*j+1])
		}
	}
	for i := range 4 {
		c[i], c[i+4] = YMM(), YMM()
		VPERM2I128(U8(0x20), q[i+4], q[i], c[i])
		VPERM2I128(U8(0x31), q[i+4], q[i], c[i+4])
	}
}
