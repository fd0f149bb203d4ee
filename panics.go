// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stheno-go/stheno/internal/caught"
)

// PanicError is a panic in what a user has written, such as a Module, a hook, a Dataset
// or a callback, where the library has called it: it is an error there.
type PanicError = caught.Error

// failures are the operations that failed last. One that fails returns a Variable without
// a shape, which code that did not expect it may panic on: then it is the reason to give.
var failures struct {
	sync.Mutex
	count atomic.Int64
	ring  [64]struct {
		err error
		by  goroutine
	}
}

func noteFailure(err error) {
	id := self()
	failures.Lock()
	defer failures.Unlock()
	at := &failures.ring[failures.count.Load()%int64(len(failures.ring))]
	at.err, at.by = err, id
	failures.count.Add(1)
}

// failed returns how many operations have failed.
func failed() int { return int(failures.count.Load()) }

// panicked returns the error of a panic p in what: with the first operation that failed on
// this goroutine since there were before. Call it where the panic was recovered.
func panicked(what string, before int, p any) error {
	err := fmt.Errorf("stheno: %s: %w", what, caught.New(p))
	id := self()
	failures.Lock()
	defer failures.Unlock()
	for i := max(before, failed()-len(failures.ring)); i < failed(); i++ {
		if f := failures.ring[i%len(failures.ring)]; f.by == id {
			return fmt.Errorf("%w; then %w", f.err, err)
		}
	}
	return err
}
