// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/shape"
)

// viewed is embedded by operations that only look at their input's memory in
// another way. Where the layout cannot express that, their kernel is a copy, which
// reads any layout.
type viewed struct{}

// Accepts implements [Strided].
func (viewed) Accepts(int, Layout) bool { return true }

// Smooth implements [Differentiable].
func (viewed) Smooth(int) bool { return true }

// CopyKernel copies a value of any layout into contiguous memory.
func CopyKernel(in Layout) Kernel {
	n := in.Dims.Size()
	if in.IsContiguous() {
		bytes := n * in.DType.Size()
		return func(c *Call) error {
			copy(vec[byte](c.Out, bytes), vec[byte](c.In[0], bytes))
			return nil
		}
	}
	dims, from := in.Dims.Slice(), in.Stride[:in.Dims.Len()]
	to := in.Dims.Strides()
	switch in.DType.Size() {
	case 4:
		return copyStrided[uint32](dims, to[:len(dims)], from)
	case 8:
		return copyStrided[uint64](dims, to[:len(dims)], from)
	default:
		return copyStrided[uint8](dims, to[:len(dims)], from)
	}
}

func copyStrided[T any](dims, to, from []int) Kernel {
	size, reach := 1, 1
	for i, d := range dims {
		size *= d
		reach += (d - 1) * from[i]
	}
	if size == 0 {
		return func(*Call) error { return nil }
	}
	return func(c *Call) error {
		kernels.Copy(vec[T](c.Out, size), to, vec[T](c.In[0], reach), from, dims)
		return nil
	}
}

// Reshape gives its input another shape of the same size.
type Reshape struct {
	viewed
	To shape.Dims
}

// Name implements [Op].
func (Reshape) Name() string { return "reshape" }

// AppendAttrs implements [Op].
func (o Reshape) AppendAttrs(b []byte) []byte { return o.To.AppendKey(b, 0) }

// Infer implements [Op].
func (o Reshape) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	if m.Dims.Size() != o.To.Size() {
		return m, shapeErrorf("shape '%v' is invalid for input of size %d", o.To.Slice(), m.Dims.Size())
	}
	m.Dims = o.To
	return m, nil
}

// View implements [Viewer].
func (o Reshape) View(out Meta, in Layout) (Layout, bool) {
	if !in.IsContiguous() {
		return Layout{}, false
	}
	l := Contiguous(out)
	l.Offset = in.Offset
	return l, true
}

// Kernel implements [Op].
func (Reshape) Kernel(_ Meta, in []Layout) Kernel { return CopyKernel(in[0]) }

// Grad implements [Differentiable].
func (Reshape) Grad(b *Builder, _ int) *G.Node { return b.Reshape(b.Dy, b.Meta(0).Dims) }

// Permute reorders the dimensions: output dimension i is input dimension Order[i].
type Permute struct {
	viewed
	Order [shape.Max]int8
}

// Name implements [Op].
func (Permute) Name() string { return "permute" }

// AppendAttrs implements [Op].
func (o Permute) AppendAttrs(b []byte) []byte {
	for _, i := range o.Order {
		b = append(b, byte(i))
	}
	return b
}

// Infer implements [Op]. The order is a permutation: the caller has checked it.
func (o Permute) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	out := m
	for i := range m.Dims.Len() {
		out.Dims = out.Dims.Set(i, m.Dims.At(int(o.Order[i])))
	}
	return out, nil
}

// View implements [Viewer].
func (o Permute) View(out Meta, in Layout) (Layout, bool) {
	l := Layout{Meta: out, Offset: in.Offset}
	for i := range out.Dims.Len() {
		l.Stride[i] = in.Stride[o.Order[i]]
	}
	return l, true
}

// Kernel implements [Op].
func (o Permute) Kernel(out Meta, in []Layout) Kernel {
	l, _ := o.View(out, in[0])
	return CopyKernel(l)
}

// Grad implements [Differentiable].
func (o Permute) Grad(b *Builder, _ int) *G.Node {
	var back Permute
	for i := range b.dims(0).Len() {
		back.Order[o.Order[i]] = int8(i)
	}
	return b.Apply(back, b.Dy)
}

// Slice takes elements Start, Start+Step, … of each dimension; To is the result's shape.
type Slice struct {
	viewed
	Start, Step shape.Dims
	To          shape.Dims
}

// Name implements [Op].
func (Slice) Name() string { return "slice" }

// AppendAttrs implements [Op].
func (o Slice) AppendAttrs(b []byte) []byte {
	return o.To.AppendKey(o.Step.AppendKey(o.Start.AppendKey(b, 0), 0), 0)
}

// Infer implements [Op]. The caller has checked the bounds.
func (o Slice) Infer(in Inputs) (Meta, error) { return Meta{o.To, in.Meta(0).DType}, nil }

