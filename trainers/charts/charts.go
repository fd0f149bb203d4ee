// SPDX-License-Identifier: MIT

// Package charts draws learning curves and confusion matrices. Panels are gonum plots; [Save] writes
// several as one PNG picture. [LearningCurves] is a callback of a Trainer.
package charts

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/axis"
)

const (
	panelSize   = 12 * vg.Centimeter // width and height of a panel
	dotsPerInch = 160
)

// Colors is the palette of the curves: Tableau's ten colors.
var Colors = []color.Color{
	color.RGBA{31, 119, 180, 255}, color.RGBA{255, 127, 14, 255}, color.RGBA{44, 160, 44, 255}, color.RGBA{214, 39, 40, 255},
	color.RGBA{148, 103, 189, 255}, color.RGBA{140, 86, 75, 255}, color.RGBA{227, 119, 194, 255}, color.RGBA{127, 127, 127, 255},
	color.RGBA{188, 189, 34, 255}, color.RGBA{23, 190, 207, 255},
}

// Color returns the color of curve i. The colors repeat.
func Color(i int) color.Color {
	n := len(Colors)
	if n == 0 {
		return color.Black
	}
	return Colors[(i%n+n)%n]
}

// Panel returns an empty panel with a grid.
func Panel(title, x, y string) *plot.Plot {
	p := Bare(title, x, y)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{225}, color.Gray{225}
	p.Add(grid)
	return p
}

// Bare returns an empty panel without a grid.
func Bare(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = vg.Millimeter * 2
	sans := func(size float64) font.Font {
		return font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)}
	}
	p.Title.TextStyle.Font = sans(13)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Tick.Label.Font = sans(11), sans(9)
		a.Tick.Marker = ticks{}
		a.LineStyle.Color, a.Tick.LineStyle.Color = color.Gray{110}, color.Gray{110}
	}
	p.Legend.TextStyle.Font = sans(10)
	p.Legend.Top, p.Legend.Padding = true, vg.Millimeter
	return p
}

// Line adds a curve. Points that are not finite, and those without a second coordinate, are left
// out.
func Line(p *plot.Plot, name string, x, y []float64, c color.Color) { curve(p, name, x, y, c) }

// Dashed adds a curve as [Line] does, with dashes.
func Dashed(p *plot.Plot, name string, x, y []float64, c color.Color) {
	curve(p, name, x, y, c, vg.Points(4), vg.Points(3))
}

// points returns the points that can be drawn.
func points(x, y []float64) (list plotter.XYs) {
	for i := range min(len(x), len(y)) {
		if axis.Drawable(x[i]) && axis.Drawable(y[i]) {
			list = append(list, plotter.XY{X: x[i], Y: y[i]})
		}
	}
	return list
}

func curve(p *plot.Plot, name string, x, y []float64, c color.Color, dashes ...vg.Length) {
	l, err := plotter.NewLine(points(x, y))
	if p == nil || err != nil {
		return // nothing to draw
	}
	l.Color, l.Width, l.Dashes = c, vg.Points(1.8), dashes
	p.Add(l)
	if name != "" {
		p.Legend.Add(name, l)
	}
}

// Scatter adds points, as [Line] does.
func Scatter(p *plot.Plot, name string, x, y []float64, c color.Color) {
	s, err := plotter.NewScatter(points(x, y))
	if p == nil || err != nil {
		return
	}
	s.GlyphStyle = draw.GlyphStyle{Color: c, Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
	p.Add(s)
	if name != "" {
		p.Legend.Add(name, s)
	}
}

// mostPanels is the largest number of panels in a picture.
const mostPanels = 1000

// Save draws panels side by side, at most four in a row, into a PNG file. It returns an error if
// a panel cannot be drawn.
func Save(path string, panels ...*plot.Plot) (err error) {
	if len(panels) == 0 || len(panels) > mostPanels {
		return fmt.Errorf("charts: %s: %d panels, expects 1 to %d", path, len(panels), mostPanels)
	}
	defer func() {
		if p := recover(); p != nil { // a panic of gonum
			err = fmt.Errorf("charts: %s: cannot be drawn: %v", path, p)
		}
	}()
	const most = 4
	columns := min(len(panels), most)
	rows := (len(panels) + columns - 1) / columns
	grid := make([][]*plot.Plot, rows)
	for i := range grid {
		grid[i] = make([]*plot.Plot, columns)
		copy(grid[i], panels[i*columns:])
	}
	for _, p := range panels {
		if p != nil {
			p.X.Min, p.X.Max = axis.Settled(p.X.Min, p.X.Max)
			p.Y.Min, p.Y.Max = axis.Settled(p.Y.Min, p.Y.Max)
		}
	}
	img := vgimg.NewWith(vgimg.UseWH(panelSize*vg.Length(columns), panelSize*vg.Length(rows)), vgimg.UseDPI(dotsPerInch))
	gap := vg.Millimeter * 3
	tiles := draw.Tiles{Rows: rows, Cols: columns, PadTop: gap, PadBottom: gap, PadLeft: gap, PadRight: 2 * gap, PadX: vg.Millimeter * 6, PadY: gap}
	canvases := plot.Align(grid, tiles, draw.New(img))
	for i, row := range grid {
		for j, p := range row {
			if p != nil {
				p.Draw(canvases[i][j])
			}
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(w)
		return err
	})
}
