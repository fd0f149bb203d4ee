// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
)

// rootLoss has a finite value and, after some calls, the gradient NaN of the square root at 0.
type rootLoss struct {
	after int
	n     *int
}

func (l rootLoss) Forward(pred, y *stheno.Variable) *stheno.Variable {
	*l.n++
	loss := layers.CrossEntropyLoss{}.Forward(pred, y)
	if *l.n > l.after {
		return loss.Add(pred.Mul(0).Sqrt().Sum())
	}
	return loss
}

// TestSpoiltModelIsNotSaved checks that NaN does not overwrite the last checkpoint.
func TestSpoiltModelIsNotSaved(t *testing.T) {
	for _, clip := range []float64{0, 1} {
		dir := t.TempDir()
		tr := newTrainer(1)
		tr.ClipNorm = clip
		tr.SkipDryRun = true
		tr.Loss = rootLoss{after: 9, n: new(int)}
		tr.Callbacks = []trainers.Callback{trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir, Steps: 1})}
		train, _ := loaders()
		h, err := tr.Fit(t.Context(), train, nil)
		require.Len(t, h.Epochs, 1)
		if clip > 0 {
			require.ErrorContains(t, err, "the norm of the gradients is NaN in epoch 2, batch 3 of 7")
		} else {
			require.ErrorContains(t, err, `save: "0.weight" contains NaN or infinity after step 10, in epoch 2`)
		}
		again := newTrainer(1)
		warning, err := again.Resume(dir)
		require.NoError(t, err)
		require.Empty(t, warning)
		h, err = again.Fit(t.Context(), train, nil)
		require.NoError(t, err)
		require.Len(t, h.Epochs, 4)
	}
}

// TestFitEndFollowsFitStart checks that FitEnd is called even if another callback fails.
func TestFitEndFollowsFitStart(t *testing.T) {
	ended := 0
	tr := newTrainer(1)
	tr.Callbacks = []trainers.Callback{
		{Name: "opens", FitEnd: func(_ context.Context, s *trainers.State) error {
			require.True(t, s.Failed())
			ended++
			return nil
		}},
		{Name: "fails", FitStart: func(context.Context, *trainers.State) error { return errors.New("no") }},
	}
	train, _ := loaders()
	_, err := tr.Fit(t.Context(), train, nil)
	require.ErrorContains(t, err, "callback fails: FitStart: no")
	require.Equal(t, 1, ended)
}

// TestFitAgain checks that a second Fit does not call FitEnd of the first.
func TestFitAgain(t *testing.T) {
	tr, fail := newTrainer(1), false
	tr.Epochs = 1
	tr.Callbacks = []trainers.Callback{
		{Name: "fails", FitStart: func(context.Context, *trainers.State) error {
			if fail {
				return errors.New("no")
			}
			return nil
		}},
		trainers.TensorBoard(t.TempDir()),
	}
	train, _ := loaders()
	_, err := tr.Fit(t.Context(), train, nil)
	require.NoError(t, err)
	fail = true
	_, err = tr.Fit(t.Context(), train, nil)
	require.EqualError(t, err, "trainers: callback fails: FitStart: no")
}

// TestCancelledAtAnEpochsEnd checks that the next epoch does not begin, and that Resume continues.
func TestCancelledAtAnEpochsEnd(t *testing.T) {
	dir := t.TempDir()
	whole, train := newTrainer(3), must2(loaders())
	_, err := whole.Fit(t.Context(), train, nil)
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	tr := newTrainer(3)
	tr.Callbacks = []trainers.Callback{
		trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir}),
		{Name: "ctrl-c", EpochEnd: func(context.Context, *trainers.State) error { cancel(); return nil }},
	}
	h, err := tr.Fit(ctx, train, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, h.Epochs, 1)

	again := newTrainer(3)
	_, err = again.Resume(dir)
	require.NoError(t, err)
	steps := 0
	again.Callbacks = []trainers.Callback{{Name: "count", StepEnd: func(context.Context, *trainers.State) error { steps++; return nil }}}
	_, err = again.Fit(t.Context(), train, nil)
	require.NoError(t, err)
	require.Equal(t, 3*7, steps)
	require.Equal(t, bits(t, whole.Model), bits(t, again.Model))

	_, err = os.Stat(filepath.Join(dir, "last.safetensors"))
	require.NoError(t, err)
	fresh := newTrainer(3)
	before := bits(t, fresh.Model)
	fresh.Callbacks = []trainers.Callback{{Name: "count", StepEnd: func(context.Context, *trainers.State) error { t.Error("a step"); return nil }}}
	fresh.SkipDryRun = true
	_, err = fresh.Fit(ctx, train, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, before, bits(t, fresh.Model))
}

func must2[A, B any](a A, _ B) A { return a }
