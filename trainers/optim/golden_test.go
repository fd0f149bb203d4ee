// SPDX-License-Identifier: MIT

package optim

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/storage"
)

type params = []*stheno.Variable

// optimizers has a row for every case of the fixture.
var optimizers = map[string]func(p params) Optimizer{
	"sgd":                func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1}) },
	"sgd_momentum":       func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9}) },
	"sgd_nesterov":       func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, Nesterov: true}) },
	"sgd_dampening":      func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, Dampening: 0.1}) },
	"sgd_decay":          func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, WeightDecay: 0.01}) },
	"sgd_momentum_decay": func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, WeightDecay: 0.01}) },
	"sgd_nesterov_decay": func(p params) Optimizer {
		return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 0.01})
	},
	"sgd_maximize": func(p params) Optimizer { return NewSGD(p, SGDConfig{LR: 0.1, Momentum: 0.9, Maximize: true}) },
	"adam":         func(p params) Optimizer { return NewAdam(p, AdamConfig{LR: 0.01}) },
	"adam_betas_eps": func(p params) Optimizer {
		return NewAdam(p, AdamConfig{LR: 0.01, Betas: [2]float64{0.8, 0.95}, Eps: 1e-3})
	},
	"adam_decay":          func(p params) Optimizer { return NewAdam(p, AdamConfig{LR: 0.01, WeightDecay: 0.1}) },
	"adam_amsgrad":        func(p params) Optimizer { return NewAdam(p, AdamConfig{LR: 0.01, AMSGrad: true}) },
	"adam_maximize":       func(p params) Optimizer { return NewAdam(p, AdamConfig{LR: 0.01, Maximize: true}) },
	"adamw":               func(p params) Optimizer { return NewAdamW(p, AdamConfig{LR: 0.01, WeightDecay: 0.1}) },
	"adamw_amsgrad":       func(p params) Optimizer { return NewAdamW(p, AdamConfig{LR: 0.01, WeightDecay: 0.1, AMSGrad: true}) },
	"rmsprop":             func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01}) },
	"rmsprop_alpha_decay": func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01, Alpha: 0.9, WeightDecay: 0.1}) },
	"rmsprop_momentum":    func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01, Momentum: 0.9}) },
	"rmsprop_centered":    func(p params) Optimizer { return NewRMSprop(p, RMSpropConfig{LR: 0.01, Centered: true}) },
	"rmsprop_centered_momentum": func(p params) Optimizer {
		return NewRMSprop(p, RMSpropConfig{LR: 0.01, Centered: true, Momentum: 0.9})
	},
	"adagrad":          func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1}) },
	"adagrad_lr_decay": func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1, LRDecay: 0.05}) },
	"adagrad_initial":  func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1, InitialAccumulator: 0.5}) },
	"adagrad_decay":    func(p params) Optimizer { return NewAdagrad(p, AdagradConfig{LR: 0.1, WeightDecay: 0.1}) },
}

func TestEveryFixtureHasARow(t *testing.T) {
	for _, name := range golden.Load(t, "optim").Names() {
		if name != "init" && name != "grads" {
			require.NotNil(t, optimizers[name], name)
		}
	}
}

func TestOptimizersEqualTorch(t *testing.T) {
	for name, make := range optimizers {
		t.Run(name+"/f32", func(t *testing.T) { equalTorch[float32](t, name, "f32", make, 1e-6) })
		t.Run(name+"/f64", func(t *testing.T) { equalTorch[float64](t, name, "f64", make, 1e-12) })
	}
}

// load returns fresh parameters p0 and p1 of the fixture.
func load[T float32 | float64](t *testing.T, dt string) params {
	f := golden.Load(t, "optim")
	var list params
	for _, key := range []string{"p0", "p1"} {
		g := f.Get(t, "init/"+dt+"/"+key)
		list = append(list, stheno.NewParameter(stheno.TensorOf(elements[T](t, g), g.Shape...)))
	}
	return list
}

func elements[T float32 | float64](t *testing.T, g *golden.Tensor) []T {
	out := make([]T, g.Len())
	for i, v := range g.Float64s(t) {
		out[i] = T(v)
	}
	return out
}

