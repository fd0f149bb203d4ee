// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// Variable is a value in a computation: data, a parameter, or the result of an operation. Operations
// are only recorded: they return a Variable whose shape and type are known, but whose value is computed
// later, by [Variable.Backward], [Run], [Program.Run], or reading the value ([Values],
// [Variable.Item], [Variable.Tensor], printing).
//
// A Variable must not be used by several goroutines at the same time.
type Variable struct{ n record.Node }

// absent is the node of a nil Variable; it carries an error.
var absent = func() *record.Node {
	n := new(record.Node)
	n.Fail(&OpError{Op: "variable", Text: "the Variable is nil", Err: ErrValue})
	return n
}()

// node returns v's node. For a nil v it is absent.
func (v *Variable) node() *record.Node {
	if v == nil {
		return absent
	}
	return &v.n
}

// New returns a leaf with a copy of data. Without a shape it has one dimension.
func New[T Elem](data []T, shape ...int) *Variable {
	return FromTensor(TensorOf(data, shape...).Clone())
}

// FromTensor returns a leaf that shares memory with t.
func FromTensor(t *Tensor) *Variable {
	v := new(Variable)
	switch {
	case t == nil:
		return Failed("var", ErrValue, "tensor is nil")
	case t.Err() != nil:
		v.n.Fail(t.Err())
	default:
		v.n.InitLeaf(t.data, t.dims)
		t.draw.open(&v.n)
	}
	return v
}

// NewParameter returns a leaf over t that requires a gradient, for the exported fields of a module.
func NewParameter(t *Tensor) *Variable {
	v := FromTensor(t).WithGrad()
	if v.node().Err() == nil {
		v.node().SetRole(record.Parameter)
		t.draw.stay(&v.n)
	}
	return v
}

// NewBuffer returns a leaf over t that belongs to a module's state but is not trained, such as running
// statistics.
func NewBuffer(t *Tensor) *Variable {
	v := FromTensor(t)
	if v.node().Err() == nil {
		v.node().SetRole(record.Buffer)
		t.draw.stay(&v.n)
	}
	return v
}

// WithGrad makes v require a gradient and returns it. If v is a result that does not depend on a leaf
// with gradient, it is computed and becomes a leaf. Other results, and types other than floats, are an
// error.
func (v *Variable) WithGrad() *Variable {
	switch {
	case v.node().Err() != nil:
		return v
	case !v.node().DType().IsFloat():
		return Failed("withgrad", ErrDType, "only tensors of floating point dtype can require gradients, got %v", v.node().DType())
	case v.node().IsLeaf():
	case v.node().Has(record.Grad):
		return Failed("withgrad", ErrValue, "only a leaf can be made to require a gradient; call Detach first")
	default:
		if err := v.compute(); err != nil {
			return failedBy(err)
		}
	}
	v.node().Own()
	v.node().Set(record.Grad | record.Depends)
	return v
}

// WithoutGrad makes the leaf v not require a gradient, for example to freeze a parameter, and returns
// it. A result that requires a gradient is an error.
func (v *Variable) WithoutGrad() *Variable {
	switch {
	case v.node().IsLeaf():
		v.node().Clear(record.Grad | record.Depends)
	case v.node().Has(record.Grad):
		return Failed("withoutgrad", ErrValue, "you can only change requires_grad flags of leaf variables; call Detach to continue without a gradient")
	}
	return v
}

// RequiresGrad reports whether v requires a gradient.
func (v *Variable) RequiresGrad() bool { return v.node().Has(record.Grad) }

// IsLeaf reports whether v is not the result of an operation.
func (v *Variable) IsLeaf() bool { return v.node().IsLeaf() }

// Detach returns v's value without gradient. If v is a leaf or was computed, it is a leaf that shares
// v's memory; otherwise it becomes a leaf when it, or an operation on it, is computed.
func (v *Variable) Detach() *Variable {
	if v.node().Known() {
		return v.cut()
	}
	return v.cut().Keep()
}

