// SPDX-License-Identifier: MIT

package optim_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/internal/golden/parity"
	"github.com/stheno-go/stheno/trainers/optim"
)

func TestEveryFixtureHasARow(t *testing.T) {
	for _, name := range append(golden.Load(t, "optim").Names(), golden.Load(t, "optim_more").Names()...) {
		if name != "init" && name != "grads" {
			require.NotNil(t, parity.Optimizers[name], name)
		}
	}
	for _, name := range golden.Load(t, "sched").Names() {
		_, schedule := parity.Schedules[name]
		_, plateau := parity.Plateaus[name]
		require.True(t, schedule || plateau || name == "plateau_metric", name)
	}
}

func TestOptimizersEqualTorch(t *testing.T) {
	for name := range parity.Optimizers {
		for _, dtype := range []stheno.DType{stheno.Float32, stheno.Float64} {
			t.Run(name+"/"+dtype.String(), func(t *testing.T) {
				c := parity.Optimizer(name, dtype)
				assert.True(t, c.Passed(), c)
			})
		}
	}
}

func TestSchedulesEqualTorch(t *testing.T) {
	for name := range parity.Schedules {
		c := parity.Schedule(name)
		assert.True(t, c.Passed(), c)
	}
	for name := range parity.Plateaus {
		c := parity.Plateau(name)
		assert.True(t, c.Passed(), c)
	}
}

func TestLoadedStateGoesOnWithTheSameBits(t *testing.T) {
	for name, make := range parity.Optimizers {
		t.Run(name+"/f32", func(t *testing.T) { goesOn[float32](t, name, stheno.Float32, make) })
		t.Run(name+"/f64", func(t *testing.T) { goesOn[float64](t, name, stheno.Float64, make) })
	}
}

func goesOn[T float32 | float64](t *testing.T, name string, dtype stheno.DType, make func([]*stheno.Variable) optim.Optimizer) {
	list, err := parity.Parameters(name, dtype)
	require.NoError(t, err)
	opt := make(list)
	run := func(list []*stheno.Variable, opt optim.Optimizer, from, to int) {
		for step := from; step < to; step++ {
			require.NoError(t, parity.Feed(list, dtype, step))
			require.NoError(t, opt.Step())
		}
	}
	run(list, opt, 0, 7)
	opt.SetLR(opt.LR() / 2)
	state := opt.State()
	var copies []*stheno.Variable
	for _, p := range list {
		x, err := p.Tensor()
		require.NoError(t, err)
		copies = append(copies, stheno.NewParameter(x))
	}
	run(list, opt, 7, 12)
	path := filepath.Join(t.TempDir(), "optimizer.safetensors")
	require.NoError(t, stheno.SaveState(path, state))
	state, err = stheno.LoadState(path)
	require.NoError(t, err)
	again := make(copies)
	require.NoError(t, again.LoadState(state))
	run(copies, again, 7, 12)
	for i := range list {
		want, err := stheno.Values[T](list[i])
		require.NoError(t, err)
		got, err := stheno.Values[T](copies[i])
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	one, other := opt.State(), again.State()
	require.Len(t, other, len(one))
	for i := range one {
		require.Equal(t, one[i].Name, other[i].Name)
		require.Equal(t, one[i].Tensor.Floats(), other[i].Tensor.Floats(), one[i].Name)
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	for name, make := range parity.Optimizers {
		for _, dtype := range []stheno.DType{stheno.Float32, stheno.Float64} {
			p, err := parity.Parameters(name, dtype)
			require.NoError(t, err)
			opt := make(p)
			require.NoError(t, parity.Feed(p, dtype, 0))
			require.NoError(t, opt.Step())
			require.Zero(t, testing.AllocsPerRun(10, func() { _ = opt.Step() }), name)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	for _, size := range []int{1, 1 << 20} {
		for _, name := range []string{"sgd", "sgd_momentum_decay", "adam", "rmsprop", "adagrad"} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				p := stheno.Ones(size).WithGrad()
				require.NoError(b, p.Mul(0).Sum().Backward())
				opt := parity.Optimizers[name]([]*stheno.Variable{p})
				b.ReportAllocs()
				b.SetBytes(4 * int64(size))
				for b.Loop() {
					if err := opt.Step(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
