// SPDX-License-Identifier: MIT

package ops

import (
	"errors"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// quotient is a function of a whole quotient of two inputs of one type, which broadcast. It
// is no link of a chain: an integer divisor is looked at first, whether it is 0.
type quotient struct {
	plain
	rule *Binary
	grad func(b *Builder, i int) *G.Node
}

var (
	// Remainder is a - b·⌊a/b⌋, with the sign of b.
	Remainder = &quotient{rule: &Binary{name: "remainder", f32: pairs(kernels.Remainder[float32]), f64: pairs(kernels.Remainder[float64]),
		i64: pairs(kernels.IntRemainder[int64]), u8: pairs(kernels.IntRemainder[uint8])}}
	// FloorDivide is ⌊a/b⌋. Its gradient is 0.
	FloorDivide = &quotient{rule: &Binary{name: "floor_divide", f32: pairs(kernels.FloorDivide[float32]), f64: pairs(kernels.FloorDivide[float64]),
		i64: pairs(kernels.IntFloorDivide[int64]), u8: pairs(kernels.IntFloorDivide[uint8])}}
)

func init() {
	Remainder.grad = func(b *Builder, i int) *G.Node {
		if i == 0 {
			return b.Dy
		}
		return b.Neg(b.Mul(b.Dy, b.Apply(FloorDivide, b.In[0], b.In[1])))
	}
	FloorDivide.grad = func(b *Builder, _ int) *G.Node { return b.Apply(ZerosLike, b.Dy) }
}

// Name implements [Op].
func (o *quotient) Name() string { return o.rule.name }

// Infer implements [Op].
func (o *quotient) Infer(in Inputs) (Meta, error) { return o.rule.Infer(in) }

var errDivision = errors.New("ZeroDivisionError: an element of the integer divisor is 0")

// Kernel implements [Op].
func (o *quotient) Kernel(out Meta, in []Layout) Kernel {
	run := pointwiseKernel(o.rule, out, in)
	if out.DType.IsFloat() || out.Dims.Size() == 0 {
		return run
	}
	n := in[1].Dims.Size()
	zero := hasZero[int64]
	if out.DType == dtype.Uint8 {
		zero = hasZero[uint8]
	}
	return func(c *Call) error {
		if zero(c, n) {
			return errDivision
		}
		return run(c)
	}
}

func hasZero[T kernels.Integer](c *Call, n int) bool {
	for _, x := range vec[T](c.In[1], n) {
		if x == 0 {
			return true
		}
	}
	return false
}

// Smooth implements [Differentiable].
func (*quotient) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o *quotient) Grad(b *Builder, i int) *G.Node { return b.SumTo(o.grad(b, i), b.Meta(i).Dims) }

// pairs makes the loops of a function of two elements.
func pairs[T any](f func(a, b T) T) loops[T] {
	return loops[T]{
		vv: func(dst, a, b []T) {
			for i := range dst {
				dst[i] = f(a[i], b[i])
			}
		},
		vs: func(dst, a []T, b T) {
			for i := range dst {
				dst[i] = f(a[i], b)
			}
		},
		sv: func(dst []T, a T, b []T) {
			for i := range dst {
				dst[i] = f(a, b[i])
			}
		},
	}
}
