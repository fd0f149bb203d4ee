// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// clamp is a function of x and of two numbers of its type, lo and hi.
type clamp struct {
	plain
	name string
	f32  func(dst, x []float32, lo, hi float32)
	f64  func(dst, x []float64, lo, hi float64)
	i64  func(dst, x []int64, lo, hi int64)
	u8   func(dst, x []uint8, lo, hi uint8)
}

var (
	// Clamp limits x to [lo, hi]; NaN stays NaN. The bounds may be infinite. The gradient
	// at a bound is 0.
	Clamp = &clamp{name: "clamp", f32: kernels.Clamp[float32], f64: kernels.Clamp[float64], i64: kernels.Clamp[int64], u8: kernels.Clamp[uint8]}
	// within is 1 between the bounds of Clamp and 0 elsewhere.
	within = &clamp{name: "within", f32: kernels.Within[float32], f64: kernels.Within[float64]}
)

// Name implements [Op].
func (o *clamp) Name() string { return o.name }

// Infer implements [Op].
func (o *clamp) Infer(in Inputs) (Meta, error) {
	if d := in.Meta(0).DType; d == dtype.Int64 && o.i64 != nil || d == dtype.Uint8 && o.u8 != nil {
		return *in.Meta(0), nil
	}
	return floatOnly(in.Meta(0))
}

// Kernel implements [Op].
func (o *clamp) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

// Step implements [Pointwise].
func (o *clamp) Step(out Meta, _ []Meta) Step {
	switch out.DType {
	case dtype.Float32:
		return clampStep(o.f32)
	case dtype.Float64:
		return clampStep(o.f64)
	case dtype.Int64:
		return clampStep(o.i64)
	default:
		return clampStep(o.u8)
	}
}

func clampStep[T kernels.Number](f func(dst, x []T, lo, hi T)) Step {
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[T](dst, n)
		lo, hi := *(*T)(src[1].Ptr), *(*T)(src[2].Ptr)
		if src[0].One {
			f(d[:1], vec[T](src[0].Ptr, 1), lo, hi)
			spread(d)
			return
		}
		f(d, vec[T](src[0].Ptr, n), lo, hi)
	}
}

// Smooth implements [Differentiable].
func (*clamp) Smooth(i int) bool { return i == 0 }

// Grad implements [Differentiable].
func (o *clamp) Grad(b *Builder, _ int) *G.Node {
	if o == within {
		return b.Apply(ZerosLike, b.In[0])
	}
	return b.Mul(b.Dy, b.Apply(within, b.In...))
}