// feed gives the parameters the gradients of a step.
func feed[T float32 | float64](t *testing.T, list params, dt string, step int) {
	f := golden.Load(t, "optim")
	for i, p := range list {
		all := elements[T](t, f.Get(t, "grads/"+dt+"/"+[]string{"p0", "p1"}[i]))
		x := access.Node(p).Extra()
		x.GradData, x.HasGrad = storage.Of(all[step*p.Size():(step+1)*p.Size()]), true
	}
}

func equalTorch[T float32 | float64](t *testing.T, name, dt string, make func(params) Optimizer, tol float64) {
	f := golden.Load(t, "optim")
	list := load[T](t, dt)
	opt := make(list)
	var half []stheno.NamedTensor
	var middle params
	for step := range 100 {
		if step == 50 { // a second optimizer goes on from the state of the first
			half = opt.State()
			for _, p := range list {
				x, err := p.Tensor()
				require.NoError(t, err)
				middle = append(middle, stheno.NewParameter(x))
			}
		}
		feed[T](t, list, dt, step)
		require.NoError(t, opt.Step())
		if n := step + 1; n == 1 || n == 10 || n == 100 {
			for i, key := range []string{"p0", "p1"} {
				want := f.Get(t, name+"/"+dt+"/step"+map[int]string{1: "1", 10: "10", 100: "100"}[n]+"/"+key).Float64s(t)
				got, err := list[i].Tensor()
				require.NoError(t, err)
				for j, v := range got.Floats() {
					require.InDelta(t, want[j], v, tol*math.Max(1, math.Abs(want[j]))*math.Sqrt(float64(n)), "%s step %d element %d", key, n, j)
				}
			}
		}
	}
	again := make(middle)
	require.NoError(t, again.LoadState(half))
	for step := 50; step < 100; step++ {
		feed[T](t, middle, dt, step)
		require.NoError(t, again.Step())
	}
	for i := range list {
		want, err := stheno.Values[T](list[i])
		require.NoError(t, err)
		got, err := stheno.Values[T](middle[i])
		require.NoError(t, err)
		require.Equal(t, want, got, "a loaded state goes on with the same bits")
	}
}

func TestSchedulesEqualTorch(t *testing.T) {
	cycle := OneCycleConfig{Steps: 60}
	three := OneCycleConfig{Steps: 60, PctStart: 0.2, Linear: true, ThreePhase: true, DivFactor: 10, FinalDivFactor: 100}
	for name, c := range map[string]struct {
		base float64
		s    Schedule
	}{
		"step":               {0.1, Step(13, 0.3)},
		"multi_step":         {0.1, MultiStep(0.2, 5, 20, 21, 50)},
		"exponential":        {0.1, Exponential(0.93)},
		"linear":             {0.1, Linear(0.1, 0.8, 20)},
		"cosine":             {0.1, CosineTo(0.01, 60)},
		"polynomial":         {0.1, Polynomial(40, 2)},
		"warmup_cosine":      {0.1, Sequential([]Schedule{Linear(0.01, 1, 5), Cosine(55)}, 5)},
		"one_cycle":          {0.5, OneCycle(cycle)},
		"one_cycle_linear_3": {0.5, OneCycle(three)},
		"lambda":             {0.1, Lambda(func(e float64) float64 { return math.Pow(0.95, e) })},
		"constant":           {0.1, Sequential([]Schedule{Lambda(func(float64) float64 { return 0.5 }), Constant()}, 7)},
	} {
		t.Run(name, func(t *testing.T) {
			opt := NewSGD(params{stheno.Zeros(1).WithGrad()}, SGDConfig{LR: c.base})
			for epoch, want := range golden.Load(t, "sched").Get(t, name).Float64s(t) {
				Apply(opt, c.s, c.base, float64(epoch))
				require.InDelta(t, want, opt.LR(), 1e-9*want, "epoch %d", epoch)
			}
		})
	}
}

