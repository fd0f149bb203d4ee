// SPDX-License-Identifier: MIT

package trainers_test

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
)

// TestAverage checks both kinds of averages, with and without buffers, against their
// definitions. A state that is saved and loaded in between changes nothing.
func TestAverage(t *testing.T) {
	for _, c := range []trainers.AverageConfig{{}, {Decay: new(0.7)}, {Decay: new(0.0)}, {Buffers: true}, {Decay: new(0.7), Buffers: true}} {
		m := layers.Sequential{layers.NewLinear(2, 3), layers.NewBatchNorm1d(3)}
		avg, err := trainers.NewAverage(m, c)
		require.NoError(t, err)
		want := map[string][]float64{}
		for n := range 5 {
			require.NoError(t, stheno.Visit(m, func(x any) {
				if l, ok := x.(*layers.Linear); ok {
					require.NoError(t, stheno.LoadStateDict(l, stheno.Must(stheno.StateDict(layers.NewLinear(2, 3)))))
				}
			}))
			require.NoError(t, stheno.Train(m))
			_, err := stheno.Call(m, stheno.Randn(4, 2)).Tensor() // other running statistics
			require.NoError(t, err)
			require.NoError(t, avg.Update())
			for _, e := range stheno.Must(stheno.StateDict(m)) {
				x := e.Tensor.Floats()
				buffer := e.Name == "1.running_mean" || e.Name == "1.running_var" || e.Name == "1.num_batches_tracked"
				for i, v := range want[e.Name] {
					switch {
					case buffer && !c.Buffers || e.Name == "1.num_batches_tracked":
					case c.Decay == nil:
						x[i] = v + (x[i]-v)/float64(n+1)
					default:
						x[i] = *c.Decay*v + (1-*c.Decay)*x[i]
					}
				}
				want[e.Name] = x
			}
			if n == 2 {
				path := filepath.Join(t.TempDir(), "average.safetensors")
				require.NoError(t, stheno.SaveState(path, avg.State()))
				avg, err = trainers.NewAverage(m, c)
				require.NoError(t, err)
				require.NoError(t, avg.LoadState(stheno.Must(stheno.LoadState(path))))
			}
		}
		require.Equal(t, 5, avg.Updates())
		before := bits(t, m)
		require.NoError(t, avg.Use(func() error {
			for name, x := range bits(t, m) {
				require.InDeltaSlice(t, want[name], x, 1e-5, "%s, %+v", name, c)
			}
			return nil
		}))
		require.Equal(t, before, bits(t, m))
	}
}

func TestAverageErrors(t *testing.T) {
	m := layers.NewLinear(2, 3)
	_, err := trainers.NewAverage(m, trainers.AverageConfig{Decay: new(1.0)})
	require.ErrorIs(t, err, stheno.ErrValue)
	_, err = trainers.NewAverage(m, trainers.AverageConfig{Decay: new(math.NaN())})
	require.ErrorIs(t, err, stheno.ErrValue)
	avg, err := trainers.NewAverage(m, trainers.AverageConfig{})
	require.NoError(t, err)
	require.ErrorContains(t, avg.LoadState(nil), "n_averaged")
	require.ErrorContains(t, avg.LoadState(avg.State()[1:]), "no average of")
	require.ErrorContains(t, avg.LoadState(append(avg.State(), stheno.NamedTensor{Name: "x", Tensor: stheno.ScalarOf(1.0)})), "3 entries, the model has 2")
	broken := errors.New("broken")
	require.ErrorIs(t, avg.Use(func() error { return broken }), broken)
	m.Weight = stheno.Ones(3, 4).WithGrad()
	require.ErrorContains(t, avg.Update(), "was not in the model")
	require.Zero(t, avg.Updates())
}

// TestUpdateBN: the statistics are the means over the batches, whatever they were before,
// and the momentum is as it was.
func TestUpdateBN(t *testing.T) {
	bn := layers.NewBatchNorm1d(2, layers.Momentum(0.3))
	x := []float32{1, 10, 3, 20, 5, 60, 7, 20, 0, 1, 8, 5}
	train := &datasets.Loader{Dataset: datasets.InMemory(stheno.TensorOf(x, 6, 2), stheno.TensorOf(make([]int64, 6))), BatchSize: 3}
	for range 2 {
		require.NoError(t, trainers.UpdateBN(t.Context(), train, layers.Sequential{bn}))
		got := bits(t, bn)
		require.InDeltaSlice(t, []float64{(3 + 5) / 2.0, (30 + 26/3.0) / 2}, got["running_mean"], 1e-5)
		require.InDeltaSlice(t, []float64{(4 + 19) / 2.0, (700 + 301/3.0) / 2}, got["running_var"], 1e-3)
		require.Equal(t, []float64{2}, got["num_batches_tracked"])
		require.Equal(t, 0.3, *bn.Momentum)
		require.NoError(t, stheno.LoadStateDict(bn, append(stheno.Must(stheno.StateDict(layers.NewBatchNorm1d(2))), nil...)))
		bn.RunningMean = stheno.NewBuffer(stheno.TensorOf([]float32{float32(math.NaN()), 7}))
	}
	require.NoError(t, trainers.UpdateBN(t.Context(), train, layers.NewLinear(2, 2)), "nothing to do")
	require.ErrorIs(t, trainers.UpdateBN(t.Context(), nil, bn), stheno.ErrValue)
	require.ErrorContains(t, trainers.UpdateBN(t.Context(), &datasets.Loader{Dataset: train.Dataset, BatchSize: 9, DropLast: true}, bn), "no batches")
}
