// SPDX-License-Identifier: MIT

// Loop trains without a Trainer: batches, a learning rate for each step, clipped gradients
// and an evaluation, in a loop written by hand.
//
//	$ go run ./loop
//	epoch 1: loss 1.01, rate 0.0023, right 0.77
//	epoch 2: loss 0.54, rate 0.0008, right 0.83
//	epoch 3: loss 0.48, rate 0.0000, right 0.84
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

const epochs = 3

// trainEpoch makes one step for each batch and returns the mean loss.
func trainEpoch(ctx context.Context, net stheno.Module, opt optim.Optimizer, schedule optim.Schedule, l *datasets.Loader) (float64, error) {
	if err := stheno.Train(net); err != nil {
		return 0, err
	}
	loss, total, step := layers.CrossEntropyLoss{}, 0.0, l.Epoch()*l.Len()
	for batch, err := range l.All(ctx) {
		if err != nil {
			return 0, err
		}
		optim.Apply(opt, schedule, step, l.Len())
		step++
		opt.ZeroGrad()
		v := loss.Forward(stheno.Call(net, batch.X), batch.Y)
		if err := v.Backward(); err != nil {
			return 0, err
		}
		if _, err := optim.ClipGradNorm(stheno.Parameters(net), 1, 2); err != nil {
			return 0, err
		}
		if err := opt.Step(); err != nil {
			return 0, err
		}
		x, err := v.Item() // the value of the loss, known since Backward
		if err != nil {
			return 0, err
		}
		total += x
	}
	return total / float64(l.Len()), nil
}

// accuracy returns the fraction of pictures that net classifies correctly.
func accuracy(ctx context.Context, net stheno.Module, l *datasets.Loader) (float64, error) {
	if err := stheno.Eval(net); err != nil { // dropout off, statistics of the training
		return 0, err
	}
	right, n := 0.0, 0
	for batch, err := range l.All(ctx) {
		if err != nil {
			return 0, err
		}
		x, err := stheno.Call(net, batch.X).ArgMax(1).Eq(batch.Y).Sum().Item()
		if err != nil {
			return 0, err
		}
		right, n = right+x, n+len(batch.Index)
	}
	return right / float64(n), nil
}

func run(ctx context.Context) error {
	c := datasets.ImageFolderConfig{Transform: transforms.Compose{transforms.Grayscale(1), transforms.ToTensor()}}
	train, err := fashion.Train(c)
	if err != nil {
		return err
	}
	test, err := fashion.Test(c)
	if err != nil {
		return err
	}
	stheno.Seed(1)
	net := layers.Sequential{layers.Flatten{}, layers.NewDropout(0.1), models.NewMLP(nil, 28*28, 128, 10)}
	opt := optim.NewAdamW(stheno.Parameters(net), 0.003, optim.AdamConfig{})
	schedule := optim.Warmup(0.5, optim.Cosine(epochs)) // up in half an epoch, then down to 0
	trainLoader := &datasets.Loader{Dataset: train, BatchSize: 100, Shuffle: true, Seed: 1}
	testLoader := &datasets.Loader{Dataset: test, BatchSize: 500}
	for epoch := range epochs {
		loss, err := trainEpoch(ctx, net, opt, schedule, trainLoader)
		if err != nil {
			return err
		}
		right, err := accuracy(ctx, net, testLoader)
		if err != nil {
			return err
		}
		fmt.Printf("epoch %d: loss %.2f, rate %.4f, right %.2f\n", epoch+1, loss, opt.LR(), right)
	}
	return nil
}

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
