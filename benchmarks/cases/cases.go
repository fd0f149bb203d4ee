// SPDX-License-Identifier: MIT

// Package cases holds what stheno and PyTorch are timed on, once for both sides: the
// file cases.json says what, a file for each kind says how it is done here, and
// ../pytorch/run.py how it is done there.
package cases

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/stheno-go/stheno/debug"
)

//go:embed cases.json
var file []byte

// Case is one row of the table.
type Case struct {
	Name  string  `json:"name"`
	Title string  `json:"title"`
	Kind  string  `json:"kind"` // loop, gemm, conv or model
	Goal  float64 `json:"goal"` // how many times faster than PyTorch it is meant to be

	// Of a loop.
	Loss  string  `json:"loss,omitempty"` // regression, logistic or classification
	Rows  int     `json:"rows,omitempty"`
	Sizes []int   `json:"sizes,omitempty"` // of the layers, inputs first
	LR    float64 `json:"lr,omitempty"`

	Size int `json:"size,omitempty"` // of square matrices

	// Of convolutions and models.
	Batch   int    `json:"batch,omitempty"`
	In      int    `json:"in,omitempty"`
	Out     int    `json:"out,omitempty"`
	Image   int    `json:"image,omitempty"` // height and width
	Kernel  int    `json:"kernel,omitempty"`
	Stride  int    `json:"stride,omitempty"`
	Padding int    `json:"padding"`
	Depth   int    `json:"depth,omitempty"` // convolutions in a row
	Model   string `json:"model,omitempty"`
	Train   bool   `json:"train,omitempty"` // forward, gradients and, of a model, the update
}

// All returns the cases in the order of the table.
func All() ([]Case, error) {
	var list []Case
	err := json.Unmarshal(file, &list)
	return list, err
}

// Matching returns the cases whose name matches a regular expression, at least one.
func Matching(pattern string) ([]Case, error) {
	match, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("--only: %w", err)
	}
	list, err := All()
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(c Case) bool { return !match.MatchString(c.Name) })
	if len(list) == 0 {
		return nil, fmt.Errorf("no case has a name that matches %q; they are in benchmarks/cases/cases.json", pattern)
	}
	return list, nil
}

// Task is a case ready to be timed.
type Task struct {
	// Step does the work once.
	Step func() error
	// Check returns a number computed by the steps so far, which both sides must agree
	// on after WarmUp steps.
	Check func() (float64, error)
	// Tolerance is the relative difference between both sides that rounding explains.
	Tolerance float64
	// WarmUp is the number of steps before Check and before the clock starts.
	WarmUp int
	// Work is what one step is worth, in Unit.
	Work float64
	Unit string // step, FLOP or img
	// Memory returns what the newest step was planned to take; nil: no program is planned.
	Memory func() (debug.PlannedMemory, error)
}

// Task sets the case up as a user would write it.
func (c Case) Task() (*Task, error) {
	switch c.Kind {
	case "loop":
		return c.loop()
	case "gemm":
		return c.gemm()
	case "conv":
		return c.conv()
	case "model":
		return c.model()
	}
	return nil, fmt.Errorf("benchmarks: case %q has the unknown kind %q", c.Name, c.Kind)
}
