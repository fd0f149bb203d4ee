// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var _ = register((*decoder).access, "ld", "st")

// address is a decoded address operand.
type address struct {
	slot  int32
	off   uint64
	short bool // a register of 32 bits
	space ptx.Space
}

func (d *decoder) address(a ptx.Arg, space ptx.Space) address {
	out := address{off: uint64(a.Off), space: space}
	if t, ok := d.src.Reg(a.Name); ok {
		out.slot, out.short = d.read(ptx.Arg{Kind: ptx.Reg, Name: a.Name}), t.Size() == 4
		return out
	}
	if a.Name == "" {
		out.slot = d.constant(a.Bits)
	} else {
		out.slot = d.constant(d.symbol[a.Name])
	}
	return out
}

func (a address) of(w *warp, lane int) uint64 {
	p := w.regs[a.slot][lane] + a.off
	if a.short {
		p &= mask(4)
	}
	return p
}

// locate returns the memory that has n bytes at p, and where in it they are.
func (w *warp) locate(space ptx.Space, lane int, p uint64, n int) (*bank, uint64) {
	if p%uint64(n) != 0 {
		w.fail(lane, fmt.Errorf("address %#x is misaligned: it is no multiple of %d", p, n))
	}
	switch {
	case space == ptx.Shared:
		return w.sharedAt(lane, p, n)
	case space == ptx.Local:
		return w.localAt(lane, p, n)
	case space == ptx.Generic && p >= sharedBase && p < sharedBase+window:
		return w.sharedAt(lane, p-sharedBase, n)
	case space == ptx.Generic && p >= localBase && p < localBase+window:
		return w.localAt(lane, p-localBase, n)
	}
	b := w.cache
	if b == nil || b.freed || p < b.base || p-b.base+uint64(n) > b.size {
		var err error
		if b, err = w.dev.mem.at(p, uint64(n)); err != nil {
			w.fail(lane, err)
		}
		w.cache = b
	}
	if space == ptx.Const && !b.constant {
		w.fail(lane, fmt.Errorf("address %#x is not in constant memory", p))
	}
	return b, p - b.base
}

func (w *warp) sharedAt(lane int, p uint64, n int) (*bank, uint64) {
	b := w.cta.shared
	if p > b.size || p+uint64(n) > b.size {
		w.fail(lane, fmt.Errorf("shared address %#x of %d bytes is out of bounds: the block has %d bytes", p, n, b.size))
	}
	return b, p
}

func (w *warp) localAt(lane int, p uint64, n int) (*bank, uint64) {
	size := uint64(w.k.local)
	if p > size || p+uint64(n) > size {
		w.fail(lane, fmt.Errorf("local address %#x of %d bytes is out of bounds: a thread has %d bytes", p, n, size))
	}
	return w.local, p + uint64(lane)*size
}

// watch finds data races.
func (w *warp) watch(b *bank, lane int, o uint64, n int, h how) {
	if w.dev.config.NoRaces || b == w.local || b.constant {
		return
	}
	era := w.dev.launch
	if b == w.cta.shared {
		era = w.cta.era
	} else if b.shadow == nil {
		b.shadow = newShadow(b.size)
	}
	if err := w.touch(b.shadow, era, lane, o, uint64(n), h); err != nil {
		w.fail(lane, err)
	}
}

// ready fails unless n bytes were written, and no asynchronous copy writes them.
func (w *warp) ready(b *bank, lane int, o uint64, n int) {
	if n <= 8 && allWritten[n] != 0 && load(b.state[o:], n) == allWritten[n] {
		return
	}
	for i, s := range b.state[o : o+uint64(n)] {
		switch s {
		case unwritten:
			w.fail(lane, fmt.Errorf("reads byte %d of %s, which was never written", int(o)+i, w.nameOf(b)))
		case inFlight:
			w.fail(lane, fmt.Errorf("reads byte %d of shared memory, which a cp.async writes that was not waited for", int(o)+i))
		}
	}
}

func (w *warp) nameOf(b *bank) string {
	switch b {
	case w.cta.shared:
		return "shared memory"
	case w.local:
		return "local memory"
	}
	return b.String()
}

// landed fails if an asynchronous copy writes one of n bytes.
func (w *warp) landed(b *bank, lane int, o uint64, n int) {
	if b != w.cta.shared {
		return
	}
	for i, s := range b.state[o : o+uint64(n)] {
		if s == inFlight {
			w.fail(lane, fmt.Errorf("writes byte %d of shared memory, which a cp.async writes that was not waited for", int(o)+i))
		}
	}
}

func (d *decoder) access(in *ptx.Inst) {
	isStore := in.Op == "st"
	addr, val := in.Args[len(in.Args)-1], in.Args[0]
	if isStore {
		addr, val = in.Args[0], in.Args[1]
	}
	at := d.address(addr, in.Space())
	list := []ptx.Arg{val}
	if val.Kind == ptx.Vec {
		list = val.Elems
	}
	t := in.Type()
	if isStore {
		d.x.do = doStore(at, d.readAll(list), t.Size())
		return
	}
	regs := d.writeAll(list)
	widths := make([]int, len(list))
	for i, a := range list {
		widths[i] = d.width(a, t)
	}
	if at.space == ptx.Param {
		d.x.do = doParam(at, regs, t, widths)
		return
	}
	d.x.do = doLoad(at, regs, t, widths)
}

func doStore(at address, regs []int32, n int) func(w *warp, in *inst, m uint32) {
	all := n * len(regs)
	return func(w *warp, _ *inst, m uint32) {
		w.count(at, m, all)
		for ; m != 0; m &= m - 1 {
			i := first(m)
			p := at.of(w, i)
			b, o := w.locate(at.space, i, p, all)
			if b.constant {
				w.fail(i, fmt.Errorf("writes constant memory at %#x", p))
			}
			w.landed(b, i, o, all)
			w.watch(b, i, o, all, writes)
			for _, s := range regs {
				store(b.data[o:], n, w.regs[s][i])
				store(b.state[o:], n, allWritten[n])
				o += uint64(n)
			}
		}
	}
}

func doLoad(at address, regs []int32, t ptx.Type, widths []int) func(w *warp, in *inst, m uint32) {
	n := t.Size()
	all := n * len(regs)
	return func(w *warp, _ *inst, m uint32) {
		w.count(at, m, all)
		for ; m != 0; m &= m - 1 {
			i := first(m)
			b, o := w.locate(at.space, i, at.of(w, i), all)
			w.ready(b, i, o, all)
			w.watch(b, i, o, all, reads)
			for k, s := range regs {
				v := load(b.data[o:], n)
				if t.Signed() {
					v = extended(sext(v, n), t, widths[k])
				}
				w.regs[s][i] = v
				o += uint64(n)
			}
		}
	}
}

// doParam reads parameters, which are the same for all threads; their offsets were checked.
func doParam(at address, regs []int32, t ptx.Type, widths []int) func(w *warp, in *inst, m uint32) {
	n := t.Size()
	return func(w *warp, _ *inst, m uint32) {
		o := at.of(w, 0)
		if o%uint64(n*len(regs)) != 0 {
			w.fail(first(m), fmt.Errorf("parameter offset %d is misaligned: it is no multiple of %d", o, n*len(regs)))
		}
		for k, s := range regs {
			v := load(w.cta.params[o:], n)
			if t.Signed() {
				v = extended(sext(v, n), t, widths[k])
			}
			for m := m; m != 0; m &= m - 1 {
				w.regs[s][first(m)] = v
			}
			o += uint64(n)
		}
	}
}
