// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// A small network learns which points are above a line.
func ExampleTrainer() {
	stheno.Seed(1)
	x, y := make([]float32, 0, 400), make([]int64, 0, 200)
	for i := range 200 {
		a, b := float32(i%20)/10-1, float32(i/20)/5-1
		x, y = append(x, a, b), append(y, 0)
		if b > a/2 {
			y[i] = 1
		}
	}
	data := datasets.InMemory(stheno.TensorOf(x, 200, 2), stheno.TensorOf(y, 200))
	net := models.NewMLP(nil, 2, 16, 2)
	t := trainers.Trainer{
		Model:     net,
		Loss:      layers.CrossEntropyLoss{LabelSmoothing: 0.05},
		Optimizer: optim.NewAdam(stheno.Parameters(net), 0.01, optim.AdamConfig{}),
		Metrics:   []metrics.Metric{metrics.TopK(1)},
		Epochs:    20,
		ClipNorm:  1,
	}
	history, err := t.Fit(context.Background(), &datasets.Loader{Dataset: data, BatchSize: 20, Shuffle: true}, &datasets.Loader{Dataset: data, BatchSize: 50})
	if err != nil {
		panic(err)
	}
	top1, _ := history.Last("val_top1")
	fmt.Println(len(history.Epochs), top1 > 0.95)
	// Output: 20 true
}
