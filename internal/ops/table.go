// SPDX-License-Identifier: MIT

package ops

import (
	"encoding/binary"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
)

// Table holds nodes that are in no graph of Gorgonia's: those of a program, which only
// our own rooms read. Nodes of equal operations and inputs are one node, found by the
// whole of what they are and not by a hash, in constant time; a Gorgonia graph looks
// through all its nodes for each edge of a new one.
type Table struct {
	nodes map[string]*G.Node
	count uint32
}

// NewTable returns an empty Table.
func NewTable() *Table { return &Table{nodes: map[string]*G.Node{}} }

// Input adds an input.
func (t *Table) Input(m Meta, name string) *G.Node {
	n := t.add(&adapter{out: m})
	G.WithName(name)(n)
	return n
}

func (t *Table) add(a *adapter) *G.Node {
	a.table, a.id = t, t.count
	t.count++
	n := new(G.Node)
	G.WithOp(a)(n)
	return n
}

// node is [Node] for inputs in t.
func (t *Table) node(op Op, in []*G.Node) (*G.Node, error) {
	key := append(append(make([]byte, 0, 64), op.Name()...), 0)
	key = op.AppendAttrs(key)
	for _, n := range in {
		key = binary.LittleEndian.AppendUint32(key, n.Op().(*adapter).id)
	}
	if n := t.nodes[string(key)]; n != nil {
		return n, nil
	}
	out, metas, err := infer(op, in)
	if err != nil {
		return nil, err
	}
	n := t.add(&adapter{op: op, out: out, in: metas, kids: slices.Clone(in)})
	t.nodes[string(key)] = n
	return n, nil
}

// Len returns the number of nodes.
func (t *Table) Len() int { return int(t.count) }

// Close lets go of what only adding nodes needs.
func (t *Table) Close() { t.nodes = nil }

// tableOf returns the Table that n is in, nil for a node of a Gorgonia graph.
func tableOf(n *G.Node) *Table {
	if a, ok := n.Op().(*adapter); ok {
		return a.table
	}
	return nil
}

// IsInput reports whether n is computed from nothing: its value is given.
func IsInput(n *G.Node) bool {
	if a, ok := n.Op().(*adapter); ok {
		return a.op == nil
	}
	return n.Op() == nil
}

func infer(op Op, in []*G.Node) (Meta, []Meta, error) {
	metas := make(nodeInputs, len(in))
	for i, n := range in {
		m, err := MetaOf(n)
		if err != nil {
			return Meta{}, nil, err
		}
		metas[i] = m
	}
	out, err := Infer(op, metas)
	if err != nil {
		return Meta{}, nil, fmt.Errorf("%s: %w", op.Name(), err)
	}
	return out, metas, nil
}
