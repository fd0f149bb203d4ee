// SPDX-License-Identifier: MIT

package stheno

import (
	"runtime"
	"sync"
	"sync/atomic"
)

var global = new(Generator)

// own are the generators that goroutines have in the place of global.
var own struct {
	count atomic.Int32
	sync.RWMutex
	of map[goroutine]*Generator
}

// DefaultGenerator returns the generator that [Seed] restarts; within [Isolated], its
// own.
func DefaultGenerator() *Generator {
	if own.count.Load() == 0 {
		return global
	}
	own.RLock()
	defer own.RUnlock()
	if g := own.of[self()]; g != nil {
		return g
	}
	return global
}

// lent is how many streams [Isolated] takes: more than it will use.
const lent = 1 << 40

// Isolated calls f with a generator of its own as the default one of this goroutine. f
// may set it to any state, and to an earlier one: no other goroutine draws from it. It
// begins where the default one is, gives f what that would have given, and the default
// one goes on where it ends; if others have drawn meanwhile, which they do from later
// streams, it goes on after those. A draw takes some 10 µs while an Isolated runs.
func Isolated(f func(g *Generator)) {
	if f == nil {
		return
	}
	parent, id := DefaultGenerator(), self()
	g := new(Generator)
	g.seed, g.counter = parent.lend()
	seed, begun := g.State()
	own.Lock()
	outer := own.of[id]
	if own.of == nil {
		own.of = map[goroutine]*Generator{}
	}
	own.of[id] = g
	own.Unlock()
	own.count.Add(1)
	defer func() {
		own.Lock()
		if own.of[id] = outer; outer == nil {
			delete(own.of, id)
		}
		own.Unlock()
		own.count.Add(-1)
		parent.giveBack(seed, begun, g)
	}()
	f(g)
}

// lend returns g's state and goes on behind the streams that begin there.
func (g *Generator) lend() (seed, begun uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	begun = g.counter
	g.counter += lent
	return g.seed, begun
}

// giveBack lets g go on where the borrower of its streams from begun on has ended, unless
// somebody has drawn from g or set it since.
func (g *Generator) giveBack(seed, begun uint64, borrower *Generator) {
	s, end := borrower.State()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.seed != seed || g.counter != begun+lent:
	case s != seed: // the borrower was seeded again
		g.seed, g.counter = s, end
	default:
		g.counter = max(begun, end)
	}
}

// goroutine identifies one.
type goroutine [20]byte

// self returns the calling goroutine: the number in the first line of its stack,
// "goroutine 18 [running]:".
func self() (id goroutine) {
	var line [len("goroutine ") + len(id)]byte
	n := runtime.Stack(line[:], false)
	for i, c := range line[len("goroutine "):n] {
		if c == ' ' {
			break
		}
		id[i] = c
	}
	return id
}
