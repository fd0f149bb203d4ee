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
	p, err := backwardProgram(loss)
	if err != nil {
		return "", err
	}
	return p.Describe(), nil
}

// BackwardMemory returns the memory that loss.Backward() is planned to take. Nothing is
// computed but what depends on no parameter.
func BackwardMemory(loss *Variable) (PlannedMemory, error) {
	p, err := backwardProgram(loss)
	if err != nil {
		return PlannedMemory{}, err
	}
	return plannedMemory(p), nil
}

func backwardProgram(loss *Variable) (*program.Program, error) {
	if err := loss.node().Err(); err != nil {
		return nil, err
	}
	p, err := program.BackwardProgram(loss.node())
	return p, runError(err)
}

// PlannedMemory is what a program takes beside its inputs and outputs, in bytes; zeros
// if it runs on another machine than stheno's.
type PlannedMemory struct {
	Arena  int // for all values between; programs that do not run at once share it
	Values int // what the values in the arena would take, had each its own memory
	Fused  int // values that are computed on the way and never written
	Kept   int // from run to run: what is made of parameters alone, such as packed weights
}

func plannedMemory(p *program.Program) PlannedMemory {
	if p.Plan() == nil {
		return PlannedMemory{}
	}
	s := p.Plan().Stats
	return PlannedMemory{Arena: p.Plan().ArenaSize, Values: s.Unique, Fused: s.Avoided, Kept: s.Resident}
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
