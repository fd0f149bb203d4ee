// SPDX-License-Identifier: MIT

package studies

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/digits"
)

// TestRead finds what has been saved, and refuses to mix settings.
func TestRead(t *testing.T) {
	s := &Store{Dir: t.TempDir(), Log: io.Discard}
	save := func(m SigmoidSettings, loss float64) {
		_, err := once(s, seedName(m.Activation, m.Seed), m, func() (SigmoidRun, error) {
			return SigmoidRun{Activation: m.Activation, Seed: m.Seed, Gradients: []float64{1, 1}, Means: []float64{0}, EndGradients: []float64{1}, Loss: loss}, nil
		})
		require.NoError(t, err)
	}
	save(SigmoidSettings{"tanh", 2, 1, 1}, 0.5)
	save(SigmoidSettings{"sigmoid", 2, 1, 2}, 2.5)
	save(SigmoidSettings{"sigmoid", 2, 1, 1}, 2.3)
	save(SigmoidSettings{"sigmoid", 2, 1, 1}, 9) // is not computed again
	list, settings, err := ReadSigmoid(s.Dir)
	require.NoError(t, err)
	require.Equal(t, 2, settings.Depth)
	require.Len(t, list, 3)
	require.Equal(t, []float64{2.3, 2.5, 0.5}, []float64{list[0].Loss, list[1].Loss, list[2].Loss})
	save(SigmoidSettings{"sigmoid", 3, 1, 1}, 2.4)
	_, _, err = ReadSigmoid(s.Dir)
	require.ErrorContains(t, err, "results with the same settings are needed")
}

func TestObservedMLPRunsHooks(t *testing.T) {
	train, _, err := digits.Parts()
	require.NoError(t, err)
	p := newObservedMLP([]activation{relu}, []int{64, 8, 8, 10})
	calls := 0
	defer stheno.RegisterForwardHook(p, func(_ stheno.Module, _, y *stheno.Variable) *stheno.Variable { calls++; return y })()
	_, _, err = p.observe(train)
	require.NoError(t, err)
	require.Equal(t, 1, calls)
}