// View implements [Viewer].
func (o Slice) View(out Meta, in Layout) (Layout, bool) {
	l := Layout{Meta: out, Offset: in.Offset}
	for i := range out.Dims.Len() {
		l.Stride[i] = in.Stride[i] * o.Step.At(i)
		if out.Dims.At(i) > 0 {
			l.Offset += in.Stride[i] * o.Start.At(i)
		}
	}
	return l, true
}

// Kernel implements [Op]. View never refuses, so a plan does not ask for it.
func (o Slice) Kernel(out Meta, in []Layout) Kernel {
	l, _ := o.View(out, in[0])
	return offsetCopy(l, in[0].Offset)
}

// offsetCopy copies a view whose base lies l.Offset-from elements behind the input.
func offsetCopy(l Layout, from int) Kernel {
	if l.Dims.Size() == 0 {
		return func(*Call) error { return nil }
	}
	k, skip := CopyKernel(l), (l.Offset-from)*l.DType.Size()
	return func(c *Call) error {
		return k(&Call{Out: c.Out, In: []unsafe.Pointer{unsafe.Add(c.In[0], skip)}})
	}
}

// Grad implements [Differentiable].
func (o Slice) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(Unslice{Slice: o, Like: b.Meta(0).Dims}, b.Dy)
}

// Unslice puts its input where Slice took it from, into zeros of shape Like.
type Unslice struct {
	Slice
	Like shape.Dims
}

// Name implements [Op].
func (Unslice) Name() string { return "unslice" }

// AppendAttrs implements [Op].
func (o Unslice) AppendAttrs(b []byte) []byte { return o.Like.AppendKey(o.Slice.AppendAttrs(b), 0) }

// Infer implements [Op].
func (o Unslice) Infer(in Inputs) (Meta, error) { return Meta{o.Like, in.Meta(0).DType}, nil }

// View is never possible: the zeros are not there.
func (o Unslice) View(Meta, Layout) (Layout, bool) { return Layout{}, false }

// Kernel implements [Op].
func (o Unslice) Kernel(out Meta, in []Layout) Kernel {
	bytes := out.Dims.Size() * out.DType.Size()
	return unslice(o, out, in, func(c *Call) { clear(vec[byte](c.Out, bytes)) })
}

// unslice fills the output with background and copies the input to its place there.
func unslice(o Unslice, out Meta, in []Layout, background func(c *Call)) Kernel {
	to, _ := o.Slice.View(in[0].Meta, Contiguous(out))
	switch out.DType.Size() {
	case 4:
		return scatterStrided[uint32](out, to, in[0], background)
	case 8:
		return scatterStrided[uint64](out, to, in[0], background)
	default:
		return scatterStrided[uint8](out, to, in[0], background)
	}
}

func scatterStrided[T any](out Meta, to, from Layout, background func(c *Call)) Kernel {
	n, size := out.Dims.Size(), from.Dims.Size()
	dims := from.Dims.Slice()
	reach := 1
	for i, d := range dims {
		reach += (d - 1) * from.Stride[i]
	}
	return func(c *Call) error {
		background(c)
		if size > 0 {
			kernels.Copy(vec[T](c.Out, n)[to.Offset:], to.Stride[:len(dims)], vec[T](c.In[0], reach), from.Stride[:len(dims)], dims)
		}
		return nil
	}
}

// Grad implements [Differentiable].
func (o Unslice) Grad(b *Builder, _ int) *G.Node { return b.Apply(o.Slice, b.Dy) }

// Expand repeats dimensions of size 1 and adds leading ones.
type Expand struct {
	viewed
	To shape.Dims
}

// Name implements [Op].
func (Expand) Name() string { return "expand" }

// AppendAttrs implements [Op].
func (o Expand) AppendAttrs(b []byte) []byte { return o.To.AppendKey(b, 0) }

// Infer implements [Op].
func (o Expand) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	if d, ok := shape.Broadcast(m.Dims, o.To); !ok || d != o.To {
		return m, shapeErrorf("shape %v cannot be expanded to %v", m.Dims, o.To)
	}
	m.Dims = o.To
	return m, nil
}

// View implements [Viewer].
func (o Expand) View(out Meta, in Layout) (Layout, bool) { return BroadcastTo(in, out.Dims), true }

// Kernel implements [Op].
func (Expand) Kernel(out Meta, in []Layout) Kernel { return CopyKernel(BroadcastTo(in[0], out.Dims)) }

// Grad implements [Differentiable].
func (Expand) Grad(b *Builder, _ int) *G.Node { return b.SumTo(b.Dy, b.Meta(0).Dims) }

// shapeErrorf returns an error of the kind "shapes do not fit".
func shapeErrorf(format string, args ...any) error {
	return &InferError{Text: fmt.Sprintf(format, args...)}
}

// InferError says why an operation cannot be applied to its operands.
type InferError struct {
	Text  string
	DType bool // the element types are at fault, not the shapes
}

func (e *InferError) Error() string { return e.Text }

func dtypeErrorf(format string, args ...any) error {
	return &InferError{Text: fmt.Sprintf(format, args...), DType: true}
}
