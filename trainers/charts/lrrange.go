// SPDX-License-Identifier: MIT

package charts

import (
	"math"

	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno/trainers"
)

// LRRange draws a learning-rate range test: the losses, their means and the suggested rate,
// over the logarithm of the rate.
func LRRange(r *trainers.LRRange) *plot.Plot {
	p := Panel("learning-rate range test", "log10 of the learning rate", "loss")
	p.Legend.Left = true // losses are high on the right
	if r == nil {
		return p
	}
	x := make([]float64, len(r.LR))
	for i, lr := range r.LR {
		x[i] = math.Log10(lr)
		if lr == r.Suggestion && i < len(r.Smoothed) {
			defer Scatter(p, "suggestion", x[i:i+1], r.Smoothed[i:i+1], Color(1))
		}
	}
	Line(p, "batches", x, r.Loss, Color(7))
	Line(p, "mean", x, r.Smoothed, Color(0))
	return p
}
