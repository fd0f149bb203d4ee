// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// stripes are images of 8x8 whose class is the direction of their stripes.
func stripes() datasets.Dataset {
	const n = 40
	x, y := make([]float32, n*64), make([]int64, n)
	for i := range x {
		sample, row, column := i/64, i/8%8, i%8
		y[sample] = int64(sample % 2)
		at := row
		if y[sample] == 1 {
			at = column
		}
		x[i] = float32((at+sample/2)%4/2) - 0.5
	}
	return datasets.InMemory(stheno.TensorOf(x, n, 1, 8, 8), stheno.TensorOf(y, n))
}

// newMixed returns a Trainer of a network with batch norm, and its loaders.
func newMixed(mix transforms.BatchTransform) (t *trainers.Trainer, train, val *datasets.Loader) {
	stheno.Seed(1)
	net := models.NewCIFARResNet(8, models.CIFARConfig{Channels: 1, Classes: 2})
	return &trainers.Trainer{
			Model: net, Loss: layers.CrossEntropyLoss{LabelSmoothing: 0.1}, Metrics: []metrics.Metric{metrics.TopK(1)}, Epochs: 4,
			Optimizer: optim.NewSGD(stheno.Parameters(net), 0.02, optim.SGDConfig{Momentum: 0.9}), Accumulate: 2, EMA: 0.5,
		}, &datasets.Loader{Dataset: stripes(), BatchSize: 8, Shuffle: true, Seed: 4, Transform: datasets.Mixed(mix, 2)},
		&datasets.Loader{Dataset: stripes(), BatchSize: 20}
}

// TestMixedBatches: targets are probabilities in training and classes in validation, and
// an interrupted training ends with the bits of a whole one.
func TestMixedBatches(t *testing.T) {
	for _, mix := range []transforms.BatchTransform{transforms.MixUp{Alpha: new(0.2)}, transforms.CutMix{}} {
		whole, train, val := newMixed(mix)
		h, err := whole.Fit(t.Context(), train, val)
		require.NoError(t, err)
		top1, _ := h.Last("val_top1")
		require.Greater(t, top1, 0.9, "%T", mix)

		dir := t.TempDir()
		tr, train, val := newMixed(mix)
		ctx, cancel := context.WithCancel(t.Context())
		tr.Callbacks = []trainers.Callback{
			trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir}),
			{Name: "ctrl-c", StepEnd: func(_ context.Context, s *trainers.State) error {
				if s.Step == 5 {
					cancel()
				}
				return nil
			}},
		}
		_, err = tr.Fit(ctx, train, val)
		require.ErrorIs(t, err, context.Canceled)
		again, train, val := newMixed(mix)
		_, err = again.Resume(dir)
		require.NoError(t, err)
		got, err := again.Fit(t.Context(), train, val)
		require.NoError(t, err)
		require.Equal(t, bits(t, whole.Model), bits(t, again.Model))
		require.Equal(t, figuresOf(h), figuresOf(got))
	}
}

// TestMode: statistics of what is in evaluation mode do not move.
func TestMode(t *testing.T) {
	tr, train, val := newMixed(transforms.MixUp{})
	net := tr.Model.(*models.CIFARResNet)
	tr.Mode = func(m stheno.Module) {
		stheno.Train(m)
		stheno.Eval(net.Layer1)
	}
	tr.Epochs = 1
	before := bits(t, net)
	_, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	after := bits(t, net)
	require.Equal(t, before["layer1.0.bn1.running_mean"], after["layer1.0.bn1.running_mean"])
	require.NotEqual(t, before["layer2.0.bn1.running_mean"], after["layer2.0.bn1.running_mean"])
	require.NotEqual(t, before["layer1.0.conv1.weight"], after["layer1.0.conv1.weight"])
}
