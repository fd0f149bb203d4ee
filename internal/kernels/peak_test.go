// SPDX-License-Identifier: MIT

package kernels

import (
	"math"
	"testing"
	"time"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// peakRate is how many GFLOP/s the tile of blocked convolutions reaches on all threads
// with all it reads in the first-level caches: the fastest of some calls, as other work
// on the machine disturbs the others.
func peakRate() float64 {
	const run, calls = 128, 200
	n, k := par.Threads(), blockedTable.Get()
	jobs := make([]tileJob, n)
	for i := range jobs {
		jobs[i] = tileJob{
			a: make([]float32, k.pixels*Block+run), b: make([]float32, run*pairLanes), c: make([]float32, k.pixels*pairLanes),
			offs: []int{0}, run: run, aPixel: Block, cPixel: Block, cBlock: k.pixels * Block, pixels: k.pixels, blocks: 2, groups: 1,
		}
	}
	best := time.Duration(math.MaxInt64)
	for range 20 {
		begin := time.Now()
		par.Parallel(n, 1<<40, func(i int) {
			for range calls {
				k.tile(&jobs[i])
			}
		})
		best = min(best, time.Since(begin))
	}
	return 2 * run * pairLanes * float64(k.pixels*n*calls) / best.Seconds() / 1e9
}

// benchmarkRate runs f and reports its rate in GFLOP/s, that of the fastest call, and
// how much of the peak measured beside it the latter is.
func benchmarkRate(b *testing.B, flops float64, f func()) {
	b.ReportAllocs()
	f()
	peak := peakRate()
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		begin := time.Now()
		f()
		best = min(best, time.Since(begin))
	}
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	b.ReportMetric(flops/best.Seconds()/1e9, "best-GFLOP/s")
	b.ReportMetric(100*flops/best.Seconds()/1e9/peak, "best-%-of-peak")
}
