// SPDX-License-Identifier: MIT

package trainers_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// unbounded is a metric whose value is not a number of JSON.
type unbounded float64

func (unbounded) Name() string                               { return "odd" }
func (unbounded) Reset()                                     {}
func (unbounded) Better() metrics.Better                     { return metrics.Lower }
func (unbounded) Update(pred, target *stheno.Variable) error { return nil }
func (u unbounded) Value() float64                           { return float64(u) }
func (u unbounded) State() []float64                         { return []float64{1, float64(u)} }
func (u unbounded) SetState([]float64) error                 { return nil }

// TestMetricsThatAreNotFinite checks that callbacks, logs and checkpoints support them.
func TestMetricsThatAreNotFinite(t *testing.T) {
	for _, value := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		dir := t.TempDir()
		trainer := func(epochs int) *trainers.Trainer {
			tr := newTrainer(1)
			tr.Schedule = nil
			tr.Epochs = epochs
			tr.Metrics = append(tr.Metrics, unbounded(value))
			tr.Callbacks = []trainers.Callback{
				trainers.Progress(&bytes.Buffer{}), trainers.CSVLog(filepath.Join(dir, "a.csv")), trainers.JSONLog(filepath.Join(dir, "a.jsonl")),
				trainers.TensorBoard(dir), charts.LearningCurves(filepath.Join(dir, "a.png")),
				trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir, Monitor: "val_odd", Best: 2}),
				trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: "odd", Patience: new(10)}),
				trainers.ReduceLROnPlateau(optim.NewPlateau(tr.Optimizer, optim.PlateauConfig{}), "odd"),
			}
			return tr
		}
		tr := trainer(2)
		train, val := loaders()
		h, err := tr.Fit(t.Context(), train, val)
		require.NoError(t, err)
		_, err = json.Marshal(h)
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join(dir, "a.jsonl"))
		require.NoError(t, err)
		for line := range bytes.Lines(text) {
			var r trainers.Record
			require.NoError(t, json.Unmarshal(line, &r))
			require.Equal(t, math.Float64bits(value), math.Float64bits(r.Metrics["odd"]))
		}
		again := trainer(3)
		_, err = again.Resume(dir)
		require.NoError(t, err)
		h, err = again.Fit(t.Context(), train, val)
		require.NoError(t, err)
		require.Len(t, h.Epochs, 3)
		require.Equal(t, math.Float64bits(value), math.Float64bits(h.Epochs[0].Metrics["val_odd"]))
	}
}
