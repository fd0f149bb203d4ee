// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
)

// live returns the bytes that are in use after a garbage collection.
func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// sums needs memory for two values of x's size.
func sums(x *stheno.Variable) *stheno.Variable { return x.Cumsum(1).Cumsum(0).Cumsum(1).Sum() }

// Idle programs hold no memory that they ran in, nor what they computed of.
func TestIdleProgramsHoldNoMemory(t *testing.T) {
	const columns = 1 << 10
	compiled := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{sums(in[0])} })
	w := stheno.Ones(1).WithGrad()
	for name, run := range map[string]func(x *stheno.Variable) error{
		"recorded": func(x *stheno.Variable) error { return stheno.Run(sums(x)) },
		"training": func(x *stheno.Variable) error { return sums(x.Mul(w)).Backward() },
		"compiled": func(x *stheno.Variable) error { _, err := compiled.Run(context.Background(), x); return err },
	} {
		memory := func(list ...int) int64 {
			debug.ResetCache()
			before := live()
			for _, n := range list {
				require.NoError(t, run(stheno.Zeros(n<<16/columns, columns)), name)
			}
			return live() - before
		}
		alone := memory(12)
		limit := alone + 1<<20 // both beyond the arena that other tests have left
		assert.Less(t, memory(4, 8, 12), limit, "%s, ascending", name)
		assert.Less(t, memory(12, 8, 4), limit, "%s, descending", name)
		assert.Less(t, memory(8, 12, 4), limit, "%s, mixed", name)
	}
}

// What a burst of callers needed goes with it.
func TestNoInstancesStayAfterABurst(t *testing.T) {
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{sums(in[0])} })
	x := stheno.Ones(1<<8, 1<<10)
	run := func() {
		_, err := p.Run(context.Background(), x)
		assert.NoError(t, err)
	}
	run()
	before := live()
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 3 {
				run()
			}
		})
	}
	all.Wait()
	assert.Less(t, live()-before, int64(1<<20))
}

// A client that sends inputs of ever new shapes cannot make a server grow.
func TestShapesOfACompiledProgramAreBounded(t *testing.T) {
	defer debug.SetCacheLimit(debug.SetCacheLimit(debug.CacheLimit{Programs: 8}))
	debug.ResetCache()
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{in[0].Mul(2).Sum()} })
	run := func(n int) {
		out, err := p.Run(context.Background(), stheno.Ones(n))
		require.NoError(t, err)
		got, err := out[0].Item()
		require.NoError(t, err)
		require.Equal(t, float64(2*n), got)
	}
	for n := range 40 {
		run(n)
	}
	before := live()
	for n := range 400 {
		run(n)
	}
	assert.Equal(t, 8, debug.ReadCacheStats().Programs)
	assert.Less(t, live()-before, int64(200_000))
	compiles := debug.ReadCacheStats().Compiles
	for range 3 {
		for n := 393; n < 400; n++ { // the newest were kept
			run(n)
		}
	}
	assert.Equal(t, compiles, debug.ReadCacheStats().Compiles)
}

func TestTheCacheIsBoundedInBytes(t *testing.T) {
	debug.ResetCache()
	old := debug.SetCacheLimit(debug.CacheLimit{Bytes: 100_000})
	assert.Equal(t, debug.CacheLimit{Programs: 512, Bytes: 256 << 20}, old)
	defer func() { assert.Equal(t, debug.CacheLimit{Programs: 512, Bytes: 100_000}, debug.SetCacheLimit(old)) }()
	for n := range 100 {
		require.NoError(t, stheno.Run(stheno.Ones(n+1).Softmax(0).Cumsum(0).Sum()))
	}
	s := debug.ReadCacheStats()
	assert.LessOrEqual(t, s.Bytes, int64(100_000))
	assert.Greater(t, s.Bytes, int64(50_000))
	assert.Equal(t, s.Compiles, s.Evicted+uint64(s.Programs))
	// One that is larger than the limit runs all the same, and stays until the next.
	x := stheno.Ones(3)
	for range 300 {
		x = x.Softmax(0)
	}
	require.NoError(t, stheno.Run(x))
	assert.Equal(t, 1, debug.ReadCacheStats().Programs)
}
