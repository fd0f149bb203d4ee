// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"unsafe"

	"gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/lower"
	"github.com/stheno-go/stheno/internal/machine"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/program"
	"github.com/stheno-go/stheno/internal/record"
)

// UseMachine makes programs run on the machines that f makes, for example
//
//	stheno.UseMachine(func(g *gorgonia.ExprGraph) gorgonia.VM { return gorgonia.NewTapeMachine(g) })
//
// nil stands for stheno's own. The program cache is emptied.
func UseMachine(f func(*gorgonia.ExprGraph) gorgonia.VM) { program.Reset(f) }

// NewMachine returns stheno's machine for a graph of the user's, be it of Gorgonia's
// operations, of [Lower]'s, or both. After RunAll the roots, the gradients that
// gorgonia.Grad made and what gorgonia.Read asked for have values.
func NewMachine(g *gorgonia.ExprGraph) gorgonia.VM { return machine.NewVM(g) }

// Apply records an operation of Gorgonia's, or one that implements its interface.
func Apply(op gorgonia.Op, in ...*Variable) *Variable {
	if op == nil {
		return Failed("apply", ErrValue, "operation is nil")
	}
	return recordN(ops.Foreign{Op: op}, len(in), in...)
}

// Lower adds what m computes of in to the user's graph g and returns its output. The
// parameters become nodes of g that share memory with m, so a solver of Gorgonia's
// that steps them trains m; see [Nodes]. Running statistics are not updated there.
func Lower(g *gorgonia.ExprGraph, m Module, in ...*gorgonia.Node) (*gorgonia.Node, error) {
	switch {
	case g == nil || m == nil:
		return nil, fmt.Errorf("stheno: lower: graph or module is nil: %w", ErrValue)
	case len(in) != 1:
		return nil, fmt.Errorf("stheno: lower: a Module has one input, got %d: %w", len(in), ErrValue)
	case in[0] == nil || in[0].Graph() != g:
		return nil, fmt.Errorf("stheno: lower: the input is nil or a node of another graph: %w", ErrValue)
	}
	meta, err := ops.MetaOf(in[0])
	if err != nil {
		return nil, fmt.Errorf("stheno: lower: %w: %w", err, ErrDType)
	}
	if _, _, err := variables(m, record.NoRole, false); err != nil {
		return nil, err
	}
	x := Var(NewTensor(DType(meta.DType), meta.Dims.Slice()...))
	y := Call(m, x)
	if err := y.n.Err(); err != nil {
		return nil, err
	}
	return lower.Into(g, &y.n, func(n *record.Node) (*gorgonia.Node, error) {
		if n == &x.n {
			return in[0], nil
		}
		return leafNode(g, n), nil
	})
}

// Nodes returns the nodes that m's parameters have in g after [Lower], in the order
// of [Parameters].
func Nodes(g *gorgonia.ExprGraph, m any) (nodes gorgonia.Nodes) {
	if g == nil {
		return nil
	}
	defer func() {
		if recover() != nil { // of Gorgonia, such as at the zero value of an ExprGraph
			nodes = nil
		}
	}()
	for _, p := range Parameters(m) {
		if p.n.Err() != nil {
			continue // Lower has returned it
		}
		nodes = append(nodes, leafNode(g, &p.n))
	}
	return nodes
}

// leafNode returns the input node of g for a leaf, with the leaf's memory as value.
// The name holds the leaf's address, because Gorgonia merges inputs of one name.
func leafNode(g *gorgonia.ExprGraph, n *record.Node) *gorgonia.Node {
	name := fmt.Sprintf("%p", n)
	if x := n.Data(); x != nil && n.Extra().Name != "" {
		name = n.Extra().Name + "@" + name
	}
	for _, old := range g.AllNodes() {
		if old.Op() == nil && old.Name() == name {
			return old
		}
	}
	if x := n.Data(); x != nil {
		x.Share()
	}
	node := ops.Input(g, n.Type(), name)
	// Let cannot fail: the value has the node's type and shape.
	_ = gorgonia.Let(node, ops.ValueAt(n.Address(), n.Type()))
	return node
}

// ValueGrads lets a solver of Gorgonia's step parameters after Backward.
func ValueGrads(params []*Variable) []gorgonia.ValueGrad {
	list := make([]gorgonia.ValueGrad, len(params))
	for i, p := range params {
		list[i] = &valueGrad{p: p}
	}
	return list
}

type valueGrad struct {
	p     *Variable
	value gorgonia.Value
	at    unsafe.Pointer
}

func (v *valueGrad) view() gorgonia.Value {
	if b := v.p.n.Data(); b != nil {
		b.Share()
	}
	if at := v.p.n.Address(); v.value == nil || at != v.at {
		v.value, v.at = denseAt(at, v.p.n.Type()), at
	}
	return v.value
}

// denseAt is a value over the memory at p, of a scalar too: a solver writes into it.
func denseAt(p unsafe.Pointer, m ops.Meta) gorgonia.Value {
	if m.Dims.Len() == 0 {
		m.Dims = m.Dims.Append(1)
	}
	return ops.ValueAt(p, m)
}

// Value returns the parameter, sharing memory.
func (v *valueGrad) Value() gorgonia.Value { return v.view() }

// Grad returns the gradient, sharing memory. A solver asks for it just before it
// writes the value.
func (v *valueGrad) Grad() (gorgonia.Value, error) {
	if err := v.p.n.Err(); err != nil {
		return nil, err
	}
	if !v.p.n.Has(record.Grad) || !v.p.n.Extra().HasGrad {
		return nil, fmt.Errorf("stheno: parameter %q has no gradient: %w", v.p.Name(), ErrValue)
	}
	v.p.n.Data().Touch()
	return denseAt(v.p.n.Extra().GradData.Ptr(), v.p.n.Type()), nil
}
