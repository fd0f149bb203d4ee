// SPDX-License-Identifier: MIT

package charts

import (
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		whole  bool
		want   []string
	}{
		{0, 10, false, []string{"0", "2", "4", "6", "8", "10"}},
		{-0.13, 0.52, false, []string{"0.0", "0.2", "0.4"}},
		{1, 3, false, []string{"1.0", "1.5", "2.0", "2.5", "3.0"}},
		{1, 3, true, []string{"1", "2", "3"}},
		{0, 3e7, false, []string{"0", "5e+06", "1e+07", "1.5e+07", "2e+07", "2.5e+07", "3e+07"}},
		{0, 1e-6, false, []string{"0", "2e-07", "4e-07", "6e-07", "8e-07", "1e-06"}},
	} {
		var got []string
		for _, tick := range (ticks{c.whole}).Ticks(c.lo, c.hi) {
			got = append(got, tick.Label)
		}
		require.Equal(t, c.want, got, "%v to %v", c.lo, c.hi)
	}
}

func TestSaveDrawsWhatThereIs(t *testing.T) {
	m := metrics.NewConfusion(3)
	require.NoError(t, m.Update(stheno.New([]float32{1, 0, 0, 0, 1, 0}, 2, 3), stheno.New([]int64{0, 2})))
	p := Panel("curve", "x", "y")
	Line(p, "line", []float64{1, 2, 3}, []float64{1, math.NaN(), math.Inf(1)}, Color(0))
	Line(p, "nothing", nil, nil, Color(11))
	Scatter(p, "points", []float64{1, 2}, []float64{3, 4}, Color(1))
	path := filepath.Join(t.TempDir(), "a.png")
	rates := LRRange(&trainers.LRRange{LR: []float64{1, 10, 100}, Loss: []float64{3, 2, 9}, Smoothed: []float64{3, 2.5, 5}, Suggestion: 10})
	require.Equal(t, [4]float64{0, 2, 2, 9}, [4]float64{rates.X.Min, rates.X.Max, rates.Y.Min, rates.Y.Max})
	require.NoError(t, Save(path, rates, LRRange(nil)))
	require.NoError(t, Save(path, p, Confusion(m, []string{"cat", "dog", "bird"})))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	img, err := png.Decode(f)
	require.NoError(t, err)
	require.Equal(t, 2*img.Bounds().Dy(), img.Bounds().Dx())
	require.Error(t, Save(path))
}
