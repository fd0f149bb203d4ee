// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// script is a metric with a given value in each epoch.
type script struct {
	name   string
	values []float64
	epoch  *int
}

func (s script) Name() string                               { return s.name }
func (s script) Update(pred, target *stheno.Variable) error { return nil }
func (s script) Value() float64                             { return s.values[min(*s.epoch, len(s.values)-1)] }
func (s script) Reset()                                     {}

// directed is a script with a direction.
type directed struct {
	script
	better metrics.Better
}

func (d directed) Better() metrics.Better { return d.better }

// scripted returns a Trainer whose metric is m, with a callback that counts the epochs.
func scripted(epochs int, make func(epoch *int) metrics.Metric) *trainers.Trainer {
	tr, epoch := newTrainer(1), new(0)
	tr.Epochs, tr.Schedule = epochs, nil
	tr.Metrics = []metrics.Metric{make(epoch)}
	tr.Callbacks = []trainers.Callback{{Name: "count", Last: true, EpochEnd: func(_ context.Context, s *trainers.State) error {
		*epoch = s.Epoch
		return nil
	}}}
	return tr
}

// best returns the names of the best checkpoints.
func best(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "best-*"))
	require.NoError(t, err)
	for i, p := range paths {
		paths[i] = filepath.Base(p)
	}
	return paths
}

func TestTheMetricKnowsWhichWayIsBetter(t *testing.T) {
	values := []float64{3, math.NaN(), 1, 2, 5, 4}
	for _, c := range []struct {
		known, told metrics.Better
		best        string
		epochs      int // before early stopping
		reduced     int // epochs before the rate is reduced
	}{
		{known: metrics.Lower, best: "best-0003.safetensors", epochs: 5, reduced: 5},
		{known: metrics.Higher, best: "best-0005.safetensors", epochs: 3, reduced: 3},
		{told: metrics.Lower, best: "best-0003.safetensors", epochs: 5, reduced: 5},
		{told: metrics.Higher, best: "best-0005.safetensors", epochs: 3, reduced: 3},
		{known: metrics.Higher, told: metrics.Higher, best: "best-0005.safetensors", epochs: 3, reduced: 3},
	} {
		metric := func(epoch *int) metrics.Metric {
			m := script{"mine", values, epoch}
			if c.known == 0 {
				return m
			}
			return directed{m, c.known}
		}
		dir := t.TempDir()
		tr := scripted(6, metric)
		tr.Callbacks = append(tr.Callbacks, trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir, Monitor: "mine", Better: c.told}))
		train, val := loaders()
		h, err := tr.Fit(t.Context(), train, val)
		require.NoError(t, err)
		require.Equal(t, []string{c.best}, best(t, dir))
		if c.known == 0 {
			_, err := h.Best("mine")
			require.ErrorContains(t, err, `is a lower or a higher "mine" better`)
			h.Better["mine"] = c.told
		}
		record, err := h.Best("mine")
		require.NoError(t, err)
		require.Equal(t, c.best, filepath.Base(dirOf(record.Epoch)))

		// The direction is part of the history's JSON.
		text, err := json.Marshal(h)
		require.NoError(t, err)
		var read trainers.History
		require.NoError(t, json.Unmarshal(text, &read))
		again, err := read.Best("mine")
		require.NoError(t, err)
		require.Equal(t, record.Epoch, again.Epoch)

		tr = scripted(6, metric)
		tr.Callbacks = append(tr.Callbacks, trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: "mine", Better: c.told, Patience: new(1)}))
		train, val = loaders()
		h, err = tr.Fit(t.Context(), train, val)
		require.NoError(t, err)
		require.Len(t, h.Epochs, c.epochs)

		tr = scripted(6, metric)
		p := optim.NewPlateau(tr.Optimizer, optim.PlateauConfig{Better: c.told, Patience: new(1)})
		tr.Callbacks = append(tr.Callbacks, trainers.ReduceLROnPlateau(p, "mine"))
		train, val = loaders()
		h, err = tr.Fit(t.Context(), train, val)
		require.NoError(t, err)
		require.InDelta(t, 0.02, h.Epochs[c.reduced-1].Metrics["lr"], 1e-12)
		require.InDelta(t, 0.002, h.Epochs[c.reduced].Metrics["lr"], 1e-12)
	}
}

