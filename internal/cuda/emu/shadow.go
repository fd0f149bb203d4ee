// SPDX-License-Identifier: MIT

package emu

import "fmt"

// shadow remembers, for each grain of a bank, the last accesses in the current launch. Grains are 4
// bytes until a smaller access is made.
type shadow struct {
	cells []cell
	grain uint64
}

type cell struct{ write, read access }

// access is an access by a thread, or by several of them.
type access struct {
	era    uint32 // launch, or of shared memory the block
	block  uint32
	epoch  uint32 // barriers of the block before it
	sync   uint32 // barriers of the warp before it
	thread uint16 // in the block; the last of several
	by     uint8
	atomic bool
}

// Who made an access.
const (
	one     uint8 = iota
	lanes32       // several threads of one warp
	warps         // several warps of one block
	blocks
)

func newShadow(size uint64) *shadow {
	return &shadow{cells: make([]cell, (size+3)/4), grain: 4}
}

// split makes the grains one byte.
func (s *shadow) split() {
	cells := make([]cell, 4*len(s.cells))
	for i := range cells {
		cells[i] = s.cells[i/4]
	}
	s.cells, s.grain = cells, 1
}

// How memory is accessed.
type how uint8

const (
	reads how = iota
	writes
	atomics
)

// touch records an access of n bytes at o, and returns an error if it races with another one.
func (w *warp) touch(s *shadow, era uint32, lane int, o, n uint64, h how) error {
	if s.grain == 4 && (n < 4 || o%4 != 0) {
		s.split()
	}
	me := access{era, uint32(w.cta.index), w.cta.epoch, w.syncs, uint16(32*w.index + lane), one, h == atomics}
	for k := o / s.grain; k <= (o+n-1)/s.grain; k++ {
		c := &s.cells[k]
		if !(h == atomics && c.write.atomic) && !w.after(&c.write, &me) {
			return w.race(&c.write, h, "wrote", k*s.grain)
		}
		if h == reads {
			w.join(&c.read, &me)
			continue
		}
		if !w.after(&c.read, &me) {
			return w.race(&c.read, h, "read", k*s.grain)
		}
		c.read = access{}
		if h == atomics && c.write.atomic {
			w.join(&c.write, &me)
		} else {
			c.write = me
		}
	}
	return nil
}

// after reports whether a barrier orders all of the accesses a before the access b.
func (w *warp) after(a, b *access) bool {
	switch {
	case a.era != b.era:
		return true
	case a.by == blocks || a.block != b.block:
		return false
	case a.epoch != b.epoch:
		return true
	case a.by == warps || a.thread/32 != b.thread/32:
		return false
	case a.by == lanes32:
		return a.sync < w.lastFull
	}
	return a.thread == b.thread || a.sync < w.lastSync(int(a.thread%32), int(b.thread%32))
}

// join adds the access b to a.
func (w *warp) join(a, b *access) {
	by := b.by
	switch {
	case a.era != b.era:
	case a.by == blocks || a.block != b.block:
		by = blocks
	case a.epoch != b.epoch:
	case a.by == warps || a.thread/32 != b.thread/32:
		by = warps
	case a.by == lanes32 || !w.after(a, b):
		by = lanes32
	}
	*a = *b
	a.by = by
}

func (w *warp) race(a *access, h how, did string, o uint64) error {
	who := fmt.Sprintf("thread %v of block %v", w.cta.thread(int(a.thread)), w.cta.blockID(int(a.block)))
	switch a.by {
	case blocks:
		who = "threads of several blocks"
	case warps:
		who = "several warps of the block"
	case lanes32:
		who = "several threads of the warp"
	}
	what := [...]string{"reads", "writes", "changes"}[h]
	order := "since the last barrier"
	if a.by == blocks || a.block != uint32(w.cta.index) {
		order = "in this launch"
	}
	return fmt.Errorf("data race: it %s byte %d, which %s %s %s", what, o, who, did, order)
}
