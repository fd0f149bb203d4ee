// SPDX-License-Identifier: MIT

package conv

import (
	"math"
	"testing"
	"time"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
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

// benchmarkRate is [kerneltest.Rate] that also reports how much of the peak the fastest call
// reached.
func benchmarkRate(b *testing.B, flops float64, f func()) {
	f()
	peak := peakRate()
	b.ReportMetric(100*kerneltest.Rate(b, flops, f)/peak, "best-%-of-peak")
}
