// SPDX-License-Identifier: MIT

package lower

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
)

// Prune copies what outs need into a new graph and returns it with the copy of
// each node.
func Prune(outs []*G.Node) (*G.ExprGraph, map[*G.Node]*G.Node, error) {
	g, twins := G.NewGraph(), map[*G.Node]*G.Node{}
	var visit func(n *G.Node) error
	visit = func(n *G.Node) error {
		if twins[n] != nil {
			return nil
		}
		if ops.IsInput(n) {
			m, err := ops.MetaOf(n)
			if err != nil {
				return err
			}
			twins[n] = ops.Input(g, m, n.Name())
			return nil
		}
		kids := ops.Children(n)
		in := make([]*G.Node, len(kids))
		for i, kid := range kids {
			if err := visit(kid); err != nil {
				return err
			}
			in[i] = twins[kid]
		}
		var err error
		switch op := ops.Of(n); {
		case op != nil:
			twins[n], err = ops.Node(op, in...)
		case len(in) == 0:
			return fmt.Errorf("%v: an operation of Gorgonia without inputs cannot be copied", n)
		default:
			twins[n], err = G.ApplyOp(n.Op(), in...)
		}
		return err
	}
	for _, n := range outs {
		if err := visit(n); err != nil {
			return nil, nil, err
		}
	}
	return g, twins, nil
}
