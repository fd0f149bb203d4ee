// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stheno-go/stheno/internal/caught"
)

// PanicError is the error for a panic in user code, such as a Module, a hook, a Dataset or a callback.
type PanicError = caught.Error

// failures are the last operations that failed. User code may panic because it does not expect a failed
// Variable; then the operation's error is the cause.
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

// failed returns the number of operations that have failed.
func failed() int { return int(failures.count.Load()) }

// panicked returns the error for a panic p in what, preceded by that of the first operation that failed
// on this goroutine since failed() was before. It must be called by the deferred function that
// recovered.
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
