// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/lower"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// Function is a custom operation, like torch's autograd.Function. It is recorded, compiled and
// differentiated like other operations. There should be one Function for each operation, such as a
// package variable, and it must not be changed after its first use, since programs are cached by its
// address.
type Function struct {
	// Name is the operation's name in errors and plans.
	Name string
	// Result returns the element type and the shape of the result, or an error if the operands are
	// invalid. The values of x are not known yet. nil: type and shape of the first operand.
	Result func(x ...*Variable) (DType, Shape, error)
	// Forward computes y from x; see [Data] for access to the elements. It must depend only on x,
	// change nothing but y, and not retain the tensors, whose memory is reused. It may be called by
	// several goroutines at the same time.
	Forward func(y *Tensor, x ...*Tensor) error
	// Backward returns the gradient of each operand, given dy, the gradient of the result y; a nil
	// entry stands for zeros. It must use only operations on dy, y, x and numbers, which also define
	// higher derivatives. It is called once for each program. nil: there is no gradient.
	Backward func(dy, y *Variable, x ...*Variable) []*Variable

	once sync.Once
	op   *ops.Function
}

// Apply records the operation. Errors of Forward are returned when it is computed.
func (f *Function) Apply(x ...*Variable) *Variable {
	if f == nil || f.Forward == nil {
		return Failed("function", ErrValue, "the Function is nil or has no Forward")
	}
	f.once.Do(func() {
		f.op = &ops.Function{Label: f.Name, Result: f.result, Compute: f.compute}
		if f.Name == "" {
			f.op.Label = "function"
		}
		if f.Backward != nil {
			f.op.Derivative = lower.Traced(f.trace)
		}
	})
	return recordN(f.op, len(x), x...)
}

// result implements [ops.Function.Result].
func (f *Function) result(in ops.Inputs) (m ops.Meta, err error) {
	defer f.recovered(failed(), &err)
	if in.Len() == 0 {
		return m, fmt.Errorf("expects at least one operand")
	}
	if f.Result == nil {
		return *in.Meta(0), nil
	}
	x := make([]*Variable, in.Len())
	for i := range x {
		x[i] = placeholder(*in.Meta(i))
	}
	d, sizes, err := f.Result(x...)
	if err != nil {
		return m, err
	}
	if d > Bool {
		return m, fmt.Errorf("Result returned %v, which is not an element type: %w", d, ErrDType)
	}
	m.DType = dtype.DType(d)
	m.Dims, err = shape.Of(sizes...)
	return m, err
}

// compute implements [ops.Function.Compute].
func (f *Function) compute(c *ops.Call, out ops.Meta, in []ops.Meta) (err error) {
	defer f.recovered(failed(), &err)
	x := make([]*Tensor, len(in))
	for i, m := range in {
		x[i] = tensorAt(c.In[i], m)
	}
	return f.Forward(tensorAt(c.Out, out), x...)
}

// trace records the gradient of operand i.
func (f *Function) trace(i int, dy, y ops.Meta, in []ops.Meta) (grad *record.Node, leaves []*record.Node, err error) {
	defer f.recovered(failed(), &err)
	given := []*Variable{placeholder(dy), placeholder(y)}
	for _, m := range in {
		given = append(given, placeholder(m))
	}
	grads := f.Backward(given[0], given[1], given[2:]...)
	if len(grads) != len(in) {
		return nil, nil, fmt.Errorf("stheno: %s: Backward returned %d gradients for %d operands: %w", f.op.Label, len(grads), len(in), ErrValue)
	}
	g := grads[i]
	if g == nil {
		return nil, nil, nil
	}
	if err := g.n.Err(); err != nil {
		return nil, nil, err
	}
	if got := g.n.Type(); got != in[i] {
		return nil, nil, fmt.Errorf("stheno: %s: Backward returned a gradient of %v %v for operand %d, which is %v %v: %w",
			f.op.Label, got.DType, got.Dims, i, in[i].DType, in[i].Dims, ErrShape)
	}
	for _, v := range given {
		leaves = append(leaves, &v.n)
	}
	return &g.n, leaves, nil
}

// recovered returns a panic in user code as an error.
func (f *Function) recovered(before int, err *error) {
	if p := recover(); p != nil {
		*err = panicked(f.op.Label, before, p)
	}
}

// tensorAt returns a Tensor over memory that it does not own.
func tensorAt(p unsafe.Pointer, m ops.Meta) *Tensor {
	b := new(storage.Buffer)
	storage.Within(b, m.DType, m.Dims.Size(), p)
	return &Tensor{data: b, dims: m.Dims}
}

// placeholder returns a leaf of type and shape m without a value.
func placeholder(m ops.Meta) *Variable {
	v, b := new(Variable), new(storage.Buffer)
	storage.Within(b, m.DType, m.Dims.Size(), nil)
	v.n.InitLeaf(b, m.Dims)
	v.n.Open(nil)
	if m.DType.IsFloat() {
		v.n.Set(record.Grad | record.Depends)
	}
	return v
}
