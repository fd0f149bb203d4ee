// SPDX-License-Identifier: MIT

package studies

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCompare has p-values from a numerical integration of the density of Student's t.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b sample
		want order
		p    float64
	}{
		{"clearly higher", sample{1.00, 1.02, 0.98}, sample{1.50, 1.55, 1.45}, higher, 0.001076},
		{"clearly lower", sample{1.50, 1.55, 1.45}, sample{1.00, 1.02, 0.98}, lower, 0.001076},
		{"within the spread", sample{1.0, 1.2, 0.8}, sample{1.1, 1.3, 0.9}, same, 0.573},
		{"more than two standard errors, but of few seeds", sample{1.0, 1.2}, sample{1.4, 1.6}, same, 0.106},
		{"one seed", sample{1}, sample{2, 2.1}, unknown, math.NaN()},
		{"no spread", sample{1, 1}, sample{2, 2}, higher, 0},
		{"equal", sample{1, 1}, sample{1, 1}, same, 1},
		{"diverged", sample{1, 2}, sample{1, math.NaN()}, unknown, math.NaN()},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, p := compare(c.a, c.b)
			require.Equal(t, c.want, got)
			if math.IsNaN(c.p) {
				require.True(t, math.IsNaN(p))
			} else {
				require.InDelta(t, c.p, p, 0.01*c.p)
			}
		})
	}
}

func degraded(net string, depth int, residual bool, losses ...float64) (list []DegradationRun) {
	for i, loss := range losses {
		list = append(list, DegradationRun{Net: net, Seed: uint64(i + 1), Depth: depth, Residual: residual, Loss: []float64{2, loss}, Error: []float64{1, loss / 4}, TestError: []float64{1, loss / 2}})
	}
	return list
}

func TestDegradationVerdict(t *testing.T) {
	for _, c := range []struct {
		name          string
		shallow, deep []float64
		want          string
	}{
		{"worse", []float64{1.00, 1.02, 0.98}, []float64{1.50, 1.55, 1.45}, "plain-56 trains worse than plain-20 (training loss 1.5000 ± 0.0500 against 1.0000 ± 0.0200; p = 0.0011, 3 seeds)"},
		{"better", []float64{1.50, 1.55, 1.45}, []float64{1.00, 1.02, 0.98}, "plain-56 trains better than plain-20 (training loss 1.0000 ± 0.0200 against 1.5000 ± 0.0500; p = 0.0011, 3 seeds)"},
		{"within the spread", []float64{1.0, 1.2, 0.8}, []float64{1.1, 1.3, 0.9}, "plain-56 trains no differently than plain-20 (training loss 1.1000 ± 0.2000 against 1.0000 ± 0.2000; p = 0.57, 3 seeds)"},
		{"one seed", []float64{1}, []float64{1.5}, "plain-56 and plain-20: one seed cannot tell whether they differ (training loss 1.5000 against 1.0000)"},
		{"unequal seeds", []float64{1.00, 1.02, 0.98}, []float64{1.50, 1.55}, "2 and 3 seeds)"},
		{"not finished", []float64{1, 2}, nil, "plain networks: two depths must be finished to compare"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := append(degraded("plain-56", 56, false, c.deep...), degraded("plain-20", 20, false, c.shallow...)...)
			list = append(list, degraded("resnet-20", 20, true, 1, 1.1)...)
			if c.deep != nil { // a depth between them does not count
				list = append(list, degraded("plain-32", 32, false, 9, 9)...)
			}
			require.Contains(t, DegradationReport(list).Verdict[0], c.want)
			require.Equal(t, "residual networks: two depths must be finished to compare", DegradationReport(list).Verdict[1])
		})
	}
}

func TestOverfitVerdict(t *testing.T) {
	runs := func(name string, accuracies ...float64) (list []OverfitRun) {
		for i, a := range accuracies {
			list = append(list, OverfitRun{Method: Method{Name: name}, Seed: uint64(i), Loss: []float64{1}, ValidationLoss: []float64{1}, TestAccuracy: a, TestLoss: 1 - a})
		}
		return list
	}
	list := append(runs("nothing", 0.80, 0.81), runs("dropout", 0.90, 0.91)...)
	list = append(list, runs("weight decay", 0.79, 0.82)...)
	list = append(list, runs("augmentation", 0.70, 0.71)...)
	list = append(list, runs("early stopping", 0.9)...)
	verdict := strings.Join(OverfitReport(list).Verdict, "\n")
	for _, want := range []string{
		"dropout has a higher test accuracy than nothing (test accuracy 90.50 ± 0.71 against 80.50 ± 0.71;", "dropout has a lower test loss than nothing",
		"weight decay has no different test accuracy than nothing", "weight decay has no different test loss than nothing",
		"augmentation has a lower test accuracy than nothing", "augmentation has a higher test loss than nothing",
		"early stopping and nothing: one seed cannot tell whether they differ (test accuracy 90.00 against 80.50",
	} {
		require.Contains(t, verdict, want)
	}
}

func TestMinimaVerdict(t *testing.T) {
	net := func(depth int, losses ...float64) MinimaNet {
		var ends []endpoint
		for _, loss := range losses {
			ends = append(ends, endpoint{Loss: loss, Predictions: []int64{1}})
		}
		return newMinimaNet(depth, 8, ends)
	}
	wide, narrow := net(1, 0.1, 0.5, 0.6, 0.55, 0.45), net(2, 0.3, 0.31, 0.32, 0.3, 0.32)
	require.Contains(t, minimaVerdict(wide, narrow), "2 x 8 ends closer to the best of its seeds than 1 x 8 (mean distance 1.0e-02")
	require.Contains(t, minimaVerdict(narrow, wide), "1 x 8 ends farther from the best of its seeds than 2 x 8")
	require.Contains(t, minimaVerdict(narrow, net(3, 0.4, 0.41, 0.43, 0.4)), "3 x 8 ends neither closer to nor farther from the best of its seeds than 2 x 8")
	require.Contains(t, minimaVerdict(net(1, 0.3), net(2, 0.3)), "one seed cannot tell")
	require.Equal(t, []int{64, 9, 9, 10}, layerSizes(2, 9))
	require.Equal(t, 65*9+10*9+10*10, weights(2, 9))
	require.Equal(t, 9, widthOf(1, 700))
}

func TestSigmoidVerdict(t *testing.T) {
	for _, c := range []struct {
		ratio, mean, loss sample
		want              string
	}{
		{sample{-4, -4.2}, sample{0.5, 0.51}, sample{2.3, 2.31}, "x: gradients vanish toward the first layer, outputs are not centered, the network does not learn"},
		{sample{0.1, 0.2}, sample{0.001, -0.001}, sample{0.1, 0.2}, "x: gradients keep their size, outputs are centered, the network learns"},
		{sample{3, 3.1}, sample{-0.5, -0.51}, sample{0.1, 0.2}, "x: gradients explode toward the first layer, outputs are not centered, the network learns"},
		{sample{-2, 0}, sample{0, 0.2}, sample{1, 3}, "x: it cannot be told whether gradients keep their size, it cannot be told whether outputs are centered, it cannot be told whether the network learns"},
		{sample{-4}, sample{0.5}, sample{2.3}, "x: gradients vanish toward the first layer, outputs are not centered, the network does not learn; one seed cannot tell how these vary"},
		{sample{-4, -4}, sample{0.5, 0.5}, sample{math.NaN(), math.NaN()}, "x: gradients vanish toward the first layer, outputs are not centered, the network was not trained"},
	} {
		require.Equal(t, c.want, sigmoidVerdict("x", c.ratio, c.mean, c.loss))
	}
}
