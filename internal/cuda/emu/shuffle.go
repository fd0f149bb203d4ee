// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var (
	_ = register((*decoder).shuffle, "shfl")
	_ = register((*decoder).vote, "vote")
	_ = register((*decoder).activemask, "activemask")
	_ = register((*decoder).redux, "redux")
)

// shuffle: register|predicate, value, lane or distance, clamp and segments, mask.
func (d *decoder) shuffle(in *ptx.Inst) {
	dst, p := d.write(in.Args[0].Name), d.psink
	if in.Args[0].Kind == ptx.Pair {
		p = d.writePred(in.Args[0].Name2)
	}
	val, by, lim, names := d.read(in.Args[1]), d.read(in.Args[2]), d.read(in.Args[3]), d.read(in.Args[4])
	op := in.Mods[1]
	d.x.do = func(w *warp, _ *inst, m uint32) {
		w.together(&w.regs[names], m, func(uint32) {})
		src, inside := w.regs[val], uint32(0)
		for i := range 32 {
			if m>>i&1 == 0 {
				continue
			}
			b, c := int(w.regs[by][i]&31), int(w.regs[lim][i])
			clamp, segment := c&31, c>>8&31
			low, high := i&segment, i&segment|clamp&^segment
			j := i
			ok := true
			switch op {
			case "up":
				j = i - b
				ok = j >= high
			case "down":
				j = i + b
				ok = j <= high
			case "bfly":
				j = i ^ b
				ok = j <= high
			default:
				j = low | b&^segment
				ok = j <= high
			}
			if ok {
				inside |= 1 << i
			} else {
				j = i
			}
			if w.regs[names][i]>>j&1 == 0 {
				w.fail(i, fmt.Errorf("takes the value of lane %d, which its mask %#x lacks", j, w.regs[names][i]))
			}
			w.regs[dst][i] = src[j]
		}
		w.setPred(p, inside, m)
	}
}

func (d *decoder) vote(in *ptx.Inst) {
	mode := in.Mods[1]
	var dst int32
	if mode == "ballot" {
		dst = d.write(in.Args[0].Name)
	} else {
		dst = d.writePred(in.Args[0].Name)
	}
	p, flip := d.readPred(in.Args[1])
	names := d.read(in.Args[2])
	d.x.do = func(w *warp, _ *inst, m uint32) {
		votes := w.preds[p] ^ flip
		w.together(&w.regs[names], m, func(group uint32) {
			v, r := votes&group, uint32(0)
			if mode == "ballot" {
				w.spread(dst, uint64(v), group)
				return
			}
			if mode != "any" && v == group || mode == "any" && v != 0 || mode == "uni" && v == 0 {
				r = full
			}
			w.setPred(dst, r, group)
		})
	}
}

// spread writes v to register d of the lanes m.
func (w *warp) spread(d int32, v uint64, m uint32) {
	for ; m != 0; m &= m - 1 {
		w.regs[d][first(m)] = v
	}
}

func (d *decoder) activemask(in *ptx.Inst) {
	d.x.d = d.write(in.Args[0].Name)
	d.x.do = func(w *warp, in *inst, m uint32) { w.spread(in.d, uint64(m), m) }
}

func (d *decoder) redux(in *ptx.Inst) {
	dst, val, names := d.write(in.Args[0].Name), d.read(in.Args[1]), d.read(in.Args[2])
	f := change(in.Mods[1], in.Type())
	d.x.do = func(w *warp, _ *inst, m uint32) {
		src := w.regs[val]
		w.together(&w.regs[names], m, func(group uint32) {
			r := src[first(group)]
			for rest := group & (group - 1); rest != 0; rest &= rest - 1 {
				r = f(r, src[first(rest)], 0)
			}
			w.spread(dst, r, group)
		})
	}
}
