// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/stheno-go/stheno/internal/digits"
)

// picture is a row of panels.
type picture []*plot.Plot

const panelSize = 12 * vg.Centimeter

var (
	blue   = color.RGBA{31, 119, 180, 255}
	orange = color.RGBA{255, 127, 14, 255}
	green  = color.RGBA{44, 160, 44, 255}
	red    = color.RGBA{214, 39, 40, 255}
	purple = color.RGBA{148, 103, 189, 255}
	brown  = color.RGBA{140, 86, 75, 255}
	pink   = color.RGBA{227, 119, 194, 255}
	colors = []color.Color{blue, orange, green, red, purple, brown, pink}
)

// savePicture draws the panels side by side into a PNG file.
func savePicture(o trainOptions, name string, p picture) error {
	img := vgimg.New(panelSize*vg.Length(len(p)), panelSize)
	canvas := draw.New(img)
	tiles := draw.Tiles{Rows: 1, Cols: len(p), PadTop: vg.Millimeter * 3, PadBottom: vg.Millimeter * 3, PadLeft: vg.Millimeter * 3, PadRight: vg.Millimeter * 3, PadX: vg.Millimeter * 5}
	for i, panel := range plot.Align([][]*plot.Plot{p}, tiles, canvas)[0] {
		p[i].Draw(panel)
	}
	path := filepath.Join(o.out, name)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	fmt.Fprintf(o.w, "picture: %s\n", path)
	return nil
}

func panel(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = vg.Millimeter * 2
	p.Legend.Top = true
	return p
}

// scatter adds points to a panel.
func scatter(p *plot.Plot, name string, points plotter.XYs, c color.Color) {
	s, err := plotter.NewScatter(points)
	if err != nil {
		return // no points: nothing to draw
	}
	s.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
	p.Add(s)
	if name != "" {
		p.Legend.Add(name, s)
	}
}

// line adds a curve to a panel; what is not finite is left out.
func line(p *plot.Plot, name string, points plotter.XYs, c color.Color) {
	finite := plotter.XYs{}
	for _, q := range points {
		if !math.IsNaN(q.Y) && !math.IsInf(q.Y, 0) {
			finite = append(finite, q)
		}
	}
	l, err := plotter.NewLine(finite)
	if err != nil {
		return
	}
	l.Color, l.Width = c, vg.Points(1.8)
	p.Add(l)
	if name != "" {
		p.Legend.Add(name, l)
	}
}

// linePicture shows the points and the line; with several features the prediction
// over the target.
func linePicture(t *table, weights []float64, bias float64, exact []float64) picture {
	n, d := t.size()
	points := make(plotter.XYs, n)
	if d == 1 {
		p := panel("linear regression", t.features[0], t.target)
		lo, hi := math.Inf(1), math.Inf(-1)
		for i := range n {
			points[i] = plotter.XY{X: t.x[i], Y: t.y[i]}
			lo, hi = min(lo, t.x[i]), max(hi, t.x[i])
		}
		p.Add(plotter.NewGrid())
		scatter(p, "data", points, blue)
		line(p, "trained", plotter.XYs{{X: lo, Y: weights[0]*lo + bias}, {X: hi, Y: weights[0]*hi + bias}}, orange)
		line(p, "closed form", plotter.XYs{{X: lo, Y: exact[0]*lo + exact[1]}, {X: hi, Y: exact[0]*hi + exact[1]}}, green)
		p.Legend.Left = true
		return picture{p}
	}
	p := panel("prediction over target", t.target, "prediction")
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range n {
		y := bias
		for j, v := range t.row(i) {
			y += weights[j] * v
		}
		points[i] = plotter.XY{X: t.y[i], Y: y}
		lo, hi = min(lo, t.y[i]), max(hi, t.y[i])
	}
	p.Add(plotter.NewGrid())
	scatter(p, "", points, blue)
	line(p, "equal", plotter.XYs{{X: lo, Y: lo}, {X: hi, Y: hi}}, orange)
	p.Legend.Left = true
	return picture{p}
}

// probability is P(Y=1|x) over a rectangle, as a grid for plots.
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
func boundaryPicture(t *table, weights []float64, bias float64) picture {
	p := panel("logistic regression: P(Y=1|x)", t.features[0], t.features[1])
	var classes [2]plotter.XYs
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for i, y := range t.y {
		q := t.row(i)
		classes[int(y)] = append(classes[int(y)], plotter.XY{X: q[0], Y: q[1]})
		for k := range 2 {
			lo[k], hi[k] = min(lo[k], q[k]), max(hi[k], q[k])
		}
	}
	for k := range 2 {
		margin := 0.08*(hi[k]-lo[k]) + 1e-9
		lo[k], hi[k] = lo[k]-margin, hi[k]+margin
	}
	g := probability{lo[0], lo[1], (hi[0] - lo[0]) / (gridSize - 1), (hi[1] - lo[1]) / (gridSize - 1), weights, bias}
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
	scatter(p, "Y = 0", classes[0], blue)
	scatter(p, "Y = 1", classes[1], red)
	return picture{p}
}

// confusionGrid is the confusion matrix with the first class on top.
type confusionGrid [digits.Classes][digits.Classes]int

func (confusionGrid) Dims() (c, r int)     { return digits.Classes, digits.Classes }
func (confusionGrid) X(c int) float64      { return float64(c) }
func (confusionGrid) Y(r int) float64      { return float64(r) }
func (g confusionGrid) Z(c, r int) float64 { return math.Log1p(float64(g[r][c])) }

// digitsPicture shows the learning curve and the confusion matrix.
func digitsPicture(h history, confusion [digits.Classes][digits.Classes]int) picture {
	curve := panel("learning curve", "epoch", "")
	var loss, accuracy plotter.XYs
	for i := range h.loss {
		loss = append(loss, plotter.XY{X: float64(i + 1), Y: h.loss[i]})
		accuracy = append(accuracy, plotter.XY{X: float64(i + 1), Y: h.accuracy[i]})
	}
	curve.Add(plotter.NewGrid())
	line(curve, "training loss", loss, blue)
	line(curve, "test accuracy", accuracy, orange)

	matrix := panel("confusion (colour: log count)", "predicted", "digit")
	heat := plotter.NewHeatMap(confusionGrid(confusion), moreland.BlackBody().Palette(64))
	matrix.Add(heat)
	var labels plotter.XYLabels
	for r := range digits.Classes {
		for c := range digits.Classes {
			if n := confusion[r][c]; n > 0 {
				labels.XYs = append(labels.XYs, plotter.XY{X: float64(c) - 0.2, Y: float64(r) - 0.1})
				labels.Labels = append(labels.Labels, fmt.Sprint(n))
			}
		}
	}
	if text, err := plotter.NewLabels(labels); err == nil {
		for i := range text.TextStyle {
			text.TextStyle[i].Color = color.Gray{128}
		}
		matrix.Add(text)
	}
	ticks := plot.ConstantTicks{}
	for i := range digits.Classes {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprint(i)})
	}
	matrix.X.Tick.Marker, matrix.Y.Tick.Marker = ticks, ticks
	return picture{curve, matrix}
}
