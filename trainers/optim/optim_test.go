// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/storage"
)

type params = []*stheno.Variable

func setGrad[T float32 | float64](p *stheno.Variable, g []T) {
	access.Node(p).SetGradient(storage.Of(g))
}

func values[T float32 | float64](t *testing.T, v *stheno.Variable) []T {
	t.Helper()
	got, err := stheno.Values[T](v)
	require.NoError(t, err)
	return got
}

// plain is a state in a form that can be compared.
func plain(state []stheno.NamedTensor) []any {
	var out []any
	for _, e := range state {
		out = append(out, e.Name, e.Tensor.DType(), e.Tensor.Shape(), e.Tensor.Floats())
	}
	return out
}

func TestBadArguments(t *testing.T) {
	p, nan := stheno.Zeros(2).WithGrad(), math.NaN()
	groups := func(g ...GroupConfig) []GroupConfig { return g }
	for text, opt := range map[string]Optimizer{
		"optimizer got an empty parameter list":       NewSGD(nil, 1e-3, SGDConfig{}),
		"Invalid learning rate: -1":                   NewSGD(params{p}, -1, SGDConfig{}),
		"Invalid learning rate: NaN":                  NewAdam(params{p}, nan, AdamConfig{}),
		"Invalid learning rate: +Inf":                 NewAdam(params{p}, math.Inf(1), AdamConfig{}),
		"Invalid learning rate: -2":                   NewSGD(nil, 1e-3, SGDConfig{Groups: groups(GroupConfig{Params: params{p}, LR: new(-2.0)})}),
		"Invalid momentum value: -0.5":                NewSGD(params{p}, 1e-3, SGDConfig{Momentum: -0.5}),
		"Invalid momentum value: NaN":                 NewRMSprop(params{p}, 1e-2, RMSpropConfig{Momentum: nan}),
		"Invalid dampening value: NaN":                NewSGD(params{p}, 1e-3, SGDConfig{Dampening: nan}),
		"Invalid weight_decay value: -1":              NewSGD(params{p}, 1e-3, SGDConfig{WeightDecay: -1}),
		"Invalid weight_decay value: NaN":             NewSGD(nil, 1e-3, SGDConfig{Groups: groups(GroupConfig{Params: params{p}, WeightDecay: new(nan)})}),
		"Invalid beta parameter at index 0: 1":        NewAdam(params{p}, 1e-3, AdamConfig{Betas: &[2]float64{1, 0}}),
		"Invalid beta parameter at index 1: NaN":      NewAdamW(params{p}, 1e-3, AdamConfig{Betas: &[2]float64{0, nan}}),
		"Invalid epsilon value: -1":                   NewRMSprop(params{p}, 1e-2, RMSpropConfig{Eps: new(-1.0)}),
		"Invalid epsilon value: NaN":                  NewAdam(params{p}, 1e-3, AdamConfig{Eps: new(nan)}),
		"Invalid alpha value: -1":                     NewRMSprop(params{p}, 1e-2, RMSpropConfig{Alpha: new(-1.0)}),
		"Invalid lr_decay value: -1":                  NewAdagrad(params{p}, 1e-2, AdagradConfig{LRDecay: -1}),
		"Invalid initial_accumulator_value value: -1": NewAdagrad(params{p}, 1e-2, AdagradConfig{InitialAccumulator: -1}),
		"Invalid rho value: 1.5":                      NewAdadelta(params{p}, 1, AdadeltaConfig{Rho: new(1.5)}),
		"Invalid beta parameter at index 1: 1":        NewAdamax(params{p}, 2e-3, AdamaxConfig{Betas: &[2]float64{0, 1}}),
		"Invalid momentum_decay value: -1":            NewNAdam(params{p}, 2e-3, NAdamConfig{MomentumDecay: new(-1.0)}),
		"Invalid epsilon value: -2":                   NewRAdam(params{p}, 1e-3, RAdamConfig{Eps: new(-2.0)}),
		"Invalid lambd value: -1":                     NewASGD(params{p}, 1e-2, ASGDConfig{Lambda: new(-1.0)}),
		"Invalid t0 value: NaN":                       NewASGD(params{p}, 1e-2, ASGDConfig{T0: new(nan)}),
		"Invalid eta values: 1, 1.2":                  NewRprop(params{p}, 1e-2, RpropConfig{Etas: &[2]float64{1, 1.2}}),
		"Invalid step sizes: 2, 1":                    NewRprop(params{p}, 1e-2, RpropConfig{StepSizes: &[2]float64{2, 1}}),
		"Rprop has no weight decay, a group has 0.1":  NewRprop(nil, 1e-2, RpropConfig{Groups: groups(GroupConfig{Params: params{p}, WeightDecay: new(0.1)})}),
		"Invalid beta parameter at index 0: -1":       NewLion(params{p}, 1e-4, LionConfig{Betas: &[2]float64{-1, 0}}),
		"Muon only supports 2D parameters whereas we found a parameter with size: (2)": NewMuon(params{p}, 1e-3, MuonConfig{}),
		"Number of steps must be less than 100":                                        NewMuon(params{p}, 1e-3, MuonConfig{NSSteps: new(100)}),
		"Adjust learning rate function 3 is not supported":                             NewMuon(params{p}, 1e-3, MuonConfig{Adjust: 3}),
		"beta2_decay should be <= 0 but is: 0.1":                                       NewAdafactor(params{p}, 1e-2, AdafactorConfig{Beta2Decay: new(0.1)}),
		"epsilon1 should be >= 0 but is: -1":                                           NewAdafactor(params{p}, 1e-2, AdafactorConfig{Eps1: new(-1.0)}),
		"epsilon2 should be >= 0 but is: -1":                                           NewAdafactor(params{p}, 1e-2, AdafactorConfig{Eps2: new(-1.0)}),
		"Clipping threshold d should be >= 1 but is: 0.5":                              NewAdafactor(params{p}, 1e-2, AdafactorConfig{D: 0.5}),
		"Nesterov momentum requires a momentum and zero dampening":                     NewSGD(params{p}, 1e-3, SGDConfig{Nesterov: true}),
		"can't optimize a non-leaf Tensor":                                             NewSGD(params{p.Mul(2)}, 1e-3, SGDConfig{}),
		"can't optimize a Tensor of int64":                                             NewSGD(params{stheno.Arange(0, 3, 1)}, 1e-3, SGDConfig{}),
		"parameter 1 of group 0 is nil":                                                NewSGD(params{p, nil}, 1e-3, SGDConfig{}),
		"parameter 1 of group 0 appears twice":                                         NewSGD(params{p, p}, 1e-3, SGDConfig{}),
		"some parameters appear in more than one parameter group":                      NewSGD(nil, 1e-3, SGDConfig{Groups: groups(GroupConfig{Params: params{p}}, GroupConfig{Params: params{p}})}),
		"parameters are given both directly and in groups":                             NewSGD(params{p}, 1e-3, SGDConfig{Groups: groups(GroupConfig{Params: params{p}})}),
	} {
		require.ErrorContains(t, opt.Err(), text)
		require.ErrorIs(t, opt.Err(), stheno.ErrValue)
		require.Equal(t, opt.Err(), opt.Step())
		require.Error(t, opt.LoadState(opt.State()))
		opt.SetLR(1)
		opt.ZeroGrad()
	}
	require.ErrorContains(t, NewSGD(params{p}, 1e-3, SGDConfig{Momentum: 0.9, Dampening: 0.1, Nesterov: true}).Step(), "Nesterov")
	failed := stheno.Zeros(2).Add(stheno.Zeros(3))
	require.ErrorIs(t, NewSGD(params{failed}, 1e-3, SGDConfig{}).Step(), stheno.ErrShape)
}

