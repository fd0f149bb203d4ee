// SPDX-License-Identifier: MIT

package report

import (
	"fmt"
)

// runView is the template data of a run.
type runView struct {
	Run
	Index   int
	Several bool // there are several runs
}

// Color returns the class of the run's color.
func (r runView) Color() string { return colorClass(r.Index) }

// Charts returns the run's charts.
func (r runView) Charts() []chart { return curves(r.Run) }

// tile is a figure of the headline.
type tile struct{ Value, Name, More string }

// Tiles returns the figures of the headline, the most important first.
func (r runView) Tiles() (list []tile) {
	if j := r.Judged; j != nil {
		list = append(list, tile{percent(j.Accuracy), j.By + " accuracy", count(j.Count) + plural(j.Count, " image", " images")},
			tile{number(j.Loss), j.By + " loss", ""})
	}
	if b := r.Best; b != nil {
		list = append(list, tile{value(b.Metric, b.Value), "best " + metricName(b.Metric), "epoch " + count(b.Epoch)})
	}
	list = append(list, tile{r.epochsDone(), "epochs", ""})
	if len(r.Epochs) > 0 {
		t := tile{duration(r.Seconds), "training time", ""}
		if r.Rate > 0 {
			t.More = r.rate() + " images/s"
		}
		list = append(list, t)
	}
	if r.Parameters > 0 {
		list = append(list, tile{count(r.Parameters), "parameters", ""})
	}
	return list
}

// When returns a text about when the run began.
func (r runView) When() string {
	if r.Began.IsZero() {
		return ""
	}
	text := "began " + r.Began.Format("2 January 2006, 15:04 MST")
	if more := r.Sessions - 1; more > 0 {
		text += fmt.Sprintf(", resumed %s", plural(more, "once", count(more)+" times"))
	}
	return text
}

// Says returns a text about the state of the run, "" if it has finished.
func (r runView) Says() string {
	at := "before its first epoch ended"
	if len(r.Epochs) > 0 {
		at = "after " + r.epochsDone() + plural(r.Of, " epoch", " epochs")
	}
	switch r.State {
	case Stopped:
		return "Early stopping ended this run " + at + "."
	case TimeUp:
		return "The time limit ended this run " + at + "."
	case Running:
		return "This run is in progress: it is shown as it was " + at + "."
	case Interrupted:
		return "This run was interrupted " + at + "."
	case Killed:
		return "This run was killed " + at + "."
	}
	return ""
}

// Changed returns the settings that differ from the default.
func (r runView) Changed() []Setting { return r.settings(true) }

// Unchanged returns the other settings.
func (r runView) Unchanged() []Setting { return r.settings(false) }

func (r runView) settings(changed bool) (list []Setting) {
	for _, s := range r.Settings {
		if s.Changed() == changed {
			list = append(list, s)
		}
	}
	return list
}

func (s State) word() string {
	return [...]string{"finished", "stopped early", "time limit reached", "in progress", "interrupted", "killed"}[s]
}

func (r Run) epochsDone() string {
	if r.Of == 0 || r.Of == len(r.Epochs) {
		return count(len(r.Epochs))
	}
	return count(len(r.Epochs)) + " of " + count(r.Of)
}

func (r Run) judgedBy() string {
	if r.Judged == nil {
		return missing
	}
	return r.Judged.By + ", " + count(r.Judged.Count) + plural(r.Judged.Count, " image", " images")
}

func (r Run) rate() string {
	if r.Rate <= 0 {
		return missing
	}
	return count(int(r.Rate + 0.5))
}

func known(n int) string {
	if n == 0 {
		return missing
	}
	return count(n)
}
