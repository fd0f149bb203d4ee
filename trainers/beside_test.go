// SPDX-License-Identifier: MIT

package trainers_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// dropTrainer returns a Trainer whose model has a dropout.
func dropTrainer(epochs int) *trainers.Trainer {
	stheno.Seed(9)
	model := layers.Sequential{layers.NewLinear(2, 8), layers.NewDropout(0.5), layers.NewLinear(8, 2)}
	return &trainers.Trainer{Model: model, Loss: layers.CrossEntropyLoss{}, Epochs: epochs, Optimizer: optim.NewSGD(stheno.Parameters(model), 0.1, optim.SGDConfig{})}
}

// TestNobodyDrawsTwice checks that all models initialized concurrently with a Fit, a resumed Fit, a
// GradCheck and a CheckModule have different weights.
func TestNobodyDrawsTwice(t *testing.T) {
	defer stheno.Seed(0)
	dir := t.TempDir()
	fit := func(resume bool) {
		tr := dropTrainer(2)
		tr.Callbacks = []trainers.Callback{trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir})}
		if resume {
			for range 100 {
				layers.NewLinear(1, 1)
			}
			_, err := tr.Resume(dir)
			require.NoError(t, err)
			tr.Epochs = 4
		}
		begin := make(chan struct{})
		var wait sync.WaitGroup
		made := make([]map[[4]float32]int, 2)
		done := make(chan struct{})
		for i := range made {
			made[i] = map[[4]float32]int{}
			wait.Go(func() {
				<-begin
				for {
					select {
					case <-done:
						return
					default:
					}
					w, err := stheno.Values[float32](layers.NewLinear(4, 1).Weight)
					require.NoError(t, err)
					made[i][[4]float32(w)]++
				}
			})
		}
		close(begin)
		for range 5 {
			train, val := loaders()
			_, err := tr.Fit(t.Context(), train, val)
			require.NoError(t, err)
			x := stheno.FromTensor(stheno.NewTensor(stheno.Float64, 2, 3)).WithGrad()
			sthenotest.GradCheck(t, func(x ...*stheno.Variable) *stheno.Variable { return x[0].Add(1).Dropout(0.5) }, x)
			sthenotest.CheckModule(t, layers.NewDropout(0.5), stheno.Ones(2, 3))
			tr.Epochs++
		}
		close(done)
		wait.Wait()
		for w, n := range made[0] {
			require.Equal(t, 1, n+made[1][w])
		}
		for _, n := range made[1] {
			require.Equal(t, 1, n)
		}
	}
	fit(false)
	fit(true)
}

// TestResumeRepeatsTheDropout resumes with the default generator in another state than in the
// checkpoint.
func TestResumeRepeatsTheDropout(t *testing.T) {
	defer stheno.Seed(0)
	dir := t.TempDir()
	tr := dropTrainer(2)
	tr.Callbacks = []trainers.Callback{trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir})}
	train, val := loaders()
	_, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	whole := dropTrainer(4)
	train, val = loaders()
	_, err = whole.Fit(t.Context(), train, val)
	require.NoError(t, err)
	seed, end := stheno.DefaultGenerator().State()
	for _, c := range []struct{ seed, counter, after uint64 }{{seed, 0, end}, {seed, 1000, 1000}, {5, 3, end}} {
		again := dropTrainer(4)
		_, err := again.Resume(dir)
		require.NoError(t, err)
		stheno.DefaultGenerator().SetState(c.seed, c.counter)
		train, val = loaders()
		_, err = again.Fit(t.Context(), train, val)
		require.NoError(t, err)
		require.Equal(t, bits(t, whole.Model), bits(t, again.Model))
		s, after := stheno.DefaultGenerator().State()
		require.Equal(t, [2]uint64{seed, c.after}, [2]uint64{s, after})
	}
}
