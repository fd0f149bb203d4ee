// SPDX-License-Identifier: MIT

package trainers_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// TestHooksOfTheTrainedModel checks that hooks run once per batch, on the model and its submodules.
func TestHooksOfTheTrainedModel(t *testing.T) {
	m := models.NewLinearRegression(2, 1)
	runs := map[string]int{}
	count := func(name string) stheno.Hook {
		return func(stheno.Module, *stheno.Variable, *stheno.Variable) *stheno.Variable {
			runs[name]++
			return nil
		}
	}
	defer stheno.RegisterForwardHook(m, count("model"))()
	defer stheno.RegisterForwardHook(m.Linear, count("linear"))()
	load := &datasets.Loader{Dataset: datasets.InMemory(stheno.NewTensor(stheno.Float32, 10, 2), stheno.NewTensor(stheno.Float32, 10, 1)), BatchSize: 4}
	tr := &trainers.Trainer{Model: m, Loss: layers.MSELoss{}, Optimizer: optim.NewSGD(stheno.Parameters(m), 0.1, optim.SGDConfig{}), Epochs: 2, SkipDryRun: true}
	_, err := tr.Fit(t.Context(), load, load)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"model": 12, "linear": 12}, runs, "two epochs of three batches, and validation")

	clear(runs)
	tr.SkipDryRun, tr.Epochs = false, 0
	_, err = tr.Fit(t.Context(), load, load)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"model": 2, "linear": 2}, runs, "the dry run")

	clear(runs)
	require.NoError(t, tr.Predict(t.Context(), load, func(datasets.Batch, *stheno.Tensor) error { return nil }))
	require.Equal(t, map[string]int{"model": 3, "linear": 3}, runs)
}

// TestErrorsNameTheUsersLine checks that errors name the line of the user's code, not of the library.
func TestErrorsNameTheUsersLine(t *testing.T) {
	here := func() string { // the line after the next
		_, _, line, _ := runtime.Caller(1)
		return fmt.Sprintf("hooks_test.go:%d", line+1)
	}
	at := here()
	err := stheno.Call(models.NewLeNet(1, 28, 28, 10), stheno.Ones(1, 3, 28, 28)).Err()
	require.ErrorContains(t, err, at)

	var deep stheno.Module = layers.NewLinear(3, 4)
	for range 60 {
		deep = layers.Sequential{deep}
	}
	at = here()
	require.ErrorContains(t, stheno.Call(deep, stheno.Ones(1, 2)).Err(), at)

	m := models.NewLinearRegression(3, 1)
	load := &datasets.Loader{Dataset: datasets.InMemory(stheno.NewTensor(stheno.Float32, 10, 2), stheno.NewTensor(stheno.Float32, 10, 1)), BatchSize: 4}
	tr := &trainers.Trainer{Model: m, Loss: layers.MSELoss{}, Optimizer: optim.NewSGD(stheno.Parameters(m), 0.1, optim.SGDConfig{}), Epochs: 1}
	for _, tr.SkipDryRun = range []bool{true, false} {
		at = here()
		_, err = tr.Fit(t.Context(), load, nil)
		require.ErrorContains(t, err, at)
	}
	at = here()
	_, err = tr.Evaluate(t.Context(), load)
	require.ErrorContains(t, err, at)
}

// hiding has a dropout in an unexported field.
type hiding struct {
	FC   *layers.Linear
	drop *layers.Dropout
}

func (h *hiding) Forward(x *stheno.Variable) *stheno.Variable { return h.drop.Forward(h.FC.Forward(x)) }

// TestHiddenModulesEndAFit expects an error before the first batch.
func TestHiddenModulesEndAFit(t *testing.T) {
	load := &datasets.Loader{Dataset: datasets.InMemory(stheno.NewTensor(stheno.Float32, 10, 2), stheno.NewTensor(stheno.Float32, 10, 1)), BatchSize: 4}
	fc, inner := layers.NewLinear(2, 1), layers.NewLinear(1, 1)
	for text, m := range map[string]stheno.Module{
		"drop: unexported field holds a layers.Dropout": &hiding{fc, layers.NewDropout(0.5)},
		"requires a gradient and is not a parameter":    layers.Sequential{fc, stheno.ModuleFunc(func(x *stheno.Variable) *stheno.Variable { return inner.Forward(x) })},
	} {
		for _, skip := range []bool{true, false} {
			tr := &trainers.Trainer{Model: m, Loss: layers.MSELoss{}, Optimizer: optim.NewSGD(stheno.Parameters(fc), 0.1, optim.SGDConfig{}), Epochs: 1, SkipDryRun: skip}
			_, err := tr.Fit(t.Context(), load, nil)
			require.ErrorContains(t, err, text)
		}
	}
	_, err := (&trainers.Trainer{Model: &hiding{fc, layers.NewDropout(0.5)}}).Evaluate(t.Context(), load)
	require.ErrorContains(t, err, "drop: unexported field holds a layers.Dropout")
}
