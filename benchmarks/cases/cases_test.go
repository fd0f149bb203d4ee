// SPDX-License-Identifier: MIT

package cases

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// BenchmarkStep times the cases without PyTorch.
func BenchmarkStep(b *testing.B) {
	list, err := All()
	require.NoError(b, err)
	for _, c := range list {
		b.Run(c.Name, func(b *testing.B) {
			timer, err := NewTimer(c)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if err := timer.Step(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(timer.Work*float64(b.N)/b.Elapsed().Seconds(), timer.Unit+"/s")
		})
	}
}

// TestCases sets every case up, the convolutions and models on small images, and runs
// it. The numbers were computed by PyTorch's side, ../pytorch/run.py.
func TestCases(t *testing.T) {
	want := map[string]float64{}
	require.NoError(t, readChecks(want))
	list, err := All()
	require.NoError(t, err)
	for _, c := range list {
		if c.Model == "resnet50" { // as resnet18, and its weights alone take seconds to make
			continue
		}
		c = c.Small()
		timer, err := NewTimer(c)
		require.NoError(t, err, c.Name)
		assert.InEpsilon(t, want[c.Name], timer.Checked, timer.Tolerance, c.Name)
	}
}

func TestMatching(t *testing.T) {
	list, err := Matching("resnet20")
	require.NoError(t, err)
	require.Len(t, list, 3)
	_, err = Matching("ResNet-20")
	require.ErrorContains(t, err, `no case has a name that matches "ResNet-20"`)
	_, err = Matching("(")
	require.ErrorContains(t, err, "--only: ")
}
