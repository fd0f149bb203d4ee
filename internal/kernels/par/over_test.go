// SPDX-License-Identifier: MIT

package par

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOverRunsEachRoundOnce(t *testing.T) {
	for _, s := range [][2]int{{0, 0}, {5, 0}, {1, 1 << 20}, {7, 5000}, {1000, 33}, {100_000, 1 << 15}} {
		seen := make([]int, s[0])
		Over(s[0], s[1], counter(seen))
		for i, n := range seen {
			require.Equal(t, 1, n, "round %d of %v", i, s)
		}
	}
}

type counter []int

func (c counter) Span(from, to int) {
	for i := from; i < to; i++ {
		c[i]++
	}
}
