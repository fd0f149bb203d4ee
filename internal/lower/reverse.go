// SPDX-License-Identifier: MIT

// Package lower turns a record into a Gorgonia expression graph and differentiates
// it there.
package lower

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
)

// partial is the part of the adapter that derives only the inputs asked for.
type partial interface {
	Gradients(in G.Nodes, out, dy *G.Node, wanted []bool) (G.Nodes, error)
}

// Gradients adds the gradients of out, weighted by seed, with respect to each of
// wrt to their graph: reverse accumulation over the symbolic derivatives of the
// operations ([G.SDOp]). An entry is nil where out does not depend on the node.
//
// It differs from [G.Backpropagate] in that it can be repeated on one graph, and
// so derives derivatives, in that it builds only what leads to wrt, and in that
// it sums several terms of a gradient by an operation of ours.
func Gradients(out, seed *G.Node, wrt []*G.Node) ([]*G.Node, error) {
	w := walk{kids: map[*G.Node]G.Nodes{}, leads: map[*G.Node]bool{}, diff: map[*G.Node][]bool{}}
	for _, n := range wrt {
		w.leads[n] = true
	}
	w.visit(out)

	terms := map[*G.Node][]*G.Node{out: {seed}}
	for i := len(w.order) - 1; i >= 0; i-- {
		n := w.order[i]
		dy, err := sum(terms, n)
		if err != nil {
			return nil, err
		}
		if dy == nil || w.kids[n] == nil {
			continue
		}
		more, err := w.derive(n, dy)
		if err != nil {
			return nil, err
		}
		for j, term := range more {
			if kid := w.kids[n][j]; term != nil {
				terms[kid] = append(terms[kid], term)
			}
		}
	}
	r := make([]*G.Node, len(wrt))
	for i, n := range wrt {
		var err error
		if r[i], err = sum(terms, n); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// sum returns the sum of the terms of n's gradient, nil for none, and leaves it as the only
// one.
func sum(terms map[*G.Node][]*G.Node, n *G.Node) (*G.Node, error) {
	list := terms[n]
	if len(list) == 0 {
		return nil, nil
	}
	list, err := joined(list)
	if err != nil {
		return nil, err
	}
	total := list[0]
	for _, term := range list[1:] {
		if total, err = ops.Node(ops.Add, total, term); err != nil {
			return nil, err
		}
	}
	terms[n] = []*G.Node{total}
	return total, nil
}

// fewPieces is the number of slices whose gradients are added one by one, in blocked memory
// too.
const fewPieces = 2

// joined puts the gradients of slices together, because each of them is as large as what
// the slices were taken of.
func joined(terms []*G.Node) ([]*G.Node, error) {
	var rest, in []*G.Node
	var p ops.Pieces
	for _, n := range terms {
		un, ok := ops.Of(n).(ops.Unslice)
		if !ok {
			rest = append(rest, n)
			continue
		}
		p.Like, p.Slices = un.Like, append(p.Slices, un.Slice)
		in = append(in, ops.Children(n)[0])
	}
	if len(in) <= fewPieces {
		return terms, nil
	}
	n, err := ops.Node(&p, in...)
	return append(rest, n), err
}

// walk is a depth-first search that finds which nodes lead to a wanted one.
type walk struct {
	order G.Nodes // inputs before the nodes that use them
	kids  map[*G.Node]G.Nodes
	leads map[*G.Node]bool   // a derivative of the node, or of something below it, is needed
	diff  map[*G.Node][]bool // which inputs to derive; also marks what was visited
}

func (w *walk) visit(n *G.Node) {
	if _, ok := w.diff[n]; ok {
		return
	}
	w.diff[n] = nil
	if op, ok := n.Op().(G.SDOp); ok {
		kids := G.Nodes(ops.Children(n))
		diff := make([]bool, len(kids))
		any := false
		for i, d := range op.DiffWRT(len(kids)) {
			w.visit(kids[i])
			diff[i] = d && w.leads[kids[i]]
			any = any || diff[i]
		}
		if any {
			w.kids[n], w.diff[n], w.leads[n] = kids, diff, true
		}
	}
	w.order = append(w.order, n)
}

func (w *walk) derive(n, dy *G.Node) (G.Nodes, error) {
	kids, diff := w.kids[n], w.diff[n]
	if op, ok := n.Op().(partial); ok {
		return op.Gradients(kids, n, dy, diff)
	}
	terms, err := n.Op().(G.SDOp).SymDiff(kids, n, dy)
	if err != nil {
		return nil, fmt.Errorf("derivative of %v: %w", n.Op(), err)
	}
	for i := range terms {
		if i >= len(diff) || !diff[i] {
			terms[i] = nil
		}
	}
	return terms, nil
}
