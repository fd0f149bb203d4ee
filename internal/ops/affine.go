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
	return appendFloat(b, o.Mul, o.Add)
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

// atLeast is x, at least Lo, a number that is part of the operation; NaN stays NaN. The
// gradient at the bound is 0.
type atLeast struct{ Lo float64 }

func (atLeast) Name() string                          { return "at_least" }
func (o atLeast) AppendAttrs(b []byte) []byte         { return appendFloat(b, o.Lo) }
func (atLeast) Infer(in Inputs) (Meta, error)         { return floatOnly(in.Meta(0)) }
func (o atLeast) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

func (o atLeast) Step(out Meta, _ []Meta) Step {
	if out.DType == dtype.Float32 {
		return atLeastStep(float32(o.Lo))
	}
	return atLeastStep(o.Lo)
}

func atLeastStep[T kernels.Float](lo T) Step {
	f, hi := clampStep(kernels.Clamp[T]), T(math.Inf(1))
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, at, n int) {
		src[1], src[2] = Lane{Ptr: unsafe.Pointer(&lo)}, Lane{Ptr: unsafe.Pointer(&hi)}
		f(dst, src, at, n)
	}
}

func (atLeast) Smooth(int) bool { return true }

func (o atLeast) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(PassPositive, b.Affine(b.In[0], 1, -o.Lo), b.Dy)
}
