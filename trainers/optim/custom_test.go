// SPDX-License-Identifier: MIT

package optim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

// heavy is SGD with momentum as a custom rule.
func heavy[T float32 | float64](u *Update[T]) {
	for i, g := range u.Grad {
		g += T(u.WeightDecay) * u.Param[i]
		if v := &u.Slots[0][i]; u.Step == 1 {
			*v = g
		} else {
			*v = 0.9**v + g
		}
		u.Param[i] -= T(u.LR) * u.Slots[0][i]
	}
}

var heavyRule = Rule{Name: "Heavy", Slots: []string{"momentum_buffer"}, Step32: heavy[float32], Step64: heavy[float64]}

// TestCustomRules checks that a custom rule that is SGD's takes SGD's steps, also with groups, a
// schedule, and a state that is loaded in between.
func TestCustomRules(t *testing.T) {
	run := func(make func(a, b *stheno.Variable) Optimizer) []float64 {
		a, b := stheno.New([]float64{1, -2, 3}).WithGrad(), stheno.New([]float64{0.5}).WithGrad()
		opt := make(a, b)
		require.NoError(t, opt.Err())
		for i := range 6 {
			if i == 3 { // continue in another one
				state := opt.State()
				opt = make(a, b)
				require.NoError(t, opt.LoadState(state))
			}
			opt.ZeroGrad()
			require.NoError(t, a.Square().Sum().Add(a.Mul(b).Sum()).Backward())
			Apply(opt, Cosine(8), i, 1)
			require.NoError(t, opt.Step())
		}
		x, err := stheno.Cat(0, a, b).Tensor()
		require.NoError(t, err)
		return x.Floats()
	}
	groups := func(a, b *stheno.Variable) []GroupConfig {
		return []GroupConfig{{Params: []*stheno.Variable{a}}, {Params: []*stheno.Variable{b}, LR: new(0.01), WeightDecay: new(0.0)}}
	}
	want := run(func(a, b *stheno.Variable) Optimizer {
		return NewSGD(nil, 0.1, SGDConfig{Momentum: 0.9, WeightDecay: 0.01, Groups: groups(a, b)})
	})
	got := run(func(a, b *stheno.Variable) Optimizer {
		return NewCustom(heavyRule, nil, 0.1, CustomConfig{WeightDecay: 0.01, Groups: groups(a, b)})
	})
	require.InDeltaSlice(t, want, got, 1e-14)
}

func TestCustomErrors(t *testing.T) {
	w := stheno.Ones(2).WithGrad()
	require.NoError(t, w.Sum().Backward())
	for text, r := range map[string]Rule{
		"rule Custom has neither Step32 nor Step64":                     {},
		"rule A: the name of slot \"\" is empty":                        {Name: "A", Slots: []string{""}, Step32: heavy[float32]},
		"slot \"step\" is empty, reserved, or used twice":               {Name: "A", Slots: []string{"step"}, Step32: heavy[float32]},
		"slot \"m\" is empty, reserved, or used twice":                  {Name: "A", Slots: []string{"m", "m"}, Step32: heavy[float32]},
		"rule A has no step for float32, the type of parameter param_0": {Name: "A", Step64: heavy[float64]},
	} {
		require.ErrorContains(t, NewCustom(r, []*stheno.Variable{w}, 0.1, CustomConfig{}).Step(), text)
	}
	require.ErrorContains(t, NewCustom(heavyRule, []*stheno.Variable{w}, -1, CustomConfig{}).Step(), "learning rate")
}
