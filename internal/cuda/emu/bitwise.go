// SPDX-License-Identifier: MIT

package emu

import (
	"math/bits"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var (
	_ = register((*decoder).logic, "and", "or", "xor", "not", "cnot")
	_ = register((*decoder).lop3, "lop3")
	_ = register((*decoder).shift, "shl", "shr")
	_ = register((*decoder).funnel, "shf")
	_ = register((*decoder).extract, "bfe")
	_ = register((*decoder).insert, "bfi")
	_ = register((*decoder).count, "brev", "popc", "clz", "bfind")
	_ = register((*decoder).permute, "prmt")
)

func (d *decoder) logic(in *ptx.Inst) {
	t := in.Type()
	if t == ptx.Pred {
		d.predLogic(in)
		return
	}
	mk := mask(t.Size())
	switch in.Op {
	case "and":
		d.binary(in, func(a, b uint64) uint64 { return a & b })
	case "or":
		d.binary(in, func(a, b uint64) uint64 { return a | b })
	case "xor":
		d.binary(in, func(a, b uint64) uint64 { return a ^ b })
	case "not":
		d.unary(in, func(a uint64) uint64 { return ^a & mk })
	default:
		d.unary(in, func(a uint64) uint64 {
			if a == 0 {
				return 1
			}
			return 0
		})
	}
}

// predLogic works on all lanes of two predicates at once.
func (d *decoder) predLogic(in *ptx.Inst) {
	p := d.writePred(in.Args[0].Name)
	a, flipA := d.readPred(in.Args[1])
	b, flipB := a, uint32(0)
	if len(in.Args) > 2 {
		b, flipB = d.readPred(in.Args[2])
	}
	op := in.Op
	d.x.do = func(w *warp, _ *inst, m uint32) {
		x, y := w.preds[a]^flipA, w.preds[b]^flipB
		switch op {
		case "and":
			x &= y
		case "or":
			x |= y
		case "xor":
			x ^= y
		default:
			x = ^x
		}
		w.setPred(p, x, m)
	}
}

func (w *warp) setPred(p int32, v, m uint32) { w.preds[p] = w.preds[p]&^m | v&m }

func (d *decoder) lop3(in *ptx.Inst) {
	table := in.Args[4].Bits
	d.ternary(in, func(a, b, c uint64) (r uint64) {
		for k := range 8 {
			if table>>k&1 == 0 {
				continue
			}
			x, y, z := a, b, c
			if k&4 == 0 {
				x = ^x
			}
			if k&2 == 0 {
				y = ^y
			}
			if k&1 == 0 {
				z = ^z
			}
			r |= x & y & z
		}
		return r & mask(4)
	})
}

// shift: amounts beyond the width leave zeros, or copies of the sign.
func (d *decoder) shift(in *ptx.Inst) {
	t := in.Type()
	n, mk := t.Size(), mask(t.Size())
	switch {
	case in.Op == "shl":
		d.binary(in, func(a, b uint64) uint64 { return a << b & mk })
	case t.Signed():
		d.binary(in, func(a, b uint64) uint64 { return uint64(sext(a, n)>>b) & mk })
	default:
		d.binary(in, func(a, b uint64) uint64 { return a >> b })
	}
}

func (d *decoder) funnel(in *ptx.Inst) {
	left, clamp := in.Has("l"), in.Has("clamp")
	d.ternary(in, func(a, b, c uint64) uint64 {
		s := c & 31
		if clamp {
			s = min(c, 32)
		}
		if left {
			return (b<<32 | a) << s >> 32
		}
		return (b<<32 | a) >> s & mask(4)
	})
}

// extract: a field of c bits from bit b; bits beyond the top are copies of the field's sign.
func (d *decoder) extract(in *ptx.Inst) {
	t := in.Type()
	n := t.Size()
	d.ternary(in, func(a, b, c uint64) uint64 {
		pos, length := b&0xff, c&0xff
		if length == 0 {
			return 0
		}
		top := uint64(8*n - 1)
		v := a >> pos
		if length < 64 {
			v &= 1<<length - 1
		}
		if t.Signed() && a>>min(pos+length-1, top)&1 == 1 {
			have := uint64(0) // bits of the field that a has
			if pos <= top {
				have = min(length, top-pos+1)
			}
			v |= ^uint64(0) << have
		}
		return v & mask(n)
	})
}

// insert puts the lowest bits of a into b.
func (d *decoder) insert(in *ptx.Inst) {
	mk := mask(in.Type().Size())
	d.ternary(in, nil)
	length := d.read(in.Args[4])
	d.x.do = func(w *warp, in *inst, m uint32) {
		for ; m != 0; m &= m - 1 {
			i := first(m)
			pos, n := w.regs[in.c][i]&0xff, w.regs[length][i]&0xff
			field := (uint64(1)<<n - 1) << pos & mk
			w.regs[in.d][i] = w.regs[in.b][i]&^field | w.regs[in.a][i]<<pos&field
		}
	}
}

func (d *decoder) count(in *ptx.Inst) {
	t := in.Type()
	n, mk, amount := t.Size(), mask(t.Size()), in.Has("shiftamt")
	switch in.Op {
	case "brev":
		d.unary(in, func(a uint64) uint64 { return bits.Reverse64(a) >> (64 - 8*n) })
	case "popc":
		d.unary(in, func(a uint64) uint64 { return uint64(bits.OnesCount64(a)) })
	case "clz":
		d.unary(in, func(a uint64) uint64 { return uint64(bits.LeadingZeros64(a) - (64 - 8*n)) })
	default:
		d.unary(in, func(a uint64) uint64 {
			if t.Signed() && sext(a, n) < 0 {
				a = ^a & mk
			}
			switch {
			case a == 0:
				return mask(4)
			case amount:
				return uint64(8*n - bits.Len64(a))
			}
			return uint64(bits.Len64(a) - 1)
		})
	}
}

// permute selects four bytes of eight; bit 3 of a selector copies the byte's sign instead.
func (d *decoder) permute(in *ptx.Inst) {
	d.ternary(in, func(a, b, c uint64) (r uint64) {
		v := b<<32 | a
		for k := range 4 {
			s := c >> (4 * k)
			y := v >> (8 * (s & 7)) & 0xff
			if s&8 != 0 {
				y = uint64(int8(y)>>7) & 0xff
			}
			r |= y << (8 * k)
		}
		return r
	})
}
