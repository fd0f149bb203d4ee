// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
)

// Cat joins its inputs along an axis.
type Cat struct{ Axis int }

// Name implements [Op].
func (Cat) Name() string { return "cat" }

// AppendAttrs implements [Op].
func (o Cat) AppendAttrs(b []byte) []byte { return append(b, byte(o.Axis)) }

// Infer implements [Op].
func (o Cat) Infer(in Inputs) (Meta, error) {
	out := *in.Meta(0)
	total := 0
	for i := range in.Len() {
		m := in.Meta(i)
		if m.DType != out.DType {
			return out, dtypeErrorf("operand %d is %v, the first is %v", i, m.DType, out.DType)
		}
		if m.Dims.Len() != out.Dims.Len() || m.Dims.Set(o.Axis, 0) != out.Dims.Set(o.Axis, 0) {
			return out, shapeErrorf("Sizes of tensors must match except in dimension %d. Got %v at operand 0 and %v at operand %d", o.Axis, in.Meta(0).Dims, m.Dims, i)
		}
		total += m.Dims.At(o.Axis)
	}
	out.Dims = out.Dims.Set(o.Axis, total)
	return out, nil
}

// Kernel implements [Op].
func (o Cat) Kernel(out Meta, in []Layout) Kernel {
	size := out.DType.Size()
	outer, inner := 1, size
	for i := range out.Dims.Len() {
		if i < o.Axis {
			outer *= out.Dims.At(i)
		} else if i > o.Axis {
			inner *= out.Dims.At(i)
		}
	}
	row := inner * out.Dims.At(o.Axis)
	widths := make([]int, len(in))
	for i := range in {
		widths[i] = inner * in[i].Dims.At(o.Axis)
	}
	return func(c *Call) error {
		dst := vec[byte](c.Out, outer*row)
		at := 0
		for i, w := range widths {
			src := vec[byte](c.In[i], outer*w)
			for k := range outer {
				copy(dst[k*row+at:], src[k*w:(k+1)*w])
			}
			at += w
		}
		return nil
	}
}

// Smooth implements [Differentiable].
func (Cat) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o Cat) Grad(b *Builder, i int) *G.Node {
	if b.starts == nil {
		b.starts = make([]int, len(b.In))
		for j := range len(b.In) - 1 {
			b.starts[j+1] = b.starts[j] + b.dims(j).At(o.Axis)
		}
	}
	return b.Apply(sliceAt(b.MetaOf(b.Dy).Dims, o.Axis, b.starts[i], b.dims(i).At(o.Axis)), b.Dy)
}

// sliceAt takes n elements of one axis, from start on.
func sliceAt(d shape.Dims, axis, start, n int) Slice {
	o := Slice{To: d.Set(axis, n), Start: d, Step: d}
	for i := range d.Len() {
		o.Start, o.Step = o.Start.Set(i, 0), o.Step.Set(i, 1)
	}
	o.Start = o.Start.Set(axis, start)
	return o
}

// Pad puts elements of one value around its first input: its second, a number of the same
// type.
type Pad struct{ Before, After [shape.Max]int }

// Name implements [Op].
func (Pad) Name() string { return "pad" }

// AppendAttrs implements [Op].
func (o Pad) AppendAttrs(b []byte) []byte {
	return appendInt(appendInt(b, o.Before[:]...), o.After[:]...)
}

// Infer implements [Op].
func (o Pad) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	d, err := o.padded(m.Dims)
	m.Dims = d
	return m, err
}

// padded returns the shape of the result.
func (o Pad) padded(d shape.Dims) (shape.Dims, error) {
	sizes := d.Slice()
	if oversized(o.Before[:], o.After[:]) {
		return d, shapeErrorf("padding %v before and %v behind must be at most %d", o.Before[:len(sizes)], o.After[:len(sizes)], Widest)
	}
	for i := range sizes {
		sizes[i] += o.Before[i] + o.After[i]
	}
	return shape.Of(sizes...)
}

// Zeros is the operation that pads an input of shape d with zeros.
func (o Pad) Zeros(d shape.Dims) (Unslice, error) {
	to, err := o.padded(d)
	return Unslice{Slice: o.slice(d), Like: to}, err
}

// slice takes the input out of the padded result.
func (o Pad) slice(in shape.Dims) Slice {
	s := Slice{To: in, Start: in, Step: in}
	for i := range in.Len() {
		s.Start, s.Step = s.Start.Set(i, o.Before[i]), s.Step.Set(i, 1)
	}
	return s
}

// Kernel implements [Op].
func (o Pad) Kernel(out Meta, in []Layout) Kernel {
	un := Unslice{Slice: o.slice(in[0].Dims), Like: out.Dims}
	switch out.DType {
	case dtype.Float32:
		return padded[float32](un, out, in)
	case dtype.Float64:
		return padded[float64](un, out, in)
	case dtype.Int64:
		return padded[int64](un, out, in)
	case dtype.Uint8:
		return padded[uint8](un, out, in)
	default:
		return padded[bool](un, out, in)
	}
}

func padded[T comparable](un Unslice, out Meta, in []Layout) Kernel {
	n := out.Dims.Size()
	return unslice(un, out, in, func(c *Call) {
		dst, value := vec[T](c.Out, n), *(*T)(c.In[1])
		for i := range dst {
			dst[i] = value
		}
	})
}

// Smooth implements [Differentiable].
func (Pad) Smooth(i int) bool { return i == 0 }

// Grad implements [Differentiable].
func (o Pad) Grad(b *Builder, _ int) *G.Node { return b.Apply(o.slice(b.Meta(0).Dims), b.Dy) }
