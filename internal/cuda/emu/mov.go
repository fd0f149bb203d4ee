// SPDX-License-Identifier: MIT

package emu

import "github.com/stheno-go/stheno/internal/cuda/ptx"

var (
	_ = register((*decoder).mov, "mov")
	_ = register((*decoder).cvta, "cvta")
)

func (d *decoder) mov(in *ptx.Inst) {
	to, from, t := in.Args[0], in.Args[1], in.Type()
	switch {
	case t == ptx.Pred:
		d.movPred(to, from)
	case to.Kind == ptx.Vec:
		d.unpack(to, from, t)
	case from.Kind == ptx.Vec:
		d.pack(to, from, t)
	default:
		d.x.d, d.x.a = d.write(to.Name), d.read(from)
		d.x.do = func(w *warp, in *inst, m uint32) { w.put(in.d, &w.regs[in.a], m) }
	}
}

func (d *decoder) movPred(to, from ptx.Arg) {
	p := d.writePred(to.Name)
	if from.Kind == ptx.Imm {
		v := -uint32(from.Bits)
		d.x.do = func(w *warp, _ *inst, m uint32) { w.setPred(p, v, m) }
		return
	}
	q, _ := d.readPred(from)
	d.x.do = func(w *warp, _ *inst, m uint32) { w.setPred(p, w.preds[q], m) }
}

func (d *decoder) unpack(to, from ptx.Arg, t ptx.Type) {
	src, list, part := d.read(from), d.writeAll(to.Elems), t.Size()/len(to.Elems)
	d.x.do = func(w *warp, _ *inst, m uint32) {
		s := w.regs[src]
		for k, v := range list {
			for i := range w.tmp {
				w.tmp[i] = s[i] >> (8 * part * k) & mask(part)
			}
			w.put(v, &w.tmp, m)
		}
	}
}

func (d *decoder) pack(to, from ptx.Arg, t ptx.Type) {
	dst, list, part := d.write(to.Name), d.readAll(from.Elems), t.Size()/len(from.Elems)
	d.x.do = func(w *warp, _ *inst, m uint32) {
		w.tmp = lanes{}
		for k, v := range list {
			for i := range w.tmp {
				w.tmp[i] |= w.regs[v][i] & mask(part) << (8 * part * k)
			}
		}
		w.put(dst, &w.tmp, m)
	}
}

// cvta converts between an address in a space and a generic one.
func (d *decoder) cvta(in *ptx.Inst) {
	base := uint64(0)
	switch in.Space() {
	case ptx.Shared:
		base = sharedBase
	case ptx.Local:
		base = localBase
	}
	if in.Has("to") {
		base = -base
	}
	d.unary(in, func(a uint64) uint64 { return a + base })
}
