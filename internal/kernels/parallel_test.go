// SPDX-License-Identifier: MIT

package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParallelRunsEveryChunkOnce(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		old := runtime.GOMAXPROCS(procs)
		for _, chunks := range []int{0, 1, 2, 3, 17, 1000, maxChunks, maxChunks + 5} {
			counts := make([]atomic.Int32, chunks)
			for range 3 {
				Parallel(chunks, 1<<40, func(i int) { counts[i].Add(1) })
			}
			for i := range counts {
				require.EqualValues(t, 3, counts[i].Load(), "chunk %d of %d", i, chunks)
			}
		}
		runtime.GOMAXPROCS(old)
	}
}

func TestParallelNestedAndConcurrent(t *testing.T) {
	var total atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				Parallel(8, 1<<40, func(int) { Parallel(4, 1<<40, func(int) { total.Add(1) }) })
			}
		}()
	}
	wg.Wait()
	require.EqualValues(t, 8*50*8*4, total.Load())
}

func TestParallelPanicComesOut(t *testing.T) {
	for range 20 {
		require.PanicsWithValue(t, "boom", func() {
			Parallel(64, 1<<40, func(i int) {
				if i == 40 {
					panic("boom")
				}
			})
		})
	}
	var n atomic.Int32
	Parallel(10, 1<<40, func(int) { n.Add(1) })
	require.EqualValues(t, 10, n.Load(), "the team works on after a panic")
}

func TestParallelAfterSleep(t *testing.T) {
	for range 5 {
		time.Sleep(3 * spinFor)
		var n atomic.Int32
		Parallel(100, 1<<40, func(int) { n.Add(1) })
		require.EqualValues(t, 100, n.Load())
	}
}
