// SPDX-License-Identifier: MIT

package stheno

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/program"
	"github.com/stheno-go/stheno/internal/record"
)

// Backward computes v and its gradient, weighted by seed, with respect to every leaf that requires
// one, and adds it to [Variable.Grad]. If v has one element, the seed may be omitted; otherwise it
// must have v's shape.
//
// Backward frees the recorded operations: a second call returns [ErrFreed], unless [Variable.Retain]
// was called. Afterwards, v can be read, and other results if [Variable.Keep] was called on them.
func (v *Variable) Backward(seed ...*Variable) error {
	if err := v.node().Err(); err != nil {
		return err
	}
	var s *record.Node
	switch {
	case len(seed) > 1:
		return &OpError{Op: "backward", Text: fmt.Sprintf("expects at most one seed, got %d", len(seed)), Caller: caller(), Err: ErrValue}
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

// Grad returns the gradients of the sum of y's elements with respect to each of xs, as recorded
// operations that can be used in further operations and differentiated again. It does not free y's
// operations or change the gradients of leaves (torch.autograd.grad with create_graph=True). For a
// non-scalar y the seed is ones; to use other weights, multiply y by them first.
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
