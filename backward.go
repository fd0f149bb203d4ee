// SPDX-License-Identifier: MIT

package stheno

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/program"
	"github.com/stheno-go/stheno/internal/record"
)

// Backward computes v and the gradient of v, weighted by seed, with respect to
// every leaf below it that asks for one, and adds it to [Variable.Grad]. A v of one
// element needs no seed; any other needs one of v's shape.
//
// The record below v is used up: a second Backward returns [ErrFreed], unless v was
// told to [Variable.Retain] it. v itself can be read afterwards, and so can what
// was told to [Variable.Keep] its value.
func (v *Variable) Backward(seed ...*Variable) error {
	if err := v.node().Err(); err != nil {
		return err
	}
	var s *record.Node
	switch {
	case len(seed) > 1:
		return &OpError{Op: "backward", Text: fmt.Sprintf("wants at most one seed, got %d", len(seed)), Caller: caller(), Err: ErrValue}
	case len(seed) == 1 && seed[0] == nil:
		return &OpError{Op: "backward", Text: "the seed is nil", Caller: caller(), Err: ErrValue}
	case len(seed) == 1:
		w := seed[0].To(v.DType())
		if err := w.n.Err(); err != nil {
			return err
		}
		if *w.n.Dims() != *v.node().Dims() {
			return &OpError{Op: "backward", Err: ErrShape, Caller: caller(),
				Text: fmt.Sprintf("Mismatch in shape: grad_output[0] has a shape of %v and output[0] has a shape of %v.", w.Shape(), v.Shape())}
		}
		s = &w.n
	case v.Size() != 1:
		return &OpError{Op: "backward", Text: "grad can be implicitly created only for scalar outputs", Shapes: []Shape{v.Shape()}, Caller: caller(), Err: ErrShape}
	}
	if !v.node().Has(record.Grad) {
		return &OpError{Op: "backward", Text: "element 0 of tensors does not require grad and does not have a grad_fn", Caller: caller(), Err: ErrValue}
	}
	return runError(program.Backward(v.node(), s))
}

// Grad returns the gradients of the sum of y's elements with respect to each of xs,
// written down and not yet computed: they can be computed with, and derived again.
// It leaves y's record and the gradients of leaves alone (torch.autograd.grad with
// create_graph=True). Of a y that is no scalar, multiply it by weights first for
// another seed than ones.
func Grad(y *Variable, xs ...*Variable) []*Variable {
	out := make([]*Variable, len(xs))
	if y == nil {
		for i := range out {
			out[i] = Failed("grad", ErrValue, "y is nil")
		}
		return out
	}
	seed := y.record1(ops.OnesLike)
	for i, x := range xs {
		switch {
		case x == nil:
			out[i] = Failed("grad", ErrValue, "variable %d is nil", i)
			continue
		case y.n.Err() == nil && !y.n.Has(record.Grad):
			out[i] = Failed("grad", ErrValue, "element 0 of tensors does not require grad and does not have a grad_fn")
			continue
		case x.n.Err() == nil && !x.n.Has(record.Grad):
			out[i] = Failed("grad", ErrValue, "One of the differentiated Tensors does not require grad")
			continue
		}
		out[i] = new(Variable)
		if ok, err := out[i].n.InitDerivative(&y.n, &seed.n, &x.n); !ok {
			out[i].fail("grad", err, &y.n, &x.n)
		}
	}
	return out
}

// Run computes all of vs in one program.
func Run(vs ...*Variable) error {
	nodes := make([]*record.Node, len(vs))
	for i, v := range vs {
		if v == nil {
			return errors.New("stheno: run: a variable is nil")
		}
		nodes[i] = v.node()
	}
	return runError(program.Eval(nodes...))
}
