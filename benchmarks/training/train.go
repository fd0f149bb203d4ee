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

const (
	batch           = 128
	momentum, decay = 0.9, 1e-4
)

// ours is our side, as a user would write it.
type ours struct {
	trainers.Trainer
	train, test *datasets.Loader
}

func newOurs(data string, seed uint64, epochs int) (*ours, error) {
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
	return &ours{
		Trainer: trainers.Trainer{
			Model: model, Loss: layers.CrossEntropyLoss{}, Epochs: epochs,
			Optimizer: optim.NewSGD(stheno.Parameters(model), 0.1, optim.SGDConfig{Momentum: momentum, WeightDecay: decay}),
			Schedule: optim.Lambda(func(epoch float64) float64 { // a line up for a quarter of the time, then one down
				if epoch < rise {
					return 0.05 + 0.95*epoch/rise
				}
				return max(1-(epoch-rise)/(float64(epochs)-rise), 0.002)
			}),
			EveryStep: true,
			Metrics:   []metrics.Metric{metrics.TopK(1)},
			Callbacks: []trainers.Callback{trainers.Progress(os.Stderr)},
		},
		train: &datasets.Loader{Dataset: trainSet, BatchSize: batch, Shuffle: true, DropLast: true, Seed: seed, Workers: new(2)},
		test:  &datasets.Loader{Dataset: testSet, BatchSize: 250, Workers: new(2)},
	}, nil
}

// fit trains, and returns the epochs.
func (o *ours) fit(ctx context.Context) ([]epoch, error) {
	history, err := o.Fit(ctx, o.train, o.test)
	if err != nil {
		return nil, err
	}
	var list []epoch
	for _, e := range history.Epochs {
		list = append(list, epoch{TrainLoss: e.Metrics["loss"], Accuracy: e.Metrics["val_top1"], Loss: e.Metrics["val_loss"],
			Seconds: e.Seconds, Images: o.train.Len() * batch})
	}
	return list, nil
}
