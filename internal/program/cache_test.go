// SPDX-License-Identifier: MIT

package program

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// evaluate computes the sum of n ones: another n is another program.
func evaluate(t *testing.T, n int) {
	t.Helper()
	data := make([]float64, n)
	for i := range data {
		data[i] = 1
	}
	x, y := new(record.Node), new(record.Node)
	x.InitLeaf(storage.Of(data), shape.Must(n))
	ok, err := y.Init1(ops.Reduce{Kind: ops.Sum, Axes: 1}, x)
	require.True(t, ok, err)
	require.NoError(t, Eval(y))
	assert.Equal(t, float64(n), record.Float(dtype.Float64, y.Number()))
}

// counts returns the statistics without the bytes.
func counts() Stats {
	s := CacheStats()
	s.Bytes = 0
	return s
}

func TestCacheDropsTheLeastRecentlyUsed(t *testing.T) {
	ResetCache()
	defer SetCacheLimit(SetCacheLimit(Limit{Programs: 3, Bytes: 1 << 30}))
	for _, n := range []int{1, 2, 3} {
		evaluate(t, n)
	}
	assert.Equal(t, Stats{Programs: 3, Compiles: 3}, counts())
	evaluate(t, 1) // now 2 is the oldest
	evaluate(t, 4)
	assert.Equal(t, Stats{Programs: 3, Compiles: 4, Hits: 1, Evicted: 1}, counts())
	for _, n := range []int{1, 3, 4} {
		evaluate(t, n)
	}
	assert.Equal(t, Stats{Programs: 3, Compiles: 4, Hits: 4, Evicted: 1}, counts())
	evaluate(t, 2)
	assert.Equal(t, uint64(5), CacheStats().Compiles)

	assert.Equal(t, 3, SetCacheLimit(Limit{Programs: 1, Bytes: 1 << 30}).Programs)
	assert.Equal(t, Stats{Programs: 1, Compiles: 5, Hits: 4, Evicted: 4}, counts())
	evaluate(t, 2) // the newest survived
	assert.Equal(t, uint64(5), CacheStats().Hits)
	for n := range 100 {
		evaluate(t, n+1)
	}
	assert.Equal(t, 1, CacheStats().Programs)
}
