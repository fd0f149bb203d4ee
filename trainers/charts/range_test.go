// SPDX-License-Identifier: MIT

package charts

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/axis"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

// odd are extreme values.
func odd() []float64 {
	list := []float64{0, math.Copysign(0, -1), 1, 1e9, 5e15, 1 << 53, 1e17, 1e100, 1e300, 1e308, math.MaxFloat64, math.Inf(1), math.NaN(),
		1e-9, 1e-100, 1e-300, 1e-310, math.SmallestNonzeroFloat64}
	for _, v := range list {
		list = append(list, -v, math.Nextafter(v, math.Inf(1)), math.Nextafter(math.Nextafter(v, math.Inf(1)), math.Inf(1)))
	}
	return list
}

// TestTicksOfAnyRange checks that ticks are few, sorted, distinct, and within the range.
func TestTicksOfAnyRange(t *testing.T) {
	for _, lo := range odd() {
		for _, hi := range odd() {
			for _, whole := range []bool{false, true} {
				list := ticks{whole}.Ticks(lo, hi)
				require.LessOrEqual(t, len(list), 7, "%v to %v", lo, hi)
				if a, b := axis.Settled(lo, hi); !whole || b-a >= 1 {
					require.NotEmpty(t, list, "%v to %v, %v", lo, hi, whole)
				}
				for i, tick := range list {
					require.False(t, math.IsNaN(tick.Value) || math.IsInf(tick.Value, 0), "%v to %v", lo, hi)
					_, err := strconv.ParseFloat(tick.Label, 64)
					require.NoError(t, err)
					if i > 0 {
						require.Less(t, list[i-1].Value, tick.Value, "%v to %v", lo, hi)
						require.NotEqual(t, list[i-1].Label, tick.Label, "%v to %v", lo, hi)
					}
				}
			}
		}
	}
}

// TestCurvesOfAnyValues draws all pairs of extreme values.
func TestCurvesOfAnyValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	list := odd()
	for i := 0; i < len(list); i += 3 {
		v := list[i]
		p, q := Panel("y", "x", "y"), Panel("x", "x", "y")
		p.X.Tick.Marker = WholeTicks()
		w := list[(i*7+1)%len(list)]
		Line(p, "line", []float64{1, 2, 3}, []float64{v, w, v}, Color(i))
		Dashed(q, "line", []float64{v, w, v}, []float64{1, 2, 3}, Color(-i))
		Scatter(q, "", []float64{v, v}, []float64{w, w}, Color(i))
		Bars(p, []string{"a"}, []float64{v, w}, []float64{w})
		require.NoError(t, Save(path, p, q), "%v, %v", v, w)
	}
}

func TestChartsOfLittle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	p := Panel("", "", "")
	Line(p, "x longer", []float64{1, 2, 3}, []float64{1}, nil)
	Line(p, "y longer", []float64{1}, []float64{1, 2, 3}, nil)
	Scatter(p, "nothing", nil, []float64{1}, nil)
	Bars(p, nil, []float64{1}, nil, []float64{math.NaN()})
	Line(nil, "", []float64{1}, []float64{1}, nil)
	Scatter(nil, "", []float64{1}, []float64{1}, nil)
	Bars(nil, nil, []float64{1})
	Slanted(nil)
	require.Empty(t, Curves(nil))
	require.NoError(t, Save(path, p, nil, Confusion(nil, nil), Confusion(metrics.NewConfusion(0), nil), Confusion(metrics.NewConfusion(1), nil), Confusion(metrics.NewConfusion(2), []string{"a"})))
	require.Error(t, Save(path, make([]*plot.Plot, mostPanels+1)...))
	require.Error(t, Save(path, &plot.Plot{}), "a panel without anything")
}

// far are samples with targets near 1e9, so that the mean squared errors of the epochs are large
// and nearly equal.
type far struct{}

func (far) Len() int { return 4 }
func (far) At(i int, _ *rand.Rand) (datasets.Sample, error) {
	return datasets.Sample{X: stheno.TensorOf([]float32{float32(i)}), Y: stheno.TensorOf([]float32{1e9})}, nil
}

// TestPicturesEndNoTraining checks that neither values nor paths of pictures end a Fit.
func TestPicturesEndNoTraining(t *testing.T) {
	fit := func(path string) {
		model := layers.NewLinear(1, 1)
		tr := &trainers.Trainer{Model: model, Loss: layers.MSELoss{}, Epochs: 3,
			Optimizer: optim.NewSGD(stheno.Parameters(model), 1e-12, optim.SGDConfig{}),
			Callbacks: []trainers.Callback{LearningCurves(path), ConfusionMatrix(path+".confusion.png", nil, nil)}}
		h, err := tr.Fit(context.Background(), &datasets.Loader{Dataset: far{}, BatchSize: 4}, nil)
		require.NoError(t, err)
		require.Len(t, h.Epochs, 3)
	}
	dir := t.TempDir()
	fit(filepath.Join(dir, "a.png"))
	require.FileExists(t, filepath.Join(dir, "a.png"))
	fit(filepath.Join(dir, "missing", "a.png"))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.png"), 0o755))
	fit(filepath.Join(dir, "folder.png"))
}
