// SPDX-License-Identifier: MIT

package record

import (
	"errors"

	"github.com/stheno-go/stheno/internal/ops"
)

// Derivative is the recorded form of "the gradient of input 0, weighted by input
// 1, with respect to input 2". It has no kernel: lowering replaces it by the
// nodes of the symbolic derivative, which can be derived again.
type Derivative struct{}

var derivative = &Derivative{}

// Name implements [ops.Op].
func (*Derivative) Name() string { return "grad" }

// AppendAttrs implements [ops.Op].
func (*Derivative) AppendAttrs(b []byte) []byte { return b }

// Infer implements [ops.Op].
func (*Derivative) Infer(in ops.Inputs) (ops.Meta, error) { return *in.Meta(2), nil }

// Kernel implements [ops.Op]; it is never asked for.
func (*Derivative) Kernel(ops.Meta, []ops.Layout) ops.Kernel {
	return func(*ops.Call) error { return errors.New("a derivative was not lowered") }
}

// InitDerivative records the gradient of y, weighted by seed, with respect to x.
func (n *Node) InitDerivative(y, seed, x *Node) (bool, error) {
	n.flags = Derives
	return n.InitN(derivative, y, seed, x)
}
