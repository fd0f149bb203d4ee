// SPDX-License-Identifier: MIT

package main

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// factors are those of idct.go, by name.
var factors = map[string]uint32{
	"fix0298631336": 2446, "fix0390180644": 3196, "fix0541196100": 4433, "fix0765366865": 6270,
	"fix0899976223": 7373, "fix1175875602": 9633, "fix1501321110": 12299, "fix1847759065": 15137,
	"fix1961570560": 16069, "fix2053119869": 16819, "fix2562915447": 20995, "fix3072711026": 25172,
}

// inverseDCT computes all columns, then all rows at once, each coefficient in 32 bits.
func (w *writer) inverseDCT() {
	round1 := w.dwords("round1", 1<<10)
	round2 := w.dwords("round2", 1<<17)
	largest, smallest := w.dwords("largest", 1<<15-1), w.dwords("smallest", 1<<32-1<<15)
	middle := w.octets("middle", [16]uint8{128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128})
	turn := w.octets("turn", [16]uint8{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15})

	const dst, stride, block = "AX", "CX", "DX"
	w.Func("inverseDCTAVX2(dst *uint8, stride int, block *int16)", 4*32)
	w.LoadAll("dst", dst, "stride", stride, "block", block)
	var c [8]emit.Y
	for i := range c {
		c[i] = w.Take()
		w.P("VPMOVSXWD %d(%s), %v", 16*i, block, c[i])
	}
	w.eight(&c, round1, 11)
	for _, v := range c {
		w.Op("VPMINSD", largest, v, v)
		w.Op("VPMAXSD", smallest, v, v)
	}
	w.transpose(&c)
	w.eight(&c, round2, 18)

	// c[i] has column i of the samples, row by row.
	for i := 0; i < 8; i += 4 {
		w.Op("VPACKSSDW", w.Last(c[i+1]), c[i], c[i])
		w.Op("VPACKSSDW", w.Last(c[i+3]), c[i+2], c[i+2])
		w.Op("VPACKSSWB", w.Last(c[i+2]), c[i], c[i])
		w.Op("VPADDB", middle, c[i], c[i])
		w.Op("VPSHUFB", turn, c[i], c[i])
	}
	low, high := w.interleave("DQ", c[0], c[4]) // rows 0, 1 and 4, 5; rows 2, 3 and 6, 7
	for upper := range 2 {
		if upper == 1 {
			w.Op("VEXTRACTI128", "$1", low, emit.X(low))
			w.Op("VEXTRACTI128", "$1", high, emit.X(high))
		}
		for _, v := range []emit.Y{low, high} {
			w.P("VMOVQ %v, (%s)", emit.X(v), dst)
			w.Op("ADDQ", stride, dst)
			w.P("VPEXTRQ $1, %v, (%s)", emit.X(v), dst)
			if upper == 0 || v != high {
				w.Op("ADDQ", stride, dst)
			}
		}
	}
	w.End()
}

// eight is the function of that name in idct.go, its parts added and shifted.
func (w *writer) eight(c *[8]emit.Y, round emit.Symbol, shift int) {
	last := w.Last
	times := func(v emit.Y, name string) emit.Y { // v for the last time
		return w.op("VPMULLD", w.dwords(name, factors[name]), last(v))
	}
	sum := func(a, b emit.Y) emit.Y { return w.op("VPADDD", b, a) }
	difference := func(a, b emit.Y) emit.Y { return w.op("VPSUBD", b, a) }
	spill := func(i int) string { return fmt.Sprintf("%d(SP)", 32*i) }

	z1 := times(sum(c[2], c[6]), "fix0541196100")
	t2 := difference(z1, last(times(c[6], "fix1847759065")))
	t3 := sum(last(z1), last(times(c[2], "fix0765366865")))
	t0 := sum(c[0], c[4])
	t1 := difference(last(c[0]), last(c[4]))
	for _, t := range []emit.Y{t0, t1} {
		w.Op("VPSLLD", "$16", t, t) // 16 bits of the sum, times 1<<13
		w.Op("VPSRAD", "$3", t, t)
		w.Op("VPADDD", round, t, t)
	}
	even := []emit.Y{sum(t0, t3), sum(t1, t2), difference(last(t1), last(t2)), difference(last(t0), last(t3))}
	for i, e := range even {
		w.Op("VMOVDQU", last(e), spill(i))
	}

	z3, z4 := sum(c[7], c[3]), sum(c[5], c[1])
	for _, z := range []emit.Y{z3, z4} {
		w.Op("VPSLLD", "$16", z, z)
		w.Op("VPSRAD", "$16", z, z)
	}
	z5 := times(sum(z3, z4), "fix1175875602")
	z3 = difference(z5, last(times(z3, "fix1961570560")))
	z4 = difference(last(z5), last(times(z4, "fix0390180644")))
	y1 := times(sum(c[7], c[1]), "fix0899976223")
	y2 := times(sum(c[5], c[3]), "fix2562915447")
	odd := []emit.Y{
		sum(last(difference(last(times(c[1], "fix1501321110")), y1)), z4),
		sum(last(difference(last(times(c[3], "fix3072711026")), y2)), z3),
		sum(last(difference(last(times(c[5], "fix2053119869")), last(y2))), last(z4)),
		sum(last(difference(last(times(c[7], "fix0298631336")), last(y1))), last(z3)),
	}
	for i, o := range odd {
		e := w.op("VMOVDQU", spill(i))
		c[i] = sum(e, o)
		c[7-i] = difference(last(e), last(o))
		for _, r := range []emit.Y{c[i], c[7-i]} {
			w.P("VPSRAD $%d, %v, %[2]v", shift, r)
		}
	}
}

// transpose makes rows of columns.
func (w *writer) transpose(c *[8]emit.Y) {
	var t, q [8]emit.Y
	for i := 0; i < 8; i += 2 {
		t[i], t[i+1] = w.interleave("DQ", c[i], c[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			q[i+2*j], q[i+2*j+1] = w.interleave("QDQ", t[i+j], t[i+2+j])
		}
	}
	for i := range 4 {
		c[i] = w.op("VPERM2I128", "$0x20", q[i+4], q[i])
		c[i+4] = w.op("VPERM2I128", "$0x31", w.Last(q[i+4]), w.Last(q[i]))
	}
}

// interleave returns the elements of the lower and of the upper halves of a and b, which
// are used for the last time, in turn.
func (w *writer) interleave(size string, a, b emit.Y) (low, high emit.Y) {
	low = w.op("VPUNPCKL"+size, b, a)
	return low, w.op("VPUNPCKH"+size, w.Last(b), w.Last(a))
}

// op writes an instruction and returns the register of its result.
func (w *writer) op(name string, operands ...any) emit.Y {
	to := w.Take()
	w.Op(name, append(operands, to)...)
	return to
}
