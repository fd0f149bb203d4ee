// SPDX-License-Identifier: MIT

package charts

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bars adds groups of bars at 0, 1, …: values[k][i] is the bar of names[k] in group i.
func Bars(p *plot.Plot, names []string, values ...[]float64) {
	const width = 16
	for k, v := range values {
		b, err := plotter.NewBarChart(plotter.Values(v), vg.Points(width))
		if err != nil {
			return // no values: nothing to draw
		}
		b.Color, b.LineStyle.Width = Color(k), 0
		b.Offset = vg.Points(width * (float64(k) - float64(len(values)-1)/2))
		p.Add(b)
		p.Legend.Add(names[k], b)
	}
}

// Slanted writes the labels of the X axis at an angle, for long ones.
func Slanted(p *plot.Plot) {
	l := &p.X.Tick.Label
	l.Rotation, l.XAlign, l.YAlign = math.Pi/5, draw.XRight, draw.YCenter
}
