// SPDX-License-Identifier: MIT

package ops

import (
	"math"

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

// Pad puts elements of one value around its input.
type Pad struct {
	Before, After [shape.Max]int
	Value         float64
}

// Name implements [Op].
func (Pad) Name() string { return "pad" }

// AppendAttrs implements [Op].
func (o Pad) AppendAttrs(b []byte) []byte {
	return appendInt(appendInt(appendInt(b, o.Before[:]...), o.After[:]...), int(math.Float64bits(o.Value)))
}

// Infer implements [Op].
func (o Pad) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	sizes := m.Dims.Slice()
	if oversized(o.Before[:], o.After[:]) {
		return m, shapeErrorf("padding %v before and %v behind must be at most %d", o.Before[:len(sizes)], o.After[:len(sizes)], math.MaxInt32)
	}
	for i := range sizes {
		sizes[i] += o.Before[i] + o.After[i]
	}
	d, err := shape.Of(sizes...)
	m.Dims = d
	return m, err
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
		return padded(un, out, in, float32(o.Value))
	case dtype.Float64:
		return padded(un, out, in, o.Value)
	case dtype.Int64:
		return padded(un, out, in, int64(o.Value))
	case dtype.Uint8:
		return padded(un, out, in, uint8(o.Value))
	default:
		return padded(un, out, in, o.Value != 0)
	}
}

func padded[T comparable](un Unslice, out Meta, in []Layout, value T) Kernel {
	n := out.Dims.Size()
	return unslice(un, out, in, func(c *Call) {
		dst := vec[T](c.Out, n)
		for i := range dst {
			dst[i] = value
		}
	})
}

// Smooth implements [Differentiable].
func (Pad) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o Pad) Grad(b *Builder, _ int) *G.Node { return b.Apply(o.slice(b.Meta(0).Dims), b.Dy) }
