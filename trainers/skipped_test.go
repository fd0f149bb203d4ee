// SPDX-License-Identifier: MIT

package trainers_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
)

// damaged returns an error for some samples.
type damaged struct {
	spirals
	bad map[int]bool
}

func (d damaged) At(i int, r *rand.Rand) (datasets.Sample, error) {
	if d.bad[i] {
		return datasets.Sample{}, errors.New("broken")
	}
	return d.spirals.At(i, r)
}

// TestSkippedSamplesAreCounted skips the last batch of an epoch and other samples. An epoch that is
// interrupted and resumed has the counts of an uninterrupted one.
func TestSkippedSamplesAreCounted(t *testing.T) {
	bad := map[int]bool{3: true, 40: true, 96: true, 97: true, 98: true, 99: true}
	newLoaders := func() (train, val *datasets.Loader) {
		return &datasets.Loader{Dataset: damaged{spirals{100, 0.05}, bad}, BatchSize: 16, SkipCorrupt: true},
			&datasets.Loader{Dataset: damaged{spirals{40, 0}, map[int]bool{7: true}}, BatchSize: 16, SkipCorrupt: true}
	}
	dir := t.TempDir()
	var out bytes.Buffer
	tr := newTrainer(1)
	tr.Callbacks = []trainers.Callback{trainers.Progress(&out), trainers.CSVLog(filepath.Join(dir, "log.csv"))}
	train, val := newLoaders()
	want, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	for _, e := range want.Epochs {
		require.Equal(t, 6.0, e.Metrics["skipped"])
		require.Equal(t, 1.0, e.Metrics["val_skipped"])
	}
	require.Equal(t, 4, strings.Count(out.String(), "  skipped 6  val_loss "), out.String())
	require.Equal(t, 4, strings.Count(out.String(), "  val_skipped 1  lr "))
	csv, err := os.ReadFile(filepath.Join(dir, "log.csv"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(csv), "epoch,step,loss,top1,skipped,val_loss,val_top1,val_skipped,lr\n"), string(csv))
	require.Len(t, charts.Curves(want), 3, "loss, top1 and the learning rate")

	for _, stop := range []int{1, 3, 6} { // within the second epoch; after 6 batches only validation is left
		again := newTrainer(1)
		path := filepath.Join(dir, "state.safetensors")
		again.Callbacks = []trainers.Callback{{Name: "stop", StepEnd: func(_ context.Context, s *trainers.State) error {
			if s.Epoch == 1 && s.Batch == stop {
				return errors.Join(s.Save(path), trainers.ErrStop)
			}
			return nil
		}}}
		train, val = newLoaders()
		_, err = again.Fit(t.Context(), train, val)
		require.NoError(t, err)
		resumed := newTrainer(2)
		_, err = resumed.Resume(path)
		require.NoError(t, err)
		train, val = newLoaders()
		got, err := resumed.Fit(t.Context(), train, val)
		require.NoError(t, err)
		for i, e := range got.Epochs {
			require.Equal(t, want.Epochs[i].Metrics, e.Metrics, "epoch %d, stopped after batch %d", i+1, stop)
		}
	}
}

// TestNothingIsSkippedUnasked checks that there is no "skipped" without SkipCorrupt.
func TestNothingIsSkippedUnasked(t *testing.T) {
	train, val := loaders()
	h, err := newTrainer(1).Fit(t.Context(), train, val)
	require.NoError(t, err)
	require.NotContains(t, h.Epochs[0].Metrics, "skipped")
	require.NotContains(t, h.Epochs[0].Metrics, "val_skipped")
}
