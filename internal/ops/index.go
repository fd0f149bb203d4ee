// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/shape"
)

// middle sees a shape as (outer, n, inner) around an axis.
func middle(d shape.Dims, axis int) block {
	b := block{1, d.At(axis), 1}
	for i := range d.Len() {
		if i < axis {
			b.outer *= d.At(i)
		} else if i > axis {
			b.inner *= d.At(i)
		}
	}
	return b
}

func wantIndex(m *Meta) error {
	if m.DType != dtype.Int64 {
		return dtypeErrorf("expected index of dtype int64, got %v", m.DType)
	}
	return nil
}

// Arg is the position of the largest or smallest element along an axis.
type Arg struct {
	Axis  int
	Least bool
}

// Name implements [Op].
func (o Arg) Name() string {
	if o.Least {
		return "argmin"
	}
	return "argmax"
}

// AppendAttrs implements [Op].
func (o Arg) AppendAttrs(b []byte) []byte { return append(b, byte(o.Axis)) }

// Infer implements [Op].
func (o Arg) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	if m.DType == dtype.Bool {
		return m, dtypeErrorf("not defined for bool")
	}
	if m.Dims.At(o.Axis) == 0 {
		return m, shapeErrorf("Expected reduction dim %d to have non-zero size, got %v", o.Axis, m.Dims)
	}
	return Meta{m.Dims.Remove(o.Axis), dtype.Int64}, nil
}

// Kernel implements [Op].
func (o Arg) Kernel(_ Meta, in []Layout) Kernel {
	switch in[0].DType {
	case dtype.Float32:
		return argKernel[float32](o, in[0].Meta)
	case dtype.Float64:
		return argKernel[float64](o, in[0].Meta)
	case dtype.Int64:
		return argKernel[int64](o, in[0].Meta)
	default:
		return argKernel[uint8](o, in[0].Meta)
	}
}

func argKernel[T kernels.Number](o Arg, m Meta) Kernel {
	b, size := middle(m.Dims, o.Axis), m.Dims.Size()
	return func(c *Call) error {
		kernels.ArgMiddle(vec[int64](c.Out, b.outer*b.inner), vec[T](c.In[0], size), b.outer, b.n, b.inner, o.Least)
		return nil
	}
}

// Cumsum adds up along an axis; with Back from the end.
type Cumsum struct {
	Axis int
	Back bool
}

// Name implements [Op].
func (Cumsum) Name() string { return "cumsum" }

// AppendAttrs implements [Op].
func (o Cumsum) AppendAttrs(b []byte) []byte {
	if o.Back {
		return append(b, byte(o.Axis), 1)
	}
	return append(b, byte(o.Axis), 0)
}

// Infer implements [Op].
func (o Cumsum) Infer(in Inputs) (Meta, error) {
	if m := in.Meta(0); m.DType == dtype.Int64 && !o.Back {
		return *m, nil
	}
	return floatOnly(in.Meta(0))
}

// Kernel implements [Op].
func (o Cumsum) Kernel(out Meta, _ []Layout) Kernel {
	switch {
	case out.DType == dtype.Int64:
		return cumsumKernel(o, out, kernels.CumsumWhole[int64])
	case o.Back:
		return byFloat(out.DType, cumsumKernel(o, out, kernels.CumsumBackMiddle[float32]), cumsumKernel(o, out, kernels.CumsumBackMiddle[float64]))
	default:
		return byFloat(out.DType, cumsumKernel(o, out, kernels.CumsumMiddle[float32]), cumsumKernel(o, out, kernels.CumsumMiddle[float64]))
	}
}

func cumsumKernel[T kernels.Number](o Cumsum, out Meta, f func(dst, src []T, outer, n, inner int)) Kernel {
	b, size := middle(out.Dims, o.Axis), out.Dims.Size()
	return func(c *Call) error {
		f(vec[T](c.Out, size), vec[T](c.In[0], size), b.outer, b.n, b.inner)
		return nil
	}
}

// Smooth implements [Differentiable].
func (Cumsum) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o Cumsum) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(Cumsum{Axis: o.Axis, Back: !o.Back}, b.Dy)
}

