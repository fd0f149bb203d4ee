// SPDX-License-Identifier: MIT

package machine

import (
	"runtime"
	"runtime/debug"
	"sync"
	"unsafe"
	"weak"

	"github.com/stheno-go/stheno/internal/storage"
)

// arena is memory for the intermediate values of one run. Arenas are shared by all
// machines, and a machine holds one only while it runs, so that memory is the maximum over
// the programs, not the sum.
type arena struct {
	base unsafe.Pointer
	size int
	self weak.Pointer[arena]
}

// smallestArena is address space more than memory: what is never used is never
// touched. It keeps small programs from being collected every few milliseconds,
// because the collector waits until the heap has grown by as much as is live. So a
// program that needs no arena gets one too.
const smallestArena = 16 << 20

// pool holds the arenas that nobody uses. The largest stays. Those that several runs at a
// time need go with the next garbage collection that finds them idle.
var pool struct {
	sync.Mutex
	largest *arena
	others  []weak.Pointer[arena]
}

// takeArena returns an arena of at least size bytes.
func takeArena(size int) *arena {
	a, outgrown := idleArena(size)
	if a != nil {
		return a
	}
	if outgrown {
		// Its memory goes back to the system before the larger one is made, and so does
		// kernels' scratch memory, in the second collection. This happens once for each
		// size larger than all before.
		runtime.GC()
		debug.FreeOSMemory()
	}
	size = max(size, smallestArena)
	a = &arena{base: storage.Alloc(size), size: size}
	a.self = weak.Make(a)
	return a
}

// idleArena takes an arena from the pool, nil if none is large enough. Those that are too
// small are dropped; outgrown reports whether that is worth a garbage collection.
func idleArena(size int) (_ *arena, outgrown bool) {
	pool.Lock()
	defer pool.Unlock()
	for n := len(pool.others) - 1; n >= 0; n-- {
		a := pool.others[n].Value()
		pool.others = pool.others[:n]
		if a != nil && a.size >= size {
			return a, false
		}
	}
	a := pool.largest
	pool.largest = nil
	if a == nil || a.size >= size {
		return a, false
	}
	return nil, size > smallestArena
}

// reserve makes sure that there is an arena.
func reserve() { takeArena(0).giveBack() }

func (a *arena) giveBack() {
	pool.Lock()
	defer pool.Unlock()
	if b := pool.largest; b == nil || b.size < a.size {
		pool.largest, a = a, b
	}
	if a != nil {
		pool.others = append(pool.others, a.self)
	}
}
