// SPDX-License-Identifier: MIT

package trainers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// TestAccumulatedBatchesAreOne checks that 4+4+2 of 10 samples give the step of one batch of 10,
// for any divisor of the mean.
func TestAccumulatedBatchesAreOne(t *testing.T) {
	stheno.Seed(5)
	x := stheno.DefaultGenerator().Normal(stheno.Float32, 0, 1, 10, 3)
	y := stheno.DefaultGenerator().Normal(stheno.Float32, 0, 1, 10, 3)
	classes := stheno.TensorOf([]int64{0, -100, 2, 1, -100, -100, -100, 2, 1, 0})
	weight := stheno.New([]float32{1, 5, 0.5})
	for name, c := range map[string]struct {
		loss   stheno.Loss
		target *stheno.Tensor
	}{
		"mse":      {layers.MSELoss{}, y},
		"sum":      {layers.MSELoss{Reduction: layers.Sum}, y},
		"l1":       {layers.L1Loss{}, y},
		"ignored":  {layers.CrossEntropyLoss{}, classes},
		"weighted": {layers.CrossEntropyLoss{Weight: weight}, classes},
		"ce sum":   {layers.CrossEntropyLoss{Weight: weight, Reduction: layers.Sum}, classes},
	} {
		step := func(batch, accumulate int) []float64 {
			stheno.Seed(6)
			m := layers.NewLinear(3, 3)
			tr := &trainers.Trainer{Model: m, Loss: c.loss, Optimizer: optim.NewSGD(stheno.Parameters(m), 0.1, optim.SGDConfig{}), Epochs: 2, Accumulate: accumulate}
			_, err := tr.Fit(t.Context(), &datasets.Loader{Dataset: datasets.InMemory(x, c.target), BatchSize: batch}, nil)
			require.NoError(t, err, name)
			w, err := m.Weight.Tensor()
			require.NoError(t, err)
			return w.Floats()
		}
		require.InDeltaSlice(t, step(10, 1), step(4, 3), 1e-5, name)
		require.InDeltaSlice(t, step(10, 0), step(4, 8), 1e-5, name)
	}
}
