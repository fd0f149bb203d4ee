// SPDX-License-Identifier: MIT

package lower

import (
	"errors"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// ErrForeign is returned for a derivative that reads what it was not given.
var ErrForeign = errors.New("the derivative uses a Variable that is none of those it is given; make it an operand of the function")

// Traced makes a derivative of one that is recorded: trace records the gradient of input i
// over the leaves dy, y and in, and returns it; nil is no gradient.
func Traced(trace func(i int, dy, y ops.Meta, in []ops.Meta) (grad *record.Node, leaves []*record.Node, err error)) func(b *ops.Builder, i int) (*G.Node, error) {
	return func(b *ops.Builder, i int) (*G.Node, error) {
		given := append([]*G.Node{b.Dy, b.Out}, b.In...)
		metas := make([]ops.Meta, len(given))
		for k, n := range given {
			var err error
			if metas[k], err = ops.MetaOf(n); err != nil {
				return nil, err
			}
		}
		grad, leaves, err := trace(i, metas[0], metas[1], metas[2:])
		if err != nil || grad == nil {
			return nil, err
		}
		return Into(grad, func(n *record.Node) (*G.Node, error) {
			for k, leaf := range leaves {
				if n == leaf {
					return given[k], nil
				}
			}
			if n.Has(record.Scalar) {
				return ops.Node(ops.Constant{D: n.DType(), Bits: n.Number()}, b.Dy)
			}
			return nil, ErrForeign
		})
	}
}