func TestPlateauEqualsTorch(t *testing.T) {
	f := golden.Load(t, "sched")
	metric := f.Get(t, "plateau_metric").Float64s(t)
	for name, c := range map[string]PlateauConfig{
		"plateau":         {Factor: 0.5, Patience: 2},
		"plateau_options": {Max: true, Factor: 0.3, Patience: 1, Threshold: 0.05, Absolute: true, Cooldown: 3, MinLR: 0.002},
	} {
		opt := NewSGD(params{stheno.Zeros(1).WithGrad()}, SGDConfig{LR: 0.1})
		p := NewPlateau(opt, c)
		for epoch, want := range f.Get(t, name).Float64s(t) {
			require.InEpsilon(t, want, opt.LR(), 1e-12, "%s epoch %d", name, epoch)
			require.NoError(t, p.Step(metric[epoch]))
		}
	}
}

func TestBadArguments(t *testing.T) {
	p := stheno.Zeros(2).WithGrad()
	nan := math.NaN()
	for text, opt := range map[string]Optimizer{
		"optimizer got an empty parameter list":                    NewSGD(nil, SGDConfig{}),
		"Invalid learning rate: -1":                                NewSGD(params{p}, SGDConfig{LR: -1}),
		"Invalid learning rate: NaN":                               NewAdam(params{p}, AdamConfig{LR: nan}),
		"Invalid learning rate: +Inf":                              NewAdam(params{p}, AdamConfig{LR: math.Inf(1)}),
		"Invalid momentum value: -0.5":                             NewSGD(params{p}, SGDConfig{Momentum: -0.5}),
		"Invalid weight_decay value: -1":                           NewSGD(params{p}, SGDConfig{WeightDecay: -1}),
		"Invalid beta parameter at index 0: 1":                     NewAdam(params{p}, AdamConfig{Betas: [2]float64{1, 0}}),
		"Invalid epsilon value: -1":                                NewRMSprop(params{p}, RMSpropConfig{Eps: -1}),
		"Nesterov momentum requires a momentum and zero dampening": NewSGD(params{p}, SGDConfig{Nesterov: true}),
		"can't optimize a non-leaf Tensor":                         NewSGD(params{p.Mul(2)}, SGDConfig{}),
		"parameter 1 of group 0 is nil":                            NewSGD(params{p, nil}, SGDConfig{}),
		"some parameters appear in more than one parameter group":  NewSGD(nil, SGDConfig{Groups: []Group{{Params: params{p}}, {Params: params{p}}}}),
		"a parameter appears twice in the list":                    NewSGD(params{p, p}, SGDConfig{}),
		"parameters are given both by themselves and in groups":    NewSGD(params{p}, SGDConfig{Groups: []Group{{Params: params{p}}}}),
		"can't optimize a Tensor of int64":                         NewSGD(params{stheno.Arange(0, 3, 1)}, SGDConfig{}),
		"Invalid initial_accumulator_value value: -1":              NewAdagrad(params{p}, AdagradConfig{InitialAccumulator: -1}),
	} {
		require.ErrorContains(t, opt.Step(), text)
	}
}

func TestRateThatTurnsNaNStepsNothing(t *testing.T) {
	p := stheno.Ones(2).WithGrad()
	opt := NewSGD(params{p}, SGDConfig{LR: 0.1})
	require.NoError(t, p.Sum().Backward())
	opt.SetLR(math.NaN())
	require.ErrorContains(t, opt.Step(), "Invalid learning rate: NaN")
	got, err := stheno.Values[float32](p)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 1}, got)
}

func TestGroupsKeepTheirProportion(t *testing.T) {
	a, b := stheno.Ones(1).WithGrad(), stheno.Ones(1).WithGrad()
	opt := NewSGD(nil, SGDConfig{LR: 0.1, Groups: []Group{{Params: params{a}}, {Params: params{b}, LR: 0.01}}})
	opt.SetLR(1)
	require.NoError(t, a.Add(b).Sum().Backward())
	require.NoError(t, opt.Step())
	got, err := stheno.Values[float32](stheno.Cat(0, a.Detach(), b.Detach()))
	require.NoError(t, err)
	require.InDeltaSlice(t, []float32{0, 0.9}, got, 1e-6)
	opt.ZeroGrad()
	require.Nil(t, a.Grad())
}

