// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// bomb panics at a call of its choice.
type bomb struct{ left int32 }

func (b *bomb) tick() {
	if atomic.AddInt32(&b.left, -1) == 0 { // workers of a Loader call it concurrently
		panic("bomb")
	}
}

type bombModule struct {
	layers.Sequential
	b *bomb
}

func (m bombModule) Forward(x *stheno.Variable) *stheno.Variable {
	y := m.Sequential.Forward(x)
	m.b.tick()
	return y
}

type bombLoss struct{ b *bomb }

func (l bombLoss) Forward(pred, y *stheno.Variable) *stheno.Variable {
	l.b.tick()
	return layers.CrossEntropyLoss{}.Forward(pred, y)
}

type bombMetric struct {
	metrics.Metric
	update, value *bomb
}

func (m bombMetric) Update(pred, y *stheno.Variable) error {
	m.update.tick()
	return m.Metric.Update(pred, y)
}

func (m bombMetric) Value() float64 {
	m.value.tick()
	return m.Metric.Value()
}

type bombData struct {
	spirals
	b *bomb
}

func (d bombData) At(i int, r *rand.Rand) (datasets.Sample, error) {
	d.b.tick()
	return d.spirals.At(i, r)
}

type bombSampler struct {
	datasets.Sampler
	b *bomb
}

func (s bombSampler) Indices(epoch int) iter.Seq[int] {
	s.b.tick()
	return s.Sampler.Indices(epoch)
}

// TestPanicsEndAFitWithAnError checks that the error names the source line, that the state after the
// last step is saved, and that a resumed Fit ends with the bits of an uninterrupted one.
func TestPanicsEndAFitWithAnError(t *testing.T) {
	defer stheno.Seed(0)
	type parts struct{ model, loss, update, value, data, val, sampler, schedule, mode, callback, hook *bomb }
	fit := func(t *testing.T, dir string, at parts, resume bool) (*trainers.Trainer, error) {
		for _, b := range []**bomb{&at.model, &at.loss, &at.update, &at.value, &at.data, &at.val, &at.sampler, &at.schedule, &at.mode, &at.callback, &at.hook} {
			if *b == nil {
				*b = new(bomb)
			}
		}
		stheno.Seed(9)
		net := layers.Sequential{layers.NewLinear(2, 8), layers.NewBatchNorm1d(8), layers.NewDropout(0.5), layers.NewLinear(8, 2)}
		model := &bombModule{net, at.model}
		tr := &trainers.Trainer{Model: model, Loss: bombLoss{at.loss}, Epochs: 4, SkipDryRun: true,
			Optimizer: optim.NewSGD(stheno.Parameters(model), 0.1, optim.SGDConfig{Momentum: 0.9}),
			Metrics:   []metrics.Metric{bombMetric{metrics.TopK(1), at.update, at.value}},
			Schedule:  optim.Lambda(func(epoch float64) float64 { at.schedule.tick(); return 1 / (1 + epoch) }), EveryStep: true,
			Mode: func(m stheno.Module) { at.mode.tick(); stheno.Train(m) },
			Callbacks: []trainers.Callback{
				{Name: "bomb", StepEnd: func(context.Context, *trainers.State) error { at.callback.tick(); return nil }},
				trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir}),
			}}
		defer stheno.RegisterForwardHook(model, func(_ stheno.Module, x, y *stheno.Variable) *stheno.Variable { at.hook.tick(); return y })()
		if resume {
			_, err := tr.Resume(dir)
			require.NoError(t, err)
		}
		train := &datasets.Loader{Dataset: bombData{spirals{50, 0}, at.data}, BatchSize: 8, Workers: new(0),
			Sampler: bombSampler{datasets.RandomSampler{N: 50, Seed: 1}, at.sampler}}
		val := &datasets.Loader{Dataset: bombData{spirals{20, 0}, at.val}, BatchSize: 8, Workers: new(2)}
		_, err := tr.Fit(t.Context(), train, val)
		return tr, err
	}
	whole, err := fit(t, t.TempDir(), parts{}, false)
	require.NoError(t, err)
	for name, at := range map[string]parts{
		"model": {model: &bomb{15}}, "loss": {loss: &bomb{15}}, "data": {data: &bomb{95}}, "validation data": {val: &bomb{35}},
		"sampler": {sampler: &bomb{3}}, "schedule": {schedule: &bomb{15}}, "mode": {mode: &bomb{2}}, "callback": {callback: &bomb{10}},
		"validation": {model: &bomb{7 + 1}}, "value": {value: &bomb{3}}, "hook": {hook: &bomb{12}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := fit(t, dir, at, false)
			require.Regexp(t, `panic at panics_test.go:\d+: bomb`, err)
			var p *stheno.PanicError
			require.ErrorAs(t, err, &p)
			require.Equal(t, "bomb", p.Value)
			again, err := fit(t, dir, parts{}, true)
			require.NoError(t, err)
			require.Equal(t, bits(t, whole.Model), bits(t, again.Model))
		})
	}
	// The metric's panic comes after the step of its batch was begun: the last epoch's end counts.
	dir := t.TempDir()
	_, err = fit(t, dir, parts{update: &bomb{15}}, false)
	require.ErrorContains(t, err, "trainers: epoch 2, batch")
	again, err := fit(t, dir, parts{}, true)
	require.NoError(t, err)
	require.Equal(t, bits(t, whole.Model), bits(t, again.Model))
}

// TestPanicsOfEvaluateAndPredict checks that panics are errors there too.
func TestPanicsOfEvaluateAndPredict(t *testing.T) {
	tr := newTrainer(1)
	_, val := loaders()
	require.ErrorContains(t, tr.Predict(t.Context(), val, func(datasets.Batch, *stheno.Tensor) error { panic("f") }), "trainers: predict: panic at panics_test.go:")
	tr.Loss = bombLoss{&bomb{1}}
	_, err := tr.Evaluate(t.Context(), val)
	require.ErrorContains(t, err, "trainers: evaluate: panic at panics_test.go:")
	tr = newTrainer(1)
	tr.Loss = bombLoss{&bomb{1}}
	_, err = tr.Fit(t.Context(), val, nil)
	require.ErrorContains(t, err, "trying one batch before the first epoch: panic at panics_test.go:")
}
