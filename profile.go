// SPDX-License-Identifier: MIT

package stheno

import (
	"time"

	"github.com/stheno-go/stheno/internal/machine"
	"github.com/stheno-go/stheno/internal/plan"
	"github.com/stheno-go/stheno/internal/program"
)

// BackwardPlan returns the instructions that loss.Backward() would run: what is fused,
// what is only a view, which convolution is computed how, and how much memory they
// share. Nothing is computed but what depends on no parameter.
func BackwardPlan(loss *Variable) (string, error) {
	if err := loss.n.Err(); err != nil {
		return "", err
	}
	s, err := program.BackwardPlan(&loss.n)
	return s, runError(err)
}

// SetProfiler makes stheno's machine call f after every instruction of a program, with
// its name, the shape of its result and the time it took; nil ends that. f is called by
// whichever goroutine runs the program.
func SetProfiler(f func(name string, shape Shape, took time.Duration)) {
	if f == nil {
		machine.SetProfiler(nil)
		return
	}
	machine.SetProfiler(func(in *plan.Instr, took time.Duration) { f(in.Name, Shape(in.Meta.Dims.Slice()), took) })
}
