// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// spirals is a data set of two classes that are not linearly separable. With noise, samples are
// random.
type spirals struct {
	n     int
	noise float64
}

func (d spirals) Len() int { return d.n }

func (d spirals) At(i int, r *rand.Rand) (datasets.Sample, error) {
	class := i % 2
	angle := 6 * float64(i) / float64(d.n)
	x := []float32{float32(angle * math.Cos(angle+math.Pi*float64(class)) / 3), float32(angle * math.Sin(angle+math.Pi*float64(class)) / 3)}
	if d.noise > 0 {
		x[0] += float32(d.noise * r.NormFloat64())
	}
	return datasets.Sample{X: stheno.TensorOf(x), Y: stheno.ScalarOf(int64(class))}, nil
}

func newTrainer(seed uint64) *trainers.Trainer {
	stheno.Seed(seed)
	model := layers.Sequential{
		layers.NewLinear(2, 16), layers.NewBatchNorm1d(16), layers.Tanh{}, layers.NewDropout(0.1), layers.NewLinear(16, 2),
	}
	return &trainers.Trainer{
		Model: model, Loss: layers.CrossEntropyLoss{}, Epochs: 4,
		Optimizer: optim.NewAdam(stheno.Parameters(model), 0.02, optim.AdamConfig{}),
		Schedule:  optim.Cosine(4), EveryStep: true,
		Metrics: []metrics.Metric{metrics.TopK(1)},
	}
}

func loaders() (train, val *datasets.Loader) {
	return &datasets.Loader{Dataset: spirals{100, 0.05}, BatchSize: 16, Shuffle: true, Seed: 3},
		&datasets.Loader{Dataset: spirals{40, 0}, BatchSize: 16}
}

// bits returns a model's state for exact comparison.
func bits(t *testing.T, m stheno.Module) map[string][]float64 {
	t.Helper()
	state, err := stheno.StateDict(m)
	require.NoError(t, err)
	all := map[string][]float64{}
	for _, e := range state {
		all[e.Name] = e.Tensor.Floats()
	}
	return all
}

// figuresOf returns a history without times.
func figuresOf(h *trainers.History) []map[string]float64 {
	var all []map[string]float64
	for _, e := range h.Epochs {
		all = append(all, e.Metrics)
	}
	return all
}

func TestFitLearns(t *testing.T) {
	tr := newTrainer(1)
	tr.Epochs, tr.Schedule = 60, nil
	train, val := loaders()
	h, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	require.Len(t, h.Epochs, 60)
	require.Equal(t, 60*7, h.Epochs[59].Step)
	top1, ok := h.Last("val_top1")
	require.True(t, ok)
	require.Greater(t, top1, 0.9)
	best, err := h.Best("val_loss")
	require.NoError(t, err)
	require.LessOrEqual(t, best.Metrics["val_loss"], h.Epochs[59].Metrics["val_loss"])
	figures, err := tr.Evaluate(t.Context(), val)
	require.NoError(t, err)
	require.Equal(t, h.Epochs[59].Metrics["val_loss"], figures["loss"])
	right := 0
	require.NoError(t, tr.Predict(t.Context(), val, func(b datasets.Batch, pred *stheno.Tensor) error {
		p, y := pred.Floats(), stheno.Must(b.Y.Tensor()).Floats()
		for i := range y {
			if (p[2*i+1] > p[2*i]) == (y[i] == 1) {
				right++
			}
		}
		return nil
	}))
	require.InDelta(t, top1, float64(right)/40, 1e-12)
}

