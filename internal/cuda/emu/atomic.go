// SPDX-License-Identifier: MIT

package emu

import "github.com/stheno-go/stheno/internal/cuda/ptx"

var _ = register((*decoder).atomic, "atom", "red")

// change returns the function of an atomic instruction: from the old value and the operands to the
// new value.
func change(op string, t ptx.Type) func(old, b, c uint64) uint64 {
	mk, before := mask(t.Size()), less(t)
	switch op {
	case "add":
		switch t {
		case ptx.F32:
			return func(old, b, _ uint64) uint64 { return result32(f32(old) + f32(b)) }
		case ptx.F64:
			return func(old, b, _ uint64) uint64 { return result64(f64(old) + f64(b)) }
		}
		return func(old, b, _ uint64) uint64 { return (old + b) & mk }
	case "min", "max":
		return func(old, b, _ uint64) uint64 {
			if before(old, b) == (op == "min") {
				return old
			}
			return b
		}
	case "inc": // wraps at b
		return func(old, b, _ uint64) uint64 {
			if old >= b {
				return 0
			}
			return old + 1
		}
	case "dec":
		return func(old, b, _ uint64) uint64 {
			if old == 0 || old > b {
				return b
			}
			return old - 1
		}
	case "and":
		return func(old, b, _ uint64) uint64 { return old & b }
	case "or":
		return func(old, b, _ uint64) uint64 { return old | b }
	case "xor":
		return func(old, b, _ uint64) uint64 { return old ^ b }
	case "cas":
		return func(old, b, c uint64) uint64 {
			if old == b {
				return c
			}
			return old
		}
	}
	return func(_, b, _ uint64) uint64 { return b } // exch
}

// atomic: the threads of a warp take turns in ascending order, or descending with an odd seed.
func (d *decoder) atomic(in *ptx.Inst) {
	args, dst := in.Args, d.sink
	if in.Op == "atom" {
		dst, args = d.write(args[0].Name), args[1:]
	}
	at, b := d.address(args[0], in.Space()), d.read(args[1])
	c := b
	if len(args) > 2 {
		c = d.read(args[2])
	}
	op := in.Mods[0]
	if op == "global" || op == "shared" {
		op = in.Mods[1]
	}
	t := in.Type()
	n, f := t.Size(), change(op, t)
	d.x.do = func(w *warp, _ *inst, m uint32) {
		w.count(at, m, n)
		for m != 0 {
			i := first(m)
			if w.dev.config.Seed&1 == 1 {
				i = last(m)
			}
			m &^= 1 << i
			mem, o := w.locate(at.space, i, at.of(w, i), n)
			w.ready(mem, i, o, n)
			w.watch(mem, i, o, n, atomics)
			old := load(mem.data[o:], n)
			store(mem.data[o:], n, f(old, w.regs[b][i], w.regs[c][i]))
			w.regs[dst][i] = old
		}
	}
}
