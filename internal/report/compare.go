// SPDX-License-Identifier: MIT

package report

import (
	"math"
	"slices"
)

// comparison is a table of several runs.
type comparison struct {
	Heads    []head
	Results  []row
	Settings []row // only those that differ
	Machines []row // only those that differ
	Same     bool  // only model and data may differ
	Charts   []chart
}

// head names a run.
type head struct {
	Name, Color string
	Index       int
}

// row is a value of each run.
type row struct {
	Name   string
	Values []field
}

type field struct {
	Text string
	Best bool
}

func compare(runs []Run) *comparison {
	c := &comparison{Charts: overlaid(runs)}
	for i, r := range runs {
		c.Heads = append(c.Heads, head{r.Name, colorClass(i), i})
	}
	texts := func(name string, of func(r Run) string) row {
		w := row{Name: name}
		for _, r := range runs {
			w.Values = append(w.Values, field{Text: of(r)})
		}
		return w
	}
	judged := func(of func(j *Judgement) float64) func(r Run) float64 {
		return func(r Run) float64 {
			if r.Judged == nil {
				return math.NaN()
			}
			return of(r.Judged)
		}
	}
	alike := !slices.ContainsFunc(runs, func(r Run) bool { return r.Data != runs[0].Data || r.judgedBy() != runs[0].judgedBy() })
	figures := func(name string, of func(r Run) float64, write func(float64) string, lower bool) row {
		w, best := row{Name: name}, math.NaN()
		for _, r := range runs {
			v := of(r)
			if lower && v < best || !lower && v > best || best != best {
				best = v
			}
		}
		for _, r := range runs {
			f := field{Text: missing}
			if v := of(r); v == v {
				f.Text, f.Best = write(v), v == best && alike
			}
			w.Values = append(w.Values, f)
		}
		return w
	}
	c.Results = []row{
		texts("model", func(r Run) string { return r.Model }),
		texts("data", func(r Run) string { return r.Data }),
		texts("state", func(r Run) string { return r.State.word() }),
		texts("epochs", Run.epochsDone),
		texts("evaluated on", Run.judgedBy),
		figures("accuracy", judged(func(j *Judgement) float64 { return j.Accuracy }), percent, false),
		figures("loss", judged(func(j *Judgement) float64 { return j.Loss }), number, true),
	}
	if metric := monitored(runs); metric != "" {
		best := figures("best "+metricName(metric), func(r Run) float64 {
			if r.Best == nil || r.Best.Metric != metric {
				return math.NaN()
			}
			return r.Best.Value
		}, func(v float64) string { return value(metric, v) }, !isPart(metric))
		for i, r := range runs {
			if r.Best != nil && r.Best.Metric == metric {
				best.Values[i].Text += ", epoch " + count(r.Best.Epoch)
			}
		}
		c.Results = append(c.Results, best)
	}
	c.Results = append(c.Results,
		texts("training time", func(r Run) string { return duration(r.Seconds) }),
		texts("images per second", Run.rate),
		texts("parameters", func(r Run) string { return known(r.Parameters) }),
	)
	c.Settings = differing(runs, func(r Run) (list []Fact) {
		for _, s := range r.Settings {
			if s.Name != "model" && s.Name != "data" { // these are among the results
				list = append(list, Fact{s.Name, s.Value})
			}
		}
		return list
	})
	c.Machines = differing(runs, func(r Run) []Fact { return r.Machine })
	c.Same = len(c.Settings) == 0
	return c
}

// monitored returns the monitored metric of the runs, "" if there is none.
func monitored(runs []Run) string {
	for _, r := range runs {
		if r.Best != nil {
			return r.Best.Metric
		}
	}
	return ""
}

// differing returns the facts that differ between runs.
func differing(runs []Run, of func(r Run) []Fact) (list []row) {
	var names []string
	all := make([]map[string]string, len(runs))
	for i, r := range runs {
		all[i] = map[string]string{}
		for _, f := range of(r) {
			all[i][f.Name] = f.Value
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	for _, name := range names {
		w, same := row{Name: name}, true
		for i := range runs {
			v, ok := all[i][name]
			if !ok {
				v = missing
			}
			w.Values = append(w.Values, field{Text: v})
			same = same && v == w.Values[0].Text
		}
		if !same {
			list = append(list, w)
		}
	}
	return list
}
