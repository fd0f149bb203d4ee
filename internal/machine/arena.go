// SPDX-License-Identifier: MIT

package machine

import (
	"sync"
	"unsafe"

	"github.com/stheno-go/stheno/internal/storage"
)

// arena is memory for the intermediate values of one run. Arenas are shared by
// all machines, so that memory is the maximum over the programs, not the sum.
type arena struct {
	base unsafe.Pointer
	size int
}

// smallestArena is address space more than memory: what is never used is never
// touched. It keeps small programs from being collected every few milliseconds,
// because the collector waits until the heap has grown by as much as is live. So a
// program that needs no arena gets one too.
const smallestArena = 16 << 20

var pool struct {
	sync.Mutex
	free []*arena
}

// takeArena returns the last one given back, which is likely the one that the
// machine's calls point into already, or a larger one.
func takeArena(size int) *arena {
	pool.Lock()
	defer pool.Unlock()
	if n := len(pool.free); n > 0 {
		a := pool.free[n-1]
		pool.free = pool.free[:n-1]
		if a.size >= size {
			return a
		}
		a.base = nil // the garbage collector may have the smaller one before the larger is made
	}
	size = max(size, smallestArena)
	return &arena{base: storage.Alloc(size), size: size}
}

// reserve makes sure that there is an arena.
func reserve() { takeArena(0).giveBack() }

func (a *arena) giveBack() {
	pool.Lock()
	pool.free = append(pool.free, a)
	pool.Unlock()
}

// Trim gives the memory of idle arenas back to the garbage collector.
func Trim() {
	pool.Lock()
	pool.free = nil
	pool.Unlock()
}
