// SPDX-License-Identifier: MIT

package datasets

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stheno-go/stheno/internal/caught"
)

// epoch is one loop over a Loader. The loop's goroutine submits slots, the workers share the samples
// of a slot, and the loop delivers the slots in the order of submission.
type epoch struct {
	l        *Loader
	ctx      context.Context
	state    LoaderState // at the start
	next     int         // position of the next batch to submit
	inFlight []*slot     // submitted and not delivered, oldest first
	samples  int         // number in inFlight
	good     int         // number of samples delivered

	size     int      // of the Dataset
	pictures Pictures // how samples are read; if both are nil, with At
	rows     Rows

	crew  []*worker // the first one works inline if there are no goroutines
	count int       // number of goroutines
	queue queue
	stop  atomic.Bool // workers may stop
	wait  sync.WaitGroup
}

// begin locks l and starts the workers.
func (l *Loader) begin(ctx context.Context) (*epoch, error) {
	if ctx == nil {
		return nil, errors.New("datasets: loader: ctx is nil")
	}
	if err := l.Check(); err != nil {
		return nil, err
	}
	size := 0
	if err := caught.Do(func() error { size = l.Dataset.Len(); return nil }); err != nil {
		return nil, fmt.Errorf("datasets: loader: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy {
		return nil, errBusy
	}
	l.busy = true
	l.skipped = nil
	e := &epoch{l: l, ctx: ctx, state: l.state, next: l.state.Batch, size: size, count: l.workers()}
	if l.Collate == nil {
		e.pictures, _ = l.Dataset.(Pictures)
		e.rows, _ = l.Dataset.(Rows)
	}
	for len(l.crew) < max(e.count, 1) {
		l.crew = append(l.crew, newWorker())
	}
	e.crew = l.crew
	e.queue.more.L = &e.queue.mu
	e.wait.Add(e.count)
	for _, w := range e.crew[:e.count] {
		go e.work(w)
	}
	return e, nil
}

// end waits for the workers and unlocks l. The last delivered batch stays valid.
func (e *epoch) end() {
	e.stop.Store(true)
	e.queue.close()
	e.wait.Wait()
	for _, s := range e.inFlight {
		select {
		case <-s.ready:
		default:
		}
		e.recycle(s)
	}
	e.l.mu.Lock()
	defer e.l.mu.Unlock()
	e.l.state = LoaderState{Epoch: e.state.Epoch + 1}
	e.l.busy = false
}

// full reports whether enough batches are in flight, so that one must be delivered first.
func (e *epoch) full() bool {
	n := len(e.inFlight)
	switch {
	case e.count == 0:
		return n > 0
	case e.l.Prefetch > 0:
		return n > e.l.Prefetch*e.count // the oldest is about to be delivered
	}
	return n > 2 && e.samples-e.inFlight[0].submitted >= 2*e.count
}

// submit hands the next batch, of the samples index, to the workers.
func (e *epoch) submit(index []int) {
	var s *slot
	if n := len(e.l.free); n > 0 {
		s, e.l.free = e.l.free[n-1], e.l.free[:n-1]
	} else {
		s = newSlot()
	}
	s.begin(e.next, index, e.l.Collate != nil)
	e.next++
	e.samples += len(index)
	e.inFlight = append(e.inFlight, s)
	switch {
	case len(index) == 0:
		s.ready <- struct{}{}
	case e.count == 0:
		e.fill(e.crew[0], s, 0, len(index))
	default:
		e.queue.put(s)
	}
}

// deliver waits for the oldest batch and yields it. It reports whether to continue.
func (e *epoch) deliver(yield func(Batch, error) bool) bool {
	s := e.inFlight[0]
	if err := e.ctx.Err(); err != nil {
		yield(Batch{}, err)
		return false
	}
	select {
	case <-s.ready:
	case <-e.ctx.Done():
		yield(Batch{}, e.ctx.Err())
		return false
	}
	copy(e.inFlight, e.inFlight[1:])
	e.inFlight = e.inFlight[:len(e.inFlight)-1]
	e.samples -= s.submitted
	if s.err != nil {
		yield(Batch{}, s.err)
		return false
	}
	e.l.mu.Lock()
	e.l.state.Batch = s.number + 1
	e.l.skipped = append(e.l.skipped, s.skipped...)
	e.l.mu.Unlock()
	if len(s.index) > 0 {
		e.good += len(s.index)
		if !yield(s.batch, nil) {
			return false
		}
	}
	e.recycle(s)
	return true
}

// recycle makes the memory of s available for another batch.
func (e *epoch) recycle(s *slot) {
	s.release()
	e.l.free = append(e.l.free, s)
}

// queue is the list of batches with samples that no worker has taken.
type queue struct {
	mu     sync.Mutex
	more   sync.Cond
	slots  []*slot
	closed bool
}

func (q *queue) put(s *slot) {
	q.mu.Lock()
	q.slots = append(q.slots, s)
	q.mu.Unlock()
	q.more.Broadcast()
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.more.Broadcast()
}

// take waits for work: samples lo … hi-1 of a batch. Ranges get smaller toward the end of a batch,
// so that workers finish it together. A nil slot is the end.
func (q *queue) take(workers int) (s *slot, lo, hi int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.slots) == 0 && !q.closed {
		q.more.Wait()
	}
	if q.closed {
		return nil, 0, 0
	}
	s = q.slots[0]
	lo = s.taken
	hi = lo + max(1, (s.submitted-lo)/(2*workers))
	s.taken = hi
	if hi == s.submitted {
		copy(q.slots, q.slots[1:])
		q.slots = q.slots[:len(q.slots)-1]
	}
	return s, lo, hi
}
