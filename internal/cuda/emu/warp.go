// SPDX-License-Identifier: MIT

package emu

import (
	"fmt"
	"math/bits"

	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

const full = ^uint32(0)

type lanes = [32]uint64

// inst is a decoded instruction. Its operands are slots of the registers.
type inst struct {
	do             func(w *warp, in *inst, m uint32)
	flow           flow
	guard          int32 // -1 without one
	guardNot       bool
	d, a, b, c     int32
	f1             func(a uint64) uint64
	f2             func(a, b uint64) uint64
	f3             func(a, b, c uint64) uint64
	cmp            func(a, b uint64) bool
	target, meet   int32 // of a branch: where it goes, and where its ways join or -1
	src            *ptx.Inst
	reads, writes  []int32
	preds, setting []int32 // predicates that are read and written
}

type flow uint8

const (
	next flow = iota
	branch
	exit
	barrier
)

// warp is 32 threads. Threads that part at a branch run one group after the other, and join at the
// branch's immediate post-dominator.
type warp struct {
	cta      *cta
	dev      *Device
	k        *Kernel
	index    int
	regs     []lanes
	def      []uint32 // by register: lanes that wrote it
	preds    []uint32
	predDef  []uint32
	live     uint32 // threads that have not ended
	active   uint32
	pc       int
	meeting  *meeting
	others   []group
	syncs    uint32 // barriers of the warp
	lastFull uint32 // the last one of all threads
	pairs    *[32][32]uint32
	local    *bank
	cache    *bank
	tmp      lanes
	copies   []asyncCopy
	groups   [32]int // groups of copies that each thread committed
}

// group is threads that are at one instruction.
type group struct {
	pc      int
	mask    uint32
	meeting *meeting
}

// meeting is where threads that parted join.
type meeting struct {
	pc      int
	expect  uint32 // threads that have not ended
	arrived uint32
	parent  *meeting
}

func (w *warp) begin(live uint32) {
	w.live, w.active, w.pc, w.meeting = live, live, 0, nil
	w.others = w.others[:0]
	w.syncs, w.lastFull, w.pairs = 1, 1, nil
	w.copies, w.groups = w.copies[:0], [32]int{}
}

func (w *warp) fail(lane int, err error) { panic(failure{lane, err}) }

// pick makes the group at the lowest instruction the active one; false if there is none.
func (w *warp) pick() bool {
	if len(w.others) == 0 {
		return false
	}
	best := 0
	for i, g := range w.others {
		if g.pc < w.others[best].pc {
			best = i
		}
	}
	g := w.others[best]
	w.others = append(w.others[:best], w.others[best+1:]...)
	w.enter(g)
	return true
}

func (w *warp) enter(g group) { w.pc, w.active, w.meeting = g.pc, g.mask, g.meeting }

// arrive lets threads wait where they meet others.
func (w *warp) arrive() {
	for w.meeting != nil && w.meeting.pc == w.pc {
		v := w.meeting
		v.arrived |= w.active
		if v.arrived == v.expect {
			w.enter(group{v.pc, v.arrived, v.parent})
			continue
		}
		if w.active = 0; !w.pick() {
			panic("emu: threads are lost")
		}
	}
}

// run executes the warp until its threads wait at a barrier of the block or have ended.
func (w *warp) run() {
	stats := &w.dev.stats
	for {
		w.arrive()
		if w.pc >= len(w.k.code) {
			w.fail(bits.TrailingZeros32(w.active), fmt.Errorf("is the last instruction, and the kernel runs beyond its end"))
		}
		in := &w.k.code[w.pc]
		w.cta.current = in
		w.k.hits[w.pc] = true
		m := w.active
		if in.guard >= 0 {
			w.defined(w.predDef[in.guard], m, in.guard, true)
			if g := w.preds[in.guard]; in.guardNot {
				m &^= g
			} else {
				m &= g
			}
		}
		stats.WarpInsts++
		stats.LaneInsts += uint64(bits.OnesCount32(m))
		if w.cta.steps++; w.cta.steps > w.dev.config.Steps {
			w.fail(bits.TrailingZeros32(w.active), fmt.Errorf("is executed after %d instructions: the kernel does not end", w.dev.config.Steps))
		}
		w.pc++
		switch in.flow {
		case next:
			if m != 0 {
				w.execute(in, m)
			}
		case branch:
			w.branch(in, m)
		case exit:
			if w.end(m) {
				return
			}
		case barrier:
			if m != w.live {
				w.fail(bits.TrailingZeros32(w.live&^m), fmt.Errorf("is a barrier that lanes %#x of the warp reach and lanes %#x do not", m, w.live&^m))
			}
			return
		}
	}
}

// execute runs an instruction for the threads m.
func (w *warp) execute(in *inst, m uint32) {
	for _, s := range in.reads {
		if m&^w.def[s] != 0 {
			w.defined(w.def[s], m, s, false)
		}
	}
	for _, s := range in.preds {
		if m&^w.predDef[s] != 0 {
			w.defined(w.predDef[s], m, s, true)
		}
	}
	in.do(w, in, m)
	for _, s := range in.writes {
		w.def[s] |= m
	}
	for _, s := range in.setting {
		w.predDef[s] |= m
	}
}

// defined fails if a register that threads m read was not written by all of them.
func (w *warp) defined(def, m uint32, slot int32, pred bool) {
	if missing := m &^ def; missing != 0 {
		w.fail(bits.TrailingZeros32(missing), fmt.Errorf("reads register %s, which was never written", w.k.register(slot, pred)))
	}
}

func (w *warp) branch(in *inst, m uint32) {
	switch m {
	case 0:
	case w.active:
		w.pc = int(in.target)
	default:
		v := w.meeting
		if in.meet >= 0 && (v == nil || v.pc != int(in.meet)) {
			v = &meeting{pc: int(in.meet), expect: w.active, parent: w.meeting}
		}
		w.others = append(w.others, group{int(in.target), m, v})
		w.enter(group{w.pc, w.active &^ m, v})
	}
}

// end ends threads; it reports whether all of the warp have ended.
func (w *warp) end(m uint32) bool {
	for _, c := range w.copies {
		if m>>c.lane&1 == 1 {
			w.fail(c.lane, fmt.Errorf("ends a thread that has not waited for its cp.async of line %d", c.in.src.Line))
		}
	}
	w.live &^= m
	w.active &^= m
	for v := w.meeting; v != nil; v = v.parent {
		v.expect &^= m
		if v.arrived != 0 && v.arrived == v.expect {
			w.others = append(w.others, group{v.pc, v.arrived, v.parent})
			v.arrived = 0
		}
	}
	return w.active == 0 && !w.pick()
}

// together calls f for each group of the threads m that execute an instruction together: those with
// the same mask. It fails unless all threads that a mask names are there and have the same one.
func (w *warp) together(masks *lanes, m uint32, f func(mask uint32)) {
	for rest := m; rest != 0; {
		i := first(rest)
		mask := uint32(masks[i])
		if mask>>i&1 == 0 {
			w.fail(i, fmt.Errorf("is executed by lane %d, which its mask %#x lacks", i, mask))
		}
		if missing := mask &^ m; missing != 0 {
			w.fail(i, fmt.Errorf("names lanes %#x, which do not execute it with lanes %#x", missing, m))
		}
		for g := mask; g != 0; g &= g - 1 {
			if j := first(g); uint32(masks[j]) != mask {
				w.fail(j, fmt.Errorf("has mask %#x here and %#x in lane %d", uint32(masks[j]), mask, i))
			}
		}
		f(mask)
		rest &^= mask
	}
}

// syncWarp is bar.warp.sync.
func (w *warp) syncWarp(mask uint32) {
	w.syncs++
	if mask&w.live == w.live {
		w.lastFull = w.syncs
		return
	}
	if w.pairs == nil {
		w.pairs = new([32][32]uint32)
	}
	for a := range 32 {
		for b := range 32 {
			if mask>>a&1 == 1 && mask>>b&1 == 1 {
				w.pairs[a][b] = w.syncs
			}
		}
	}
}

// lastSync returns the last barrier of the warp that both threads were at.
func (w *warp) lastSync(a, b int) uint32 {
	if w.pairs == nil {
		return w.lastFull
	}
	return max(w.lastFull, w.pairs[a][b])
}
