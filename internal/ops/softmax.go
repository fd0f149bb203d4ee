// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
)

// Softmax is exp(x)/Σexp(x) along an axis, or its logarithm.
type Softmax struct {
	Axis int
	Log  bool
}

// Name implements [Op].
func (o Softmax) Name() string {
	if o.Log {
		return "log_softmax"
	}
	return "softmax"
}

// AppendAttrs implements [Op].
func (o Softmax) AppendAttrs(b []byte) []byte { return append(b, byte(o.Axis)) }

// Infer implements [Op].
func (Softmax) Infer(in Inputs) (Meta, error) { return floatOnly(in.Meta(0)) }

// Kernel implements [Op].
func (o Softmax) Kernel(out Meta, _ []Layout) Kernel {
	return byFloat(out.DType, softmaxKernel[float32](o, out), softmaxKernel[float64](o, out))
}

func softmaxKernel[T kernels.Float](o Softmax, out Meta) Kernel {
	b, n := middle(out.Dims, o.Axis), out.Dims.Size()
	f := kernels.Softmax[T]
	if o.Log {
		f = kernels.LogSoftmax[T]
	}
	return func(c *Call) error {
		f(vec[T](c.Out, n), vec[T](c.In[0], n), b.outer, b.n, b.inner)
		return nil
	}
}

// Smooth implements [Differentiable].
func (Softmax) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o Softmax) Grad(b *Builder, _ int) *G.Node {
	d := b.Meta(0).Dims
	if o.Log { // dy - softmax·Σdy
		return b.Sub(b.Dy, b.Mul(b.Apply(Exp, b.Out), b.Expand(b.SumAxes(b.Dy, 1<<o.Axis), d)))
	}
	// y·(dy - Σ dy·y)
	return b.Mul(b.Out, b.Sub(b.Dy, b.Expand(b.SumAxes(b.Mul(b.Dy, b.Out), 1<<o.Axis), d)))
}