// IndexSelect takes the given positions of an axis: inputs x and index (1-D int64).
type IndexSelect struct {
	Axis   int
	Frozen int // 1 + the position that gets no gradient; 0: none
}

// Name implements [Op].
func (IndexSelect) Name() string { return "index_select" }

// AppendAttrs implements [Op].
func (o IndexSelect) AppendAttrs(b []byte) []byte { return appendInt(b, o.Axis, o.Frozen) }

// Infer implements [Op].
func (o IndexSelect) Infer(in Inputs) (Meta, error) {
	m, idx := *in.Meta(0), in.Meta(1)
	if err := wantIndex(idx); err != nil {
		return m, err
	}
	if idx.Dims.Len() != 1 {
		return m, shapeErrorf("Index is supposed to be a vector, got %v", idx.Dims)
	}
	m.Dims = m.Dims.Set(o.Axis, idx.Dims.At(0))
	return m, nil
}

// Kernel implements [Op].
func (o IndexSelect) Kernel(out Meta, in []Layout) Kernel {
	switch out.DType.Size() {
	case 4:
		return indexSelect[uint32](o, in)
	case 8:
		return indexSelect[uint64](o, in)
	default:
		return indexSelect[uint8](o, in)
	}
}

func indexSelect[T any](o IndexSelect, in []Layout) Kernel {
	b, size, n := middle(in[0].Dims, o.Axis), in[0].Dims.Size(), in[1].Dims.Size()
	return func(c *Call) error {
		return kernels.IndexSelect(vec[T](c.Out, b.outer*n*b.inner), vec[T](c.In[0], size), vec[int64](c.In[1], n), b.outer, b.n, b.inner, o.Axis)
	}
}

// Smooth implements [Differentiable].
func (IndexSelect) Smooth(i int) bool { return i == 0 }

// Grad implements [Differentiable].
func (o IndexSelect) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(IndexAdd{IndexSelect: o, N: b.dims(0).At(o.Axis)}, b.Dy, b.In[1])
}

// IndexAdd adds rows into zeros at the given positions: the transpose of
// IndexSelect. The axis gets size N.
type IndexAdd struct {
	IndexSelect
	N int
}

// Name implements [Op].
func (IndexAdd) Name() string { return "index_add" }

// AppendAttrs implements [Op].
func (o IndexAdd) AppendAttrs(b []byte) []byte { return appendInt(b, o.Axis, o.Frozen, o.N) }

// Infer implements [Op].
func (o IndexAdd) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	m.Dims = m.Dims.Set(o.Axis, o.N)
	return m, nil
}

// Kernel implements [Op].
func (o IndexAdd) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, indexAdd[float32](o, out, in), indexAdd[float64](o, out, in))
}

func indexAdd[T kernels.Float](o IndexAdd, out Meta, in []Layout) Kernel {
	b, size, n := middle(out.Dims, o.Axis), out.Dims.Size(), in[1].Dims.Size()
	return func(c *Call) error {
		dst := vec[T](c.Out, size)
		clear(dst)
		err := kernels.IndexAdd(dst, vec[T](c.In[0], b.outer*n*b.inner), vec[int64](c.In[1], n), b.outer, b.n, b.inner, o.Axis)
		if o.Frozen > 0 {
			for k := range b.outer {
				clear(dst[(k*b.n+o.Frozen-1)*b.inner:][:b.inner])
			}
		}
		return err
	}
}

// Grad implements [Differentiable].
func (o IndexAdd) Grad(b *Builder, _ int) *G.Node { return b.Apply(o.IndexSelect, b.Dy, b.In[1]) }

// Gather takes x[…,index[…],…] along an axis: inputs x and index, which agree in
// all other dimensions.
type Gather struct{ Axis int }

// Name implements [Op].
func (Gather) Name() string { return "gather" }

// AppendAttrs implements [Op].
func (o Gather) AppendAttrs(b []byte) []byte { return append(b, byte(o.Axis)) }

