// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/shape"
)

// Pieces is the sum of what [Unslice] makes of each of its inputs: the gradient of a value
// of which several slices were taken. It passes over the memory of the result once, and not
// once for each slice.
type Pieces struct {
	Slices []Slice // by input
	Like   shape.Dims
}

// Name implements [Op].
func (*Pieces) Name() string { return "pieces" }

// AppendAttrs implements [Op].
func (o *Pieces) AppendAttrs(b []byte) []byte {
	b = o.Like.AppendKey(b, 0)
	for _, s := range o.Slices {
		b = s.AppendAttrs(b)
	}
	return b
}

// Infer implements [Op].
func (o *Pieces) Infer(in Inputs) (Meta, error) { return Meta{o.Like, in.Meta(0).DType}, nil }

// Accepts implements [Strided].
func (*Pieces) Accepts(int, Layout) bool { return true }

// Smooth implements [Differentiable].
func (*Pieces) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o *Pieces) Grad(b *Builder, i int) *G.Node { return b.Apply(o.Slices[i], b.Dy) }

// Kernel implements [Op].
func (o *Pieces) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, piecesKernel[float32](o, out, in), piecesKernel[float64](o, out, in))
}

func piecesKernel[T kernels.Float](o *Pieces, out Meta, in []Layout) Kernel {
	apart, whole := o.cover()
	put := kernels.AddStrided[T]
	if apart {
		put = kernels.Copy[T]
	}
	n, k := out.Dims.Size(), out.Dims.Len()
	type place struct {
		to, from           []int
		dims               []int
		size, offset, read int
	}
	places := make([]place, len(in))
	for i, l := range in {
		to, _ := o.Slices[i].View(l.Meta, Contiguous(out))
		p := &places[i]
		p.to, p.from, p.dims = append(p.to, to.Stride[:k]...), append(p.from, l.Stride[:k]...), l.Dims.Slice()
		p.size, p.offset, p.read = l.Dims.Size(), to.Offset, 1
		for j, d := range p.dims {
			p.read += (d - 1) * p.from[j]
		}
	}
	return func(c *Call) error {
		dst := vec[T](c.Out, n)
		if !whole {
			clear(dst)
		}
		for i := range places {
			if p := &places[i]; p.size > 0 {
				put(dst[p.offset:], p.to, vec[T](c.In[i], p.read), p.from, p.dims)
			}
		}
		return nil
	}
}

// cover reports whether no two slices have an element in common, and whether they then cover
// the whole. That is looked for where all of them divide one and the same axis.
func (o *Pieces) cover() (apart, whole bool) {
	axis := -1
	for _, s := range o.Slices {
		for i := range o.Like.Len() {
			if s.To.At(i) == o.Like.At(i) && s.Start.At(i) == 0 {
				continue // of all elements, the step is 1
			}
			if axis >= 0 && axis != i {
				return false, false
			}
			axis = i
		}
	}
	if axis < 0 {
		return false, false
	}
	seen := make([]bool, o.Like.At(axis))
	count := 0
	for _, s := range o.Slices {
		for k := range s.To.At(axis) {
			at := s.Start.At(axis) + k*s.Step.At(axis)
			if seen[at] {
				return false, false
			}
			seen[at] = true
			count++
		}
	}
	return true, count == len(seen)
}
