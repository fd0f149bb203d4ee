// SPDX-License-Identifier: MIT

package machine

import (
	"runtime"
	"sync"
	"testing"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/plan"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// sums returns a machine whose arena is two values of n float64.
func sums(t *testing.T, n int) *Machine {
	t.Helper()
	table := ops.NewTable()
	x := table.Input(ops.Meta{Dims: shape.Must(n), DType: dtype.Float64}, "x")
	y := x
	for range 4 {
		var err error
		y, err = ops.Node(ops.Cumsum{}, y)
		require.NoError(t, err)
	}
	p, err := plan.Build([]*G.Node{y}, []*G.Node{x}, plan.Options{})
	require.NoError(t, err)
	require.GreaterOrEqual(t, p.ArenaSize, 16*n)
	m := New(p)
	m.SetInputAt(0, storage.Alloc(8*n))
	m.SetOutputAt(0, storage.Alloc(8*n))
	return m
}

// idleArenas returns those that are in the pool after a garbage collection.
func idleArenas() (sizes []int) {
	runtime.GC()
	runtime.GC()
	pool.Lock()
	defer pool.Unlock()
	if pool.largest != nil {
		sizes = append(sizes, pool.largest.size)
	}
	for _, w := range pool.others {
		if a := w.Value(); a != nil {
			sizes = append(sizes, a.size)
		}
	}
	return sizes
}

// Machines that grow leave the arenas behind that were too small, though the machines live.
func TestOutgrownArenasGo(t *testing.T) {
	pool.largest, pool.others = nil, nil
	var machines []*Machine
	var arenas []weak.Pointer[byte]
	for k := range 4 {
		m := sums(t, (k+2)<<19)
		require.NoError(t, m.Run())
		machines = append(machines, m)
		arenas = append(arenas, weak.Make((*byte)(pool.largest.base)))
	}
	assert.Equal(t, []int{16 * 5 << 19}, idleArenas())
	for k, a := range arenas {
		assert.Equal(t, k == 3, a.Value() != nil, "arena %d", k)
	}
	base := pool.largest.base
	for _, m := range machines { // all find room in the largest
		require.NoError(t, m.Run())
		assert.Equal(t, base, pool.largest.base)
	}
}

// Runs at one time have an arena each, and only one of these stays.
func TestArenasOfABurstGo(t *testing.T) {
	pool.largest, pool.others = nil, nil
	var taken []*arena
	for range 5 {
		taken = append(taken, takeArena(1<<20))
	}
	seen := map[unsafe.Pointer]bool{}
	for _, a := range taken {
		seen[a.base] = true
	}
	assert.Len(t, seen, 5)
	for _, a := range taken {
		a.giveBack()
	}
	again := takeArena(1 << 20)
	assert.True(t, seen[again.base], "one that is there is taken before one is made")
	again.giveBack()
	clear(taken)
	taken, again = nil, nil
	assert.Len(t, idleArenas(), 1)
}

func TestMachinesRunAtOneTime(t *testing.T) {
	var all sync.WaitGroup
	for k := range 8 {
		m := sums(t, 1<<10+k)
		all.Go(func() {
			for range 50 {
				if !assert.NoError(t, m.Run()) {
					return
				}
			}
		})
	}
	all.Wait()
}