// Infer implements [Op].
func (o Gather) Infer(in Inputs) (Meta, error) {
	m, idx := *in.Meta(0), in.Meta(1)
	if err := wantIndex(idx); err != nil {
		return m, err
	}
	if idx.Dims.Len() != m.Dims.Len() || idx.Dims.Set(o.Axis, 0) != m.Dims.Set(o.Axis, 0) {
		return m, shapeErrorf("index %v and input %v must agree in all dimensions but %d", idx.Dims, m.Dims, o.Axis)
	}
	m.Dims = idx.Dims
	return m, nil
}

// Kernel implements [Op].
func (o Gather) Kernel(out Meta, in []Layout) Kernel {
	switch out.DType.Size() {
	case 4:
		return gatherKernel[uint32](o, out, in)
	case 8:
		return gatherKernel[uint64](o, out, in)
	default:
		return gatherKernel[uint8](o, out, in)
	}
}

func gatherKernel[T any](o Gather, out Meta, in []Layout) Kernel {
	b, m, n, size := middle(in[0].Dims, o.Axis), out.Dims.At(o.Axis), out.Dims.Size(), in[0].Dims.Size()
	return func(c *Call) error {
		return kernels.Gather(vec[T](c.Out, n), vec[T](c.In[0], size), vec[int64](c.In[1], n), b.outer, b.n, m, b.inner, o.Axis)
	}
}

// Smooth implements [Differentiable].
func (Gather) Smooth(i int) bool { return i == 0 }

// Grad implements [Differentiable].
func (o Gather) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(ScatterAdd{Gather: o, N: b.dims(0).At(o.Axis)}, b.Dy, b.In[1])
}

// ScatterAdd adds elements into zeros at the positions along an axis: the transpose
// of Gather.
type ScatterAdd struct {
	Gather
	N int
}

// Name implements [Op].
func (ScatterAdd) Name() string { return "scatter_add" }

// AppendAttrs implements [Op].
func (o ScatterAdd) AppendAttrs(b []byte) []byte { return appendInt(b, o.Axis, o.N) }

// Infer implements [Op].
func (o ScatterAdd) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	m.Dims = m.Dims.Set(o.Axis, o.N)
	return m, nil
}

// Kernel implements [Op].
func (o ScatterAdd) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, scatterAdd[float32](o, out, in), scatterAdd[float64](o, out, in))
}

func scatterAdd[T kernels.Float](o ScatterAdd, out Meta, in []Layout) Kernel {
	b, m, n, size := middle(out.Dims, o.Axis), in[0].Dims.At(o.Axis), in[0].Dims.Size(), out.Dims.Size()
	return func(c *Call) error {
		dst := vec[T](c.Out, size)
		clear(dst)
		return kernels.ScatterAdd(dst, vec[T](c.In[0], n), vec[int64](c.In[1], n), b.outer, b.n, m, b.inner, o.Axis)
	}
}

// Grad implements [Differentiable].
func (o ScatterAdd) Grad(b *Builder, _ int) *G.Node { return b.Apply(o.Gather, b.Dy, b.In[1]) }

// OneHot turns int64 classes into rows of zeros with a one.
type OneHot struct{ Classes int }

// Name implements [Op].
func (OneHot) Name() string { return "one_hot" }

// AppendAttrs implements [Op].
func (o OneHot) AppendAttrs(b []byte) []byte { return appendInt(b, o.Classes) }

// Infer implements [Op].
func (o OneHot) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	if err := wantIndex(&m); err != nil {
		return m, err
	}
	if m.Dims.Len() == shape.Max {
		return m, shapeErrorf("the result would have %d dimensions, at most %d are supported", shape.Max+1, shape.Max)
	}
	d, err := shape.Of(append(m.Dims.Slice(), o.Classes)...)
	m.Dims = d
	return m, err
}

// Kernel implements [Op].
func (o OneHot) Kernel(_ Meta, in []Layout) Kernel {
	n := in[0].Dims.Size()
	return func(c *Call) error {
		dst := vec[int64](c.Out, n*o.Classes)
		clear(dst)
		for i, class := range vec[int64](c.In[0], n) {
			if class < 0 || class >= int64(o.Classes) {
				return shapeErrorf("Class values must be non-negative and smaller than num_classes %d, got %d", o.Classes, class)
			}
			dst[i*o.Classes+int(class)] = 1
		}
		return nil
	}
}
