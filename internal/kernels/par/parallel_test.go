// SPDX-License-Identifier: MIT

package par

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dear is a cost at which every region is shared.
const dear = 1 << 40

// withProcs runs f with that many threads, also on a machine that has fewer.
func withProcs(t *testing.T, procs int, f func(t *testing.T)) {
	t.Run(fmt.Sprintf("%d threads", procs), func(t *testing.T) {
		defer Pretend(procs)()
		require.Equal(t, procs, Threads())
		f(t)
	})
}

func TestParallelRunsEveryChunkOnce(t *testing.T) {
	for _, procs := range []int{1, 2, 4, 7} {
		withProcs(t, procs, func(t *testing.T) {
			for _, chunks := range []int{0, 1, 2, 3, 17, 1000, MaxChunks, MaxChunks + 5} {
				counts := make([]atomic.Int32, chunks)
				for range 3 {
					Parallel(chunks, dear, func(i int) { counts[i].Add(1) })
				}
				for i := range counts {
					require.EqualValues(t, 3, counts[i].Load(), "chunk %d of %d", i, chunks)
				}
			}
		})
	}
}

// A worker that is late, or from a region with more threads, must not disturb the
// next region.
func TestParallelRegionsInARow(t *testing.T) {
	withProcs(t, 4, func(t *testing.T) {
		for round := range 3000 {
			SetThreads(1 + round%4)
			chunks := 1 + round%23
			sum, want := atomic.Int64{}, int64(0)
			for i := range chunks {
				want += int64(round * i)
			}
			Parallel(chunks, dear, func(i int) { sum.Add(int64(round * i)) })
			require.Equal(t, want, sum.Load(), "round %d", round)
		}
		SetThreads(0)
	})
}

func TestParallelNestedAndConcurrent(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		withProcs(t, procs, func(t *testing.T) {
			var total atomic.Int64
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for range 50 {
						Parallel(8, dear, func(int) { Parallel(4, dear, func(int) { total.Add(1) }) })
					}
				})
			}
			wg.Wait()
			require.EqualValues(t, 8*50*8*4, total.Load())
		})
	}
}

// together fails the test unless n chunks can be under way at once.
func together(t *testing.T, n int) {
	t.Helper()
	var inside atomic.Int32
	all := make(chan struct{})
	Parallel(n, dear, func(int) {
		if int(inside.Add(1)) == n {
			close(all)
		}
		select {
		case <-all:
		case <-time.After(10 * time.Second):
		}
	})
	select {
	case <-all:
	default:
		require.Failf(t, "too few threads", "%d chunks were never under way at once", n)
	}
}

func TestParallelUsesSeveralThreads(t *testing.T) {
	for _, procs := range []int{2, 4, 7} {
		withProcs(t, procs, func(t *testing.T) { together(t, procs) })
	}
}

func TestParallelPanicComesOut(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		withProcs(t, procs, func(t *testing.T) {
			for bad := range 64 {
				require.PanicsWithValue(t, "boom", func() {
					Parallel(64, dear, func(i int) {
						if i == bad {
							panic("boom")
						}
					})
				})
				var n atomic.Int32
				Parallel(10, dear, func(int) { n.Add(1) })
				require.EqualValues(t, 10, n.Load(), "the team works on after a panic")
			}
		})
	}
}

// A failed assertion inside a chunk ends the goroutine it runs on.
func TestParallelGoexit(t *testing.T) {
	withProcs(t, 4, func(t *testing.T) {
		for bad := range 16 {
			var done atomic.Int32
			var wg sync.WaitGroup
			wg.Go(func() {
				Parallel(16, dear, func(i int) {
					if i == bad {
						runtime.Goexit()
					}
					done.Add(1)
				})
			})
			wg.Wait()
			require.EqualValues(t, 15, done.Load())
		}
		together(t, 4)
	})
}

// asleep waits until no worker of the team polls.
func asleep(t *testing.T) {
	require.Eventually(t, func() bool {
		for _, w := range (*team.workers.Load())[1:] {
			if !w.parked.Load() {
				return false
			}
		}
		return true
	}, 10*time.Second, time.Millisecond, "workers still poll")
}

func TestParallelSleepsWhenIdle(t *testing.T) {
	withProcs(t, 4, func(t *testing.T) {
		for range 5 {
			var n atomic.Int32
			Parallel(100, dear, func(int) { n.Add(1) })
			require.EqualValues(t, 100, n.Load())
			asleep(t)
		}
	})
}

func TestParallelWakesForCheapRegionsOnlyInABurst(t *testing.T) {
	withProcs(t, 2, func(t *testing.T) {
		Parallel(4, dear, func(int) {})
		asleep(t)
		team.debt = 0
		team.last = time.Now()
		Parallel(4, wakeNanos-1, func(int) {})
		assert.True(t, (*team.workers.Load())[1].parked.Load(), "one cheap region woke a worker")
		// Each of them claims to cost more than the time that passes, so debt grows.
		require.Eventually(t, func() bool {
			Parallel(4, wakeNanos-1, func(int) {})
			return !(*team.workers.Load())[1].parked.Load()
		}, 10*time.Second, 10*time.Microsecond)
	})
}

func TestSetThreads(t *testing.T) {
	withProcs(t, 4, func(t *testing.T) {
		assert.Equal(t, 0, SetThreads(3))
		assert.Equal(t, 3, Threads())
		assert.Equal(t, 3, SetThreads(100))
		assert.Equal(t, 4, Threads())
		assert.Equal(t, 100, SetThreads(-1))
		assert.Equal(t, 4, Threads())
		assert.Equal(t, 0, SetThreads(0))
	})
}

func TestParallelDoesNotAllocate(t *testing.T) {
	withProcs(t, 2, func(t *testing.T) {
		fn := func(int) {}
		Parallel(8, dear, fn)
		assert.Zero(t, testing.AllocsPerRun(100, func() { Parallel(8, dear, fn) }))
	})
}

// BenchmarkParallel measures a region of that serial cost, in chunks of 5 µs.
func BenchmarkParallel(b *testing.B) {
	work := func(int) {
		for begin := time.Now(); time.Since(begin) < 5*time.Microsecond; {
		}
	}
	for _, micros := range []int{20, 40, 400} {
		b.Run(fmt.Sprintf("%dµs", micros), func(b *testing.B) {
			for b.Loop() {
				Parallel(micros/5, int64(micros)*1000, work)
			}
			b.ReportMetric(float64(micros)*1000*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "speedup")
		})
	}
}
