// SPDX-License-Identifier: MIT

package charts

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/stheno-go/stheno/internal/axis"
)

// Bars adds groups of bars at 0, 1, …: values[k][i] is the bar of names[k] in group i.
// Values that are not finite are left out.
func Bars(p *plot.Plot, names []string, values ...[]float64) {
	const width = 16
	if p == nil {
		return
	}
	for k, v := range values {
		heights := make(plotter.Values, len(v))
		for i := range v {
			if axis.Drawable(v[i]) {
				heights[i] = v[i]
			}
		}
		b, err := plotter.NewBarChart(heights, vg.Points(width))
		if err != nil {
			continue // nothing to draw
		}
		b.Color, b.LineStyle.Width = Color(k), 0
		b.Offset = vg.Points(width * (float64(k) - float64(len(values)-1)/2))
		p.Add(b)
		if k < len(names) {
			p.Legend.Add(names[k], b)
		}
	}
}

// Slanted rotates the labels of the X axis, to fit long ones.
func Slanted(p *plot.Plot) {
	if p == nil {
		return
	}
	l := &p.X.Tick.Label
	l.Rotation, l.XAlign, l.YAlign = math.Pi/5, draw.XRight, draw.YCenter
}
