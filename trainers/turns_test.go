// SPDX-License-Identifier: MIT

package trainers_test

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// gan is a generator of pairs of numbers and a critic that tells them from real ones.
type gan struct{ Generator, Critic layers.Sequential }

func newGAN() *gan {
	stheno.Seed(5)
	return &gan{
		Generator: layers.Sequential{layers.NewLinear(3, 8), layers.ReLU{}, layers.NewLinear(8, 2)},
		Critic:    layers.Sequential{layers.NewLinear(2, 8), layers.LeakyReLU{}, layers.NewLinear(8, 1)},
	}
}

func (g *gan) Forward(z *stheno.Variable) *stheno.Variable { return stheno.Call(g.Generator, z) }

func (g *gan) criticLoss(real *stheno.Variable) *stheno.Variable {
	fake := stheno.Call(g, stheno.Randn(real.Dim(0), 3)).Detach()
	return stheno.Call(g.Critic, real).Neg().Softplus(1, 20).Mean().Add(stheno.Call(g.Critic, fake).Softplus(1, 20).Mean())
}

func (g *gan) generatorLoss(n int) *stheno.Variable {
	return stheno.Call(g.Critic, stheno.Call(g, stheno.Randn(n, 3))).Neg().Softplus(1, 20).Mean()
}

func pairs(n int) *datasets.Loader {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, 2*n)
	for i := range x {
		x[i] = float32(r.NormFloat64()) + 2
	}
	return &datasets.Loader{Dataset: datasets.InMemory(stheno.TensorOf(x, n, 2), nil), BatchSize: 4, Shuffle: true, Seed: 9}
}

func ganTrainer(g *gan) *trainers.Trainer {
	return &trainers.Trainer{Model: g, Epochs: 3, ClipNorm: 0.5, Turns: []trainers.Turn{
		{Name: "critic", Optimizer: optim.NewAdam(stheno.Parameters(g.Critic), 1e-2, optim.AdamConfig{}), Step: func(b datasets.Batch) trainers.Output {
			return trainers.Output{Loss: g.criticLoss(b.X)}
		}},
		{Name: "generator", Optimizer: optim.NewAdam(stheno.Parameters(g.Generator), 2e-2, optim.AdamConfig{}), Step: func(b datasets.Batch) trainers.Output {
			return trainers.Output{Loss: g.generatorLoss(b.X.Dim(0)), Figures: map[string]*stheno.Variable{"twice": g.generatorLoss(2).Detach().Mul(2)}}
		}},
	}}
}

func weights(t *testing.T, m any) map[string][]float64 {
	state, err := stheno.StateDict(m)
	require.NoError(t, err)
	all := map[string][]float64{}
	for _, e := range state {
		all[e.Name] = e.Tensor.Floats()
	}
	return all
}

// TestTurnsEqualALoopByHand trains a generative adversarial network both ways, to the bit.
func TestTurnsEqualALoopByHand(t *testing.T) {
	load := pairs(18)
	g := newGAN()
	h, err := ganTrainer(g).Fit(t.Context(), load, nil)
	require.NoError(t, err)

	want := newGAN()
	critic := optim.NewAdam(stheno.Parameters(want.Critic), 1e-2, optim.AdamConfig{})
	generator := optim.NewAdam(stheno.Parameters(want.Generator), 2e-2, optim.AdamConfig{})
	load = pairs(18)
	for epoch := range 3 {
		var sums [3]float64
		for b, err := range load.All(t.Context()) {
			require.NoError(t, err)
			n := b.X.Dim(0)
			step := func(opt optim.Optimizer, loss *stheno.Variable) float64 {
				opt.ZeroGrad()
				require.NoError(t, loss.Backward())
				_, err := optim.ClipGradNorm(opt.Parameters(), 0.5, 2)
				require.NoError(t, err)
				require.NoError(t, opt.Step())
				return stheno.Must(loss.Item()) * float64(n)
			}
			sums[0] += step(critic, want.criticLoss(b.X))
			loss, twice := want.generatorLoss(n), want.generatorLoss(2).Detach().Mul(2)
			sums[2] += stheno.Must(twice.Item()) * float64(n)
			sums[1] += step(generator, loss)
		}
		got := h.Epochs[epoch].Metrics
		require.InDelta(t, sums[0]/18, got["critic_loss"], 1e-6)
		require.InDelta(t, sums[1]/18, got["generator_loss"], 1e-6)
		require.InDelta(t, sums[2]/18, got["generator_twice"], 1e-6)
		require.InDelta(t, (sums[0]+sums[1])/18, got["loss"], 1e-6)
	}
	require.Equal(t, weights(t, want), weights(t, g))
	require.Equal(t, 15, h.Epochs[2].Step, "five batches, three epochs")
}