func dirOf(epoch int) string { return "best-000" + string(rune('0'+epoch)) + ".safetensors" }

// TestLossIsLower monitors the loss without setting a direction.
func TestLossIsLower(t *testing.T) {
	dir := t.TempDir()
	tr := newTrainer(1)
	tr.Epochs, tr.Schedule = 4, nil
	tr.Callbacks = []trainers.Callback{trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir, Monitor: "val_loss"})}
	train, val := loaders()
	h, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	record, err := h.Best("val_loss")
	require.NoError(t, err)
	for _, e := range h.Epochs {
		require.LessOrEqual(t, record.Metrics["val_loss"], e.Metrics["val_loss"])
	}
	require.Equal(t, []string{dirOf(record.Epoch)}, best(t, dir))
	_, err = h.Best("val_lost")
	require.ErrorContains(t, err, `no epoch has a metric "val_lost"`)
	highest, err := h.Best("val_top1")
	require.NoError(t, err)
	for _, e := range h.Epochs {
		require.GreaterOrEqual(t, highest.Metrics["val_top1"], e.Metrics["val_top1"])
	}
}

// TestUnknownDirectionIsAnError expects the error before the first batch, from every callback that
// monitors a metric.
func TestUnknownDirectionIsAnError(t *testing.T) {
	for _, c := range []struct {
		monitor string
		better  metrics.Better
		want    string
	}{
		{"mine", 0, `is a lower or a higher "mine" better`},
		{"val_mine", 0, `is a lower or a higher "val_mine" better`},
		{"lr", 0, `is a lower or a higher "lr" better`},
		{"val_loss", metrics.Higher, `Better is higher, but a lower "val_loss" is better`},
		{"loss", 7, "Better is Better(7), must"},
		{"val_los", 0, `no metric "val_los"`},
	} {
		tr := newTrainer(1)
		for name, callback := range map[string]func() trainers.Callback{
			"checkpoint": func() trainers.Callback {
				return trainers.Checkpoint(trainers.CheckpointConfig{Dir: t.TempDir(), Monitor: c.monitor, Better: c.better})
			},
			"early stopping": func() trainers.Callback {
				return trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: c.monitor, Better: c.better})
			},
			"plateau": func() trainers.Callback {
				return trainers.ReduceLROnPlateau(optim.NewPlateau(tr.Optimizer, optim.PlateauConfig{Better: c.better}), c.monitor)
			},
		} {
			tr.Schedule = nil
			tr.Metrics = []metrics.Metric{script{"mine", []float64{1}, new(0)}}
			tr.Callbacks = []trainers.Callback{callback()}
			train, val := loaders()
			h, err := tr.Fit(t.Context(), train, val)
			require.ErrorIs(t, err, stheno.ErrValue, name)
			require.ErrorContains(t, err, c.want, name)
			require.Empty(t, h.Epochs)
		}
	}
}

// TestPlateauAfterResume checks that a Plateau keeps the direction of its metric.
func TestPlateauAfterResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	rates := func(save int, resume bool) (list []float64) {
		tr := newTrainer(1)
		tr.Epochs, tr.Schedule = 8, nil
		tr.Callbacks = []trainers.Callback{
			trainers.ReduceLROnPlateau(optim.NewPlateau(tr.Optimizer, optim.PlateauConfig{Patience: new(0)}), "val_top1"),
			{Name: "see", EpochEnd: func(_ context.Context, s *trainers.State) error {
				list = append(list, s.LR())
				if s.Epoch == save {
					return s.Save(path)
				}
				return nil
			}},
		}
		if resume {
			_, err := tr.Resume(path)
			require.NoError(t, err)
		}
		train, val := loaders()
		_, err := tr.Fit(t.Context(), train, val)
		require.NoError(t, err)
		return list
	}
	for _, save := range []int{1, 3} {
		whole := rates(save, false)
		require.NotEqual(t, whole[0], whole[7], "the rate was reduced")
		require.Equal(t, whole[save:], rates(0, true))
	}
}