// TestFitIsTheLoop compares Fit with a loop written by hand, bit for bit. The dry run has no effect.
func TestFitIsTheLoop(t *testing.T) {
	tr := newTrainer(5)
	tr.ClipNorm = 0.5
	train, _ := loaders()
	_, err := tr.Fit(t.Context(), train, nil)
	require.NoError(t, err)

	hand := newTrainer(5)
	train, _ = loaders()
	params := hand.Optimizer.Parameters()
	for epoch := range 4 {
		step := 0
		for b, err := range train.All(t.Context()) {
			require.NoError(t, err)
			optim.Apply(hand.Optimizer, hand.Schedule, epoch*7+step, 7)
			step++
			hand.Optimizer.ZeroGrad()
			require.NoError(t, hand.Loss.Forward(hand.Model.Forward(b.X), b.Y).Backward())
			_, err := optim.ClipGradNorm(params, 0.5, 2)
			require.NoError(t, err)
			require.NoError(t, hand.Optimizer.Step())
		}
	}
	require.Equal(t, bits(t, hand.Model), bits(t, tr.Model))
}

// TestAccumulate checks that two batches of 8 give the step of one of 16, without batch norm.
func TestAccumulate(t *testing.T) {
	fit := func(size, accumulate int) map[string][]float64 {
		stheno.Seed(2)
		model := layers.Sequential{layers.NewLinear(2, 8), layers.Tanh{}, layers.NewLinear(8, 2)}
		tr := &trainers.Trainer{Model: model, Loss: layers.CrossEntropyLoss{}, Epochs: 3, Accumulate: accumulate,
			Optimizer: optim.NewSGD(stheno.Parameters(model), 0.1, optim.SGDConfig{Momentum: 0.9})}
		h, err := tr.Fit(t.Context(), &datasets.Loader{Dataset: spirals{96, 0}, BatchSize: size}, nil)
		require.NoError(t, err)
		require.Equal(t, 18, h.Epochs[2].Step)
		return bits(t, model)
	}
	want, got := fit(16, 1), fit(8, 2)
	for name := range want {
		require.InDeltaSlice(t, want[name], got[name], 1e-6)
	}
}

func TestAccumulateLeavesNoBatchOut(t *testing.T) {
	tr := newTrainer(1)
	tr.Accumulate = 3 // 7 batches an epoch: 3, 3 and 1
	train, _ := loaders()
	h, err := tr.Fit(t.Context(), train, nil)
	require.NoError(t, err)
	require.Equal(t, 4*3, h.Epochs[3].Step)
}

func TestEMA(t *testing.T) {
	tr := newTrainer(1)
	tr.EMA = 0.9
	var want map[string][]float64
	var weights []stheno.NamedTensor
	tr.Callbacks = []trainers.Callback{{Name: "average", StepEnd: func(_ context.Context, s *trainers.State) error {
		now := bits(t, tr.Model)
		if want == nil {
			want = now
		}
		for name, x := range now {
			for i, v := range x {
				if strings.Contains(name, "running") || strings.Contains(name, "num_batches") {
					want[name][i] = v
				} else {
					want[name][i] = 0.9*want[name][i] + 0.1*v
				}
			}
		}
		return nil
	}, FitEnd: func(_ context.Context, s *trainers.State) (err error) {
		weights, err = s.Weights()
		return err
	}}}
	train, val := loaders()
	h, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	for _, e := range weights {
		require.InDeltaSlice(t, want[e.Name], e.Tensor.Floats(), 1e-5, e.Name)
	}
	// Validation used the average, and the model has its own weights again.
	require.NotEqual(t, want["0.weight"], bits(t, tr.Model)["0.weight"])
	require.NoError(t, stheno.LoadStateDict(tr.Model, weights))
	figures, err := tr.Evaluate(t.Context(), val)
	require.NoError(t, err)
	require.Equal(t, h.Epochs[3].Metrics["val_loss"], figures["loss"])
}

