// SPDX-License-Identifier: MIT

// Package benchmarks holds the cases that stheno and PyTorch are timed on. The
// program in compare runs both sides in turn and writes a table.
package benchmarks

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

//go:embed cases.json
var casesFile []byte

// Case is a training loop, the same on both sides.
type Case struct {
	Name  string  `json:"name"`
	Title string  `json:"title"`
	Kind  string  `json:"kind"` // regression, logistic or classification
	Rows  int     `json:"rows"`
	Sizes []int   `json:"sizes"` // of the layers, inputs first
	LR    float64 `json:"lr"`
	Goal  float64 `json:"goal"` // how many times faster than PyTorch it is meant to be
}

// Cases returns all cases.
func Cases() ([]Case, error) {
	var list []Case
	err := json.Unmarshal(casesFile, &list)
	return list, err
}

// wave returns scale·sin(1.7·(i+1)): data and weights that both sides can make.
func wave(scale float64, shape ...int) *stheno.Tensor {
	data := make([]float32, stheno.Shape(shape).Size())
	for i := range data {
		data[i] = float32(scale * math.Sin(1.7*float64(i+1)))
	}
	return stheno.TensorOf(data, shape...)
}

// Step is one forward and backward pass and an update. It returns the loss before the
// update as a Variable, so that only who wants it reads it.
type Step func() (*stheno.Variable, error)

// Setup returns the loop's body as a user would write it.
func (c Case) Setup() (Step, error) {
	model := models.NewMLP(nil, c.Sizes...)
	for i, l := range model.Layers {
		in, out := c.Sizes[i], c.Sizes[i+1]
		l.Weight = stheno.NewParameter(wave(1/math.Sqrt(float64(in)), out, in))
		l.Bias = stheno.NewParameter(stheno.NewTensor(stheno.Float32, out))
	}
	x := stheno.Var(wave(1, c.Rows, c.Sizes[0]))
	var y *stheno.Variable
	var loss stheno.Loss
	switch c.Kind {
	case "regression":
		y, loss = x.Mul(2).Add(1), layers.MSELoss{}
	case "logistic":
		y, loss = x.Sum(1).Unsqueeze(1).Gt(0).To(stheno.Float32), layers.BCEWithLogitsLoss{}
	case "classification":
		labels := make([]int64, c.Rows)
		for i := range labels {
			labels[i] = int64(i % c.Sizes[len(c.Sizes)-1])
		}
		y, loss = stheno.New(labels), layers.CrossEntropyLoss{}
	default:
		return nil, fmt.Errorf("benchmarks: case %q has the unknown kind %q", c.Name, c.Kind)
	}
	opt := optim.NewSGD(stheno.Parameters(model), optim.SGDConfig{LR: c.LR})
	return func() (*stheno.Variable, error) {
		l := loss.Forward(model.Forward(x), y)
		opt.ZeroGrad()
		if err := l.Backward(); err != nil {
			return nil, err
		}
		return l, opt.Step()
	}, nil
}

// WarmUp is the number of steps after which both sides report their loss.
const WarmUp = 20

// Timer measures one case again and again.
type Timer struct {
	step  Step
	Check float64 // loss of step number WarmUp
}

// NewTimer sets a case up and runs it WarmUp times.
func (c Case) NewTimer() (*Timer, error) {
	step, err := c.Setup()
	if err != nil {
		return nil, err
	}
	t := &Timer{step: step}
	for range WarmUp {
		l, err := step()
		if err != nil {
			return nil, err
		}
		if t.Check, err = l.Item(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Run repeats the step for about d and returns the mean time of one in nanoseconds.
func (t *Timer) Run(d time.Duration) (float64, error) {
	count, begin := 0, time.Now()
	for {
		for range 10 {
			if _, err := t.step(); err != nil {
				return 0, err
			}
		}
		count += 10
		if spent := time.Since(begin); spent > d {
			return float64(spent.Nanoseconds()) / float64(count), nil
		}
	}
}
