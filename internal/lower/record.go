// SPDX-License-Identifier: MIT

package lower

import (
	"strconv"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// Graph is a record as expression nodes: in a [ops.Table], or, if one of the operations
// is Gorgonia's, in a graph of Gorgonia's.
type Graph struct {
	Nodes  []*G.Node // by position in the record's order
	Inputs []*G.Node // by position among the leaves
	table  *ops.Table
	expr   *G.ExprGraph
}

// grapher is an operation that adds its own nodes: one of Gorgonia's, not of ours.
type grapher interface {
	Graph(in []*G.Node) (*G.Node, error)
}

// Record makes a node of every step of the record.
func Record(t *record.Trace) (*Graph, error) {
	g := &Graph{Nodes: make([]*G.Node, len(t.Steps))}
	if foreign(t) {
		g.expr = G.NewGraph()
	} else {
		g.table = ops.NewTable()
	}
	for i := range t.Steps {
		s := &t.Steps[i]
		if s.Op == nil {
			in := g.input(s.Type, "in"+strconv.Itoa(len(g.Inputs)))
			g.Inputs = append(g.Inputs, in)
			g.Nodes[i] = in
			continue
		}
		in := make([]*G.Node, len(s.In))
		for j, id := range s.In {
			in[j] = g.Nodes[id]
		}
		node, err := add(s.Op, in)
		if err != nil {
			return nil, err
		}
		g.Nodes[i] = node
	}
	return g, nil
}

func foreign(t *record.Trace) bool {
	for i := range t.Steps {
		if _, ok := t.Steps[i].Op.(grapher); ok {
			return true
		}
	}
	return false
}

func (g *Graph) input(m ops.Meta, name string) *G.Node {
	if g.table != nil {
		return g.table.Input(m, name)
	}
	return ops.Input(g.expr, m, name)
}

// Close says that no nodes will be added.
func (g *Graph) Close() {
	if g.table != nil {
		g.table.Close()
	}
}

// Len returns the number of nodes.
func (g *Graph) Len() int {
	if g.table != nil {
		return g.table.Len()
	}
	return g.expr.AllNodes().Len()
}

// Expr returns the graph of Gorgonia's that computes outs.
func (g *Graph) Expr(outs []*G.Node) (*G.ExprGraph, error) {
	if g.expr != nil {
		return g.expr, nil
	}
	expr, _, err := Prune(outs)
	return expr, err
}

func add(op ops.Op, in []*G.Node) (*G.Node, error) {
	switch op := op.(type) {
	case *record.Derivative:
		grads, err := Gradients(in[0], in[1], in[2:3])
		if err != nil {
			return nil, err
		}
		if grads[0] == nil { // nothing but zero passes from in[0] to in[2]
			return ops.Node(ops.ZerosLike, in[2])
		}
		return grads[0], nil
	case grapher:
		return op.Graph(in)
	default:
		return ops.Node(op, in...)
	}
}

// Into adds the record below root to the graph, or [ops.Table], of the nodes that leaf gives
// for its leaves.
func Into(root *record.Node, leaf func(*record.Node) (*G.Node, error)) (*G.Node, error) {
	done := map[*record.Node]*G.Node{}
	var visit func(n *record.Node) (*G.Node, error)
	visit = func(n *record.Node) (node *G.Node, err error) {
		if done[n] != nil {
			return done[n], nil
		}
		if n.IsInput() {
			node, err = leaf(n)
		} else {
			in := make([]*G.Node, n.Len())
			for i := range in {
				if in[i], err = visit(n.In(i)); err != nil {
					return nil, err
				}
			}
			node, err = add(n.Op(), in)
		}
		done[n] = node
		return node, err
	}
	return visit(root)
}
