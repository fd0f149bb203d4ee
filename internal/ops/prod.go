// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	"github.com/stheno-go/stheno/internal/kernels"
)

// ProdOfOthers is, for each element, the product of the other elements along the
// axes: the derivative of a product, right where factors are zero.
type ProdOfOthers struct {
	once
	Axes uint8
}

// Name implements [Op].
func (ProdOfOthers) Name() string { return "prod_of_others" }

// AppendAttrs implements [Op].
func (o ProdOfOthers) AppendAttrs(b []byte) []byte { return append(b, o.Axes) }

// Infer implements [Op].
func (ProdOfOthers) Infer(in Inputs) (Meta, error) { return *in.Meta(0), nil }

// Kernel implements [Op].
func (o ProdOfOthers) Kernel(out Meta, _ []Layout) Kernel {
	return byFloat(out.DType, prodOfOthers[float32](o, out), prodOfOthers[float64](o, out))
}

func prodOfOthers[T kernels.Float](o ProdOfOthers, out Meta) Kernel {
	n := out.Dims.Size()
	count := Reduce{Axes: o.Axes}.count(out.Dims)
	// Bring the reduced axes to the end, where each group lies together.
	var order Permute
	k := 0
	for _, last := range []uint8{0, 1} {
		for i := range out.Dims.Len() {
			if o.Axes>>i&1 == last {
				order.Order[k] = int8(i)
				k++
			}
		}
	}
	metaIn, _ := order.Infer(nodeInputs{out})
	view, _ := order.View(metaIn, Contiguous(out))
	gather := CopyKernel(view)
	dims, from := metaIn.Dims.Slice(), metaIn.Dims.Strides()
	return func(c *Call) error {
		x, others := make([]T, n), make([]T, n)
		if n == 0 {
			return nil
		}
		if err := gather(&Call{Out: unsafe.Pointer(&x[0]), In: c.In}); err != nil {
			return err
		}
		for i := 0; i < n; i += count {
			before := T(1)
			for j := i; j < i+count; j++ {
				others[j] = before
				before *= x[j]
			}
			after := T(1)
			for j := i + count - 1; j >= i; j-- {
				others[j] *= after
				after *= x[j]
			}
		}
		kernels.Copy(vec[T](c.Out, n), view.Stride[:len(dims)], others, from[:len(dims)], dims)
		return nil
	}
}
