// SPDX-License-Identifier: MIT

package lower

import (
	"strconv"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// Graph is a record as an expression graph.
type Graph struct {
	G      *G.ExprGraph
	Nodes  []*G.Node // by position in the record's order
	Inputs []*G.Node // by position among the leaves
}

// grapher is an operation that adds its own nodes: one of Gorgonia's, not of ours.
type grapher interface {
	Graph(in []*G.Node) (*G.Node, error)
}

// Record adds every node of the walk to a new expression graph.
func Record(w *record.Walk) (*Graph, error) {
	g := &Graph{G: G.NewGraph(), Nodes: make([]*G.Node, len(w.Order))}
	for i, n := range w.Order {
		if n.IsInput() {
			in := ops.Input(g.G, n.Type(), "in"+strconv.Itoa(len(g.Inputs)))
			g.Inputs = append(g.Inputs, in)
			g.Nodes[i] = in
			continue
		}
		in := make([]*G.Node, n.Len())
		for j := range in {
			in[j] = g.Nodes[n.In(j).ID()]
		}
		node, err := add(n.Op(), in)
		if err != nil {
			return nil, err
		}
		g.Nodes[i] = node
	}
	return g, nil
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

// Into adds the record below root to g; leaf gives the node of each leaf.
func Into(g *G.ExprGraph, root *record.Node, leaf func(*record.Node) (*G.Node, error)) (*G.Node, error) {
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