// TestTurnsResume in the middle of an epoch, with the same bits and figures.
func TestTurnsResume(t *testing.T) {
	whole := newGAN()
	h, err := ganTrainer(whole).Fit(t.Context(), pairs(18), nil)
	require.NoError(t, err)

	path := filepath.Join(t.TempDir(), "c.safetensors")
	cut := newGAN()
	tr := ganTrainer(cut)
	tr.Callbacks = []trainers.Callback{{Name: "cut", StepEnd: func(_ context.Context, s *trainers.State) error {
		if s.Step == 8 {
			require.NoError(t, s.Save(path))
			return trainers.ErrStop
		}
		return nil
	}}}
	_, err = tr.Fit(t.Context(), pairs(18), nil)
	require.NoError(t, err)

	rest := newGAN()
	tr = ganTrainer(rest)
	_, err = tr.Resume(path)
	require.NoError(t, err)
	again, err := tr.Fit(t.Context(), pairs(18), nil)
	require.NoError(t, err)
	require.Equal(t, weights(t, whole), weights(t, rest))
	for i := range h.Epochs {
		require.Equal(t, h.Epochs[i].Metrics, again.Epochs[i].Metrics, "epoch %d", i+1)
	}
}

// tagger gives each element of a sentence a class, seeing which are there.
type tagger struct {
	Words *layers.Embedding
	Out   *layers.Linear
}

func newTagger() *tagger {
	stheno.Seed(3)
	return &tagger{layers.NewEmbedding(40, 6), layers.NewLinear(6, 3)}
}

func (m *tagger) Forward(x *stheno.Variable) *stheno.Variable {
	return stheno.Call(m.Out, stheno.Call(m.Words, x))
}

// tags are sentences of several lengths.
type tags struct{ n int }

func (d tags) Len() int { return d.n }

func (d tags) At(i int, _ *rand.Rand) (datasets.Sample, error) {
	x, y, w := make([]int64, 1+i*7%5), make([]int64, 1+i*7%5), make([]float32, 1+i*7%5)
	for k := range x {
		x[k], y[k], w[k] = int64((3*i+k)%40), int64((i+k)%3), float32(1+k%2)
	}
	return datasets.Sample{X: stheno.TensorOf(x), Y: stheno.TensorOf(y), Named: map[string]*stheno.Tensor{"weight": stheno.TensorOf(w)}}, nil
}

// step is the mean of weighted losses of the words, padding left out.
func (m *tagger) step(b datasets.Batch) trainers.Output {
	logits := stheno.Call(m, b.X)
	each := layers.CrossEntropyLoss{Reduction: layers.None}.Forward(logits.Reshape(-1, 3), b.Y.Reshape(-1))
	weight := b.Named["weight"].Reshape(-1)
	count := stheno.Must(weight.Sum().Item())
	return trainers.Output{
		Loss: each.Mul(weight).Sum().Div(count), Pred: logits.Reshape(-1, 3), Target: b.Y.Reshape(-1), Count: &count,
		Figures: map[string]*stheno.Variable{"length": b.Named["length"].To(stheno.Float32).Mean()},
	}
}

func tagLoader(n, batch int) *datasets.Loader {
	return &datasets.Loader{Dataset: tags{n}, BatchSize: batch, Collate: datasets.PadSequences(datasets.Padding{Y: -100})}
}

func tagTrainer(m *tagger, epochs int) *trainers.Trainer {
	return &trainers.Trainer{
		Model: m, Step: m.step, Optimizer: optim.NewSGD(stheno.Parameters(m), 0.5, optim.SGDConfig{}), Epochs: epochs,
		Metrics: []metrics.Metric{metrics.TopK(1)},
	}
}

// TestStepWithCounts accumulates batches of different numbers of words as if they were one,
// and its means over an epoch are those of the words.
func TestStepWithCounts(t *testing.T) {
	one, parts := newTagger(), newTagger()
	h1, err := tagTrainer(one, 2).Fit(t.Context(), tagLoader(12, 12), tagLoader(7, 7))
	require.NoError(t, err)
	tr := tagTrainer(parts, 2)
	tr.Accumulate = 4
	h4, err := tr.Fit(t.Context(), tagLoader(12, 3), tagLoader(7, 2))
	require.NoError(t, err)
	b := weights(t, parts)
	for name, x := range weights(t, one) {
		require.InDeltaSlice(t, x, b[name], 1e-6, name)
	}
	for i := range h1.Epochs {
		for _, name := range []string{"loss", "top1", "val_loss", "val_top1"} {
			require.InDelta(t, h1.Epochs[i].Metrics[name], h4.Epochs[i].Metrics[name], 1e-6, name)
		}
		require.Contains(t, h1.Epochs[i].Metrics, "val_length")
		require.False(t, math.IsNaN(h1.Epochs[i].Metrics["length"]))
	}
	require.Less(t, h1.Epochs[1].Metrics["loss"], h1.Epochs[0].Metrics["loss"])
	require.InDelta(t, 34./12, h1.Epochs[0].Metrics["length"], 1e-6)
}

