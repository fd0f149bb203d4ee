// SPDX-License-Identifier: MIT

package ops

import (
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// BCEWithLogits is, element by element, the binary cross-entropy of sigmoid(x) with a
// target y: (1-y)·x + max(-x,0) + log(1+exp(-|x|)), which does not overflow.
var BCEWithLogits = bceWithLogits{}

type bceWithLogits struct{ plain }

func (bceWithLogits) Name() string { return "bce_with_logits" }

func (bceWithLogits) Infer(in Inputs) (Meta, error) {
	x, y := in.Meta(0), in.Meta(1)
	if x.DType != y.DType || !x.DType.IsFloat() {
		return *x, dtypeErrorf("expects two floats of one type, got %v and %v", x.DType, y.DType)
	}
	return broadcast(*x, x, y)
}

func (o bceWithLogits) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

func (bceWithLogits) Step(out Meta, _ []Meta) Step {
	if out.DType == dtype.Float32 {
		return bceWithLogitsStep[float32]
	}
	return bceWithLogitsStep[float64]
}

func bceWithLogitsStep[T kernels.Float](dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
	d := vec[T](dst, n)
	if src[0].One || src[1].One {
		for i := range d {
			kernels.BCEWithLogits(d[i:i+1], vec[T](unsafe.Pointer(element[T](src[0], i)), 1), vec[T](unsafe.Pointer(element[T](src[1], i)), 1))
		}
		return
	}
	kernels.BCEWithLogits(d, vec[T](src[0].Ptr, n), vec[T](src[1].Ptr, n))
}

func (bceWithLogits) Smooth(int) bool { return true }

func (bceWithLogits) Grad(b *Builder, i int) *G.Node {
	x, y := b.In[0], b.In[1]
	g := b.Neg(x)
	if i == 0 {
		g = b.Sub(b.Apply(Sigmoid, x), y)
	}
	return b.SumTo(b.Mul(g, b.Dy), b.Meta(i).Dims)
}
