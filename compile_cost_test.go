// SPDX-License-Identifier: MIT

package stheno_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/gorgonia"
)

// chain records n operations that cannot be joined into few instructions.
func chain(x *stheno.Variable, n int) *stheno.Variable {
	for range n / 2 {
		x = x.Softmax(0).Mul(1.5)
	}
	return x.Sum()
}

// Others step on while a large program is compiled.
func TestCompilingStopsNobody(t *testing.T) {
	step := smallStep(t)
	step()
	one := stheno.Ones(3).WithGrad()
	done := make(chan time.Duration, 1)
	go func() {
		start := time.Now()
		y := chain(one, 8000)
		assert.NoError(t, y.Backward())
		done <- time.Since(start)
	}()
	var longest time.Duration
	n := 0
	for {
		select {
		case total := <-done:
			assert.Greater(t, n, 0)
			assert.Less(t, longest, total/2, "a step waited for another's compile")
			return
		default:
		}
		start := time.Now()
		step()
		longest = max(longest, time.Since(start))
		n++
	}
}

// A record that several goroutines compute at one time is compiled once.
func TestEqualRecordsAreCompiledOnce(t *testing.T) {
	debug.ResetCache()
	var all sync.WaitGroup
	for k := range 8 {
		all.Go(func() {
			x := stheno.New([]float64{1, 2, float64(k)}).WithGrad()
			y := x
			for range 500 {
				y = y.Cumsum(0)
			}
			if assert.NoError(t, y.Mul(0).Sum().Backward()) {
				assert.Equal(t, []float64{0, 0, 0}, floats(t, x.Grad()))
			}
		})
	}
	all.Wait()
	s := debug.ReadCacheStats()
	assert.EqualValues(t, 1, s.Compiles)
	assert.EqualValues(t, 7, s.Hits)
}

// What cannot be compiled is an error for everybody who waits for it, and is not kept.
func TestAFailedCompileIsNotKept(t *testing.T) {
	restore := gorgonia.SetMachine(func(*G.ExprGraph) G.VM { panic("no machine") })
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { assert.ErrorContains(t, stheno.Run(stheno.Ones(3).Sum()), "no machine") })
	}
	all.Wait()
	assert.Zero(t, debug.ReadCacheStats().Programs)
	restore()
	require.NoError(t, stheno.Run(stheno.Ones(3).Sum()))
}
