// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var _ = register((*decoder).async, "cp")

// asyncCopy is a copy to shared memory that was not waited for.
type asyncCopy struct {
	lane     int
	to, from uint64 // from is an address in global memory
	n, take  int    // bytes that are written; those beyond take are zero
	group    int
	in       *inst
}

// async decodes cp.async. A copy is done at the latest moment, when its thread waits for it.
func (d *decoder) async(in *ptx.Inst) {
	switch {
	case in.Has("commit_group"):
		d.x.do = func(w *warp, _ *inst, m uint32) {
			for ; m != 0; m &= m - 1 {
				w.groups[first(m)]++
			}
		}
		return
	case in.Has("wait_all"):
		d.x.do = func(w *warp, in *inst, m uint32) { w.wait(in, m, -1) }
		return
	case in.Has("wait_group"):
		keep := int(in.Args[0].Bits)
		d.x.do = func(w *warp, in *inst, m uint32) { w.wait(in, m, keep) }
		return
	}
	to, from, n := d.address(in.Args[0], ptx.Shared), d.address(in.Args[1], ptx.Global), int(in.Args[2].Bits)
	size := d.constant(uint64(n))
	if len(in.Args) > 3 {
		size = d.read(in.Args[3])
	}
	d.x.do = func(w *warp, in *inst, m uint32) {
		w.count(from, m, n)
		for ; m != 0; m &= m - 1 {
			i := first(m)
			b, o := w.locate(ptx.Shared, i, to.of(w, i), n)
			w.landed(b, i, o, n)
			w.watch(b, i, o, n, writes)
			p, take := from.of(w, i), int(w.regs[size][i])
			if take > n {
				w.fail(i, fmt.Errorf("copies %d of %d bytes", take, n))
			}
			if p%uint64(n) != 0 {
				w.fail(i, fmt.Errorf("address %#x is misaligned: it is no multiple of %d", p, n))
			}
			fill(b.state[o:o+uint64(n)], inFlight)
			w.copies = append(w.copies, asyncCopy{i, o, p, n, take, w.groups[i], in})
		}
	}
}

// wait does the copies of the threads m, but for their last groups; -1 also does those that are in
// no group.
func (w *warp) wait(in *inst, m uint32, keep int) {
	left := w.copies[:0]
	for _, c := range w.copies {
		if m>>c.lane&1 == 1 && (keep < 0 || c.group < w.groups[c.lane]-keep) {
			w.cta.current = c.in
			w.finish(c)
		} else {
			left = append(left, c)
		}
	}
	w.copies, w.cta.current = left, in
}

// finish does a copy. It counts as a write of its thread at this moment.
func (w *warp) finish(c asyncCopy) {
	b := w.cta.shared
	to := b.data[c.to : c.to+uint64(c.n)]
	clear(to)
	if c.take > 0 {
		src, err := w.dev.mem.at(c.from, uint64(c.take))
		if err != nil {
			w.fail(c.lane, err)
		}
		o := c.from - src.base
		w.ready(src, c.lane, o, c.take)
		w.watch(src, c.lane, o, c.take, reads)
		copy(to[:c.take], src.data[o:])
	}
	w.watch(b, c.lane, c.to, c.n, writes)
	fill(b.state[c.to:c.to+uint64(c.n)], written)
}
