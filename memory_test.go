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
)

// live returns the bytes that are in use after a garbage collection.
func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// softmaxes needs memory for two values of x's size.
func softmaxes(x *stheno.Variable) *stheno.Variable {
	for range 4 {
		x = x.Softmax(1)
	}
	return x.Sum()
}

// Programs share the memory that they run in: it is that of the largest, in whatever order
// they come, and idle programs hold none of it.
func TestProgramsShareTheirMemory(t *testing.T) {
	const columns = 1 << 10
	sizes := []int{4, 5, 6, 7, 8, 9, 10, 11, 12}
	compiled := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{softmaxes(in[0])} })
	w := stheno.Ones(1).WithGrad()
	for name, run := range map[string]func(x *stheno.Variable) error{
		"recorded": func(x *stheno.Variable) error { return stheno.Run(softmaxes(x)) },
		"training": func(x *stheno.Variable) error { return softmaxes(x.Mul(w)).Backward() },
		"compiled": func(x *stheno.Variable) error { _, err := compiled.Run(context.Background(), x); return err },
	} {
		memory := func(list ...int) int64 {
			stheno.UseMachine(nil) // empties the cache
			before := live()
			for _, mib := range list {
				require.NoError(t, run(stheno.Zeros(mib<<18/columns, columns)), name)
			}
			return live() - before
		}
		alone := memory(12)
		limit := alone/10*3 + 4<<20 // beyond what was there before, which is the largest arena
		assert.Less(t, memory(sizes...), limit, "%s, ascending", name)
		assert.Less(t, memory(12, 11, 10, 9, 8, 7, 6, 5, 4), limit, "%s, descending", name)
		assert.Less(t, memory(5, 12, 4, 11, 6, 10, 7, 9, 8), limit, "%s, mixed", name)
	}
}

// What a burst of callers needed goes with it.
func TestNoInstancesStayAfterABurst(t *testing.T) {
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{softmaxes(in[0])} })
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
	defer stheno.SetCacheLimit(stheno.SetCacheLimit(stheno.CacheLimit{Programs: 8}))
	stheno.UseMachine(nil)
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
	assert.Equal(t, 8, stheno.CacheStats().Programs)
	assert.Less(t, live()-before, int64(200_000))
	compiles := stheno.CacheStats().Compiles
	for range 3 {
		for n := 393; n < 400; n++ { // the newest were kept
			run(n)
		}
	}
	assert.Equal(t, compiles, stheno.CacheStats().Compiles)
}

func TestTheCacheIsBoundedInBytes(t *testing.T) {
	stheno.UseMachine(nil)
	old := stheno.SetCacheLimit(stheno.CacheLimit{Bytes: 100_000})
	assert.Equal(t, stheno.CacheLimit{Programs: 512, Bytes: 256 << 20}, old)
	defer func() { assert.Equal(t, stheno.CacheLimit{Programs: 512, Bytes: 100_000}, stheno.SetCacheLimit(old)) }()
	for n := range 100 {
		require.NoError(t, stheno.Run(stheno.Ones(n+1).Softmax(0).Cumsum(0).Sum()))
	}
	s := stheno.CacheStats()
	assert.LessOrEqual(t, s.Bytes, int64(100_000))
	assert.Greater(t, s.Bytes, int64(50_000))
	assert.Equal(t, s.Compiles, s.Evicted+uint64(s.Programs))
	// One that is larger than the limit runs all the same, and stays until the next.
	x := stheno.Ones(3)
	for range 300 {
		x = x.Softmax(0)
	}
	require.NoError(t, stheno.Run(x))
	assert.Equal(t, 1, stheno.CacheStats().Programs)
}