func TestDefaults(t *testing.T) {
	p := params{stheno.Zeros(1).WithGrad()}
	require.Equal(t, 1e-3, NewSGD(p, 1e-3, SGDConfig{}).LR())
	require.Equal(t, 1e-3, NewAdam(p, 1e-3, AdamConfig{}).LR())
	require.Equal(t, 1e-2, NewRMSprop(p, 1e-2, RMSpropConfig{}).LR())
	require.Equal(t, 1e-2, NewAdagrad(p, 1e-2, AdagradConfig{}).LR())
	require.Zero(t, NewAdam(p, 1e-3, AdamConfig{}).Groups()[0].WeightDecay)
	require.Equal(t, 1e-2, NewAdamW(p, 1e-3, AdamConfig{}).Groups()[0].WeightDecay)
}

func TestZeroSaysZero(t *testing.T) {
	p := stheno.New([]float64{1}).WithGrad()
	opt := NewAdamW(params{p}, 0.5, AdamConfig{WeightDecay: new(0.0), Eps: new(0.0), Betas: &[2]float64{}})
	setGrad(p, []float64{-3})
	require.NoError(t, opt.Step())
	require.Equal(t, []float64{1.5}, values[float64](t, p), "Adam without memory is the sign")
	require.Zero(t, opt.Groups()[0].WeightDecay)

	still := NewSGD(params{p}, 0, SGDConfig{})
	require.NoError(t, still.Step())
	require.Equal(t, []float64{1.5}, values[float64](t, p))
	still.SetLR(1)
	require.Equal(t, 1.0, still.LR())
}

