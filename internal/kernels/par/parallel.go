// SPDX-License-Identifier: MIT

// Package par divides loops among threads and lends memory to them. Work is divided by
// size only, so that results do not depend on the number of threads.
package par

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

const (
	// inlineNanos is the serial cost below which sharing a region does not pay, even
	// with workers that are awake.
	inlineNanos = 4_000
	// wakeNanos is the cost from which it pays to wake sleeping workers, which takes
	// 60 to 100 µs; cheaper regions wake them when they come so close together that
	// their costs reach debtNanos.
	wakeNanos = 150_000
	debtNanos = 300_000
	// spinFor is how long an idle worker polls before it sleeps. Meanwhile it lets
	// other goroutines run every workerYield, the waiting caller every callerYield:
	// yielding takes a lock of the scheduler.
	spinFor     = 100 * time.Microsecond
	workerYield = 5 * time.Microsecond
	callerYield = 20 * time.Microsecond
	// pollsPerClock is how often a spinner polls before it reads the clock.
	pollsPerClock = 64
)

// MaxChunks is the number of chunks that a region should have at most: what a claim word
// counts.
const MaxChunks = 1<<16 - 1

var (
	threads atomic.Int64       // 0: GOMAXPROCS
	cpus    = runtime.NumCPU() // more spinners than processors would starve each other
	team    pool               // all regions share it
)

// SetThreads limits the number of threads that one parallel region uses; 0 stands
// for GOMAXPROCS. It returns the former limit. Results do not depend on it.
func SetThreads(n int) int { return int(threads.Swap(int64(max(n, 0)))) }

// Threads returns the number of threads that a parallel region uses.
func Threads() int {
	n := min(runtime.GOMAXPROCS(0), cpus)
	if t := int(threads.Load()); t > 0 {
		n = min(n, t)
	}
	return n
}

// Pretend makes regions use as many threads as there were with n processors, and returns
// what undoes it. It is for tests.
func Pretend(n int) (restore func()) {
	oldProcs, oldCPUs := runtime.GOMAXPROCS(n), cpus
	cpus = n
	return func() {
		runtime.GOMAXPROCS(oldProcs)
		cpus = oldCPUs
	}
}

// Parallel calls fn(0) … fn(chunks-1), on several threads if nanos, an estimate of
// the serial cost of all calls, is worth it. Calls from inside a region, or while
// another goroutine's region is under way, run on the caller alone. A panic in fn
// comes out at the caller, once the region has ended.
func Parallel(chunks int, nanos int64, fn func(chunk int)) {
	if chunks <= 1 || nanos < inlineNanos || !team.busy.CompareAndSwap(false, true) {
		for i := range chunks {
			fn(i)
		}
		return
	}
	defer team.busy.Store(false)
	n := min(Threads(), chunks)
	switch {
	case n == 1 || !team.wakePays(n, nanos):
		for i := range chunks {
			fn(i)
		}
	case chunks > MaxChunks:
		team.runGroups(n, chunks, fn)
	default:
		team.run(n, chunks, fn)
	}
}

// worker is what one thread of the team and its caller share. Its fields are on
// cache lines of their own.
type worker struct {
	_      [64]byte
	claim  atomic.Uint64 // epoch<<32 | end<<16 | next: the chunks it begins with
	_      [56]byte
	epoch  atomic.Uint32 // of the newest region it should look at
	parked atomic.Bool   // who clears it sends a token to wake
	wake   chan struct{}
	_      [40]byte
}

// pool is a team of workers. The caller of a region is worker 0. Fields that only the
// caller writes belong to whoever holds busy.
type pool struct {
	busy    atomic.Bool // a region is under way
	workers atomic.Pointer[[]*worker]
	epoch   uint32
	debt    int64 // cost of cheap regions that ran while the workers slept
	last    time.Time
	fn      func(int)
	failure atomic.Pointer[any]
	_       [64]byte
	pending atomic.Int64 // chunks that are not done
	_       [56]byte
}

// wakePays reports whether a region of that cost may use n threads: it costs much, a
// worker is awake, or there have been many such regions lately.
func (p *pool) wakePays(n int, nanos int64) bool {
	if nanos >= wakeNanos {
		return true
	}
	if list := p.workers.Load(); list != nil {
		for _, w := range (*list)[1:min(n, len(*list))] {
			if !w.parked.Load() {
				return true
			}
		}
	}
	now := time.Now()
	gap := now.Sub(p.last)
	p.last = now
	// A program that spends less than a quarter of its time here wakes nobody.
	p.debt = max(p.debt-int64(gap)/4, 0) + nanos
	if p.debt < debtNanos {
		return false
	}
	p.debt = 0
	return true
}

