// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// slope is samples whose target is 2x.
type slope struct{}

func (slope) Len() int { return 40 }
func (slope) At(i int, _ *rand.Rand) (datasets.Sample, error) {
	x := float32(i)/20 - 1
	return datasets.Sample{X: stheno.TensorOf([]float32{x}), Y: stheno.TensorOf([]float32{2 * x})}, nil
}

// TestFindLR: gradient descent of mean squares of data with a second moment of about 1/3
// diverges from a rate of 3 on. The suggestion is below that, and nothing has changed.
func TestFindLR(t *testing.T) {
	stheno.Seed(1)
	net := layers.Sequential{layers.NewLinear(1, 1), layers.NewBatchNorm1d(1, layers.Affine(false))}
	plain := layers.NewLinear(1, 1)
	for _, m := range []stheno.Module{plain, net} {
		opt := optim.NewSGD(stheno.Parameters(m), 0.25, optim.SGDConfig{Momentum: 0.5})
		called := false
		tr := &trainers.Trainer{Model: m, Loss: layers.MSELoss{}, Optimizer: opt, Epochs: 3,
			Callbacks: []trainers.Callback{{Name: "x", StepEnd: func(context.Context, *trainers.State) error { called = true; return nil }}}}
		load := &datasets.Loader{Dataset: slope{}, BatchSize: 10, Shuffle: true}
		before, state := bits(t, m), opt.State()
		seed, counter := stheno.DefaultGenerator().State()
		r, err := tr.FindLR(t.Context(), load, trainers.LRRangeConfig{From: 1e-3, To: 1e3, Smoothing: new(0.5)})
		require.NoError(t, err)
		require.Equal(t, before, bits(t, m))
		for i, e := range opt.State() {
			require.Equal(t, state[i].Name, e.Name)
			require.Equal(t, state[i].Tensor.Floats(), e.Tensor.Floats(), e.Name)
		}
		after, count := stheno.DefaultGenerator().State()
		require.Equal(t, [2]uint64{seed, counter}, [2]uint64{after, count})
		require.Equal(t, datasets.LoaderState{}, load.State())
		require.False(t, called)
		if m != stheno.Module(plain) {
			continue
		}
		require.True(t, r.Diverged)
		require.Less(t, len(r.LR), 100)
		require.Len(t, r.Smoothed, len(r.LR))
		require.InDelta(t, 1e-3, r.LR[0], 1e-12)
		require.InDelta(t, math.Pow(10, 6.0/99), r.LR[1]/r.LR[0], 1e-9)
		require.InDelta(t, r.Loss[0], r.Smoothed[0], 1e-12, "the bias is corrected")
		require.InDelta(t, (r.Loss[0]*0.25+r.Loss[1]*0.5)/0.75, r.Smoothed[1], 1e-9)
		require.Greater(t, r.Suggestion, 1e-3)
		require.Less(t, r.Suggestion, 3.0)

		// Training with the suggestion learns.
		opt.SetLR(r.Suggestion)
		_, err = tr.Fit(t.Context(), load, nil)
		require.NoError(t, err)
	}
}

// TestFindLREndsWithNaN: a loss that is not a number is a divergence.
func TestFindLREndsWithNaN(t *testing.T) {
	m := layers.NewLinear(1, 1)
	tr := &trainers.Trainer{Model: m, Loss: layers.MSELoss{}, Optimizer: optim.NewSGD(stheno.Parameters(m), 1, optim.SGDConfig{})}
	before := bits(t, m)
	r, err := tr.FindLR(t.Context(), &datasets.Loader{Dataset: slope{}, BatchSize: 40}, trainers.LRRangeConfig{From: 1e30, To: 1e38, Steps: 9})
	require.NoError(t, err)
	require.True(t, r.Diverged)
	require.Zero(t, r.Suggestion)
	require.Equal(t, before, bits(t, m))
}

func TestFindLRErrors(t *testing.T) {
	m := layers.NewLinear(1, 1)
	made := func(lr float64) *trainers.Trainer {
		return &trainers.Trainer{Model: m, Loss: layers.MSELoss{}, Optimizer: optim.NewSGD(stheno.Parameters(m), lr, optim.SGDConfig{})}
	}
	load := &datasets.Loader{Dataset: slope{}, BatchSize: 10}
	for text, c := range map[string]trainers.LRRangeConfig{
		"the rates go from 1 to 0.5":   {From: 1, To: 0.5},
		"1 steps, expected at least 2": {Steps: 1},
		"Smoothing is 1":               {Smoothing: new(1.0)},
		"Diverge is 1":                 {Diverge: 1},
	} {
		_, err := made(1).FindLR(t.Context(), load, c)
		require.ErrorContains(t, err, text)
		require.ErrorIs(t, err, stheno.ErrValue)
	}
	_, err := made(0).FindLR(t.Context(), load, trainers.LRRangeConfig{})
	require.ErrorContains(t, err, "initial learning rate of the Optimizer is 0")
	_, err = made(1).FindLR(t.Context(), nil, trainers.LRRangeConfig{})
	require.Error(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = made(1).FindLR(ctx, load, trainers.LRRangeConfig{})
	require.ErrorIs(t, err, context.Canceled)
}
