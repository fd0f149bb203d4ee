// SPDX-License-Identifier: MIT

// Package gorgonia connects stheno with gorgonia.org/gorgonia, on which it is built: modules in
// graphs of your own, Gorgonia's operations in recorded code, Gorgonia's solvers for the parameters
// of modules, and the machines of either for the graphs of the other. Building, training and
// serving models needs none of it.
//
// By convention the other package is imported as G:
//
//	import (
//		G "gorgonia.org/gorgonia"
//
//		"github.com/stheno-go/stheno/gorgonia"
//	)
package gorgonia

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/machine"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/program"
)

// SetMachine makes programs that are compiled from now on run on the machines that f
// makes; nil stands for stheno's own machine. The program cache is emptied. restore sets
// what was set before.
//
//	defer gorgonia.SetMachine(func(g *G.ExprGraph) G.VM { return G.NewTapeMachine(g) })()
func SetMachine(f func(*G.ExprGraph) G.VM) (restore func()) {
	former := program.SetMachine(f)
	return func() { program.SetMachine(former) }
}

// NewMachine returns stheno's machine for g, a graph of Gorgonia's operations, of those
// that [Lower] adds, or of both. After RunAll the roots of g, the gradients that G.Grad
// made and what G.Read asked for have values; the values in between have none.
func NewMachine(g *G.ExprGraph) G.VM { return machine.NewVM(g) }

// Apply records op, an operation of Gorgonia or a custom one that implements its
// interface, on the given operands. It runs by its Do and is differentiated by its
// SymDiff.
func Apply(op G.Op, in ...*stheno.Variable) *stheno.Variable {
	if op == nil {
		return stheno.Failed("apply", stheno.ErrValue, "operation is nil")
	}
	list := make([]any, len(in))
	for i, v := range in {
		list[i] = v
	}
	return access.Record(ops.Foreign{Op: op}, list...).(*stheno.Variable)
}

// Graph returns the expression graph of the newest compiled form of p, nil before its
// first run.
func Graph(p *stheno.Program) *G.ExprGraph {
	if c := access.Compiled(p); c != nil {
		return c.Graph()
	}
	return nil
}