// cut is Detach for values that are not kept after their use.
func (v *Variable) cut() *Variable {
	switch {
	case v.node().Err() != nil:
		return v
	case v.node().Known() && !v.node().IsOpen():
		r := new(Variable)
		r.n.InitKnown(v.node())
		return r
	}
	return v.record1(ops.Detach)
}

// Keep makes v readable after [Variable.Backward], and returns v. Without it, only the Variable on
// which Backward was called can be read. Computing v as part of another computation then keeps its
// value.
func (v *Variable) Keep() *Variable {
	if v != nil {
		v.node().Set(record.Keep)
	}
	return v
}

// Retain makes [Variable.Backward] of v keep the recorded operations, so that it can be called again
// (torch's retain_graph), and returns v.
func (v *Variable) Retain() *Variable {
	if v != nil {
		v.node().Set(record.Retain)
	}
	return v
}

// Err returns the error of the first operation that could not be recorded, or nil.
func (v *Variable) Err() error { return v.node().Err() }

// Shape returns the sizes of v's dimensions. It is empty for a failed Variable.
func (v *Variable) Shape() Shape { return v.node().Dims().Slice() }

// Dim returns the size of dimension i; a negative i counts from the end. It is 0 for a failed Variable
// and for a dimension that does not exist.
func (v *Variable) Dim(i int) int {
	d := v.node().Dims()
	if i < 0 {
		i += d.Len()
	}
	if i < 0 || i >= d.Len() {
		return 0
	}
	return d.At(i)
}

// NDim returns the number of dimensions.
func (v *Variable) NDim() int { return v.node().Dims().Len() }

// Size returns the number of elements.
func (v *Variable) Size() int { return v.node().Dims().Size() }

// DType returns the element type.
func (v *Variable) DType() DType { return DType(v.node().DType()) }

// Device returns v's device.
func (v *Variable) Device() Device { return Device(v.node().Device()) }

// Name returns the name of v as a parameter or buffer, such as "layer1.0.conv1.weight". It is set by
// [NamedParameters], [NamedBuffers] and functions that use them.
func (v *Variable) Name() string {
	return v.node().Name()
}

// Target is the argument of [Variable.To]: a [DType] or a [Device].
type Target interface{ target() }

func (DType) target()  {}
func (Device) target() {}

// To returns v in another type or on another device, or v itself if that changes nothing. It is
// differentiable.
func (v *Variable) To(t Target) *Variable {
	if v.node().Err() != nil {
		return v
	}
	switch t := t.(type) {
	case DType:
		switch {
		case !dtype.DType(t).Valid():
			return Failed("to", ErrDType, "invalid dtype %d", uint8(t))
		case t == v.DType():
			return v
		}
		return v.record1(ops.Cast{To: dtype.DType(t)})
	case Device:
		if t == v.Device() {
			return v
		}
		if text, kind := t.missing(); kind != nil {
			return Failed("to", kind, "%s", text)
		}
		return Failed("to", ErrNoCUDA, "moving to %v is not supported", t)
	}
	return Failed("to", ErrValue, "target is nil, must be a DType or a Device")
}

// Grad returns the gradient that Backward has accumulated in v, or nil. It shares memory with v's
// gradient until ZeroGrad.
func (v *Variable) Grad() *Variable {
	if v.node().Err() != nil || !v.node().IsLeaf() || !v.node().Has(record.Grad) {
		return nil
	}
	b := v.node().LendGradient()
	if b == nil {
		return nil
	}
	g := new(Variable)
	g.n.InitLeaf(b, *v.node().Dims())
	return g
}

// ZeroGrad removes the gradient: Grad returns nil until the next Backward.
func (v *Variable) ZeroGrad() {
	if v.node().IsLeaf() && v.node().Has(record.Grad) {
		v.node().ZeroGradient()
	}
}

// String formats the value, computing it if needed. If there is an error, it returns the error's text.
func (v *Variable) String() string {
	if v == nil {
		return "<nil>"
	}
	t, err := v.Tensor()
	if err != nil {
		return fmt.Sprintf("<%v>", err)
	}
	return t.String()
}
