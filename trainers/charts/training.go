// SPDX-License-Identifier: MIT

package charts

import (
	"context"
	"fmt"
	"image/color"
	"log/slog"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
)

// LearningCurves returns a callback that draws the history into a PNG file after each epoch: a
// panel for the loss and one for each other metric, with curves for training and validation. A
// failure is logged as a warning and does not end the training.
func LearningCurves(path string) trainers.Callback {
	return picture("learning curves", path, func(s *trainers.State) []*plot.Plot { return Curves(s.History) })
}

// picture returns a callback that draws panels after each epoch, and warns once if that fails.
func picture(name, path string, panels func(s *trainers.State) []*plot.Plot) trainers.Callback {
	warned := false
	return trainers.Callback{Name: name, EpochEnd: func(_ context.Context, s *trainers.State) error {
		err := Save(path, panels(s)...)
		if err != nil && !warned {
			slog.Warn("stheno: cannot write a picture", "callback", name, "error", err)
		}
		warned = err != nil
		return nil
	}}
}

// Curves returns a panel for the loss and one for each other metric of a history.
func Curves(h *trainers.History) []*plot.Plot {
	if h == nil || len(h.Epochs) == 0 {
		return nil
	}
	var names []string
	for name := range h.Epochs[0].Metrics {
		if name = strings.TrimPrefix(name, "val_"); name != "skipped" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { // the loss first, the rate last
		rank := map[string]int{"loss": -1, "lr": 1}
		if rank[a] != rank[b] {
			return rank[a] - rank[b]
		}
		return strings.Compare(a, b)
	})
	var panels []*plot.Plot
	for _, name := range names {
		p := Panel(name, "epoch", "")
		p.X.Tick.Marker = WholeTicks()
		legends := []string{"training", "validation"}
		if name == "lr" {
			p.Title.Text, legends[0] = "learning rate", ""
		}
		for i, key := range []string{name, "val_" + name} {
			var x, y []float64
			for _, e := range h.Epochs {
				if v, ok := e.Metrics[key]; ok {
					x, y = append(x, float64(e.Epoch)), append(y, v)
				}
			}
			if len(y) > 0 {
				Line(p, legends[i], x, y, Color(i))
				p.Legend.Top = y[len(y)-1] <= y[0] // away from the ends of the curves
			}
		}
		panels = append(panels, p)
	}
	return panels
}

// grid is a confusion matrix with the first class at the top. It implements plotter.GridXYZ.
type grid struct{ *metrics.Confusion }

func (g grid) Dims() (c, r int)   { return g.Classes(), g.Classes() }
func (g grid) X(c int) float64    { return float64(c) }
func (g grid) Y(r int) float64    { return float64(r) }
func (g grid) Z(c, r int) float64 { return math.Log1p(float64(g.Count(g.Classes()-1-r, c))) }

// blues are 64 shades from white to dark blue.
type blues struct{}

func (blues) Colors() []color.Color {
	list := make([]color.Color, 64)
	for i := range list {
		f := float64(i) / float64(len(list)-1)
		shade := func(to float64) uint8 { return uint8(255 + f*(to-255)) }
		list[i] = color.RGBA{shade(8), shade(48), shade(107), 255}
	}
	return list
}

// Confusion returns a panel with a confusion matrix, whose color is the logarithm of the count.
// names are the names of the classes, or nil.
func Confusion(m *metrics.Confusion, names []string) *plot.Plot {
	p := Bare("confusion", "predicted", "class")
	if m == nil || m.Classes() == 0 {
		return p
	}
	n := m.Classes()
	heat := plotter.NewHeatMap(grid{m}, blues{})
	p.Add(heat)
	const most = 20 // the largest number of classes with legible counts and names
	if n > most {
		return p
	}
	var labels plotter.XYLabels
	var dark []bool
	var x, y plot.ConstantTicks
	for c := range n {
		name := fmt.Sprint(c)
		if c < len(names) {
			name = names[c]
		}
		x = append(x, plot.Tick{Value: float64(c), Label: name})
		y = append(y, plot.Tick{Value: float64(n - 1 - c), Label: name})
		for k := range n {
			if count := m.Count(c, k); count > 0 {
				labels.XYs = append(labels.XYs, plotter.XY{X: float64(k), Y: float64(n - 1 - c)})
				labels.Labels = append(labels.Labels, fmt.Sprint(count))
				dark = append(dark, math.Log1p(float64(count)) > heat.Max/2)
			}
		}
	}
	if text, err := plotter.NewLabels(labels); err == nil {
		for i := range text.TextStyle {
			s := &text.TextStyle[i]
			s.Font, s.XAlign, s.YAlign = p.X.Tick.Label.Font, draw.XCenter, draw.YCenter
			if dark[i] {
				s.Color = color.White
			}
		}
		p.Add(text)
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = x, y
	if len(names) > 0 {
		Slanted(p)
	}
	return p
}

// ConfusionMatrix returns a callback that draws m, a metric of the Trainer, into a PNG file after
// each epoch: the confusion on the validation data, if there are any. Failures are logged as by
// [LearningCurves].
func ConfusionMatrix(path string, m *metrics.Confusion, names []string) trainers.Callback {
	return picture("confusion matrix", path, func(*trainers.State) []*plot.Plot { return []*plot.Plot{Confusion(m, names)} })
}
