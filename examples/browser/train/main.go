// SPDX-License-Identifier: MIT

// Train makes ../garments/weights.safetensors.
//
//	$ go run ./browser/train browser/garments/weights.safetensors
//	88.8 % of the test pictures are right
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/examples/browser/garments"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

func run(path string) error {
	plain := transforms.Compose{transforms.Grayscale(1), transforms.ToTensor()}
	train, err := fashion.Train(datasets.ImageFolderConfig{
		// Drawings are not as well placed as photographs.
		Transform: transforms.Compose{transforms.RandomAffine(4, transforms.Translate(0.05, 0.05), transforms.Scale(0.9, 1.1)), transforms.RandomHorizontalFlip(0.5), plain},
	})
	if err != nil {
		return err
	}
	test, err := fashion.Test(datasets.ImageFolderConfig{Transform: plain})
	if err != nil {
		return err
	}
	stheno.Seed(1)
	net := garments.New()
	const epochs = 12
	t := trainers.Trainer{
		Model: net, Loss: layers.CrossEntropyLoss{LabelSmoothing: 0.05}, Epochs: epochs,
		Optimizer: optim.NewAdam(stheno.Parameters(net), 0.003, optim.AdamConfig{}),
		Schedule:  optim.Cosine(epochs), EveryStep: true,
		Metrics:   []metrics.Metric{metrics.TopK(1)},
		Callbacks: []trainers.Callback{trainers.Progress(os.Stderr)},
	}
	ctx := context.Background()
	if _, err := t.Fit(ctx, &datasets.Loader{Dataset: train, BatchSize: 64, Shuffle: true, Seed: 1}, nil); err != nil {
		return err
	}
	figures, err := t.Evaluate(ctx, &datasets.Loader{Dataset: test, BatchSize: 250})
	if err != nil {
		return err
	}
	fmt.Printf("%.1f %% of the test pictures are right\n", 100*figures["top1"])

	return stheno.Save(path, net)
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run ./browser/train browser/garments/weights.safetensors")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
