// SPDX-License-Identifier: MIT

package conv

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWindowBlocked(t *testing.T) {
	for _, p := range []Window{
		{[4]int{2, 16, 4, 5}, [4]int{2, 16, 8, 10}, [4]int{}, [4]int{1, 1, 2, 2}},
		{[4]int{2, 16, 4, 4}, [4]int{2, 32, 4, 4}, [4]int{0, 8, 0, 0}, [4]int{1, 1, 1, 1}},
		{[4]int{1, 3, 3, 2}, [4]int{1, 5, 8, 6}, [4]int{0, 1, 1, 2}, [4]int{1, 1, 3, 2}},
		{[4]int{2, 33, 2, 3}, [4]int{5, 50, 4, 3}, [4]int{1, 15, 1, 0}, [4]int{2, 1, 2, 1}},
		{[4]int{1, 20, 1, 1}, [4]int{3, 64, 2, 2}, [4]int{2, 16, 1, 1}, [4]int{1, 1, 1, 1}},
	} {
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			size := func(d [4]int) int { return d[0] * d[1] * d[2] * d[3] }
			at := func(i int) int { // where element i of the small one is in the large one
				var k [4]int
				for d := 3; d >= 0; d-- {
					k[d], i = p.Start[d]+i%p.Small[d]*p.Step[d], i/p.Small[d]
				}
				return ((k[0]*p.Large[1]+k[1])*p.Large[2]+k[2])*p.Large[3] + k[3]
			}
			small, large := make([]float32, size(p.Small)), make([]float32, size(p.Large))
			for i := range large {
				large[i] = float32(i + 1)
			}
			placed := make([]float32, len(large))
			for i := range small {
				small[i] = large[at(i)]
				placed[at(i)] = small[i]
			}
			blocked := func(x []float32, d [4]int) []float32 {
				y := make([]float32, BlockedSize(d[0], d[1], d[2], d[3]))
				ToBlocked(y, x, d[0], d[1], d[2], d[3])
				return y
			}
			dirty := func(n int) []float32 {
				y := make([]float32, n)
				for i := range y {
					y[i] = -7
				}
				return y
			}
			got := dirty(p.smallSize())
			Slice(&p, got, blocked(large, p.Large))
			require.Equal(t, blocked(small, p.Small), got)
			got = dirty(p.largeSize())
			Unslice(&p, got, blocked(small, p.Small))
			require.Equal(t, blocked(placed, p.Large), got)
		})
	}
}
