// SPDX-License-Identifier: MIT

package models_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers/optim"
)

// long enables tests that take minutes: go test ./models -long.
var long = flag.Bool("long", false, "test the largest networks too")

// uniform returns n numbers in [-1, 1), as testdata/gen.py: SplitMix64 of a counter.
func uniform(stream, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		z := (uint64(i+1) + uint64(stream)<<32) * 0x9E3779B97F4A7C15
		z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
		z = (z ^ (z >> 27)) * 0x94D049BB133111EB
		z ^= z >> 31
		out[i] = float32(float64(z>>40)/(1<<23) - 1)
	}
	return out
}

// fill sets the whole state of m, as gen.py.
func fill(t *testing.T, m stheno.Module) {
	state, err := stheno.StateDict(m)
	require.NoError(t, err)
	fresh := make([]stheno.NamedTensor, len(state))
	for stream, e := range state {
		shape := e.Tensor.Shape()
		fresh[stream] = stheno.NamedTensor{Name: e.Name, Tensor: stheno.NewTensor(stheno.Int64, shape...)}
		if e.Tensor.DType() == stheno.Int64 {
			continue
		}
		u := uniform(stream, e.Tensor.Size())
		offset, scale := float32(0), float32(0.1)
		switch {
		case len(shape) > 1:
			scale = float32(math.Sqrt(3 / float64(len(u)/shape[0])))
		case strings.HasSuffix(e.Name, "var") || strings.HasSuffix(e.Name, "weight"):
			offset, scale = 1, 0.5
		}
		for i := range u {
			u[i] = offset + scale*u[i]
		}
		if strings.HasSuffix(e.Name, "bn3.weight") {
			for i := range u {
				u[i] *= 0.125
			}
		}
		fresh[stream].Tensor = stheno.TensorOf(u, shape...)
	}
	require.NoError(t, stheno.LoadStateDict(m, fresh))
}

// images returns n images, as gen.py.
func images(n, channels, size, batch int) *stheno.Variable {
	const cell = 4
	stream := 1<<20 + 2*batch
	coarse, fine := uniform(stream, n*channels*(size/cell)*(size/cell)), uniform(stream+1, n*channels*size*size)
	for i := range fine {
		plane, y, x := i/(size*size), i/size%size, i%size
		fine[i] = coarse[(plane*(size/cell)+y/cell)*(size/cell)+x/cell] + 0.25*fine[i]
	}
	return stheno.New(fine, n, channels, size, size)
}

// fixture is testdata/torch.json.
type fixture struct {
	Logits, Losses map[string][]float64
}

