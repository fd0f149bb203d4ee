// SPDX-License-Identifier: MIT

package gorgonia

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/lower"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// Lower adds to the graph g what m computes of its node x and returns the output. The
// parameters become nodes of g that share memory with m, so a solver of Gorgonia's that
// steps them trains m; see [Nodes]. Running statistics are not updated by runs of g.
func Lower(g *G.ExprGraph, m stheno.Module, x *G.Node) (*G.Node, error) {
	switch {
	case g == nil || m == nil:
		return nil, fmt.Errorf("stheno: lower: graph or module is nil: %w", stheno.ErrValue)
	case x == nil || x.Graph() != g:
		return nil, fmt.Errorf("stheno: lower: the input is nil or a node of another graph: %w", stheno.ErrValue)
	}
	meta, err := ops.MetaOf(x)
	if err != nil {
		return nil, fmt.Errorf("stheno: lower: %w: %w", err, stheno.ErrDType)
	}
	for _, p := range stheno.Parameters(m) { // which notes their names, too
		if err := p.Err(); err != nil {
			return nil, err
		}
	}
	in := stheno.FromTensor(stheno.NewTensor(stheno.DType(meta.DType), meta.Dims.Slice()...))
	y := stheno.Call(m, in)
	if err := y.Err(); err != nil {
		return nil, err
	}
	return lower.Into(access.Node(y), func(n *record.Node) (*G.Node, error) {
		if n == access.Node(in) {
			return x, nil
		}
		return leafNode(g, n), nil
	})
}

// Nodes returns the nodes that the parameters of m have in g after [Lower], in the order
// of stheno.Parameters.
func Nodes(g *G.ExprGraph, m any) (nodes G.Nodes) {
	if g == nil {
		return nil
	}
	defer func() {
		if recover() != nil { // of Gorgonia, such as at the zero value of an ExprGraph
			nodes = nil
		}
	}()
	for _, p := range stheno.Parameters(m) {
		if p.Err() != nil {
			continue // Lower has returned it
		}
		nodes = append(nodes, leafNode(g, access.Node(p)))
	}
	return nodes
}

// leafNode returns the input node of g for a leaf, with the leaf's memory as value.
// The name holds the leaf's address, because Gorgonia merges inputs of one name.
func leafNode(g *G.ExprGraph, n *record.Node) *G.Node {
	name := fmt.Sprintf("%p", n)
	if n.Name() != "" {
		name = n.Name() + "@" + name
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
	_ = G.Let(node, ops.ValueAt(n.Address(), n.Type()))
	return node
}
