// SPDX-License-Identifier: MIT

package studies

import (
	"fmt"
	"image/color"
	"io"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot"

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

// curves draws the mean of several curves, and each of several in a light color. The mean
// ends with the shortest.
func curves(p *plot.Plot, name string, x func(i int) float64, all [][]float64, c color.Color) {
	var mean []float64
	for k, y := range all {
		if len(all) > 1 {
			charts.Line(p, "", positions(len(y), x), y, light(c))
		}
		if k == 0 {
			mean = append(mean, y...)
			continue
		}
		mean = mean[:min(len(mean), len(y))]
		for i := range mean {
			mean[i] += y[i]
		}
	}
	for i := range mean {
		mean[i] /= float64(len(all))
	}
	charts.Line(p, name, positions(len(mean), x), mean, c)
}

func positions(n int, x func(i int) float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = x(i)
	}
	return list
}

// number returns i+1: of an epoch or a layer.
func number(i int) float64 { return float64(i + 1) }

// light returns a color mixed with white.
func light(c color.Color) color.Color {
	r, g, b, _ := c.RGBA()
	mix := func(v uint32) uint8 { return uint8((v>>8)/3 + 170) }
	return color.RGBA{mix(r), mix(g), mix(b), 255}
}

// seedsOf returns "seed 1" or "seeds 1 to 3" for the seeds of a study.
func seedsOf(first uint64, n int) string {
	if n == 1 {
		return fmt.Sprintf("seed %d", first)
	}
	return fmt.Sprintf("seeds %d to %d", first, first+uint64(n)-1)
}

// thousands separates the digits of n in groups of three.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