// TestMomentumIsScheduled checks the momentum of every step, also after a Resume.
func TestMomentumIsScheduled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	cycle := optim.OneCycleMomentum(optim.OneCycleConfig{Epochs: 4})
	made := func(stop int) (*trainers.Trainer, *[]float64) {
		tr, seen := newTrainer(1), new([]float64)
		tr.Momentum = cycle
		tr.Callbacks = []trainers.Callback{{Name: "see", StepEnd: func(_ context.Context, s *trainers.State) error {
			*seen = append(*seen, s.Trainer().Optimizer.(optim.Momentum).Momentum())
			if s.Step == stop {
				return errors.Join(s.Save(path), trainers.ErrStop)
			}
			return nil
		}}}
		return tr, seen
	}
	whole, all := made(0)
	train, val := loaders()
	_, err := whole.Fit(t.Context(), train, val)
	require.NoError(t, err)
	require.Len(t, *all, 4*7)
	for i, m := range *all {
		require.InDelta(t, cycle(i, 7), m, 1e-12)
	}
	part, before := made(10)
	_, err = part.Fit(t.Context(), train, val)
	require.NoError(t, err)
	rest, after := made(0)
	_, err = rest.Resume(path)
	require.NoError(t, err)
	_, err = rest.Fit(t.Context(), train, val)
	require.NoError(t, err)
	require.Equal(t, *all, append(*before, *after...))
	require.Equal(t, bits(t, whole.Model), bits(t, rest.Model))

	rest.Optimizer = optim.NewSGD(stheno.Parameters(rest.Model), 0.1, optim.SGDConfig{})
	_, err = rest.Fit(t.Context(), train, val)
	require.ErrorContains(t, err, "a schedule of the Momentum needs an Optimizer with momentum, which this *optim.SGD has not")
}

func TestOverfitBatches(t *testing.T) {
	tr := newTrainer(1)
	tr.OverfitBatches, tr.Epochs, tr.Schedule = 1, 150, nil
	var seen int
	tr.Callbacks = []trainers.Callback{{Name: "count", StepEnd: func(_ context.Context, s *trainers.State) error { seen += s.Samples; return nil }}}
	train, _ := loaders()
	h, err := tr.Fit(t.Context(), train, nil)
	require.NoError(t, err)
	require.Equal(t, 150*16, seen)
	loss, _ := h.Last("loss")
	require.Less(t, loss, 0.15)
}

func TestEarlyStopping(t *testing.T) {
	tr := newTrainer(1)
	values := []float64{0.5, 0.6, 0.6, 0.61, 0.55, 0.7}
	tr.Epochs = 20
	tr.Callbacks = []trainers.Callback{
		{Name: "plan", EpochEnd: func(_ context.Context, s *trainers.State) error {
			s.Metrics["val_top1"] = values[s.Epoch-1]
			return nil
		}},
		trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: "val_top1", Patience: new(2), MinDelta: 0.05}),
	}
	train, val := loaders()
	h, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	require.Len(t, h.Epochs, 5, "0.6 is best; 0.6, 0.61 and 0.55 are no better")
	require.Equal(t, "early stopping", h.Stopped)
}

func TestPlateau(t *testing.T) {
	tr := newTrainer(1)
	tr.Schedule, tr.Epochs = nil, 6
	tr.Callbacks = []trainers.Callback{
		{Name: "flat", EpochEnd: func(_ context.Context, s *trainers.State) error { s.Metrics["val_loss"] = 1; return nil }},
		trainers.ReduceLROnPlateau(optim.NewPlateau(tr.Optimizer, optim.PlateauConfig{Factor: new(0.5), Patience: new(1)}), "val_loss"),
	}
	train, val := loaders()
	h, err := tr.Fit(t.Context(), train, val)
	require.NoError(t, err)
	require.Equal(t, 0.02, h.Epochs[2].Metrics["lr"])
	require.Equal(t, 0.01, h.Epochs[3].Metrics["lr"])
}

func TestTimeLimit(t *testing.T) {
	tr := newTrainer(1)
	tr.Epochs, tr.TimeLimit = 1<<30, 50*time.Millisecond
	train, _ := loaders()
	begun := time.Now()
	_, err := tr.Fit(t.Context(), train, nil)
	require.NoError(t, err)
	require.Less(t, time.Since(begun), 20*time.Second)
}

