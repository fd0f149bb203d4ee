// SPDX-License-Identifier: MIT

package stheno_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// draws returns the numbers of a Variable.
func draws(t *testing.T, v *stheno.Variable) []float32 {
	t.Helper()
	x, err := stheno.Values[float32](v)
	require.NoError(t, err)
	return slices.Clone(x)
}

// TestIsolatedAlone: what is drawn, within and after, is what it would have been.
func TestIsolatedAlone(t *testing.T) {
	stheno.Seed(3)
	var want [][]float32
	for range 4 {
		want = append(want, draws(t, stheno.Randn(2)))
	}
	stheno.Seed(3)
	got := [][]float32{draws(t, stheno.Randn(2))}
	stheno.Isolated(func(g *stheno.Generator) {
		require.Same(t, g, stheno.DefaultGenerator())
		got = append(got, draws(t, stheno.Randn(2)))
		stheno.Isolated(func(*stheno.Generator) { got = append(got, draws(t, stheno.Randn(2))) })
	})
	got = append(got, draws(t, stheno.Randn(2)))
	require.Equal(t, want, got)

	stheno.Seed(4)
	stheno.Isolated(func(*stheno.Generator) { stheno.Seed(3) })
	require.Equal(t, want[0], draws(t, stheno.Randn(2)), "a Seed within holds after it")
	require.Panics(t, func() { stheno.Isolated(func(*stheno.Generator) { panic("f") }) })
	require.Equal(t, want[1], draws(t, stheno.Randn(2)))
	stheno.Seed(0)
}

// TestIsolatedAmongOthers: nobody gets what another goroutine has, whatever f sets back.
func TestIsolatedAmongOthers(t *testing.T) {
	stheno.Seed(3)
	defer stheno.Seed(0)
	var wait sync.WaitGroup
	var mu sync.Mutex
	seen := map[[4]float32]int{}
	done := make(chan struct{})
	for range 4 {
		wait.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				x := draws(t, stheno.Rand(4))
				mu.Lock()
				seen[[4]float32(x)]++
				mu.Unlock()
			}
		})
	}
	for range 50 {
		stheno.Isolated(func(g *stheno.Generator) {
			seed, counter := g.State()
			first := draws(t, stheno.Randn(1))
			g.SetState(seed, counter)
			require.Equal(t, first, draws(t, stheno.Randn(1)))
			g.SetState(seed, counter)
		})
	}
	close(done)
	wait.Wait()
	for _, n := range seen {
		require.Equal(t, 1, n)
	}
}

func TestAdvance(t *testing.T) {
	g := stheno.NewGenerator(5)
	require.True(t, g.Advance(5, 7))
	require.True(t, g.Advance(5, 7))
	require.False(t, g.Advance(5, 6))
	require.False(t, g.Advance(4, 9))
	seed, counter := g.State()
	require.Equal(t, [2]uint64{5, 7}, [2]uint64{seed, counter})
}
