// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// perStep has, for each scheduler of steps.json, the Schedule for a number of epochs.
var perStep = map[string]func(epochs int) optim.Schedule{
	"constant":           func(int) optim.Schedule { return optim.Constant(0.5, 1) },
	"step":               func(int) optim.Schedule { return optim.Step(1, 0.3) },
	"multi_step":         func(int) optim.Schedule { return optim.MultiStep(0.2, 1, 2, 20) },
	"exponential":        func(int) optim.Schedule { return optim.Exponential(0.9) },
	"linear":             func(int) optim.Schedule { return optim.Linear(0.1, 0.8, 2) },
	"cosine":             func(e int) optim.Schedule { return optim.Above(0.01, optim.Cosine(e)) },
	"cosine_restarts":    func(int) optim.Schedule { return optim.CosineRestarts(1, 2) },
	"polynomial":         func(e int) optim.Schedule { return optim.Polynomial(e, 2) },
	"one_cycle":          func(e int) optim.Schedule { return optim.OneCycle(optim.OneCycleConfig{Epochs: e}) },
	"one_cycle_start_0":  func(e int) optim.Schedule { return optim.OneCycle(optim.OneCycleConfig{Epochs: e, PctStart: new(0.0)}) },
	"one_cycle_linear_3": func(e int) optim.Schedule { return optim.OneCycle(threePhases(e)) },
	"warmup_then_cosine": func(e int) optim.Schedule {
		return optim.Sequential([]optim.Schedule{optim.Linear(0.01, 1, 1), optim.Cosine(e)}, 1)
	},
	"warmup_times_cosine": func(e int) optim.Schedule { return optim.Warmup(1, optim.Cosine(e)) },
	"lambda": func(int) optim.Schedule {
		return optim.Lambda(func(epoch float64) float64 { return math.Pow(0.95, epoch) })
	},
}

var perStepMomentum = map[string]func(epochs int) optim.Schedule{
	"one_cycle": func(e int) optim.Schedule { return optim.OneCycleMomentum(optim.OneCycleConfig{Epochs: e}) },
	"one_cycle_start_0": func(e int) optim.Schedule {
		return optim.OneCycleMomentum(optim.OneCycleConfig{Epochs: e, PctStart: new(0.0)})
	},
	"one_cycle_linear_3": func(e int) optim.Schedule { return optim.OneCycleMomentum(threePhases(e)) },
}

func threePhases(epochs int) optim.OneCycleConfig {
	return optim.OneCycleConfig{Epochs: epochs, PctStart: new(0.2), Linear: true, ThreePhase: true, DivFactor: new(10.0), FinalDivFactor: new(100.0)}
}

// steps trains a model of one weight and returns the rate and the momentum of each step.
type steps struct {
	epochs, batches, accumulate int
	rate, momentum              optim.Schedule
	stop                        int // number of steps to stop after; 0: do not stop
	resume, save                string
}

func (s steps) run(t *testing.T) (rates, momenta []float64) {
	t.Helper()
	model := layers.NewLinear(1, 1)
	opt := optim.NewSGD(stheno.Parameters(model), 0.5, optim.SGDConfig{Momentum: 0.9})
	x := stheno.NewTensor(stheno.Float32, s.batches, 1)
	data := datasets.InMemory(x, x)
	tr := &trainers.Trainer{
		Model: model, Loss: layers.MSELoss{}, Optimizer: opt, Epochs: s.epochs, SkipDryRun: true,
		Schedule: s.rate, Momentum: s.momentum, EveryStep: true, Accumulate: s.accumulate,
		Callbacks: []trainers.Callback{{Name: "see", StepEnd: func(_ context.Context, state *trainers.State) error {
			rates, momenta = append(rates, opt.LR()), append(momenta, opt.Momentum())
			if state.Step == s.stop {
				return errors.Join(state.Save(s.save), trainers.ErrStop)
			}
			return nil
		}}},
	}
	if s.resume != "" {
		_, err := tr.Resume(s.resume)
		require.NoError(t, err)
	}
	_, err := tr.Fit(t.Context(), &datasets.Loader{Dataset: data, Workers: new(0)}, nil)
	require.NoError(t, err)
	return rates, momenta
}

// TestEveryStepEqualsTorch compares the rates of each step of a Trainer with those of PyTorch's
// scheduler. With accumulated batches, a step is one of the optimizer.
func TestEveryStepEqualsTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/steps.json")
	require.NoError(t, err)
	var want map[string][]float64
	require.NoError(t, json.Unmarshal(text, &want))
	compared := 0
	for name, schedule := range perStep {
		for _, epochs := range []int{1, 2, 3, 30} {
			for _, c := range []struct{ batches, accumulate, steps int }{{1, 0, 1}, {7, 0, 7}, {10, 0, 10}, {1, 4, 1}, {7, 4, 2}, {10, 4, 3}, {10, 10, 1}} {
				key := fmt.Sprintf("%d/%d", epochs, c.steps)
				rates, ok := want[name+"/"+key]
				if !ok {
					continue // 30 epochs of accumulated batches, or PyTorch divides by zero
				}
				s := steps{epochs: epochs, batches: c.batches, accumulate: c.accumulate, rate: schedule(epochs)}
				if m := perStepMomentum[name]; m != nil {
					s.momentum = m(epochs)
				}
				got, momenta := s.run(t)
				require.InDeltaSlice(t, rates, got, 1e-10, "%s/%s", name, key)
				if s.momentum != nil {
					require.InDeltaSlice(t, want[name+"/momentum/"+key], momenta, 1e-10, "momentum of %s/%s", name, key)
				}
				compared++
			}
		}
	}
	require.Greater(t, compared, 300)
}

// TestEveryStepAfterResume resumes within an epoch.
func TestEveryStepAfterResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	for name, schedule := range perStep {
		for _, accumulate := range []int{1, 4} {
			for _, stop := range []int{1, 2, 4, 5} {
				whole := steps{epochs: 3, batches: 10, accumulate: accumulate, rate: schedule(3)}
				want, _ := whole.run(t)
				part := whole
				part.stop, part.save = stop, path
				got, _ := part.run(t)
				rest := whole
				rest.resume = path
				more, _ := rest.run(t)
				require.Equal(t, want, append(got, more...), "%s, %d batches a step, stopped after %d", name, accumulate, stop)
			}
		}
	}
}

// TestOneCycleInASequence checks that a OneCycle in a Sequential counts steps from its milestone.
func TestOneCycleInASequence(t *testing.T) {
	cycle := optim.OneCycle(optim.OneCycleConfig{Epochs: 3})
	s := optim.Above(0.5, optim.Sequential([]optim.Schedule{optim.Constant(0.5, 9), cycle}, 2))
	for step := range 30 {
		require.Equal(t, 0.5+0.5*cycle(step, 10), s(20+step, 10))
	}
}
