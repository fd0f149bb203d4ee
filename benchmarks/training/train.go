// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	tf "github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

const batch = 128

// train is our side, as a user would write it.
func train(ctx context.Context, data string, seed uint64, epochs int) ([]epoch, error) {
	stheno.Seed(seed)
	plain := tf.Compose{tf.ToTensor(), tf.Normalize([3]float32{0.4914, 0.4822, 0.4465}, [3]float32{0.2470, 0.2435, 0.2616})}
	trainSet, err := datasets.NewImageFolder(filepath.Join(data, "train"), datasets.ImageFolderConfig{
		Transform: tf.Compose{tf.RandomCrop(32, 4), tf.RandomHorizontalFlip(0.5), plain}})
	if err != nil {
		return nil, err
	}
	testSet, err := datasets.NewImageFolder(filepath.Join(data, "test"), datasets.ImageFolderConfig{Transform: plain})
	if err != nil {
		return nil, err
	}
	model := models.NewCIFARResNet(20, models.CIFARConfig{})
	rise := 0.25 * float64(epochs)
	t := trainers.Trainer{
		Model: model, Loss: layers.CrossEntropyLoss{}, Epochs: epochs,
		Optimizer: optim.NewSGD(stheno.Parameters(model), optim.SGDConfig{LR: 0.1, Momentum: 0.9, WeightDecay: 1e-4}),
		Schedule: optim.Lambda(func(epoch float64) float64 { // a line up for a quarter of the time, then one down
			if epoch < rise {
				return 0.05 + 0.95*epoch/rise
			}
			return max(1-(epoch-rise)/(float64(epochs)-rise), 0.002)
		}),
		EveryStep: true,
		Metrics:   []metrics.Metric{metrics.TopK(1)},
		Callbacks: []trainers.Callback{trainers.Progress(os.Stderr)},
	}
	history, err := t.Fit(ctx,
		&datasets.Loader{Dataset: trainSet, BatchSize: batch, Shuffle: true, DropLast: true, Seed: seed, Workers: 2},
		&datasets.Loader{Dataset: testSet, BatchSize: 250, Workers: 2})
	if err != nil {
		return nil, err
	}
	var list []epoch
	for _, e := range history.Epochs {
		list = append(list, epoch{TrainLoss: e.Metrics["loss"], Accuracy: e.Metrics["val_top1"], Loss: e.Metrics["val_loss"],
			Seconds: e.Seconds, Images: trainSet.Len() / batch * batch})
	}
	return list, nil
}
