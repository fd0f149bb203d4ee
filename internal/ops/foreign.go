// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"
	"strconv"

	G "gorgonia.org/gorgonia"
)

// Foreign is an operation of Gorgonia's, or of a user, in a record.
type Foreign struct{ Op G.Op }

// Name implements [Op].
func (f Foreign) Name() string { return "gorgonia" }

// String describes the operation.
func (f Foreign) String() string { return "gorgonia:" + f.Op.String() }

// AppendAttrs implements [Op]. Two operations are distinguished by type, text, hash and,
// if they are pointers, by address.
func (f Foreign) AppendAttrs(b []byte) []byte {
	return fmt.Appendf(b, "%T %p %v %d\x00", f.Op, f.Op, f.Op, f.Op.Hashcode())
}

// Infer implements [Op]: it tries the operation in a graph of its own.
func (f Foreign) Infer(in Inputs) (Meta, error) {
	g := G.NewGraph()
	nodes := make([]*G.Node, in.Len())
	for i := range nodes {
		nodes[i] = Input(g, *in.Meta(i), "in"+strconv.Itoa(i))
	}
	n, err := f.Graph(nodes)
	if err != nil {
		return Meta{}, err
	}
	return MetaOf(n)
}

// Graph adds the operation to the graph of its inputs.
func (f Foreign) Graph(in []*G.Node) (n *G.Node, err error) {
	defer func() {
		if e := recover(); e != nil {
			n, err = nil, fmt.Errorf("%v: %v", f.Op, e)
		}
	}()
	return G.ApplyOp(f.Op, in...)
}

// Kernel implements [Op]; a plan asks [Stock] instead.
func (f Foreign) Kernel(out Meta, in []Layout) Kernel { return Stock(f.Op, out).Kernel(out, in) }

// Smooth implements [Differentiable].
func (f Foreign) Smooth(i int) bool {
	op, ok := f.Op.(G.SDOp)
	if !ok {
		return false
	}
	d := op.DiffWRT(max(op.Arity(), i+1))
	return i < len(d) && d[i]
}

// Grad implements [Differentiable]. The derivative is that of the graph's node, which
// is not one of ours, so this is never asked for.
func (f Foreign) Grad(b *Builder, _ int) *G.Node {
	b.err = fmt.Errorf("%v: the derivative was asked of the wrong operation", f.Op)
	return nil
}
