// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/digits"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// batch returns the images at index, of shape (len(index), pixels), and their classes.
func batch(p digits.Part, index []int) (x, y *stheno.Variable) {
	images, labels := p.Select(index)
	return stheno.FromTensor(stheno.TensorOf(images, len(index), digits.Pixels)), stheno.FromTensor(stheno.TensorOf(labels, len(index)))
}

// trainDigits trains a classifier on the embedded digits.
func trainDigits(ctx context.Context, o trainOptions) error {
	if o.data != "" {
		return usagef("%s is trained on the embedded digits: --data is a table for linear and logistic, a folder of images for the other models", o.model)
	}
	train, test, err := digits.Parts()
	if err != nil {
		return err
	}
	sizes := []int{digits.Pixels, digits.Classes}
	if o.model == "mlp" {
		sizes = []int{digits.Pixels, 128, 64, digits.Classes}
	}
	model := models.NewMLP(layers.ReLU{}, sizes...)
	opt := optim.NewAdam(stheno.Parameters(model), o.rateOr(1e-3), optim.AdamConfig{})
	epochs := 60
	if o.quick {
		epochs = 10
	}
	epochs = or(o.epochs, epochs)
	const batchSize = 32
	batches := (train.Len() + batchSize - 1) / batchSize
	bar := progress(epochs*batches, "batches")
	order := stheno.NewGenerator(o.seed)
	var h history
	begin := time.Now()
	for epoch := 1; epoch <= epochs && ctx.Err() == nil; epoch++ {
		sum := 0.0
		for index := range slices.Chunk(order.Perm(train.Len()), batchSize) {
			x, y := batch(train, index)
			loss := layers.CrossEntropyLoss{}.Forward(stheno.Call(model, x), y)
			opt.ZeroGrad()
			if err := loss.Backward(); err != nil {
				return err
			}
			if err := opt.Step(); err != nil {
				return err
			}
			value, err := loss.Item()
			if err != nil {
				return err
			}
			sum += value * float64(len(index)) / float64(train.Len())
			_ = bar.Add(1) // a progress bar that cannot be drawn is harmless
		}
		confusion, err := evaluate(model, test)
		if err != nil {
			return err
		}
		accuracy := confusion.Value()
		h.epoch, h.loss, h.accuracy = append(h.epoch, float64(epoch)), append(h.loss, sum), append(h.accuracy, accuracy)
		if epoch%max(1, epochs/10) == 0 || ctx.Err() != nil {
			_ = bar.Clear()
			fmt.Fprintf(o.w, "epoch %d/%d  loss %.4f  test accuracy %.4f\n", epoch, epochs, sum, accuracy)
		}
	}
	_ = bar.Finish()
	confusion, err := evaluate(model, test)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.w, "%s: %.2f %% of %d test digits right, trained on %d in %.1f s\n", o.model, 100*confusion.Value(), test.Len(), train.Len(), time.Since(begin).Seconds())
	savePicture(o.w, filepath.Join(o.out, o.model+".png"), digitsPicture(h, confusion)...)
	if err := saveModel(o, o.model+".safetensors", model); err != nil {
		return err
	}
	return ctx.Err()
}

// history is the data of the learning curve.
type history struct{ epoch, loss, accuracy []float64 }

// evaluate returns the confusion matrix of the model on p.
func evaluate(model stheno.Module, p digits.Part) (*metrics.Confusion, error) {
	x := stheno.FromTensor(stheno.TensorOf(p.Images, p.Len(), digits.Pixels))
	y := stheno.FromTensor(stheno.TensorOf(p.Labels, p.Len()))
	stheno.Eval(model)
	defer stheno.Train(model)
	m := metrics.NewConfusion(digits.Classes)
	return m, m.Update(stheno.Call(model, x), y)
}