func TestRateThatTurnsBadStepsNothing(t *testing.T) {
	for _, lr := range []float64{math.NaN(), math.Inf(1), -1} {
		p, q := stheno.Ones(2).WithGrad(), stheno.Ones(1).WithGrad()
		opt := NewSGD(nil, 0.1, SGDConfig{Groups: []GroupConfig{{Params: params{p}}, {Params: params{q}}}})
		require.NoError(t, p.Sum().Backward())
		opt.Groups()[1].LR = lr
		require.ErrorContains(t, opt.Step(), "Invalid learning rate: ")
		require.Equal(t, []float32{1, 1}, values[float32](t, p))
		opt.SetLR(0.5)
		require.NoError(t, opt.Step())
		require.Equal(t, []float32{0.5, 0.5}, values[float32](t, p))
	}
}

func TestGroups(t *testing.T) {
	a, b, c := stheno.Ones(1).WithGrad(), stheno.Ones(1).WithGrad(), stheno.Ones(1).WithGrad()
	opt := NewSGD(nil, 0.5, SGDConfig{WeightDecay: 1, Groups: []GroupConfig{
		{Params: params{a}}, {Params: params{b}, LR: new(0.25), WeightDecay: new(0.0)},
	}})
	require.NoError(t, opt.AddGroup(GroupConfig{Params: params{c}, LR: new(0.125)}))
	require.ErrorContains(t, opt.AddGroup(GroupConfig{Params: params{a}}), "more than one parameter group")
	require.ErrorContains(t, opt.AddGroup(GroupConfig{}), "empty parameter list")
	require.Equal(t, params{a, b, c}, opt.Parameters())
	step := func() {
		opt.ZeroGrad()
		require.NoError(t, a.Add(b).Add(c).Sum().Backward())
		require.NoError(t, opt.Step())
	}
	step()
	require.Equal(t, float32(1-0.5*2), values[float32](t, a)[0])
	require.Equal(t, float32(1-0.25), values[float32](t, b)[0])
	require.Equal(t, float32(1-0.125*2), values[float32](t, c)[0])

	opt.SetLR(1)
	var rates []float64
	for _, g := range opt.Groups() {
		rates = append(rates, g.LR)
	}
	require.Equal(t, []float64{1, 0.5, 0.25}, rates, "groups keep their proportion")
	Apply(opt, Constant(0.1, 1), 0, 1)
	require.InDelta(t, 0.025, opt.Groups()[1].LR, 1e-15, "schedules multiply the first rates")
}

