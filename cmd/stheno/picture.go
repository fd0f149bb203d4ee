// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/stheno-go/stheno/trainers/charts"
	"github.com/stheno-go/stheno/trainers/metrics"
)

var blue, orange, green, red = charts.Color(0), charts.Color(1), charts.Color(2), charts.Color(3)

// savePicture draws the panels side by side into a PNG file and reports it to w. A failure is
// only a warning, so that it does not hide the results.
func savePicture(w io.Writer, path string, panels ...*plot.Plot) {
	if err := charts.Save(path, panels...); err != nil {
		fmt.Fprintln(w, "warning: no picture:", err)
		return
	}
	fmt.Fprintln(w, "picture:", path)
}

// linePicture shows the points and the line or, with several features, the predictions over
// the targets.
func linePicture(t *table, weights []float64, bias float64, exact []float64) *plot.Plot {
	n, d := t.size()
	if d == 1 {
		p := charts.Panel("linear regression", t.features[0], t.target)
		ends := []float64{slices.Min(t.x), slices.Max(t.x)}
		at := func(slope, start float64) []float64 { return []float64{slope*ends[0] + start, slope*ends[1] + start} }
		charts.Line(p, "closed form", ends, at(exact[0], exact[1]), green)
		charts.Line(p, "trained", ends, at(weights[0], bias), orange)
		charts.Scatter(p, "data", t.x, t.y, blue)
		return withMargins(p)
	}
	predicted := make([]float64, n)
	for i := range n {
		predicted[i] = bias
		for j, v := range t.row(i) {
			predicted[i] += weights[j] * v
		}
	}
	p := charts.Panel("prediction over target", t.target, "prediction")
	ends := []float64{slices.Min(t.y), slices.Max(t.y)}
	charts.Line(p, "equal", ends, ends, orange)
	charts.Scatter(p, "", t.y, predicted, blue)
	return withMargins(p)
}

// withMargins adds margins around the points of p and puts its legend at the upper left.
func withMargins(p *plot.Plot) *plot.Plot {
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		margin := 0.05 * (a.Max - a.Min)
		a.Min, a.Max = a.Min-margin, a.Max+margin
	}
	p.Legend.Left = true
	return p
}

// probability is P(Y=1|x) on a grid over a rectangle. It implements plotter.GridXYZ.
type probability struct {
	x0, y0, dx, dy float64
	weights        []float64
	bias           float64
}

const gridSize = 120

func (probability) Dims() (c, r int)  { return gridSize, gridSize }
func (g probability) X(c int) float64 { return g.x0 + float64(c)*g.dx }
func (g probability) Y(r int) float64 { return g.y0 + float64(r)*g.dy }
func (g probability) Z(c, r int) float64 {
	return 1 / (1 + math.Exp(-(g.bias + g.weights[0]*g.X(c) + g.weights[1]*g.Y(r))))
}

// boundaryPicture shows the points, the decision boundary and the contours of the
// probability.
func boundaryPicture(t *table, weights []float64, bias float64) *plot.Plot {
	p := charts.Bare("logistic regression: P(Y=1|x)", t.features[0], t.features[1])
	var x, y [2][]float64 // by class
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for i, class := range t.y {
		q, c := t.row(i), int(class)
		x[c], y[c] = append(x[c], q[0]), append(y[c], q[1])
		for k := range 2 {
			lo[k], hi[k] = min(lo[k], q[k]), max(hi[k], q[k])
		}
	}
	for k := range 2 {
		margin := 0.08*(hi[k]-lo[k]) + 1e-9
		lo[k], hi[k] = lo[k]-margin, hi[k]+margin
	}
	g := probability{lo[0], lo[1], (hi[0] - lo[0]) / (gridSize - 1), (hi[1] - lo[1]) / (gridSize - 1), weights, bias}
	if s := g.x0 + g.y0 + g.dx + g.dy + weights[0] + weights[1] + bias; math.Abs(s) < 1e100 { // otherwise there is no boundary
		addBoundary(p, g)
	}
	charts.Scatter(p, "Y = 0", x[0], y[0], blue)
	charts.Scatter(p, "Y = 1", x[1], y[1], red)
	return p
}

// addBoundary adds the line of probability 0.5, a heat map and contours.
func addBoundary(p *plot.Plot, g probability) {
	shades := moreland.SmoothBlueRed()
	shades.SetMin(0)
	shades.SetMax(1)
	shades.SetAlpha(0.35)
	heat := plotter.NewHeatMap(g, shades.Palette(64))
	heat.Min, heat.Max = 0, 1
	p.Add(heat)
	contours := plotter.NewContour(g, []float64{0.1, 0.25, 0.75, 0.9}, palette.Heat(4, 1))
	contours.LineStyles = []draw.LineStyle{{Color: color.Gray{110}, Width: vg.Points(0.8), Dashes: []vg.Length{vg.Points(3), vg.Points(2)}}}
	contours.Palette = nil
	p.Add(contours)
	boundary := plotter.NewContour(g, []float64{0.5}, nil)
	boundary.LineStyles = []draw.LineStyle{{Color: color.Black, Width: vg.Points(2)}}
	p.Add(boundary)
}

// digitsPicture shows the learning curve and the confusion matrix.
func digitsPicture(h history, confusion *metrics.Confusion) []*plot.Plot {
	curve := charts.Panel("learning curve", "epoch", "")
	curve.X.Tick.Marker = charts.WholeTicks()
	charts.Line(curve, "training loss", h.epoch, h.loss, blue)
	charts.Line(curve, "test accuracy", h.epoch, h.accuracy, orange)
	return []*plot.Plot{curve, charts.Confusion(confusion, nil)}
}
