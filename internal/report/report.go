// SPDX-License-Identifier: MIT

// Package report writes an HTML file about training runs: curves, confusion, settings, and the
// worst mistakes. The file is self-contained. The same runs give the same bytes.
package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"
)

// Run is a training run. All texts are escaped.
type Run struct {
	Name   string // short and unique
	Folder string
	State  State
	Hint   string // a command that resumes the run, if it has not finished

	Model, Data string
	Parameters  int       // 0: not known
	Began       time.Time // zero: not known
	Sessions    int       // number of starts and resumptions
	Of          int       // number of epochs of the setting
	Seconds     float64   // of training, without validation
	Rate        float64   // images per second in training; 0: not known

	Epochs []Epoch
	Best   *Best      // nil: no epoch has the monitored metric
	Judged *Judgement // nil: not evaluated yet

	Settings []Setting
	Machine  []Fact

	Confusion   *Confusion
	NoConfusion string // the reason if Confusion is nil
	Mistakes    []Mistake
	NoMistakes  string // the reason if there are no Mistakes
	Wrong, All  int    // number of misclassified images, and of all images
}

// State is the state of a run.
type State uint8

// The states.
const (
	Finished    State = iota
	Stopped           // ended by early stopping
	TimeUp            // ended by its time limit
	Running           // in progress
	Interrupted       // ended by a signal or an error, and saved
	Killed            // ended without saving
)

// Epoch is an epoch of a run's history.
type Epoch struct {
	Number  int
	Metrics map[string]float64
}

// Best is the best value of the monitored metric.
type Best struct {
	Metric string
	Value  float64
	Epoch  int
}

// Judgement is the final evaluation of a model.
type Judgement struct {
	By             string // name of the images
	Accuracy, Loss float64
	Count          int // images
}

// Setting is a setting of a run.
type Setting struct{ Name, Value, Default string }

// Changed reports whether the setting differs from the default.
func (s Setting) Changed() bool { return s.Value != s.Default }

// Fact is a property of the machine of a run.
type Fact struct{ Name, Value string }

// Mistake is a misclassified image.
type Mistake struct {
	File         string
	Class, Taken string
	Probability  float64 // of the predicted class
	Own          float64 // of the true class
	Loss         float64
	Picture      Picture // without a source if the image could not be read
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": percent, "whole": whole, "number": number, "count": count, "duration": duration,
}).Parse(pageHTML))

// Write writes a page about one run, or a comparison of several.
func Write(w io.Writer, runs []Run) error {
	if len(runs) == 0 {
		return fmt.Errorf("report: no runs")
	}
	sum := sha256.Sum256([]byte(pageJS))
	view := struct {
		CSS    template.CSS
		JS     template.JS
		Policy string
		Title  string
		Runs   []runView
		Both   *comparison
	}{
		CSS: template.CSS(pageCSS), JS: template.JS(pageJS), Title: title(runs),
		// The policy forbids loading anything and running other scripts, even if escaping fails.
		Policy: "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	for i, r := range runs {
		view.Runs = append(view.Runs, runView{Run: r, Index: i, Several: len(runs) > 1})
	}
	if len(runs) > 1 {
		view.Both = compare(runs)
	}
	var b bytes.Buffer // so that an error writes nothing
	if err := page.Execute(&b, view); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func title(runs []Run) string {
	if len(runs) == 1 {
		return runs[0].Model + " on " + runs[0].Data
	}
	return fmt.Sprintf("%d runs compared", len(runs))
}
