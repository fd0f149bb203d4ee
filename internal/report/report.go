// SPDX-License-Identifier: MIT

// Package report makes one HTML file of what trainings did: curves, confusion, settings,
// the worst mistakes. The file needs no network and nothing beside it. The same runs give
// the same bytes.
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

// Run is a training as a report shows it. Texts may hold anything: they are escaped.
type Run struct {
	Name   string // short, and no other run's
	Folder string
	State  State
	Hint   string // a command that goes on, if the run has not finished

	Model, Data string
	Parameters  int       // 0: not known
	Began       time.Time // zero: not known
	Sessions    int       // how often it began or went on
	Of          int       // epochs that were wanted
	Seconds     float64   // of training, without validation
	Rate        float64   // images a second in training; 0: not known

	Epochs []Epoch
	Best   *Best      // nil: no epoch has the metric that is monitored
	Judged *Judgement // nil: not yet

	Settings []Setting
	Machine  []Fact

	Confusion   *Confusion
	NoConfusion string // why there is none
	Mistakes    []Mistake
	NoMistakes  string // why there are none
	Wrong, All  int    // images that were taken for another class, of how many
}

// State says how far a run has come.
type State uint8

// The states.
const (
	Finished    State = iota
	Stopped           // ended by early stopping
	TimeUp            // ended by its time limit
	Running           // still goes on
	Interrupted       // ended by a signal or an error, and saved
	Killed            // ended without a word
)

// Epoch is one of a run's history.
type Epoch struct {
	Number  int
	Metrics map[string]float64
}

// Best is the best value of a metric that is monitored.
type Best struct {
	Metric string
	Value  float64
	Epoch  int
}

// Judgement is what a model was found to do in the end.
type Judgement struct {
	By             string // which images, in a word
	Accuracy, Loss float64
	Count          int // images
}

// Setting is one that a run had.
type Setting struct{ Name, Value, Default string }

// Changed reports whether the setting is not the default one.
func (s Setting) Changed() bool { return s.Value != s.Default }

// Fact is something known of the machine that computed.
type Fact struct{ Name, Value string }

// Mistake is an image that was taken for another class.
type Mistake struct {
	File         string
	Class, Taken string
	Probability  float64 // of the class that it was taken for
	Own          float64 // of its own class
	Loss         float64
	Picture      Picture // without a source if it could not be read
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

// Write writes a page about one run or, beside each other, about several.
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
		// Nothing is loaded and no other script runs, whatever names there are.
		Policy: "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	for i, r := range runs {
		view.Runs = append(view.Runs, runView{Run: r, Index: i, Several: len(runs) > 1})
	}
	if len(runs) > 1 {
		view.Both = compare(runs)
	}
	var b bytes.Buffer // half a page is none
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