func TestNaNStops(t *testing.T) {
	tr := newTrainer(1)
	tr.Loss = stopLoss{after: 10, n: new(int)}
	dir := t.TempDir()
	tr.Callbacks = []trainers.Callback{trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir})}
	train, _ := loaders()
	h, err := tr.Fit(t.Context(), train, nil)
	require.ErrorContains(t, err, "the loss is NaN in epoch 2, batch 3 of 7, at learning rate")
	require.Len(t, h.Epochs, 1)
	again := newTrainer(1)
	_, err = again.Resume(dir)
	require.NoError(t, err, "the checkpoint before is untouched")
	h, err = again.Fit(t.Context(), train, nil)
	require.NoError(t, err)
	require.Len(t, h.Epochs, 4)
}

// stopLoss becomes NaN after some calls.
type stopLoss struct {
	after int
	n     *int
}

func (l stopLoss) Forward(pred, y *stheno.Variable) *stheno.Variable {
	*l.n++
	loss := layers.CrossEntropyLoss{}.Forward(pred, y)
	if *l.n > l.after {
		return loss.Mul(math.NaN())
	}
	return loss
}

// TestInterruptAnywhere cancels after each step in turn, resumes, and expects the bits and the
// history of an uninterrupted run.
func TestInterruptAnywhere(t *testing.T) {
	setup := func(dir string) (*trainers.Trainer, *datasets.Loader, *datasets.Loader) {
		tr := newTrainer(7)
		tr.EMA = 0.95
		tr.Callbacks = []trainers.Callback{trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir, Monitor: "val_loss"}),
			trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: "val_loss", Patience: new(2)})}
		train, val := loaders()
		return tr, train, val
	}
	whole, train, val := setup(t.TempDir())
	want, err := whole.Fit(t.Context(), train, val)
	require.NoError(t, err)
	for stop := 1; stop < 28; stop += 2 {
		dir := t.TempDir()
		tr, train, val := setup(dir)
		ctx, cancel := context.WithCancel(t.Context())
		tr.Callbacks = append(tr.Callbacks, trainers.Callback{Name: "ctrl-c", StepEnd: func(_ context.Context, s *trainers.State) error {
			if s.Step == stop {
				cancel()
			}
			return nil
		}})
		_, err := tr.Fit(ctx, train, val)
		require.ErrorIs(t, err, context.Canceled)
		again, train, val := setup(dir)
		stheno.Seed(99) // the state of the generator before Resume does not matter
		_, err = again.Resume(dir)
		require.NoError(t, err)
		got, err := again.Fit(t.Context(), train, val)
		require.NoError(t, err)
		require.Equal(t, bits(t, whole.Model), bits(t, again.Model), "stopped after step %d", stop)
		require.Equal(t, figuresOf(want), figuresOf(got))
	}
}

func TestDamagedCheckpoint(t *testing.T) {
	dir := t.TempDir()
	setup := func() (*trainers.Trainer, *datasets.Loader, *datasets.Loader) {
		tr := newTrainer(7)
		tr.Callbacks = []trainers.Callback{trainers.Checkpoint(trainers.CheckpointConfig{Dir: dir, Monitor: "val_top1", Best: 2})}
		train, val := loaders()
		return tr, train, val
	}
	whole, train, val := setup()
	_, err := whole.Fit(t.Context(), train, val)
	require.NoError(t, err)
	best, err := filepath.Glob(filepath.Join(dir, "best-*"))
	require.NoError(t, err)
	require.Len(t, best, 2)
	require.NoError(t, stheno.Load(best[0], newTrainer(1).Model), "weights that anything loads")

	last := filepath.Join(dir, "last.safetensors")
	file, err := os.ReadFile(last)
	require.NoError(t, err)
	for name, damage := range map[string]func([]byte) []byte{
		"a flipped bit":  func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"cut off":        func(b []byte) []byte { return b[:len(b)/2] },
		"empty":          func(b []byte) []byte { return nil },
		"in the tensors": func(b []byte) []byte { b[len(b)-9] ^= 1; return b },
	} {
		require.NoError(t, os.WriteFile(last, damage(append([]byte(nil), file...)), 0o644))
		tr, train, val := setup()
		warning, err := tr.Resume(dir)
		require.NoError(t, err, name)
		require.Contains(t, warning, "last.safetensors", name)
		require.Contains(t, warning, "resuming from", name)
		require.Contains(t, warning, "previous.safetensors", name)
		_, err = tr.Resume(last)
		require.Error(t, err, name)
		_, err = tr.Resume(dir)
		require.NoError(t, err)
		_, err = tr.Fit(t.Context(), train, val)
		require.NoError(t, err)
		require.Equal(t, bits(t, whole.Model), bits(t, tr.Model), name)
	}
	_, err = newTrainer(1).Resume(t.TempDir())
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = newTrainer(1).Resume(best[0])
	require.ErrorIs(t, err, trainers.ErrDamaged)
	require.ErrorContains(t, err, "it is not a checkpoint")
	tr, _, val := setup()
	_, err = tr.Resume(dir)
	require.NoError(t, err)
	_, err = tr.Fit(t.Context(), val, nil)
	require.ErrorContains(t, err, "an epoch had 7 batches and now has 3")
}