func TestLoadStateTellsEverything(t *testing.T) {
	p := stheno.Ones(2).WithGrad()
	opt := NewAdam(params{p}, AdamConfig{})
	err := opt.LoadState([]stheno.NamedTensor{
		{Name: "group_0.lr", Tensor: stheno.TensorOf([]float64{1})},
		{Name: "param_0.step", Tensor: stheno.TensorOf([]int64{3})},
		{Name: "param_0.exp_avg", Tensor: stheno.NewTensor(stheno.Float32, 3)},
		{Name: "other", Tensor: stheno.NewTensor(stheno.Float32, 3)},
	})
	require.ErrorContains(t, err, `"param_0.exp_avg" has shape (3), the parameter has (2)`)
	require.ErrorContains(t, err, `missing "param_0.exp_avg_sq"`)
	require.ErrorContains(t, err, `unexpected "other"`)
	require.InDelta(t, 1e-3, opt.LR(), 1e-12, "nothing was loaded")
	require.ErrorContains(t, opt.LoadState(nil), "different number of parameter groups")
}

func TestClip(t *testing.T) {
	a, b := stheno.Zeros(2).WithGrad(), stheno.Zeros(1).WithGrad()
	give := func() {
		ZeroGradOf(a, b)
		require.NoError(t, stheno.Cat(0, a, b).Mul(stheno.New([]float32{3, 0, 4})).Sum().Backward())
	}
	give()
	norm, err := ClipGradNorm(params{a, b, nil}, 1, 2)
	require.NoError(t, err)
	require.InDelta(t, 5, norm, 1e-6)
	got, err := stheno.Values[float32](stheno.Cat(0, a.Grad(), b.Grad()))
	require.NoError(t, err)
	require.InDeltaSlice(t, []float32{0.6, 0, 0.8}, got, 1e-6)
	give()
	norm, err = ClipGradNorm(params{a, b}, 100, math.Inf(1))
	require.NoError(t, err)
	require.InDelta(t, 4, norm, 1e-6)
	require.NoError(t, ClipGradValue(params{a, b}, 3.5))
	got, err = stheno.Values[float32](stheno.Cat(0, a.Grad(), b.Grad()))
	require.NoError(t, err)
	require.Equal(t, []float32{3, 0, 3.5}, got)
	require.Error(t, ClipGradValue(params{a}, 0))
	require.NoError(t, a.Mul(math.Inf(1)).Sum().Backward())
	_, err = ClipGradNorm(params{a}, 1, 2)
	require.ErrorContains(t, err, "cannot be clipped")
}

// ZeroGradOf drops the gradients of a few Variables.
func ZeroGradOf(vs ...*stheno.Variable) {
	for _, v := range vs {
		v.ZeroGrad()
	}
}

func TestUpdateSameBitsForAnyThreads(t *testing.T) {
	const n = 100_003
	var want []float32
	for _, threads := range []int{1, 2} {
		old := kernels.SetThreads(threads)
		w, g, buf := make([]float32, n), make([]float32, n), make([]float32, n)
		kernels.Normal(w, 1, 1)
		kernels.Normal(g, 1, 2)
		for step := range 3 {
			kernels.SGDStep(&kernels.SGD{LR: 0.1, Momentum: 0.9, WeightDecay: 1e-4, Nesterov: true}, w, g, buf, step == 0)
		}
		kernels.SetThreads(old)
		if want == nil {
			want = w
		}
		require.Equal(t, want, w)
	}
}

func BenchmarkSGDStepOfTwoScalars(b *testing.B) {
	w, c := stheno.Ones(1, 1).WithGrad(), stheno.Ones(1).WithGrad()
	opt := NewSGD(params{w, c}, SGDConfig{LR: 1e-3})
	require.NoError(b, w.Sum().Add(c.Sum()).Backward())
	b.ReportAllocs()
	for b.Loop() {
		if err := opt.Step(); err != nil {
			b.Fatal(err)
		}
	}
}
