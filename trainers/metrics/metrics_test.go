// SPDX-License-Identifier: MIT

package metrics_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers/metrics"
)

type V = stheno.Variable

func f32(shape []int, x ...float32) *V { return stheno.New(x, shape...) }
func labels(x ...int64) *V             { return stheno.New(x) }

// cases have two batches each. The expected values are scikit-learn's, where it has the metric.
var cases = map[string]struct {
	metric  func() metrics.Metric
	name    string
	batches [2][2]*V
	want    float64
}{
	"top1": {func() metrics.Metric { return metrics.TopK(1) }, "top1", classified, 4. / 6},
	"top2": {func() metrics.Metric { return metrics.TopK(2) }, "top2", classified, 5. / 6},
	"top3": {func() metrics.Metric { return metrics.TopK(3) }, "top3", classified, 1},
	"top1 of soft targets": {func() metrics.Metric { return metrics.TopK(1) }, "top1", [2][2]*V{
		{f32([]int{1, 2}, 1, 2), f32([]int{1, 2}, 0.4, 0.6)}, {f32([]int{1, 2}, 1, 2), f32([]int{1, 2}, 0.9, 0.1)}}, 0.5},
	"accuracy":  {func() metrics.Metric { return metrics.NewConfusion(3) }, "accuracy", classified, 4. / 6},
	"precision": {func() metrics.Metric { return metrics.Precision(3) }, "precision", classified, (2./3 + 0.5 + 1) / 3},
	"recall":    {func() metrics.Metric { return metrics.Recall(3) }, "recall", classified, (1 + 0.5 + 0.5) / 3},
	"f1":        {func() metrics.Metric { return metrics.F1(3) }, "f1", classified, (0.8 + 0.5 + 2./3) / 3},
	"binary logits": {func() metrics.Metric { return metrics.Binary(0) }, "accuracy", [2][2]*V{
		{f32([]int{2, 1}, -1, 2), f32([]int{2, 1}, 0, 0)}, {f32([]int{2, 1}, 3, -1), f32([]int{2, 1}, 1, 0)}}, 0.75},
	"confusion of one output": {func() metrics.Metric { return metrics.NewConfusion(2).Probabilities() }, "accuracy", [2][2]*V{
		{f32([]int{2, 1}, 0.2, 0.6), f32([]int{2, 1}, 0, 0)}, {f32([]int{2, 1}, 0.9, 0.4), f32([]int{2, 1}, 1, 0)}}, 0.75},
	"mae": {metrics.MAE, "mae", regressed, 0.5},
	"mse": {metrics.MSE, "mse", regressed, 0.375},
	"r2":  {metrics.R2, "r2", regressed, 0.9486081370449679},
	"roc_auc": {metrics.ROCAUC, "roc_auc", [2][2]*V{
		{f32([]int{2}, 0.1, 0.4), labels(0, 0)}, {f32([]int{2, 1}, 0.35, 0.8), labels(1, 1)}}, 0.75},
	"roc_auc with ties": {metrics.ROCAUC, "roc_auc", [2][2]*V{
		{f32([]int{2}, 1, 1), labels(0, 1)}, {f32([]int{2}, 1, 2), labels(0, 1)}}, 0.75},
	"roc_auc of logits": {metrics.ROCAUC, "roc_auc", [2][2]*V{
		{f32([]int{2, 2}, 5, 1, 3, 3), labels(0, 1)}, {f32([]int{1, 2}, 0, 1), labels(0)}}, 0.5},
}

var classified = [2][2]*V{
	{f32([]int{4, 3}, 3, 2, 1, 1, 3, 2, 5, 0, 1, 2, 1, 0), labels(0, 1, 0, 1)},
	{f32([]int{2, 3}, 0, 1, 2, 2, 3, 1), labels(2, 2)},
}

// These are the numbers of scikit-learn's own examples of r2_score and its kin.
var regressed = [2][2]*V{
	{f32([]int{2, 1}, 2.5, 0), f32([]int{2, 1}, 3, -0.5)}, {f32([]int{2}, 2, 8), f32([]int{2}, 2, 7)}}

