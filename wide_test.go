// SPDX-License-Identifier: MIT

package stheno_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
)

// More operands than fit in 16 bits are all there.
func TestCatOfMany(t *testing.T) {
	const n = 1<<16 + 3
	xs := make([]*stheno.Variable, n)
	want := 0.0
	for i := range xs {
		xs[i] = stheno.New([]float64{float64(i)})
		want += float64(i)
	}
	for name, y := range map[string]*stheno.Variable{"cat": stheno.Cat(0, xs...), "stack": stheno.Stack(0, xs...)} {
		assert.Equal(t, n, y.Dim(0), name)
		got, err := y.Sum().Item()
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
}

// A record may be deeper than any stack, and what it costs to compile grows with its
// length, not with the square: fourfold here, with room for the collector and an unquiet machine, and not sixteenfold.
func TestLongRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 operations")
	}
	y := stheno.Ones(2)
	for range 100_000 {
		y = y.Mul(1)
	}
	got, err := y.Sum().Item()
	require.NoError(t, err)
	assert.Equal(t, 2.0, got)

	for name, of := range map[string]func(x *stheno.Variable, n int) *stheno.Variable{
		"chain": chain,
		"pieces": func(x *stheno.Variable, n int) *stheno.Variable {
			x = x.Expand(n, 3)
			rows := make([]*stheno.Variable, n)
			for i := range rows {
				rows[i] = x.Select(0, i).Tanh()
			}
			return stheno.Stack(0, rows...).Sum()
		},
	} {
		compile := func(n int) time.Duration {
			debug.ResetCache()
			start := time.Now()
			require.NoError(t, of(stheno.Ones(3).WithGrad(), n).Backward())
			return time.Since(start)
		}
		few, many := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
		for range 10 { // until a quiet moment
			few, many = min(few, compile(1000)), min(many, compile(4000))
			if many < 8*few {
				break
			}
		}
		assert.Less(t, many, 12*few, name)
	}
}
