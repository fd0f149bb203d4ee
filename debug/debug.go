// SPDX-License-Identifier: MIT

// Package debug shows how stheno runs recorded operations: the plan of a program and the memory it
// takes, its expression graph, the time of each instruction, and the state of the program cache. It
// also sets how convolutions are computed.
//
//	fmt.Println(debug.Plan(program))            // what is fused, what is a view
//	fmt.Printf("%+v\n", debug.ReadCacheStats()) // how often something was compiled
//
// Programs need none of it to run, and the format of what it prints may change.
package debug

import (
	"fmt"

	"gorgonia.org/gorgonia/encoding/dot"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/program"
)

// Plan returns the instructions of the newest compiled form of p: what was fused, what is
// only a view, how each convolution is computed, and how much memory they share.
func Plan(p *stheno.Program) string {
	c := access.Compiled(p)
	if c == nil {
		return "not compiled yet"
	}
	return c.Program().Describe()
}

// BackwardPlan is [Plan] of what loss.Backward() would run. Nothing is computed but what
// depends on no parameter.
func BackwardPlan(loss *stheno.Variable) (string, error) {
	p, err := access.BackwardProgram(loss)
	if err != nil {
		return "", err
	}
	return p.Describe(), nil
}

// PlannedMemory is what a program takes beside its inputs and outputs, in bytes. All are 0
// if it runs on another machine than stheno's.
type PlannedMemory struct {
	Arena  int // for all values between; programs that do not run at once share it
	Values int // what the values in the arena would take, had each its own memory
	Fused  int // values that are computed on the way and never written
	Kept   int // from run to run: what is made of parameters alone, such as packed weights
}

// Memory returns what the newest compiled form of p takes; zeros before the first run.
func Memory(p *stheno.Program) PlannedMemory {
	c := access.Compiled(p)
	if c == nil {
		return PlannedMemory{}
	}
	return memoryOf(c.Program())
}

// BackwardMemory is [Memory] of what loss.Backward() would run. Nothing is computed but
// what depends on no parameter.
func BackwardMemory(loss *stheno.Variable) (PlannedMemory, error) {
	p, err := access.BackwardProgram(loss)
	if err != nil {
		return PlannedMemory{}, err
	}
	return memoryOf(p), nil
}

func memoryOf(p *program.Program) PlannedMemory {
	if p.Plan() == nil {
		return PlannedMemory{}
	}
	s := p.Plan().Stats
	return PlannedMemory{Arena: p.Plan().ArenaSize, Values: s.Unique, Fused: s.Avoided, Kept: s.Resident}
}

// DOT returns the expression graph of the newest compiled form of p for Graphviz. It is an
// error before the first run.
func DOT(p *stheno.Program) ([]byte, error) {
	c := access.Compiled(p)
	if c == nil {
		return nil, fmt.Errorf("stheno: debug: no graph before the first run of the program: %w", stheno.ErrValue)
	}
	return dot.Marshal(c.Graph())
}
