// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/shape"
)

// Binary is a pointwise function of two inputs of one type, which broadcast.
type Binary struct {
	plain
	name string
	f32  loops[float32]
	f64  loops[float64]
	i64  loops[int64]
	u8   loops[uint8]
	bit  loops[uint8] // of bool
	grad func(b *Builder, i int) *G.Node
}

// loops holds the loops for two slices, for a slice and a number, and for a number
// and a slice.
type loops[T any] struct {
	vv func(dst, a, b []T)
	vs func(dst, a []T, b T)
	sv func(dst []T, a T, b []T)
}

// The functions of two inputs.
var (
	Add = &Binary{name: "add",
		f32: commuting(kernels.Add[float32], kernels.AddScalar[float32]),
		f64: commuting(kernels.Add[float64], kernels.AddScalar[float64]),
		i64: commuting(kernels.Add[int64], kernels.AddScalar[int64]), u8: commuting(kernels.Add[uint8], kernels.AddScalar[uint8]), bit: either}
	Sub = &Binary{name: "sub",
		f32: loops[float32]{kernels.Sub[float32], kernels.SubScalar[float32], kernels.ScalarSub[float32]},
		f64: loops[float64]{kernels.Sub[float64], kernels.SubScalar[float64], kernels.ScalarSub[float64]},
		i64: loops[int64]{kernels.Sub[int64], kernels.SubScalar[int64], kernels.ScalarSub[int64]}, u8: loops[uint8]{kernels.Sub[uint8], kernels.SubScalar[uint8], kernels.ScalarSub[uint8]}}
	Mul = &Binary{name: "mul",
		f32: commuting(kernels.Mul[float32], kernels.MulScalar[float32]),
		f64: commuting(kernels.Mul[float64], kernels.MulScalar[float64]),
		i64: commuting(kernels.Mul[int64], kernels.MulScalar[int64]), u8: commuting(kernels.Mul[uint8], kernels.MulScalar[uint8]), bit: both}
	Div = &Binary{name: "div",
		f32: loops[float32]{kernels.Div[float32], kernels.DivScalar[float32], kernels.ScalarDiv[float32]},
		f64: loops[float64]{kernels.Div[float64], kernels.DivScalar[float64], kernels.ScalarDiv[float64]}}
	Pow = &Binary{name: "pow",
		f32: loops[float32]{kernels.Pow[float32], kernels.PowScalar[float32], kernels.ScalarPow[float32]},
		f64: loops[float64]{kernels.Pow[float64], kernels.PowScalar[float64], kernels.ScalarPow[float64]},
		i64: pairs(kernels.IntPow[int64]), u8: pairs(kernels.IntPow[uint8])}
	Maximum = &Binary{name: "maximum",
		f32: commuting(kernels.Maximum[float32], kernels.MaximumScalar[float32]), f64: commuting(kernels.Maximum[float64], kernels.MaximumScalar[float64]),
		i64: commuting(kernels.Maximum[int64], kernels.MaximumScalar[int64]), u8: commuting(kernels.Maximum[uint8], kernels.MaximumScalar[uint8]), bit: either}
	Minimum = &Binary{name: "minimum",
		f32: commuting(kernels.Minimum[float32], kernels.MinimumScalar[float32]), f64: commuting(kernels.Minimum[float64], kernels.MinimumScalar[float64]),
		i64: commuting(kernels.Minimum[int64], kernels.MinimumScalar[int64]), u8: commuting(kernels.Minimum[uint8], kernels.MinimumScalar[uint8]), bit: both}
)

// The sum and the product of booleans, which are 0 and 1.
var (
	either = commuting(kernels.Maximum[uint8], kernels.MaximumScalar[uint8])
	both   = commuting(kernels.Minimum[uint8], kernels.MinimumScalar[uint8])
)

