// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// TestRunningStatisticsAreLeaves: what training writes must be memory that stays.
func TestRunningStatisticsAreLeaves(t *testing.T) {
	x, leaf := stheno.Randn(4, 3), stheno.Ones(3)
	for name, s := range map[string]stheno.BatchNormState{
		"mean":    {Mean: stheno.Zeros(3).Mul(1), Var: leaf},
		"var":     {Mean: leaf, Var: stheno.Zeros(3).Mul(1)},
		"batches": {Mean: leaf, Var: leaf, Batches: stheno.New([]int64{0}).Mul(1)},
	} {
		t.Run(name, func(t *testing.T) {
			s.Training = true
			require.ErrorContains(t, x.BatchNorm(s).Err(), "batch_norm: ")
		})
	}
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{in[0].BatchNorm(stheno.BatchNormState{Mean: in[1], Var: leaf, Training: true})}
	})
	_, err := p.Run(context.Background(), x, stheno.Zeros(3))
	require.ErrorContains(t, err, "must be leaves")
}

// TestRunningStatisticsMove: once for each record, also of a result that is a leaf by then, and
// in every run of a Program.
func TestRunningStatisticsMove(t *testing.T) {
	mean, variance := stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 1)), stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 1))
	batches := stheno.NewBuffer(stheno.ScalarOf(int64(0)))
	s := stheno.BatchNormState{Mean: mean, Var: variance, Batches: batches, Momentum: new(0.5), Training: true}
	moved := func(m, v float32, n int64) {
		t.Helper()
		require.Equal(t, []float32{m}, stheno.Must(stheno.Values[float32](mean)))
		require.Equal(t, []float32{v}, stheno.Must(stheno.Values[float32](variance)))
		require.Equal(t, []int64{n}, stheno.Must(stheno.Values[int64](batches)))
	}
	x := stheno.New([]float32{1, 3}, 2, 1) // mean 2, unbiased variance 2
	y := x.BatchNorm(s)
	moved(0, 0, 0)
	require.NoError(t, stheno.Run(y))
	moved(1, 1, 1)
	loss := x.Mul(1).WithGrad().BatchNorm(s).Square().Sum().Retain()
	require.NoError(t, loss.Backward())
	require.NoError(t, loss.Backward())
	moved(1.5, 1.5, 2)
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{in[0].BatchNorm(s)}
	})
	for range 2 {
		_, err := p.Run(context.Background(), x)
		require.NoError(t, err)
	}
	moved(1.875, 1.875, 4)
}

// TestRunningStatisticsOfAnotherType: a module that was converted after Forward has them.
func TestRunningStatisticsOfAnotherType(t *testing.T) {
	type norm struct{ Mean, Var *stheno.Variable }
	m := &norm{stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 1)), stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 1))}
	y := stheno.New([]float32{1, 3}, 2, 1).BatchNorm(stheno.BatchNormState{Mean: m.Mean, Var: m.Var, Training: true})
	require.NoError(t, stheno.To(m, stheno.Float64))
	err := stheno.Run(y)
	require.ErrorIs(t, err, stheno.ErrDType)
	require.EqualError(t, err, "stheno: batch_norm: running statistics are float64 and float64, input is float32: dtype mismatch")
}
