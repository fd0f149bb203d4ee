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

// noisy is an autoencoder that returns the size of its code beside the output.
type noisy struct{ Encoder, Decoder *layers.Linear }

func (m *noisy) Forward(x *stheno.Variable) *stheno.Variable {
	out, _ := m.codes(x)
	return out
}

func (m *noisy) codes(x *stheno.Variable) (out, size *stheno.Variable) {
	code := stheno.Call(m.Encoder, x)
	return stheno.Call(m.Decoder, code.Add(stheno.RandnLike(code).Mul(0.1))), code.Square().Mean()
}

// A Step computes a loss of two parts, and a figure of its own.
func ExampleTrainer_step() {
	stheno.Seed(1)
	x := stheno.Must(stheno.Randn(64, 2).MatMul(stheno.Randn(2, 8)).Tensor())
	net := &noisy{layers.NewLinear(8, 2), layers.NewLinear(2, 8)}
	t := trainers.Trainer{
		Model: net, Optimizer: optim.NewAdam(stheno.Parameters(net), 0.02, optim.AdamConfig{}), Epochs: 40,
		Step: func(b datasets.Batch) trainers.Output {
			out, size := net.codes(b.X)
			return trainers.Output{Loss: out.MSELoss(b.X).Add(size.Mul(0.01)), Figures: map[string]*stheno.Variable{"size": size}}
		},
	}
	history, err := t.Fit(context.Background(), &datasets.Loader{Dataset: datasets.InMemory(x, nil), BatchSize: 16, Shuffle: true}, nil)
	if err != nil {
		panic(err)
	}
	loss, _ := history.Last("loss")
	size, _ := history.Last("size")
	fmt.Println(loss < 0.3*history.Epochs[0].Metrics["loss"], size > 0)
	// Output: true true
}

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

// The rate to begin with is looked for before the training.
func ExampleTrainer_FindLR() {
	stheno.Seed(1)
	x, y := make([]float32, 100), make([]float32, 100)
	for i := range x {
		x[i] = float32(i)/50 - 1
		y[i] = 2 * x[i]
	}
	train := &datasets.Loader{Dataset: datasets.InMemory(stheno.TensorOf(x, 100, 1), stheno.TensorOf(y, 100, 1)), BatchSize: 25, Shuffle: true}
	net := layers.NewLinear(1, 1)
	t := trainers.Trainer{Model: net, Loss: layers.MSELoss{}, Optimizer: optim.NewSGD(stheno.Parameters(net), 1, optim.SGDConfig{})}
	r, err := t.FindLR(context.Background(), train, trainers.LRRangeConfig{From: 1e-4, To: 10})
	if err != nil {
		panic(err)
	}
	t.Optimizer.SetLR(r.Suggestion)
	fmt.Println(r.Suggestion > 1e-3, r.Suggestion < 3, r.Diverged)
	// Output: true true true
}
