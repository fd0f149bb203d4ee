// SPDX-License-Identifier: MIT

package ops

import (
	"bytes"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
)

// Builder makes the nodes of a symbolic derivative: of the operation whose
// inputs, output and output gradient it holds. The first error sticks; later
// calls do nothing.
type Builder struct {
	In      []*G.Node
	Out, Dy *G.Node
	starts  []int // of the inputs along the axis that they are joined along
	err     error
}

// Apply adds a node to the graph.
func (b *Builder) Apply(op Op, in ...*G.Node) *G.Node {
	if b.err != nil {
		return nil
	}
	n, err := Node(op, in...)
	if err != nil {
		b.err = err
		return nil
	}
	return n
}

// Err returns the first error.
func (b *Builder) Err() error { return b.err }

// Node adds op, applied to in, to the graph or [Table] of the inputs, and returns the node.
// An equal node that is there already is returned instead.
//
// Gorgonia tells nodes apart by a 32-bit hash and merges those that collide, so
// the node that comes back is compared with the one asked for; on a mismatch the
// hash is salted and the node added again.
func Node(op Op, in ...*G.Node) (*G.Node, error) {
	if len(in) == 0 {
		return nil, fmt.Errorf("%s: expects at least one operand", op.Name())
	}
	if t := tableOf(in[0]); t != nil {
		return t.node(op, in)
	}
	out, metas, err := infer(op, in)
	if err != nil {
		return nil, err
	}
	for salt := uint32(0); ; salt++ {
		a := &adapter{op: op, out: out, in: metas, salt: salt}
		n := G.NewUniqueNode(G.WithType(typeOf(out)), G.WithOp(a), G.WithChildren(slices.Clone(in)),
			G.In(in[0].Graph()), G.WithShape(out.Dims.Slice()...))
		if same(n, a, in) {
			return n, nil
		}
	}
}

func same(n *G.Node, a *adapter, in []*G.Node) bool {
	b, ok := n.Op().(*adapter)
	if !ok || b.op.Name() != a.op.Name() || b.out != a.out || b.salt != a.salt {
		return false
	}
	if a != b && !bytes.Equal(a.op.AppendAttrs(nil), b.op.AppendAttrs(nil)) {
		return false
	}
	return slices.Equal(Children(n), in)
}

// Children returns the inputs of n in order.
func Children(n *G.Node) []*G.Node {
	if a, ok := n.Op().(*adapter); ok && a.table != nil {
		return a.kids
	}
	it := n.Graph().From(n.ID())
	if it == nil {
		return nil
	}
	kids := make([]*G.Node, 0, it.Len())
	for it.Next() {
		kids = append(kids, it.Node().(*G.Node))
	}
	return kids
}

// Of returns the operation of ours at n, or nil.
func Of(n *G.Node) Op {
	if a, ok := n.Op().(*adapter); ok {
		return a.op
	}
	return nil
}

type nodeInputs []Meta

func (in nodeInputs) Len() int         { return len(in) }
func (in nodeInputs) Meta(i int) *Meta { return &in[i] }
