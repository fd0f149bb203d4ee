// SPDX-License-Identifier: MIT

package report

import (
	"slices"
	"strings"
)

// curves returns a chart for the loss and for each other metric of a run, each with a curve for
// training and one for validation.
func curves(r Run) (list []chart) {
	for _, name := range metricNames(r) {
		if strings.HasPrefix(name, "val_") {
			continue
		}
		var lines []series
		for i, key := range []string{name, "val_" + name} {
			if at := valuesOf(r, key); len(at) > 0 {
				lines = append(lines, series{name: []string{"training", "validation"}[i], color: i, at: at})
			}
		}
		if name == "lr" {
			lines[0].name = ""
		}
		c := newChart(metricName(name), name, lines)
		if r.Best != nil && r.Best.Metric == "val_"+name {
			c.ring(name, lines, len(lines)-1, r.Best.Epoch, "best: "+value(name, r.Best.Value)+" in epoch "+count(r.Best.Epoch))
		}
		list = append(list, c)
	}
	return list
}

// overlaid returns a chart for each metric, with a curve for each run.
func overlaid(runs []Run) (list []chart) {
	for _, name := range metricNames(runs...) {
		var lines []series
		for i, r := range runs {
			if at := valuesOf(r, name); len(at) > 0 {
				lines = append(lines, series{name: r.Name, color: i, at: at})
			}
		}
		title := metricName(name)
		if name != "lr" && !strings.HasPrefix(name, "val_") {
			title = "training " + title
		}
		list = append(list, newChart(title, name, lines))
	}
	return list
}

// metricNames returns the metrics of the runs, the loss first and the learning rate last.
func metricNames(runs ...Run) (names []string) {
	for _, r := range runs {
		for _, e := range r.Epochs {
			for name := range e.Metrics {
				if strings.TrimPrefix(name, "val_") != "skipped" && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	rank := map[string]int{"loss": -1, "lr": 1}
	slices.SortFunc(names, func(a, b string) int {
		x, y := strings.TrimPrefix(a, "val_"), strings.TrimPrefix(b, "val_")
		if rank[x] != rank[y] {
			return rank[x] - rank[y]
		}
		if x != y {
			return strings.Compare(x, y)
		}
		return len(a) - len(b)
	})
	return names
}

// valuesOf returns the values of a metric by epoch.
func valuesOf(r Run, name string) map[int]float64 {
	at := map[int]float64{}
	for _, e := range r.Epochs {
		if v, ok := e.Metrics[name]; ok {
			at[e.Number] = v
		}
	}
	return at
}