func torch(t *testing.T) (f fixture) {
	b, err := os.ReadFile("testdata/torch.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &f))
	return f
}

// TestStatesAreTorchs compares parameter counts, names and shapes of all models, in
// torch's order.
func TestStatesAreTorchs(t *testing.T) {
	b, err := os.ReadFile("testdata/keys.txt.gz")
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	want, names := map[string][]string{}, []string{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line[0] != '\t' {
			name, _, _ := strings.Cut(line, " ")
			names = append(names, name)
		}
		name := names[len(names)-1]
		want[name] = append(want[name], line)
	}
	require.Len(t, names, 23)
	for _, name := range names {
		if !*long && slices.ContainsFunc([]string{"101", "152", "wide"}, func(part string) bool { return strings.Contains(name, part) }) {
			continue // seconds of drawing initial weights
		}
		m, err := models.New(name, models.Config{})
		require.NoError(t, err)
		count := 0
		for _, p := range stheno.Parameters(m) {
			count += p.Size()
		}
		got := []string{fmt.Sprintf("%s %d", name, count)}
		state, err := stheno.StateDict(m)
		require.NoError(t, err)
		for _, e := range state {
			got = append(got, fmt.Sprintf("\t%s %s", e.Name, strings.ReplaceAll(fmt.Sprint([]int(e.Tensor.Shape())), " ", ", ")))
		}
		require.Equal(t, want[name], got)
	}
}

func TestLogitsAreTorchs(t *testing.T) {
	want := torch(t).Logits
	ten := models.Config{Classes: 10}
	dilated, norm := ten, ten
	dilated.Dilate = []bool{false, true, true}
	norm.Norm = func(channels int) stheno.Module { return layers.NewGroupNorm(32, channels) }
	for _, c := range []struct {
		name     string
		config   models.Config
		channels int
		size     int
		long     bool
	}{
		{"resnet18", ten, 3, 64, false}, {"resnet34", ten, 3, 64, true}, {"resnet50", ten, 3, 64, false},
		{"resnext50_32x4d", ten, 3, 64, false}, {"wide_resnet50_2", ten, 3, 64, true},
		{"resnet50 dilated", dilated, 3, 64, true}, {"resnet18 groupnorm", norm, 3, 64, false},
		{"resnet20_cifar", models.Config{}, 3, 32, false}, {"plain20_cifar", models.Config{}, 3, 32, false},
		{"resnet56_cifar", models.Config{}, 3, 32, false},
		{"resnet18_cifar", models.Config{}, 3, 32, false}, {"preact_resnet18_cifar", models.Config{}, 3, 32, false},
		{"lenet", models.Config{}, 1, 28, false},
	} {
		if c.long && !*long {
			continue
		}
		name, _, _ := strings.Cut(c.name, " ")
		m, err := models.New(name, c.config)
		require.NoError(t, err)
		fill(t, m)
		stheno.Eval(m)
		got, err := stheno.Values[float32](m.Forward(images(2, c.channels, c.size, 0)))
		require.NoError(t, err, c.name)
		const tolerance = 1e-4 // relative to the largest logit, float32
		requireClose(t, want[c.name], widen(got), tolerance, c.name)
	}
}

// TestTrainingIsTorchs compares the losses of steps, 20 with -long, in float64. In float32 every
// rounding grows tenfold in a few steps of batches of 4, in torch as here.
func TestTrainingIsTorchs(t *testing.T) {
	want := torch(t).Losses
	for _, c := range []struct {
		name   string
		config models.Config
		lr     float64
		size   int
		steps  int // without -long
	}{
		{"resnet20_cifar", models.Config{}, 0.01, 32, 20},
		{"resnet18", models.Config{Classes: 10}, 0.001, 64, 2},
		{"resnet50", models.Config{Classes: 10}, 0.0003, 32, 2},
	} {
		steps := c.steps
		if *long {
			steps = len(want[c.name])
		}
		m, err := models.New(c.name, c.config)
		require.NoError(t, err)
		fill(t, m)
		got := losses(t, m, c.lr, c.size, steps)
		const tolerance = 1e-7
		requireClose(t, want[c.name][:steps], got, tolerance, c.name)
	}
}

func losses(t *testing.T, m stheno.Module, lr float64, size, steps int) []float64 {
	require.NoError(t, stheno.To(m, stheno.Float64))
	stheno.Train(m)
	opt := optim.NewSGD(stheno.Parameters(m), lr, optim.SGDConfig{Momentum: 0.9, WeightDecay: 5e-4})
	var got []float64
	for step := range steps {
		y := make([]int64, 4)
		for i := range y {
			y[i] = int64((step + 3*i) % 10)
		}
		x := images(4, 3, size, step).To(stheno.Float64)
		opt.ZeroGrad()
		loss := layers.CrossEntropyLoss{}.Forward(m.Forward(x), stheno.New(y, 4))
		require.NoError(t, loss.Backward())
		require.NoError(t, opt.Step())
		v, err := loss.Item()
		require.NoError(t, err)
		got = append(got, v)
	}
	return got
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// requireClose compares within tolerance times the largest expected number.
func requireClose(t *testing.T, want, got []float64, tolerance float64, name string) {
	t.Helper()
	require.Len(t, got, len(want), name)
	largest, worst := 0.0, 0.0
	for i := range want {
		largest, worst = max(largest, math.Abs(want[i])), max(worst, math.Abs(got[i]-want[i]))
	}
	t.Logf("%s: largest difference %.1e of %.3g", name, worst, largest)
	require.False(t, slices.ContainsFunc(got, math.IsNaN), name)
	require.LessOrEqual(t, worst, tolerance*largest, "%s: got %v, want %v", name, got, want)
}
