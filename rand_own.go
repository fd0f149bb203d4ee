// SPDX-License-Identifier: MIT

package stheno

import (
	"runtime"
	"sync"
	"sync/atomic"
)

var global = new(Generator)

// own are the default generators of goroutines in Isolated.
var own struct {
	count atomic.Int32
	sync.RWMutex
	of map[goroutine]*Generator
}

// DefaultGenerator returns the default generator, or within [Isolated] that of the goroutine.
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

// lent is the number of streams that are reserved for an Isolated.
const lent = 1 << 40

// Isolated calls f with a separate generator as the default of this goroutine. f may set it to any
// state, since no other goroutine draws from it. It starts with the state of the default generator,
// which afterwards continues from its final state. If other goroutines have drawn meanwhile, they had
// later streams, and the default generator continues after those. A draw takes about 10 µs while an
// Isolated is running.
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

// lend returns g's state, and advances g by the lent streams.
func (g *Generator) lend() (seed, begun uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	begun = g.counter
	g.counter += lent
	return g.seed, begun
}

// giveBack sets g to the state of the borrower of its streams from begun on, unless g was used or set
// since.
func (g *Generator) giveBack(seed, begun uint64, borrower *Generator) {
	s, end := borrower.State()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.seed != seed || g.counter != begun+lent:
	case s != seed: // the borrower was seeded
		g.seed, g.counter = s, end
	default:
		g.counter = max(begun, end)
	}
}

// goroutine identifies a goroutine.
type goroutine [20]byte

// self returns the calling goroutine, from the first line of its stack, "goroutine 18 [running]:".
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
