// SPDX-License-Identifier: MIT

package studies

import (
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/stheno-go/stheno/trainers/charts"
)

// Report is what a study found.
type Report struct {
	Tables  []Table
	Verdict []string // a sentence each
	Panels  []*plot.Plot
}

// Table has a row of cells for each network.
type Table struct {
	Title string // may be empty
	Head  []string
	Rows  [][]string
}

// WriteText writes the tables and the verdict for a terminal.
func (r Report) WriteText(w io.Writer) {
	for _, t := range r.Tables {
		fmt.Fprintln(w)
		if t.Title != "" {
			fmt.Fprintln(w, t.Title)
		}
		t.writeText(w)
	}
	fmt.Fprintln(w)
	for _, s := range r.Verdict {
		fmt.Fprintln(w, s)
	}
}

func (t Table) writeText(w io.Writer) {
	width := make([]int, len(t.Head))
	rows := append([][]string{t.Head}, t.Rows...)
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			room := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line = cell + room
			} else {
				line += "  " + room + cell
			}
		}
		fmt.Fprintln(w, line)
	}
}

// WriteMarkdown writes the tables and the verdict for a page.
func (r Report) WriteMarkdown(w io.Writer) {
	for _, t := range r.Tables {
		if t.Title != "" {
			fmt.Fprintf(w, "%s:\n\n", strings.ToUpper(t.Title[:1])+t.Title[1:])
		}
		fmt.Fprintf(w, "| %s |\n|---|%s\n", strings.Join(t.Head, " | "), strings.Repeat("---:|", len(t.Head)-1))
		for _, row := range t.Rows {
			fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		}
		fmt.Fprintln(w)
	}
	for _, s := range r.Verdict {
		fmt.Fprintf(w, "* %s\n", s)
	}
}

// curve is one quantity of several trainings.
type curve struct {
	name  string
	color color.Color
	all   [][]float64 // by training
}

// draw draws each training in a thin line, and over them the means, which end with the
// shortest training.
func draw(p *plot.Plot, list []curve) {
	for _, c := range list {
		for _, y := range c.all {
			if len(c.all) == 1 {
				continue
			}
			points := make(plotter.XYs, len(y))
			for i, v := range y {
				points[i] = plotter.XY{X: number(i), Y: v}
			}
			if line, err := plotter.NewLine(points); err == nil { // else no number can be drawn
				line.Color, line.Width = light(c.color), vg.Points(0.7)
				p.Add(line)
			}
		}
	}
	for _, c := range list {
		mean := slices.Clone(c.all[0])
		for _, y := range c.all[1:] {
			mean = mean[:min(len(mean), len(y))]
			for i := range mean {
				mean[i] += y[i]
			}
		}
		x := make([]float64, len(mean))
		for i := range mean {
			x[i] = number(i)
			mean[i] /= float64(len(c.all))
		}
		charts.Line(p, c.name, x, mean, c.color)
	}
}

// number returns i+1: of an epoch or a layer.
func number(i int) float64 { return float64(i + 1) }

// light returns a color mixed with white.
func light(c color.Color) color.Color {
	r, g, b, _ := c.RGBA()
	mix := func(v uint32) uint8 { return uint8((v>>8)/2 + 127) }
	return color.RGBA{mix(r), mix(g), mix(b), 255}
}

// thousands separates the digits of n in groups of three.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