func init() {
	Add.grad = func(b *Builder, _ int) *G.Node { return b.Dy }
	Sub.grad = func(b *Builder, i int) *G.Node {
		if i == 0 {
			return b.Dy
		}
		return b.Neg(b.Dy)
	}
	Mul.grad = func(b *Builder, i int) *G.Node { return b.Mul(b.Dy, b.In[1-i]) }
	Div.grad = func(b *Builder, i int) *G.Node {
		if i == 0 {
			return b.Div(b.Dy, b.In[1])
		}
		return b.Neg(b.Mul(b.Dy, b.Div(b.Out, b.In[1])))
	}
	Pow.grad = func(b *Builder, i int) *G.Node {
		if i == 0 { // y·x^(y-1), 0 where y is 0
			return b.Mul(b.Dy, b.Apply(PowBase, b.In[0], b.In[1]))
		}
		return b.Mul(b.Dy, b.Apply(PowExponent, b.In[0], b.In[1]))
	}
	Maximum.grad = func(b *Builder, i int) *G.Node { return b.Mul(b.Dy, b.Apply(PassAbove, b.In[i], b.In[1-i])) }
	Minimum.grad = func(b *Builder, i int) *G.Node { return b.Mul(b.Dy, b.Apply(PassAbove, b.In[1-i], b.In[i])) }
}

// Name implements [Op].
func (o *Binary) Name() string { return o.name }

// Infer implements [Op].
func (o *Binary) Infer(in Inputs) (Meta, error) {
	a, b := in.Meta(0), in.Meta(1)
	out := *a
	if a.DType != b.DType {
		return out, dtypeErrorf("operands have different types: %v and %v", a.DType, b.DType)
	}
	if d := a.DType; d == dtype.Bool && o.bit.vv == nil || d == dtype.Int64 && o.i64.vv == nil || d == dtype.Uint8 && o.u8.vv == nil {
		return out, dtypeErrorf("not defined for %v; convert with To first", d)
	}
	return broadcast(out, a, b)
}

func broadcast(out Meta, a, b *Meta) (Meta, error) {
	if a.Dims == b.Dims {
		return out, nil
	}
	d, ok := shape.Broadcast(a.Dims, b.Dims)
	if !ok {
		return out, shapeErrorf("shapes %v and %v do not broadcast", a.Dims, b.Dims)
	}
	out.Dims = d
	return out, nil
}

// Kernel implements [Op].
func (o *Binary) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

// Step implements [Pointwise].
func (o *Binary) Step(out Meta, _ []Meta) Step {
	switch out.DType {
	case dtype.Float32:
		return o.f32.step()
	case dtype.Float64:
		return o.f64.step()
	case dtype.Int64:
		return o.i64.step()
	case dtype.Bool:
		return o.bit.step()
	default:
		return o.u8.step()
	}
}

// Smooth implements [Differentiable].
func (o *Binary) Smooth(int) bool { return o.grad != nil }

// Grad implements [Differentiable].
func (o *Binary) Grad(b *Builder, i int) *G.Node { return b.SumTo(o.grad(b, i), b.Meta(i).Dims) }

func (f loops[T]) step() Step {
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[T](dst, n)
		a, b := src[0], src[1]
		switch {
		case a.One && b.One:
			f.vv(d[:1], vec[T](a.Ptr, 1), vec[T](b.Ptr, 1))
			spread(d)
		case b.One:
			f.vs(d, vec[T](a.Ptr, n), *(*T)(b.Ptr))
		case a.One:
			f.sv(d, *(*T)(a.Ptr), vec[T](b.Ptr, n))
		default:
			f.vv(d, vec[T](a.Ptr, n), vec[T](b.Ptr, n))
		}
	}
}

// commuting completes a function whose operands can be exchanged.
func commuting[T any](vv func(dst, a, b []T), vs func(dst, a []T, b T)) loops[T] {
	return loops[T]{vv, vs, func(dst []T, a T, b []T) { vs(dst, b, a) }}
}