// runGroups is run for more chunks than a claim word can count.
func (p *pool) runGroups(n, chunks int, fn func(int)) {
	per := (chunks + MaxChunks - 1) / MaxChunks
	p.run(n, (chunks+per-1)/per, func(group int) {
		for i := group * per; i < min((group+1)*per, chunks); i++ {
			fn(i)
		}
	})
}

// run does a region on n threads. The order of its stores matters: a worker that
// claims a chunk finds the function there, and the region cannot end before that
// chunk is done.
func (p *pool) run(n, chunks int, fn func(int)) {
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
	defer p.join() // also when fn ends the goroutine, as a failed test does
	woken := false
	for _, w := range workers[1:n] {
		w.epoch.Store(p.epoch)
		if w.parked.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
			woken = true
		}
	}
	if woken {
		// The worker woken last is the next goroutine of this very thread, which is
		// busy. Starting another pushes it to where idle threads look.
		go func() {}()
	}
	p.claim(0)
}

// join waits for all chunks and passes a panic on.
func (p *pool) join() {
	var yielded time.Time
	for i := 1; p.pending.Load() != 0; i++ {
		if i%pollsPerClock != 0 {
			continue
		}
		if now := time.Now(); yielded.IsZero() {
			yielded = now
		} else if now.Sub(yielded) >= callerYield {
			runtime.Gosched()
			yielded = time.Now()
		}
	}
	p.fn = nil
	if f := p.failure.Swap(nil); f != nil {
		panic(*f)
	}
}

// grow makes sure that there are n workers and returns all there are.
func (p *pool) grow(n int) []*worker {
	var workers []*worker
	if list := p.workers.Load(); list != nil {
		workers = *list
	}
	have := len(workers)
	if have >= n {
		return workers
	}
	workers = slices.Clone(workers)
	for len(workers) < n {
		w := &worker{wake: make(chan struct{}, 1)}
		w.epoch.Store(p.epoch)
		workers = append(workers, w)
	}
	p.workers.Store(&workers)
	for id := max(have, 1); id < n; id++ {
		go p.work(id, workers[id], p.epoch)
	}
	return workers
}

// work is the life of a worker that is not the caller; last is the newest region it
// has seen.
func (p *pool) work(id int, w *worker, last uint32) {
	defer func() { go p.work(id, w, last) }() // reached only if a chunk ends its goroutine
	for {
		if w.epoch.Load() == last {
			w.await(last)
		}
		last = w.epoch.Load()
		p.claim(id)
	}
}

// await returns when w is to look at a region newer than last: it polls for a
// while, then sleeps.
func (w *worker) await(last uint32) {
	begin := time.Now()
	yielded := begin
	for i := 1; w.epoch.Load() == last; i++ {
		if i%pollsPerClock != 0 {
			continue
		}
		now := time.Now()
		if now.Sub(begin) >= spinFor {
			w.park(last)
			begin = time.Now()
			yielded = begin
		} else if now.Sub(yielded) >= workerYield {
			runtime.Gosched()
			yielded = time.Now()
		}
	}
}

// park sleeps until the caller of a region wakes w, unless there is one already.
func (w *worker) park(last uint32) {
	w.parked.Store(true)
	if w.epoch.Load() != last && w.parked.CompareAndSwap(true, false) {
		return
	}
	<-w.wake // if the caller has cleared the flag meanwhile, its token is on the way
}

// claim runs chunks until none is left: its own first, then the others'. A region
// ends only when all claimed chunks are done, so a late worker does no harm.
func (p *pool) claim(id int) {
	claimed := int64(0)
	defer func() { p.pending.Add(-claimed) }()
	workers := *p.workers.Load()
	for i := range workers {
		w := workers[(id+i)%len(workers)]
		for {
			c := w.claim.Load()
			next := c & MaxChunks
			if next >= c>>16&MaxChunks {
				break
			}
			if w.claim.CompareAndSwap(c, c+1) {
				claimed++
				p.call(int(next))
			}
		}
	}
}

// call does one chunk. A panic is kept for the caller.
func (p *pool) call(chunk int) {
	defer func() {
		if e := recover(); e != nil {
			kept := e // e itself would be allocated at every call
			p.failure.CompareAndSwap(nil, &kept)
		}
	}()
	p.fn(chunk)
}