// TestMaxSteps ends within an epoch, which is then the last, and Epochs follow from it.
func TestMaxSteps(t *testing.T) {
	m := newTagger()
	tr := tagTrainer(m, 0)
	tr.MaxSteps = 5
	epochs := 0
	tr.Callbacks = []trainers.Callback{{FitStart: func(_ context.Context, s *trainers.State) error { epochs = s.Epochs(); return nil }}}
	h, err := tr.Fit(t.Context(), tagLoader(12, 3), nil)
	require.NoError(t, err)
	require.Equal(t, 2, epochs)
	require.Len(t, h.Epochs, 2)
	require.Equal(t, 5, h.Epochs[1].Step)
	require.Equal(t, 3, h.Epochs[1].Samples)

	tr = tagTrainer(newTagger(), 1)
	tr.MaxSteps = 50
	h, err = tr.Fit(t.Context(), tagLoader(12, 3), nil)
	require.NoError(t, err)
	require.Equal(t, 4, h.Epochs[0].Step)

	want := newTagger()
	h, err = tagTrainer(want, 2).Fit(t.Context(), tagLoader(9, 3), nil)
	require.NoError(t, err)
	got := newTagger()
	tr = tagTrainer(got, 0)
	tr.MaxSteps = 6
	again, err := tr.Fit(t.Context(), tagLoader(9, 3), nil)
	require.NoError(t, err)
	require.Equal(t, weights(t, want), weights(t, got))
	require.Equal(t, h.Epochs[1].Metrics, again.Epochs[1].Metrics)
}

// TestStepsThatDoNotFit are errors before the first epoch.
func TestStepsThatDoNotFit(t *testing.T) {
	g := newGAN()
	for name, c := range map[string]struct {
		change func(tr *trainers.Trainer)
		text   string
	}{
		"loss beside turns":  {func(tr *trainers.Trainer) { tr.Loss = layers.MSELoss{} }, "beside Turns there can be no Loss, Step and Optimizer"},
		"accumulate":         {func(tr *trainers.Trainer) { tr.Accumulate = 2 }, "with Turns each batch is a step"},
		"no name":            {func(tr *trainers.Trainer) { tr.Turns[1].Name = "" }, `turn 1 has the name ""`},
		"name of validation": {func(tr *trainers.Trainer) { tr.Turns[1].Name = "val" }, `turn 1 has the name "val"`},
		"two names":          {func(tr *trainers.Trainer) { tr.Turns[1].Name = "critic" }, `two turns have the name "critic"`},
		"no step":            {func(tr *trainers.Trainer) { tr.Turns[0].Step = nil }, `turn "critic" needs a Step and an Optimizer`},
		"no optimizer":       {func(tr *trainers.Trainer) { tr.Turns[0].Optimizer = nil }, `turn "critic" needs a Step and an Optimizer`},
		"two optimizers":     {func(tr *trainers.Trainer) { tr.Turns[1].Optimizer = tr.Turns[0].Optimizer }, `has two Optimizers, those of the turns "critic" and "generator"`},
		"no loss": {func(tr *trainers.Trainer) {
			tr.Turns[0].Step = func(datasets.Batch) trainers.Output { return trainers.Output{} }
		}, "the Output of Step has no Loss"},
		"a figure without value": {func(tr *trainers.Trainer) {
			tr.Turns[0].Step = func(b datasets.Batch) trainers.Output {
				return trainers.Output{Loss: g.criticLoss(b.X), Figures: map[string]*stheno.Variable{"kl": nil}}
			}
		}, `no Variable for the figure "kl"`},
		"a figure of many numbers": {func(tr *trainers.Trainer) {
			tr.Turns[0].Step = func(b datasets.Batch) trainers.Output {
				return trainers.Output{Loss: g.criticLoss(b.X), Figures: map[string]*stheno.Variable{"kl": b.X}}
			}
		}, `figure "kl"`},
		"a figure named as the loss": {func(tr *trainers.Trainer) {
			tr.Turns[0].Step = func(b datasets.Batch) trainers.Output {
				return trainers.Output{Loss: g.criticLoss(b.X), Figures: map[string]*stheno.Variable{"loss": g.generatorLoss(1)}}
			}
		}, `a figure cannot have the name "loss"`},
		"negative count": {func(tr *trainers.Trainer) {
			tr.Turns[0].Step = func(b datasets.Batch) trainers.Output {
				return trainers.Output{Loss: g.criticLoss(b.X), Count: new(-1.0)}
			}
		}, "a Count of -1"},
		"steps": {func(tr *trainers.Trainer) { tr.MaxSteps = -1 }, "MaxSteps -1"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := ganTrainer(g)
			c.change(tr)
			_, err := tr.Fit(t.Context(), pairs(8), nil)
			require.ErrorContains(t, err, c.text)
		})
	}
	both := &trainers.Trainer{Model: g, Loss: layers.MSELoss{}, Step: func(datasets.Batch) trainers.Output { return trainers.Output{} }, Optimizer: optim.NewSGD(stheno.Parameters(g), 1, optim.SGDConfig{}), Epochs: 1}
	_, err := both.Fit(t.Context(), pairs(8), nil)
	require.ErrorContains(t, err, "of Loss and Step only one can be given")
}