func TestBadSettings(t *testing.T) {
	train, val := loaders()
	for want, change := range map[string]func(*trainers.Trainer){
		"a Model, a Loss or a Step, and an Optimizer are needed": func(tr *trainers.Trainer) { tr.Loss = nil },
		"Epochs -1":                        func(tr *trainers.Trainer) { tr.Epochs = -1 },
		"ClipNorm NaN":                     func(tr *trainers.Trainer) { tr.ClipNorm = math.NaN() },
		"EMA is 1":                         func(tr *trainers.Trainer) { tr.EMA = 1 },
		`two metrics have the name "top1"`: func(tr *trainers.Trainer) { tr.Metrics = append(tr.Metrics, metrics.TopK(1)) },
		"is not of the Model":              func(tr *trainers.Trainer) { tr.Optimizer = newTrainer(1).Optimizer },
		"Invalid learning rate: -1": func(tr *trainers.Trainer) {
			tr.Optimizer = optim.NewSGD(stheno.Parameters(tr.Model), -1, optim.SGDConfig{})
		},
		`no metric "val_top5"; have loss, lr,`: func(tr *trainers.Trainer) {
			tr.Callbacks = []trainers.Callback{trainers.EarlyStopping(trainers.EarlyStoppingConfig{Monitor: "val_top5"})}
		},
		"callback bad: EpochStart: no": func(tr *trainers.Trainer) {
			tr.Callbacks = []trainers.Callback{{Name: "bad", EpochStart: func(context.Context, *trainers.State) error { return errors.New("no") }}}
		},
		"mat1 and mat2 shapes cannot be multiplied": func(tr *trainers.Trainer) {
			tr.Model.(layers.Sequential)[4] = layers.NewLinear(17, 2)
			tr.Optimizer = optim.NewSGD(stheno.Parameters(tr.Model), 1e-3, optim.SGDConfig{})
		},
		"the loss does not depend on these parameters": func(tr *trainers.Trainer) {
			lost := &struct{ Used, Lost *layers.Linear }{layers.NewLinear(2, 2), layers.NewLinear(1, 1)}
			tr.Model = half{lost.Used, lost.Lost}
			tr.Optimizer = optim.NewSGD(stheno.Parameters(tr.Model), 1e-3, optim.SGDConfig{})
		},
	} {
		tr := newTrainer(1)
		change(tr)
		_, err := tr.Fit(t.Context(), train, val)
		require.ErrorContains(t, err, want)
	}
	_, err := newTrainer(1).Fit(t.Context(), nil, nil)
	require.ErrorContains(t, err, "Fit needs a training loader")
	_, err = newTrainer(1).Fit(t.Context(), &datasets.Loader{Dataset: spirals{}, BatchSize: 4}, nil)
	require.ErrorContains(t, err, "the training loader has no batches")
}

// half uses only one of its layers.
type half struct{ Used, Lost *layers.Linear }

func (h half) Forward(x *stheno.Variable) *stheno.Variable { return h.Used.Forward(x) }
