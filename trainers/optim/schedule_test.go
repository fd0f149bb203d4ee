// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

func one(lr float64) *SGD { return NewSGD(params{stheno.Zeros(1).WithGrad()}, lr, SGDConfig{}) }

func TestPlateauErrors(t *testing.T) {
	require.ErrorContains(t, NewPlateau(one(1), PlateauConfig{Factor: new(1.0)}).Step(1), "Factor should be < 1.0, got 1")
	require.ErrorContains(t, NewPlateau(one(1), PlateauConfig{Factor: new(-1.0)}).Step(1), "Invalid Factor: -1")
	require.ErrorContains(t, NewPlateau(nil, PlateauConfig{}).Step(1), "optimizer is nil")
	opt := one(1)
	p := NewPlateau(opt, PlateauConfig{Patience: new(0)})
	require.NoError(t, p.Step(1))
	require.NoError(t, p.Step(math.NaN()))
	require.InDelta(t, 0.1, opt.LR(), 1e-15, "NaN is no improvement, and 0 is no patience")

	before := p.State()
	err := p.LoadState([]stheno.NamedTensor{
		{Name: "best", Tensor: stheno.TensorOf([]float64{1, 2})},
		{Name: "num_bad_epochs", Tensor: stheno.ScalarOf(int64(1))},
		{Name: "x", Tensor: stheno.ScalarOf(1.0)},
	})
	var problems *stheno.LoadError
	require.ErrorAs(t, err, &problems)
	require.Equal(t, []string{"cooldown_counter"}, problems.Missing)
	require.Equal(t, []string{"x"}, problems.Unexpected)
	require.Len(t, problems.Mismatch, 1)
	require.Equal(t, plain(before), plain(p.State()))
}

func TestMomentumErrors(t *testing.T) {
	p := func() params { return params{stheno.Zeros(1).WithGrad()} }
	cycle := OneCycleMomentum(OneCycleConfig{Epochs: 10})
	require.NoError(t, ApplyMomentum(NewAdagrad(p(), 1e-2, AdagradConfig{}), nil, 1, 1))
	require.ErrorContains(t, ApplyMomentum(NewAdagrad(p(), 1e-2, AdagradConfig{}), cycle, 1, 1), "optimizer must support momentum or beta1 to cycle it, a *optim.Adagrad does not")
	require.ErrorContains(t, ApplyMomentum(NewSGD(p(), 1e-3, SGDConfig{}), cycle, 1, 1), "this one was made with momentum 0")
	require.ErrorContains(t, ApplyMomentum(NewRMSprop(p(), 1e-2, RMSpropConfig{Momentum: 0.9}), OneCycleMomentum(OneCycleConfig{}), 1, 1), "Invalid momentum value: NaN")
	adam := NewAdam(p(), 1e-3, AdamConfig{})
	require.ErrorContains(t, adam.SetMomentum(1), "Invalid beta parameter at index 0: 1")
	require.Equal(t, 0.9, adam.Momentum(), "nothing was changed")
	require.NoError(t, ApplyMomentum(adam, cycle, 2, 1))
	require.InDelta(t, 0.85, adam.Momentum(), 1e-12, "the lowest where the rate is highest")
	require.Equal(t, 1.0, OneCycle(OneCycleConfig{Epochs: 10})(2, 1))
}

func TestWarmup(t *testing.T) {
	s := Warmup(5, MultiStep(0.1, 30))
	for epoch, want := range map[int]float64{0: 0.01, 5: 0.505, 10: 1, 58: 1, 60: 0.1} {
		require.InDelta(t, want, s(epoch, 2), 1e-12, "half an epoch %v", epoch)
	}
	require.InDelta(t, 0, Warmup(5, Cosine(90))(90, 1), 1e-12, "the cosine is not moved")
}

func TestFractionsOfEpochs(t *testing.T) {
	for name, c := range map[string]struct{ want, got float64 }{
		"constant":    {0.5, Constant(0.5, 2)(19, 10)},
		"step":        {0.1, Step(2, 0.1)(39, 10)},
		"exponential": {math.Sqrt(0.5), Exponential(0.5)(1, 2)},
		"linear":      {0.25, Linear(0, 1, 2)(1, 2)},
		"restarts":    {0.5, CosineRestarts(1, 1)(15, 2)},
		"cyclic":      {0.5, Cyclic(CyclicConfig{Up: 1, Down: 3})(1, 2)},
		"multiplied":  {0.25, Multiplicative(func(int) float64 { return 0.5 })(5, 2)},
		"grown":       {0.5, CosineRestarts(1, 2)(2, 1)},
		"after cycle": {OneCycle(OneCycleConfig{Epochs: 9})(8, 1), OneCycle(OneCycleConfig{Epochs: 9})(9, 1)},
	} {
		require.InDelta(t, c.want, c.got, 1e-12, name)
	}
}

func TestSenselessSchedulesStopTheOptimizer(t *testing.T) {
	for name, s := range map[string]Schedule{
		"step":           Step(0, 0.1),
		"linear":         Linear(0, 1, 0),
		"polynomial":     Polynomial(-1, 2),
		"cosine":         Cosine(0),
		"restarts":       CosineRestarts(5, 0),
		"sequential":     Sequential([]Schedule{Cosine(5)}, 5),
		"unsorted":       Sequential([]Schedule{Cosine(5), Cosine(5), Cosine(5)}, 5, 1),
		"one cycle":      OneCycle(OneCycleConfig{}),
		"multiplicative": Multiplicative(nil),
		"anneal":         Anneal(1, 2, 0),
		"chained":        Chained(Cosine(5), nil),
		"cyclic":         Cyclic(CyclicConfig{}),
		"a mode":         CyclicMomentum(CyclicConfig{Up: 1, Mode: 3}),
		"warmup":         Warmup(5, Cosine(0)),
		"nothing":        Warmup(5, nil),
		"above":          Above(0.5, nil),
		"a gap":          Sequential([]Schedule{Cosine(5), nil}, 5),
	} {
		opt := one(0.1)
		Apply(opt, s, 1, 1)
		require.ErrorContains(t, opt.Step(), "Invalid learning rate: NaN", name)
	}
	opt := one(0.1)
	Apply(opt, nil, 1, 1)
	require.Equal(t, 0.1, opt.LR())
}
