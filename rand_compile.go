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

// recording is the call of a function of [Compile] that writes down what is to be computed.
// What is drawn in it is drawn again in each run.
type recording struct {
	id     goroutine
	outer  *recording
	taken  map[*Generator]*taken
	leaves []openLeaf
	draws  int  // taken
	used   int  // of these, what runs draw again
	stays  bool // a draw is a parameter or a buffer now
}

// taken is what a recording drew from a generator.
type taken struct{ seed, begin, count uint64 }

type openLeaf struct {
	n *record.Node
	d *drawing
}

// recorders are the recordings that are under way.
var recorders struct {
	count atomic.Int32
	sync.RWMutex
	of map[goroutine]*recording
}

// recorder returns the recording of this goroutine, nil if there is none.
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

// end ends r and gives back to the generators what only runs will draw: the first run has
// the numbers that it would have had if the function had been recorded before.
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

// note notes a draw from g, which is locked.
func (r *recording) note(g *Generator) {
	t := r.taken[g]
	if t == nil {
		t = &taken{seed: g.seed, begin: g.counter}
		r.taken[g] = t
	}
	t.count++
	r.draws++
}

// altered returns an error if a leaf no longer holds what was drawn: the runs cannot know
// what was done to it.
func (r *recording) altered() error {
	for _, l := range r.leaves {
		if b := l.n.Data(); b != nil && !bytes.Equal(b.Bytes(), l.d.again().Bytes()) {
			return fmt.Errorf("stheno: program: random numbers of shape %v were written to after they were drawn, and a run, which draws others, cannot do this: use operations of Variables, or draw them before: %w", l.n.Dims(), ErrValue)
		}
	}
	return nil
}

var errDrawn = fmt.Errorf("stheno: program: random numbers that are drawn in the function exist only in its runs; to have the same in each, draw them before: %w", ErrFreed)

// forget lets go of the leaves, which nobody can read.
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
	again func() *storage.Buffer // makes the same numbers
}

func newDrawing(r *recording, g *Generator, like *storage.Buffer, seed, stream uint64, fill func(b *storage.Buffer, seed, stream uint64)) *drawing {
	if g == DefaultGenerator() {
		g = nil // whichever is the default one where a run is
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

// open makes the leaf n numbers that each run draws again. d may be nil, or of a recording
// that has ended: then n is what it is.
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

// stay takes back what open did: n belongs to a module, and is the same in all runs.
func (d *drawing) stay(n *record.Node) {
	if d == nil || n.Draw() == nil {
		return
	}
	n.Close()
	d.of.stays = true
	leaves := d.of.leaves
	d.of.leaves = leaves[:len(leaves)-1] // Var has just added it
}
