// SPDX-License-Identifier: MIT

package conv

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// winogradOwn is about how many elements of transformed inputs a thread has at a time.
const winogradOwn = 1 << 21

// ownInputs are transformed inputs that no task uses right now.
type ownInputs struct {
	mu   sync.Mutex
	idle []*[]float32
}

// inputs returns the transformed inputs of the group, which no other task has meanwhile.
func (r *tiledRun) inputs() *[]float32 {
	r.own.mu.Lock()
	if n := len(r.own.idle); n > 0 {
		v := r.own.idle[n-1]
		r.own.idle = r.own.idle[:n-1]
		r.own.mu.Unlock()
		return v
	}
	r.own.mu.Unlock()
	v := par.Scratch[float32](r.side * r.side * r.vPlane())
	for block := range r.inBlocks {
		r.input(*v, r.first, r.first, r.last, block)
	}
	return v
}

// put lets other tasks have v.
func (o *ownInputs) put(v *[]float32) {
	o.mu.Lock()
	o.idle = append(o.idle, v)
	o.mu.Unlock()
}

// drop gives all memory back.
func (o *ownInputs) drop() {
	for _, v := range o.idle {
		par.GiveBack(v)
	}
	clear(o.idle)
	o.idle = o.idle[:0]
}
