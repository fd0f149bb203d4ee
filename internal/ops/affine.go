// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"
	"math"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// Affine computes Mul·x + Add with numbers that are part of the operation. It
// serves derivatives and layers whose numbers never change; a number that a user
// gives is a slot and goes through [Mul] or [Add].
type Affine struct{ Mul, Add float64 }

// Name implements [Op].
func (Affine) Name() string { return "affine" }

// String describes the function.
func (o Affine) String() string { return fmt.Sprintf("affine[%g,%g]", o.Mul, o.Add) }

// AppendAttrs implements [Op].
func (o Affine) AppendAttrs(b []byte) []byte {
	return appendInt(b, int(math.Float64bits(o.Mul)), int(math.Float64bits(o.Add)))
}

// Infer implements [Op].
func (o Affine) Infer(in Inputs) (Meta, error) { return floatOnly(in.Meta(0)) }

func floatOnly(m *Meta) (Meta, error) {
	if !m.DType.IsFloat() {
		return *m, dtypeErrorf("not defined for %v; convert with To first", m.DType)
	}
	return *m, nil
}

// Kernel implements [Op].
func (o Affine) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

// Step implements [Pointwise].
func (o Affine) Step(out Meta, _ []Meta) Step {
	if out.DType == dtype.Float32 {
		return affineStep(float32(o.Mul), float32(o.Add))
	}
	return affineStep(o.Mul, o.Add)
}

func affineStep[T kernels.Float](mul, add T) Step {
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[T](dst, n)
		if src[0].One {
			v := T(*(*T)(src[0].Ptr)*mul) + add
			for i := range d {
				d[i] = v
			}
			return
		}
		kernels.MulScalar(d, vec[T](src[0].Ptr, n), mul)
		if add != 0 {
			kernels.AddScalar(d, d, add)
		}
	}
}

// Smooth implements [Differentiable].
func (Affine) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o Affine) Grad(b *Builder, _ int) *G.Node { return b.Affine(b.Dy, o.Mul, 0) }

// Clamp limits x to [Lo, Hi]; NaN stays NaN. The bounds may be infinite. The gradient
// at a bound is 0.
type Clamp struct{ Lo, Hi float64 }

// Name implements [Op].
func (Clamp) Name() string { return "clamp" }

// String describes the function.
func (o Clamp) String() string { return fmt.Sprintf("clamp[%g,%g]", o.Lo, o.Hi) }

// AppendAttrs implements [Op].
func (o Clamp) AppendAttrs(b []byte) []byte {
	return appendInt(b, int(math.Float64bits(o.Lo)), int(math.Float64bits(o.Hi)))
}

// Infer implements [Op].
func (o Clamp) Infer(in Inputs) (Meta, error) { return floatOnly(in.Meta(0)) }

// Kernel implements [Op].
func (o Clamp) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

// Step implements [Pointwise].
func (o Clamp) Step(out Meta, _ []Meta) Step {
	if out.DType == dtype.Float32 {
		return clampStep(float32(o.Lo), float32(o.Hi))
	}
	return clampStep(o.Lo, o.Hi)
}

func clampStep[T kernels.Float](lo, hi T) Step {
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[T](dst, n)
		if src[0].One {
			kernels.Clamp(d[:1], vec[T](src[0].Ptr, 1), lo, hi)
			spread(d)
			return
		}
		kernels.Clamp(d, vec[T](src[0].Ptr, n), lo, hi)
	}
}

// Smooth implements [Differentiable].
func (Clamp) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o Clamp) Grad(b *Builder, _ int) *G.Node {
	return b.Mul(b.Dy, b.Apply(within{o}, b.In[0]))
}

// within is 1 between the bounds of a Clamp and 0 elsewhere.
type within struct{ Clamp }

func (within) Name() string { return "within" }

func (o within) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

func (o within) Step(out Meta, _ []Meta) Step {
	if out.DType == dtype.Float32 {
		return withinStep(float32(o.Lo), float32(o.Hi))
	}
	return withinStep(o.Lo, o.Hi)
}

func withinStep[T kernels.Float](lo, hi T) Step {
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[T](dst, n)
		if src[0].One {
			kernels.Within(d[:1], vec[T](src[0].Ptr, 1), lo, hi)
			spread(d)
			return
		}
		kernels.Within(d, vec[T](src[0].Ptr, n), lo, hi)
	}
}

func (within) Grad(b *Builder, _ int) *G.Node { return b.Apply(ZerosLike, b.In[0]) }
