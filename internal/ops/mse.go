// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
)

// MSE is the mean of the squared differences of two inputs of one shape, in one
// pass. Small regressions spend their time here.
var MSE = mse{}

type mse struct{ plain }

func (mse) Name() string { return "mse" }

func (mse) Infer(in Inputs) (Meta, error) {
	a, b := in.Meta(0), in.Meta(1)
	if a.DType != b.DType || !a.DType.IsFloat() {
		return *a, dtypeErrorf("expects two floats of one type, got %v and %v", a.DType, b.DType)
	}
	if a.Dims != b.Dims {
		return *a, shapeErrorf("input %v and target %v must have one shape", a.Dims, b.Dims)
	}
	return Meta{DType: a.DType}, nil
}

func (mse) Kernel(out Meta, in []Layout) Kernel {
	n := in[0].Dims.Size()
	return byFloat(out.DType, mseKernel[float32](n), mseKernel[float64](n))
}

func mseKernel[T kernels.Float](n int) Kernel {
	return func(c *Call) error {
		*(*T)(c.Out) = T(kernels.SquaredError(vec[T](c.In[0], n), vec[T](c.In[1], n)) / float64(n))
		return nil
	}
}

func (mse) Smooth(int) bool { return true }

func (mse) Grad(b *Builder, i int) *G.Node {
	d := b.Meta(0).Dims
	diff := b.Affine(b.Sub(b.In[i], b.In[1-i]), 2/float64(d.Size()), 0)
	return b.Mul(diff, b.Expand(b.Dy, d))
}