func TestParametersWithoutGradientAreSkipped(t *testing.T) {
	used, unused, frozen := stheno.Ones(1).WithGrad(), stheno.Ones(1).WithGrad(), stheno.Ones(1)
	opt := NewAdamW(params{used, unused, frozen}, 0.1, AdamConfig{})
	require.NoError(t, used.Sum().Backward())
	require.NoError(t, opt.Step())
	require.Less(t, values[float32](t, used)[0], float32(1))
	require.Equal(t, []float32{1}, values[float32](t, unused), "not even decayed")
	require.Equal(t, []float32{1}, values[float32](t, frozen))

	opt.ZeroGrad()
	require.Nil(t, used.Grad())
	before := values[float32](t, used)
	require.NoError(t, opt.Step())
	require.Equal(t, before, values[float32](t, used))

	again := NewAdamW(params{used, unused, frozen}, 0.1, AdamConfig{})
	require.NoError(t, again.LoadState(opt.State()))
	require.Equal(t, plain(opt.State()), plain(again.State()))
}

func TestStepMakesRecordsStale(t *testing.T) {
	p := stheno.Ones(1).WithGrad()
	opt := NewSGD(params{p}, 1e-3, SGDConfig{})
	require.NoError(t, p.Sum().Backward())
	old := p.Mul(p)
	require.NoError(t, opt.Step())
	require.ErrorIs(t, old.Sum().Backward(), stheno.ErrStale)
}

func TestStateByName(t *testing.T) {
	type model struct{ Weight, Bias *stheno.Variable }
	leaf := func() *stheno.Variable { return stheno.Ones(2).WithGrad() }
	a, b := &model{leaf(), leaf()}, &model{leaf(), leaf()}
	list := append(stheno.Parameters(a), stheno.Parameters(b)...)
	opt := NewSGD(list, 1e-3, SGDConfig{Momentum: 0.9})
	setGrad(list[1], []float32{1, 2})
	require.NoError(t, opt.Step())
	var names []string
	for _, e := range opt.State() {
		names = append(names, e.Name)
	}
	require.Equal(t, []string{
		"param_groups.0.lr", "param_groups.0.initial_lr", "param_groups.0.weight_decay",
		"state.weight.step", "state.bias.step", "state.bias.momentum_buffer",
		"state.param_2.step", "state.param_3.step",
	}, names, "names that two models share are made unique")

	// Order does not matter where there are names.
	swapped := NewSGD(params{a.Bias, a.Weight}, 1e-3, SGDConfig{Momentum: 0.9})
	require.NoError(t, swapped.LoadState(opt.State()[:6]))
	require.Equal(t, []float64{1, 2}, swapped.State()[4].Tensor.Floats())
}

