// SPDX-License-Identifier: MIT

package benchmarks

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkStep times the loops without PyTorch.
func BenchmarkStep(b *testing.B) {
	cases, err := Cases()
	require.NoError(b, err)
	for _, c := range cases {
		b.Run(c.Name, func(b *testing.B) {
			timer, err := c.NewTimer()
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := timer.step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestCasesLearn(t *testing.T) {
	cases, err := Cases()
	require.NoError(t, err)
	for _, c := range cases {
		step, err := c.Setup()
		require.NoError(t, err)
		first, err := step()
		require.NoError(t, err)
		before, err := first.Item()
		require.NoError(t, err)
		timer, err := c.NewTimer()
		require.NoError(t, err)
		require.Less(t, timer.Check, before, c.Name)
	}
}
