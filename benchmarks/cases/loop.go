// SPDX-License-Identifier: MIT

package cases

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

// loop is the training loop of a small network; the check is its loss.
func (c Case) loop() (*Task, error) {
	model := models.NewMLP(nil, c.Sizes...)
	for i := range model.Layers {
		in, out := c.Sizes[i], c.Sizes[i+1]
		model.Layers[i] = &layers.Linear{
			Weight: stheno.NewParameter(wave(1/math.Sqrt(float64(in)), out, in)),
			Bias:   stheno.NewParameter(stheno.NewTensor(stheno.Float32, out)),
		}
	}
	x := stheno.FromTensor(wave(1, c.Rows, c.Sizes[0]))
	var y *stheno.Variable
	var loss stheno.Loss
	switch c.Loss {
	case "regression":
		y, loss = x.Mul(2).Add(1), layers.MSELoss{}
	case "logistic":
		y, loss = x.Sum(1).Unsqueeze(1).Gt(0).To(stheno.Float32), layers.BCEWithLogitsLoss{}
	case "classification":
		y, loss = labels(c.Rows, c.Sizes[len(c.Sizes)-1]), layers.CrossEntropyLoss{}
	default:
		return nil, fmt.Errorf("benchmarks: case %q has the unknown loss %q", c.Name, c.Loss)
	}
	return training(model, loss, optim.NewSGD(stheno.Parameters(model), c.LR, optim.SGDConfig{}), x, y, 20, 1, "step"), nil
}

// labels returns 0, 1, …, classes-1, 0, 1, …
func labels(n, classes int) *stheno.Variable {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(i % classes)
	}
	return stheno.New(list)
}

// training is the loop that both kinds of network share.
func training(model stheno.Module, loss stheno.Loss, opt *optim.SGD, x, y *stheno.Variable, warmUp int, work float64, unit string) *Task {
	var last *stheno.Variable
	step := func() error {
		last = loss.Forward(model.Forward(x), y)
		opt.ZeroGrad()
		if err := last.Backward(); err != nil {
			return err
		}
		return opt.Step()
	}
	planned := func() (debug.PlannedMemory, error) { return debug.BackwardMemory(loss.Forward(model.Forward(x), y)) }
	return &Task{Step: step, Check: func() (float64, error) { return last.Item() }, Tolerance: 1e-4, WarmUp: warmUp, Work: work, Unit: unit, Memory: planned}
}