func TestLoadStateTellsEverything(t *testing.T) {
	type model struct{ A, B, C, D *stheno.Variable }
	leaf := func() *stheno.Variable { return stheno.Ones(2).WithGrad() }
	m := &model{leaf(), leaf(), leaf(), leaf()}
	opt := NewAdam(stheno.Parameters(m), 1e-3, AdamConfig{})
	group := opt.State()[:3]
	before := opt.State()
	tensor := func(name string, t *stheno.Tensor) stheno.NamedTensor {
		return stheno.NamedTensor{Name: name, Tensor: t}
	}
	err := opt.LoadState(append(group[:2:2],
		tensor("state.a.step", stheno.ScalarOf(int64(3))),
		tensor("state.a.exp_avg", stheno.NewTensor(stheno.Float32, 3)),
		tensor("state.b.step", stheno.ScalarOf(int64(3))),
		tensor("state.b.exp_avg", stheno.NewTensor(stheno.Int64, 2)),
		tensor("state.b.exp_avg_sq", stheno.NewTensor(stheno.Float32, 2)),
		tensor("state.d.step", stheno.ScalarOf(-1.5)),
		tensor("state.d.exp_avg", stheno.NewTensor(stheno.Float32, 2)),
		tensor("state.d.exp_avg_sq", stheno.NewTensor(stheno.Float32, 2)),
		tensor("other", stheno.NewTensor(stheno.Float32, 3)),
	))
	var problems *stheno.LoadError
	require.ErrorAs(t, err, &problems)
	require.Equal(t, []string{"param_groups.0.weight_decay", "state.a.exp_avg_sq", "state.c.step"}, problems.Missing)
	require.Equal(t, []string{"other"}, problems.Unexpected)
	require.Equal(t, []string{
		"size mismatch for state.a.exp_avg: the state has shape (3), the optimizer expects (2).",
		"dtype mismatch for state.b.exp_avg: the state has int64, the optimizer expects floats.",
		"value mismatch for state.d.step: -1.5 is not a number of steps.",
	}, problems.Mismatch)
	require.ErrorContains(t, err, "Error(s) in loading state_dict for Adam:")
	require.Equal(t, plain(before), plain(opt.State()), "nothing was loaded")

	require.ErrorContains(t, opt.LoadState(nil), "loaded state dict has a different number of parameter groups")
	require.ErrorContains(t, opt.LoadState(append(before, before[0])), "two entries")
	require.ErrorContains(t, opt.LoadState([]stheno.NamedTensor{{Name: "x"}}), "has no tensor")
	require.ErrorContains(t, opt.LoadState([]stheno.NamedTensor{tensor("x", stheno.NewTensor(stheno.Float32, -1))}), "has no tensor")
}

func TestStateFollowsTheParametersType(t *testing.T) {
	type model struct{ W *stheno.Variable }
	m := &model{stheno.Ones(2).WithGrad()}
	opt := NewSGD(stheno.Parameters(m), 1, SGDConfig{Momentum: 0.5})
	setGrad(m.W, []float32{1, 2})
	require.NoError(t, opt.Step())
	require.NoError(t, stheno.To(m, stheno.Float64))
	setGrad(m.W, []float64{1, 1})
	require.NoError(t, opt.Step())
	require.Equal(t, []float64{-1.5, -3}, values[float64](t, m.W))

	half := NewSGD(params{m.W}, 1, SGDConfig{Momentum: 0.5})
	state := opt.State()
	buffer := &state[len(state)-1]
	buffer.Tensor = stheno.TensorOf([]float32{1.5, 2}) // saved in another type
	require.NoError(t, half.LoadState(state))
	require.Equal(t, plain(opt.State()), plain(half.State()))
}

// TestConvergence minimizes a quadratic function with condition number 100.
func TestConvergence(t *testing.T) {
	for name, c := range map[string]struct {
		make  func(p params) Optimizer
		steps int
	}{
		"sgd":      {func(p params) Optimizer { return NewSGD(p, 0.015, SGDConfig{Momentum: 0.9}) }, 400},
		"nesterov": {func(p params) Optimizer { return NewSGD(p, 0.01, SGDConfig{Momentum: 0.9, Nesterov: true}) }, 400},
		"adam":     {func(p params) Optimizer { return NewAdam(p, 0.1, AdamConfig{}) }, 1000},
		"rmsprop":  {func(p params) Optimizer { return NewRMSprop(p, 0.02, RMSpropConfig{}) }, 1000},
		"adagrad":  {func(p params) Optimizer { return NewAdagrad(p, 1, AdagradConfig{}) }, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			x := stheno.New([]float64{3, -2}).WithGrad()
			opt := c.make(params{x})
			target, steep := stheno.New([]float64{1, 1}), stheno.New([]float64{0.5, 50})
			for step := range c.steps {
				Apply(opt, Linear(1, 0.001, c.steps), step, 1)
				opt.ZeroGrad()
				d := x.Sub(target)
				require.NoError(t, d.Mul(d).Mul(steep).Sum().Backward())
				require.NoError(t, opt.Step())
			}
			require.InDeltaSlice(t, []float64{1, 1}, values[float64](t, x), 1e-3)
		})
	}
}
