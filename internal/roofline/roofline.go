// SPDX-License-Identifier: MIT

// Package roofline measures what a processor can do at most: multiply-adds in
// registers, and memory read and copied. What a kernel reaches is given beside it.
package roofline

import (
	"sync"
	"time"

	"github.com/stheno-go/stheno/internal/isa"
)

// Roof is the best that was seen on all threads together; 0 is unknown, on a processor
// without assembly.
type Roof struct {
	FLOPS float64 // of float32, a second; a multiply-add counts twice
	Read  float64 // bytes a second
	Copy  float64 // bytes a second, those read and those written
}

//go:generate go run -C ../asm ./roofline

// loops are written in assembly.
type loops struct {
	fma    func(n int)                 // executes n rounds of multiply-adds of whole vectors
	read   func(p *float32, lines int) // adds up lines of 64 bytes, a multiple of four
	width  int                         // elements of a vector
	chains int                         // multiply-adds in a round of fma
}

var table = isa.NewTable(&isa.Kernels, &loops{}, assembly)

const (
	size = 16 << 20 // elements of a block, far more than caches hold
	line = 16       // elements of a cache line
)

// Measure takes about half a second.
func Measure(threads int) Roof {
	var r Roof
	l := table.Get()
	blocks := make([][2][]float32, threads)
	for i := range blocks {
		for j := range blocks[i] {
			blocks[i][j] = make([]float32, size)
			for k := 0; k < size; k += 1024 { // a page that was never written is not read from memory
				blocks[i][j][k] = 1
			}
		}
	}
	bytes := float64(threads * size * 4)
	r.Copy = 2 * bytes / best(threads, func(i int) { copy(blocks[i][1], blocks[i][0]) })
	if l.fma == nil {
		return r
	}
	const n = 2_000_000
	r.FLOPS = float64(threads*n*l.chains*l.width*2) / best(threads, func(int) { l.fma(n) })
	r.Read = bytes / best(threads, func(i int) { l.read(&blocks[i][0][0], size/line) })
	return r
}

// best returns the shortest of some times in which every thread did f, in seconds.
func best(threads int, f func(thread int)) float64 {
	shortest := time.Duration(1<<63 - 1)
	for range 8 {
		var wg sync.WaitGroup
		begin := time.Now()
		for i := range threads {
			wg.Go(func() { f(i) })
		}
		wg.Wait()
		shortest = min(shortest, time.Since(begin))
	}
	return shortest.Seconds()
}
