// SPDX-License-Identifier: MIT

package kernels

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// inlineNanos is the serial cost below which forking does not pay.
const inlineNanos = 15_000

// spinFor is how long an idle worker polls before it sleeps; yieldEvery is how
// often it lets other goroutines run meanwhile.
const (
	spinFor    = 100 * time.Microsecond
	yieldEvery = 64
)

var threads atomic.Int64 // 0: GOMAXPROCS

// SetThreads limits the number of threads that one parallel region uses; 0 stands
// for GOMAXPROCS. It returns the former limit. Results do not depend on it.
func SetThreads(n int) int { return int(threads.Swap(int64(max(n, 0)))) }

// Threads returns the number of threads that a parallel region uses.
func Threads() int {
	n := min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	if t := int(threads.Load()); t > 0 {
		n = min(n, t)
	}
	return n
}

// Parallel calls fn(0) … fn(chunks-1), on several threads if nanos, an estimate of
// the serial cost of all calls, is worth it. Calls from inside a region, or while
// another goroutine's region is under way, run on the caller alone. A panic in fn
// comes out at the caller.
func Parallel(chunks int, nanos int64, fn func(chunk int)) {
	if chunks <= 1 || nanos < inlineNanos || chunks > maxChunks || !team.busy.CompareAndSwap(false, true) {
		for i := range chunks {
			fn(i)
		}
		return
	}
	defer team.busy.Store(false)
	if Threads() == 1 {
		for i := range chunks {
			fn(i)
		}
		return
	}
	team.run(chunks, fn)
}

// maxChunks is what a claim word can count.
const maxChunks = 1<<16 - 1

// worker is what one thread of the team and its caller share. Its fields are on
// cache lines of their own.
type worker struct {
	_      [64]byte
	claim  atomic.Uint64 // epoch<<32 | end<<16 | next: the chunks it begins with
	_      [56]byte
	epoch  atomic.Uint32 // of the newest region it should look at
	parked atomic.Bool
	wake   chan struct{}
	_      [40]byte
}

// pool is the one team of workers. The caller of a region is worker 0.
type pool struct {
	busy    atomic.Bool // a region is under way
	workers atomic.Pointer[[]*worker]
	epoch   uint32
	fn      func(int)
	pending atomic.Int64 // chunks that are not done
	failure atomic.Pointer[any]
}

var team pool

func (p *pool) run(chunks int, fn func(int)) {
	n := Threads()
	workers := p.grow(n)
	p.fn = fn
	p.epoch++
	p.failure.Store(nil)
	p.pending.Store(int64(chunks))
	for i, w := range workers {
		from, to := 0, 0
		if i < n {
			from, to = i*chunks/n, (i+1)*chunks/n
		}
		w.claim.Store(uint64(p.epoch)<<32 | uint64(to)<<16 | uint64(from))
	}
	woken := false
	for _, w := range workers[1:n] {
		w.epoch.Store(p.epoch)
		if w.parked.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
			woken = true
		}
	}
	if woken {
		go func() {}() // pushes the woken worker out of this thread's next slot
	}
	p.claim(0)
	for spins := 1; p.pending.Load() != 0; spins++ {
		if spins%512 == 0 {
			runtime.Gosched()
		}
	}
	p.fn = nil
	if f := p.failure.Load(); f != nil {
		panic(*f)
	}
}

// grow makes sure that there are n workers. Only the caller of a region calls it.
func (p *pool) grow(n int) []*worker {
	var workers []*worker
	if list := p.workers.Load(); list != nil {
		workers = *list
	}
	if len(workers) >= n {
		return workers
	}
	workers = slices.Clone(workers)
	begin := len(workers)
	for len(workers) < n {
		w := &worker{wake: make(chan struct{}, 1)}
		w.epoch.Store(p.epoch)
		workers = append(workers, w)
	}
	p.workers.Store(&workers)
	for id := max(begin, 1); id < n; id++ {
		go p.work(id, workers[id], p.epoch)
	}
	return workers
}

// work is the loop of a worker that is not the caller.
func (p *pool) work(id int, w *worker, last uint32) {
	for {
		if w.epoch.Load() == last {
			p.await(w, last)
		}
		last = w.epoch.Load()
		p.claim(id)
	}
}

// await returns when w is to look at a region newer than last: it polls for a
// while, then sleeps.
func (p *pool) await(w *worker, last uint32) {
	begin := time.Now()
	for i := 1; ; i++ {
		if w.epoch.Load() != last {
			return
		}
		if i%yieldEvery != 0 {
			continue
		}
		runtime.Gosched()
		if time.Since(begin) < spinFor {
			continue
		}
		w.parked.Store(true)
		if w.epoch.Load() != last {
			if !w.parked.CompareAndSwap(true, false) {
				<-w.wake // the caller has cleared the flag: its token is on the way
			}
			return
		}
		<-w.wake
		begin = time.Now()
	}
}

// claim runs chunks until none is left: its own first, then the others'. A region
// ends only when all claimed chunks are done, so a late worker does no harm.
func (p *pool) claim(id int) {
	workers := *p.workers.Load()
	for i := range workers {
		w := workers[(id+i)%len(workers)]
		for {
			c := w.claim.Load()
			next := c & maxChunks
			if next >= c>>16&maxChunks {
				break
			}
			if w.claim.CompareAndSwap(c, c+1) {
				p.call(int(next))
			}
		}
	}
}

func (p *pool) call(chunk int) {
	defer func() {
		if e := recover(); e != nil {
			p.failure.CompareAndSwap(nil, &e)
		}
		p.pending.Add(-1)
	}()
	p.fn(chunk)
}
