// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
)

// ProdOfOthers is, for each element, the product of the other elements along the
// axes: the derivative of a product, right where factors are zero.
type ProdOfOthers struct{ Axes uint8 }

// Name implements [Op].
func (ProdOfOthers) Name() string { return "prod_of_others" }

// AppendAttrs implements [Op].
func (o ProdOfOthers) AppendAttrs(b []byte) []byte { return append(b, o.Axes) }

// Infer implements [Op].
func (ProdOfOthers) Infer(in Inputs) (Meta, error) { return *in.Meta(0), nil }

// Kernel implements [Op].
func (o ProdOfOthers) Kernel(out Meta, _ []Layout) Kernel {
	return byFloat(out.DType, prodOfOthers(o.Axes, out, prodGroup[float32]), prodOfOthers(o.Axes, out, prodGroup[float64]))
}

// Smooth implements [Differentiable].
func (ProdOfOthers) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o ProdOfOthers) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(prodOfOthersAlong{ProdOfOthers: o}, b.In[0], b.Dy)
}

// prodOfOthersAlong is the derivative of ProdOfOthers of x in the direction v, which
// is as well its gradient weighted by v: the sum, over the other elements, of v there
// times the product of the elements besides the two. Inputs x and v.
type prodOfOthersAlong struct {
	ProdOfOthers
	once
}

func (prodOfOthersAlong) Name() string                     { return "prod_of_others_along" }
func (o prodOfOthersAlong) Smooth(i int) bool              { return o.once.Smooth(i) }
func (o prodOfOthersAlong) Grad(b *Builder, i int) *G.Node { return o.once.Grad(b, i) }

func (o prodOfOthersAlong) Kernel(out Meta, _ []Layout) Kernel {
	return byFloat(out.DType, prodOfOthers(o.Axes, out, prodGroupAlong[float32]), prodOfOthers(o.Axes, out, prodGroupAlong[float64]))
}

// prodOfOthers calls group for each group of elements along the axes, gathered from
// all inputs; what it writes to others goes to the elements' places in the output.
func prodOfOthers[T kernels.Float](axes uint8, out Meta, group func(others []T, in [][]T)) Kernel {
	n := out.Dims.Size()
	count := Reduce{Axes: axes}.count(out.Dims)
	gather, view := together(axes, out)
	dims, from := view.Dims.Slice(), view.Dims.Strides()
	return func(c *Call) error {
		if n == 0 {
			return nil
		}
		others, in, part := make([]T, n), make([][]T, len(c.In)), make([][]T, len(c.In))
		for i := range in {
			in[i] = make([]T, n)
			if err := gather(addressOf(in[i]), c.In[i]); err != nil {
				return err
			}
		}
		for at := 0; at < n; at += count {
			for i := range in {
				part[i] = in[i][at : at+count]
			}
			group(others[at:at+count], part)
		}
		kernels.Copy(vec[T](c.Out, n), view.Stride[:len(dims)], others, from[:len(dims)], dims)
		return nil
	}
}

// together returns how to copy a contiguous value with the given axes brought to the end,
// where each group along them lies together, and the layout that the copy reads.
func together(axes uint8, m Meta) (gather func(dst, src unsafe.Pointer) error, view Layout) {
	var order Permute
	k := 0
	for _, last := range []uint8{0, 1} {
		for i := range m.Dims.Len() {
			if axes>>i&1 == last {
				order.Order[k] = int8(i)
				k++
			}
		}
	}
	out, _ := order.Infer(nodeInputs{m})
	view, _ = order.View(out, Contiguous(m))
	run := CopyKernel(view)
	return func(dst, src unsafe.Pointer) error {
		return run(&Call{Out: dst, In: []unsafe.Pointer{src}})
	}, view
}

func addressOf[T any](x []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(x)) }

// prodGroup multiplies the product of the elements before each with that of the
// elements behind it.
func prodGroup[T kernels.Float](others []T, in [][]T) {
	x := in[0]
	before := T(1)
	for j := range x {
		others[j] = before
		before *= x[j]
	}
	after := T(1)
	for j := len(x) - 1; j >= 0; j-- {
		others[j] *= after
		after *= x[j]
	}
}

// prodGroupAlong is prodGroup for x + εv, of which it keeps the part with ε.
func prodGroupAlong[T kernels.Float](others []T, in [][]T) {
	x, v := in[0], in[1]
	before, slope := make([]T, len(x)), make([]T, len(x))
	p, s := T(1), T(0)
	for j := range x {
		before[j], slope[j] = p, s
		p, s = p*x[j], s*x[j]+p*v[j]
	}
	p, s = 1, 0
	for j := len(x) - 1; j >= 0; j-- {
		others[j] = before[j]*s + slope[j]*p
		p, s = p*x[j], s*x[j]+p*v[j]
	}
}
