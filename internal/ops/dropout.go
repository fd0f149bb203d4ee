// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// Dropout sets elements of x to zero with probability p, its second input, a float64, and
// scales the others by 1/(1-p). Which ones depends on two more inputs, a seed and a stream,
// and on the position: the gradient makes the same choice again, and nothing is stored.
type Dropout struct{ plain }

// Name implements [Op].
func (Dropout) Name() string { return "dropout" }

// Infer implements [Op].
func (Dropout) Infer(in Inputs) (Meta, error) { return floatOnly(in.Meta(0)) }

// Kernel implements [Op].
func (o Dropout) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

// Step implements [Pointwise].
func (o Dropout) Step(out Meta, _ []Meta) Step {
	if out.DType == dtype.Float32 {
		return dropoutStep[float32]()
	}
	return dropoutStep[float64]()
}

func dropoutStep[T kernels.Float]() Step {
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, at, n int) {
		d := vec[T](dst, n)
		x := d
		if src[0].One {
			v := *(*T)(src[0].Ptr)
			for i := range d {
				d[i] = v
			}
		} else {
			x = vec[T](src[0].Ptr, n)
		}
		kernels.Dropout(d, x, *(*float64)(src[1].Ptr), *(*uint64)(src[2].Ptr), *(*uint64)(src[3].Ptr), at)
	}
}

// Smooth implements [Differentiable].
func (Dropout) Smooth(i int) bool { return i == 0 }

// Grad implements [Differentiable].
func (o Dropout) Grad(b *Builder, _ int) *G.Node { return b.Apply(o, b.Dy, b.In[1], b.In[2], b.In[3]) }