func TestMetrics(t *testing.T) {
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := c.metric()
			require.Equal(t, c.name, m.Name())
			require.True(t, math.IsNaN(m.Value()), "before the first batch")
			for range 2 { // and again after a Reset
				m.Reset()
				require.NoError(t, m.Update(c.batches[0][0], c.batches[0][1]))
				resumed := c.metric()
				require.NoError(t, resumed.(metrics.Stateful).SetState(m.(metrics.Stateful).State()))
				for _, m := range []metrics.Metric{m, resumed} {
					require.NoError(t, m.Update(c.batches[1][0], c.batches[1][1]))
				}
				require.InDelta(t, c.want, m.Value(), 1e-12)
				require.Equal(t, m.Value(), resumed.Value())
			}
			require.Error(t, m.(metrics.Stateful).SetState(make([]float64, 0)))
			require.ErrorIs(t, m.Update(nil, labels(1)), stheno.ErrValue)
			require.ErrorIs(t, m.Update(f32([]int{1, 1, 1}, 1), labels(1)), stheno.ErrShape)
			require.Error(t, m.Update(f32([]int{2, 3}, 1, 2, 3, 4, 5, 6), labels(1, 2, 0)))
		})
	}
}

func TestConfusion(t *testing.T) {
	m := metrics.NewConfusion(3)
	for _, b := range classified {
		require.NoError(t, m.Update(b[0], b[1]))
	}
	require.Equal(t, 2, m.Count(0, 0))
	require.Equal(t, 1, m.Count(1, 0))
	require.Equal(t, metrics.Scores{Precision: 2. / 3, Recall: 1, F1: 0.8, Count: 2}, m.Class(0))
	require.ErrorContains(t, m.Update(f32([]int{1, 3}, 1, 2, 3), labels(3)), "target 3 of sample 0 is out of bounds")
	require.ErrorContains(t, m.Update(f32([]int{1, 4}, 1, 2, 3, 4), labels(3)), "is for 4 classes, the matrix for 3")
}

func TestNaN(t *testing.T) {
	nan := float32(math.NaN())
	m := metrics.TopK(1)
	require.NoError(t, m.Update(f32([]int{1, 2}, nan, nan), labels(0)))
	require.Zero(t, m.Value(), "NaN is not a correct prediction")
	auc := metrics.ROCAUC()
	require.NoError(t, auc.Update(f32([]int{3}, nan, nan, 1), labels(0, 1, 1)))
	require.True(t, math.IsNaN(auc.Value()))
	require.Error(t, metrics.TopK(0).Update(f32([]int{1, 2}, 1, 2), labels(0)))
}

// TestIgnoredLabelsAndImages checks that a label of -100 is not counted, and that each pixel is a
// sample.
func TestIgnoredLabelsAndImages(t *testing.T) {
	for name, m := range map[string]metrics.Metric{"top1": metrics.TopK(1), "accuracy": metrics.NewConfusion(3)} {
		require.NoError(t, m.Update(f32([]int{3, 3}, 1, 0, 0, 0, 1, 0, 0, 1, 0), labels(0, -100, 2)), name)
		require.Equal(t, 0.5, m.Value(), name)
		m.Reset()
		image := f32([]int{1, 3, 1, 4}, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0) // classes 0 1 2 0
		require.NoError(t, m.Update(image, stheno.New([]int64{0, 1, 0, -100}, 1, 1, 4)), name)
		require.InDelta(t, 2./3, m.Value(), 1e-12, name)
		m.Reset()
		require.NoError(t, m.Update(image, image), name)
		require.Equal(t, 1., m.Value(), name)
		require.ErrorIs(t, m.Update(image, labels(0, 1, 2, 0)), stheno.ErrShape, name)
		require.ErrorIs(t, m.Update(f32([]int{1, 3}, 1, 0, 0), labels(-1)), stheno.ErrValue, name)
	}
}
