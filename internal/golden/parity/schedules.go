// SPDX-License-Identifier: MIT

package parity

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// Rates is a schedule and the learning rate that it scales.
type Rates struct {
	Base     float64
	Schedule optim.Schedule
}

var threePhases = optim.OneCycleConfig{Epochs: 60, PctStart: new(0.2), Linear: true, ThreePhase: true, DivFactor: new(10.0), FinalDivFactor: new(100.0)}

var (
	triangles = optim.CyclicConfig{Up: 7}
	halved    = optim.CyclicConfig{Up: 7, Down: 11, Mode: optim.Triangular2, BaseMomentum: new(0.5), MaxMomentum: new(0.95)}
	shrinking = optim.CyclicConfig{Up: 9, Down: 4, Mode: optim.ExpRange, Gamma: new(0.97)}
)

// Schedules has a row for every case of the fixture but the plateaus.
var Schedules = map[string]Rates{
	"constant":                    {0.1, optim.Constant(0.5, 7)},
	"step":                        {0.1, optim.Step(13, 0.3)},
	"multi_step":                  {0.1, optim.MultiStep(0.2, 5, 20, 21, 50)},
	"exponential":                 {0.1, optim.Exponential(0.93)},
	"linear":                      {0.1, optim.Linear(0.1, 0.8, 20)},
	"cosine":                      {0.1, optim.Above(0.01, optim.Cosine(60))},
	"cosine_short":                {0.1, optim.Cosine(25)},
	"cosine_restarts":             {0.1, optim.Above(0.01, optim.CosineRestarts(10, 2))},
	"polynomial":                  {0.1, optim.Polynomial(40, 2)},
	"warmup_cosine":               {0.1, optim.Sequential([]optim.Schedule{optim.Linear(0.01, 1, 5), optim.Cosine(55)}, 5)},
	"one_cycle":                   {0.5, optim.OneCycle(optim.OneCycleConfig{Epochs: 60})},
	"one_cycle/momentum":          {1, optim.OneCycleMomentum(optim.OneCycleConfig{Epochs: 60})},
	"one_cycle_linear_3":          {0.5, optim.OneCycle(threePhases)},
	"one_cycle_linear_3/momentum": {1, optim.OneCycleMomentum(threePhases)},
	"multiplicative":              {0.1, optim.Multiplicative(func(e int) float64 { return 0.9 + 0.1/float64(e) })},
	"chained":                     {0.1, optim.Chained(optim.Constant(0.3, 6), optim.Exponential(0.95), optim.Step(20, 0.5))},
	"cyclic":                      {0.5, optim.Above(0.02, optim.Cyclic(triangles))},
	"cyclic/momentum":             {1, optim.CyclicMomentum(triangles)},
	"cyclic_2":                    {0.5, optim.Above(0.02, optim.Cyclic(halved))},
	"cyclic_2/momentum":           {1, optim.CyclicMomentum(halved)},
	"cyclic_exp":                  {0.5, optim.Above(0.02, optim.Cyclic(shrinking))},
	"cyclic_exp/momentum":         {1, optim.CyclicMomentum(shrinking)},
	"swa":                         {0.1, optim.Anneal(1, 0.2, 15)},
	"swa_linear":                  {0.1, optim.Linear(1, 3, 15)},
	"lambda":                      {0.1, optim.Lambda(func(e float64) float64 { return math.Pow(0.95, e) })},
}

// Plateaus has the others.
var Plateaus = map[string]optim.PlateauConfig{
	"plateau":         {Factor: new(0.5), Patience: new(2)},
	"plateau_options": {Better: metrics.Higher, Factor: new(0.3), Patience: new(1), Threshold: new(0.05), Absolute: true, Cooldown: 3, MinLR: 0.002},
}

// Schedule compares the learning rates of 60 epochs.
func Schedule(name string) *Check {
	c := &Check{Group: "schedules", Case: name, DType: stheno.Float64, Bound: 1e-9}
	r, ok := Schedules[name]
	if !ok {
		return c.fail(fmt.Errorf("no schedule %q", name))
	}
	opt := onlyRate(r.Base)
	err := c.rates(func(epoch int) (float64, error) {
		optim.Apply(opt, r.Schedule, epoch, 1)
		return opt.LR(), nil
	})
	if err != nil {
		return c.fail(err)
	}
	return c
}

// Plateau compares the learning rates of 60 epochs with the fixture's metric.
func Plateau(name string) *Check {
	c := &Check{Group: "schedules", Case: name, DType: stheno.Float64, Bound: 1e-9}
	config, ok := Plateaus[name]
	if !ok {
		return c.fail(fmt.Errorf("no plateau %q", name))
	}
	f, err := golden.Open("sched")
	if err != nil {
		return c.fail(err)
	}
	metric := tensorOf(f.Find("plateau_metric")).Floats()
	opt := onlyRate(0.1)
	p := optim.NewPlateau(opt, config)
	err = c.rates(func(epoch int) (float64, error) {
		lr := opt.LR()
		if epoch == 21 { // continue with another one
			state := p.State()
			p = optim.NewPlateau(opt, config)
			if err := p.LoadState(state); err != nil {
				return 0, err
			}
		}
		return lr, p.Step(metric[epoch])
	})
	if err != nil {
		return c.fail(err)
	}
	return c
}

// onlyRate returns an optimizer with that learning rate.
func onlyRate(lr float64) optim.Optimizer {
	return optim.NewSGD([]*V{stheno.Zeros(1).WithGrad()}, lr, optim.SGDConfig{})
}

// rates compares what at returns with the fixture, epoch by epoch.
func (c *Check) rates(at func(epoch int) (float64, error)) error {
	f, err := golden.Open("sched")
	if err != nil {
		return err
	}
	want := tensorOf(f.Find(c.Case)).Floats()
	got := make([]float64, len(want))
	for epoch := range got {
		if got[epoch], err = at(epoch); err != nil {
			return err
		}
	}
	// Below 1e-7 are rates that are 0 but for rounding.
	c.numbers("epoch", got, want, func(want float64) float64 { return math.Abs(want) + 1e-7 })
	return nil
}
