// SPDX-License-Identifier: MIT

package stheno

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// recording is the call of a function of [Compile] that records its operations. Numbers drawn in it are
// drawn again in each run.
type recording struct {
	id     goroutine
	outer  *recording
	taken  map[*Generator]*taken
	leaves []openLeaf
	draws  int  // taken
	used   int  // number of draws that runs repeat
	stays  bool // a draw has become a parameter or a buffer
}

// taken are the draws of a recording from a generator.
type taken struct{ seed, begin, count uint64 }

type openLeaf struct {
	n *record.Node
	d *drawing
}

// recorders are the recordings in progress.
var recorders struct {
	count atomic.Int32
	sync.RWMutex
	of map[goroutine]*recording
}

// recorder returns the recording of this goroutine, or nil.
func recorder() *recording {
	if recorders.count.Load() == 0 {
		return nil
	}
	recorders.RLock()
	defer recorders.RUnlock()
	return recorders.of[self()]
}

func beginRecording() *recording {
	r := &recording{id: self(), taken: map[*Generator]*taken{}}
	recorders.Lock()
	defer recorders.Unlock()
	if recorders.of == nil {
		recorders.of = map[goroutine]*recording{}
	}
	r.outer = recorders.of[r.id]
	recorders.of[r.id] = r
	recorders.count.Add(1)
	return r
}

// end ends r and returns to the generators the streams that runs will draw again, so that the first run
// has the same numbers as if the function had been recorded before.
func (r *recording) end() {
	recorders.Lock()
	if recorders.of[r.id] = r.outer; r.outer == nil {
		delete(recorders.of, r.id)
	}
	recorders.count.Add(-1)
	recorders.Unlock()
	if r.stays || r.used != r.draws {
		return
	}
	for g, t := range r.taken {
		g.mu.Lock()
		if g.seed == t.seed && g.counter == t.begin+t.count {
			g.counter = t.begin
		}
		g.mu.Unlock()
	}
}

// note records a draw from g, which is locked.
func (r *recording) note(g *Generator) {
	t := r.taken[g]
	if t == nil {
		t = &taken{seed: g.seed, begin: g.counter}
		r.taken[g] = t
	}
	t.count++
	r.draws++
}

// altered returns an error if the elements of a drawn leaf were changed, which runs cannot repeat.
func (r *recording) altered() error {
	for _, l := range r.leaves {
		if b := l.n.Data(); b != nil && !same(b, l.d.again()) {
			return fmt.Errorf("stheno: program: random numbers of shape %v were written to after they were drawn, which a run cannot repeat: use operations of Variables, or draw them before: %w", l.n.Dims(), ErrValue)
		}
	}
	return nil
}

// same reports whether two Buffers of host memory have the same elements.
func same(a, b *storage.Buffer) bool {
	x, errX := a.Bytes()
	y, errY := b.Bytes()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

var errDrawn = fmt.Errorf("stheno: program: random numbers that are drawn in the function have no value while it is recorded; to have the same in each run, draw them before: %w", ErrFreed)

// forget releases the leaves, which can no longer be read.
func (r *recording) forget() {
	for _, l := range r.leaves {
		l.n.Fail(errDrawn)
	}
	r.leaves = nil
}

// drawing is one draw in a recording.
type drawing struct {
	record.Draw
	of    *recording
	used  bool
	again func() *storage.Buffer // returns the same numbers
}

func newDrawing(r *recording, g *Generator, like *storage.Buffer, seed, stream uint64, fill func(b *storage.Buffer, seed, stream uint64)) *drawing {
	if g == DefaultGenerator() {
		g = nil // the default generator of the goroutine of each run
	}
	t, n := like.DType(), like.Len()
	make := func(seed, stream uint64) *storage.Buffer {
		b := storage.Unset(t, n)
		fill(b, seed, stream)
		return b
	}
	d := &drawing{of: r, again: func() *storage.Buffer { return make(seed, stream) }}
	d.Make = func() *storage.Buffer {
		from := g
		if from == nil {
			from = DefaultGenerator()
		}
		return make(from.next())
	}
	return d
}

// open makes n a leaf that each run draws again. If d is nil or its recording has ended, it does
// nothing.
func (d *drawing) open(n *record.Node) {
	if d == nil || recorder() != d.of {
		return
	}
	if !d.used {
		d.used = true
		d.of.used++
	}
	n.Open(&d.Draw)
	d.of.leaves = append(d.of.leaves, openLeaf{n, d})
}

// stay undoes open: n belongs to a module and is the same in all runs.
func (d *drawing) stay(n *record.Node) {
	if d == nil || n.Draw() == nil {
		return
	}
	n.Close()
	d.of.stays = true
	leaves := d.of.leaves
	d.of.leaves = leaves[:len(leaves)-1] // it was added last, by FromTensor
}
