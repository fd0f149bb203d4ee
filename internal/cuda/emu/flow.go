// SPDX-License-Identifier: MIT

package emu

import (
	"errors"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var (
	_ = register((*decoder).bra, "bra")
	_ = register((*decoder).ret, "ret", "exit")
	_ = register((*decoder).trap, "trap")
	_ = register((*decoder).barrier, "bar", "barrier")
	_ = register((*decoder).fence, "membar", "fence")
)

func (d *decoder) bra(in *ptx.Inst) {
	d.x.flow = branch
	at, _ := d.src.Label(in.Args[0].Name)
	d.x.target = int32(at)
}

func (d *decoder) ret(*ptx.Inst) { d.x.flow = exit }

func (d *decoder) trap(*ptx.Inst) {
	d.x.do = func(w *warp, _ *inst, m uint32) { w.fail(first(m), errors.New("was executed")) }
}

func (d *decoder) barrier(in *ptx.Inst) {
	if !in.Has("warp") {
		d.x.flow = barrier
		return
	}
	d.x.a = d.read(in.Args[0])
	d.x.do = func(w *warp, in *inst, m uint32) { w.together(&w.regs[in.a], m, w.syncWarp) }
}

// fence does nothing: a store is visible at once. It does not order accesses of threads either, so
// blocks of one launch cannot pass data to each other.
func (d *decoder) fence(*ptx.Inst) { d.x.do = func(*warp, *inst, uint32) {} }
