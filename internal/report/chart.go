// SPDX-License-Identifier: MIT

package report

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno/internal/axis"
)

// The size of a chart and its margins, in the units of its SVG. page.html has the same numbers.
const (
	chartWidth, chartHeight = 340, 200
	roomLeft, roomRight     = 42, 10
	roomTop, roomBottom     = 10, 24
	chartRight, chartBottom = chartWidth - roomRight, chartHeight - roomBottom
	plotWidth, plotHeight   = chartRight - roomLeft, chartBottom - roomTop
)

// colors is the number of colors in the style sheet.
const colors = 10

// series is a curve, with one value per epoch.
type series struct {
	name  string
	color int
	at    map[int]float64 // by epoch
}

// chart is a panel with curves.
type chart struct {
	Title  string
	X, Y   []mark
	Lines  []line
	Ring   *mark  // the best epoch
	Data   string // hover as JSON, for the script
	Hidden string // a note on values that are not drawn
}

// mark is a position on an axis, or a point.
type mark struct {
	At, To float64
	Label  string
}

// line is a curve as a path, with dots for points without neighbors.
type line struct {
	Name, Color, Path, Last string
	Dots                    []mark
}

// hover is the data of the tooltips: the positions of the epochs, and the text of each line.
type hover struct {
	Epochs []int      `json:"e"`
	X      []float64  `json:"x"`
	Text   [][]string `json:"t"`
}

// newChart returns the chart of a metric. Fractions are drawn as percentages.
func newChart(title, metric string, curves []series) chart {
	c := chart{Title: title}
	if isPart(metric) {
		c.Title += ", %"
	}
	f := newFrame(metric, curves)
	if f.hidden > 0 {
		c.Hidden = count(f.hidden) + " " + plural(f.hidden, "value is", "values are") + " too large to draw, or not a number"
	}
	for _, t := range axis.Ticks(f.first, f.last, true) {
		c.X = append(c.X, mark{At: f.x(t.Value), Label: t.Label})
	}
	for _, t := range axis.Ticks(f.lo, f.hi, false) {
		c.Y = append(c.Y, mark{At: f.y(t.Value), Label: t.Label})
	}
	h := hover{Epochs: f.epochs}
	for _, e := range f.epochs {
		h.X = append(h.X, f.x(float64(e)))
	}
	for _, s := range curves {
		l, texts := f.line(s)
		c.Lines, h.Text = append(c.Lines, l), append(h.Text, texts)
	}
	if b, err := json.Marshal(h); err == nil { // positions are finite
		c.Data = string(b)
	}
	return c
}

// ring marks the value of a curve at an epoch, if it is drawn.
func (c *chart) ring(metric string, curves []series, curve, epoch int, text string) {
	f := newFrame(metric, curves)
	if v, ok := curves[curve].at[epoch]; ok && axis.Drawable(f.scale*v) {
		c.Ring = &mark{At: f.x(float64(epoch)), To: f.y(f.scale * v), Label: text}
	}
}

// line returns the path of a curve and the text of each epoch.
func (f frame) line(s series) (l line, texts []string) {
	l = line{Name: s.name, Color: colorClass(s.color), Last: missing}
	var path strings.Builder
	var drawn []mark // since the last gap
	gap := func() {
		if len(drawn) == 1 { // a path of one point is invisible
			l.Dots = append(l.Dots, drawn[0])
		}
		drawn = nil
	}
	for _, e := range f.epochs {
		v, has := s.at[e]
		text := missing
		if has {
			text = value(f.metric, v)
			l.Last = text
		}
		texts = append(texts, text)
		if !has || !axis.Drawable(f.scale*v) {
			gap()
			continue
		}
		at := mark{At: f.x(float64(e)), To: f.y(f.scale * v)}
		command := "L"
		if drawn = append(drawn, at); len(drawn) == 1 {
			command = "M"
		}
		path.WriteString(command + short(at.At) + " " + short(at.To))
	}
	gap()
	l.Path = path.String()
	return l, texts
}

func short(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// colorClass returns the class of curve i: a color, with dashes after the last color.
func colorClass(i int) string {
	class := "c" + strconv.Itoa(i%colors)
	if i/colors%2 == 1 {
		class += " dash"
	}
	return class
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
