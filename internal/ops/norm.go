// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/shape"
)

// BatchNormStats computes the statistics (3,C) of x (N,C,…): mean, 1/√(variance+eps)
// and biased variance. Its second input is eps, a float64. No gradient flows through it: that of [BatchNorm] in x is the
// whole one.
type BatchNormStats struct{ plain }

// Name implements [Op].
func (BatchNormStats) Name() string { return "batch_norm_stats" }

// Infer implements [Op].
func (BatchNormStats) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	if !m.DType.IsFloat() {
		return m, dtypeErrorf("not defined for %v", m.DType)
	}
	if m.Dims.Len() < 2 {
		return m, shapeErrorf("expected at least 2D input (N,C,…), got %v", m.Dims)
	}
	n, c, s := channels(m.Dims)
	if n*s <= 1 {
		return m, shapeErrorf("Expected more than 1 value per channel when training, got input size %v", m.Dims.Slice())
	}
	return Meta{shape.Dims{}.Append(3).Append(c), m.DType}, nil
}

// channels sees a shape as (n, c, s).
func channels(d shape.Dims) (n, c, s int) {
	b := middle(d, 1)
	return b.outer, b.n, b.inner
}

// Kernel implements [Op].
func (BatchNormStats) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, bnStats[float32](in), bnStats[float64](in))
}

func bnStats[T kernels.Float](in []Layout) Kernel {
	n, c, s := channels(in[0].Dims)
	return func(call *Call) error {
		kernels.BatchNormStats(n, c, s, vec[T](call.Out, 3*c), vec[T](call.In[0], n*c*s), *(*float64)(call.In[1]))
		return nil
	}
}

// BatchNorm normalizes x by statistics of [BatchNormStats] and applies weight and
// bias, if they are there: inputs x, stats, w, b.
var BatchNorm = batchNorm{}

type batchNorm struct{ plain }

func (batchNorm) Name() string { return "batch_norm" }

func (batchNorm) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	for i := 2; i < in.Len(); i++ {
		if w := in.Meta(i); w.Dims.Len() != 1 || w.Dims.At(0) != m.Dims.At(1) || w.DType != m.DType {
			return m, shapeErrorf("input %v %v has %d channels, weight and bias want %v (%d), got %v %v", m.DType, m.Dims, m.Dims.At(1), m.DType, m.Dims.At(1), w.DType, w.Dims)
		}
	}
	return m, nil
}

func (batchNorm) Kernel(out Meta, _ []Layout) Kernel {
	return byFloat(out.DType, bnApply[float32](out), bnApply[float64](out))
}

func bnApply[T kernels.Float](out Meta) Kernel {
	n, c, s := channels(out.Dims)
	return func(call *Call) error {
		var w, b []T
		if len(call.In) == 4 {
			w, b = vec[T](call.In[2], c), vec[T](call.In[3], c)
		}
		kernels.BatchNormApply(n, c, s, vec[T](call.Out, n*c*s), vec[T](call.In[0], n*c*s), vec[T](call.In[1], 3*c), w, b)
		return nil
	}
}

func (batchNorm) Smooth(i int) bool { return i != 1 }

func (batchNorm) Grad(b *Builder, i int) *G.Node {
	x, stats := b.In[0], b.In[1]
	sums := b.Apply(bnGradStats{}, x, stats, b.Dy)
	c := b.dims(0).At(1)
	switch i {
	case 0:
		in := []*G.Node{x, stats, b.Dy, sums}
		if len(b.In) == 4 {
			in = append(in, b.In[2])
		}
		return b.Apply(bnGradInput{}, in...)
	case 2:
		return b.Reshape(b.Apply(sliceAt(shape.Must(2, c), 0, 1, 1), sums), shape.Must(c))
	default:
		return b.Reshape(b.Apply(sliceAt(shape.Must(2, c), 0, 0, 1), sums), shape.Must(c))
	}
}

// bnGradStats computes (2,C), the gradients of bias and weight, of x, stats and dy.
type bnGradStats struct{ plain }

func (bnGradStats) Name() string { return "batch_norm_grad_stats" }

func (bnGradStats) Infer(in Inputs) (Meta, error) {
	return Meta{shape.Must(2, in.Meta(0).Dims.At(1)), in.Meta(0).DType}, nil
}

func (bnGradStats) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, bnGradStatsKernel[float32](in), bnGradStatsKernel[float64](in))
}

func bnGradStatsKernel[T kernels.Float](in []Layout) Kernel {
	n, c, s := channels(in[0].Dims)
	return func(call *Call) error {
		kernels.BatchNormGradStats(n, c, s, vec[T](call.Out, 2*c), vec[T](call.In[0], n*c*s), vec[T](call.In[1], 3*c), vec[T](call.In[2], n*c*s))
		return nil
	}
}

// bnGradInput computes dx of x, stats, dy, sums and, if it is there, w.
type bnGradInput struct{ plain }

func (bnGradInput) Name() string                  { return "batch_norm_grad_input" }
func (bnGradInput) Infer(in Inputs) (Meta, error) { return *in.Meta(0), nil }

func (bnGradInput) Kernel(out Meta, _ []Layout) Kernel {
	return byFloat(out.DType, bnGradInputKernel[float32](out), bnGradInputKernel[float64](out))
}

func bnGradInputKernel[T kernels.Float](out Meta) Kernel {
	n, c, s := channels(out.Dims)
	size := n * c * s
	return func(call *Call) error {
		var w []T
		if len(call.In) == 5 {
			w = vec[T](call.In[4], c)
		}
		kernels.BatchNormGradInput(n, c, s, vec[T](call.Out, size), vec[T](call.In[0], size), vec[T](call.In[1], 3*c), w, vec[T](call.In[2], size), vec[T](call.In[3], 2*c))
		return nil
	}
}

// RowNorm gives each row of a matrix mean 0 and variance 1: layer and group
// normalization without their weights. Its second input is eps, a float64.
type RowNorm struct{ plain }

// Name implements [Op].
func (RowNorm) Name() string { return "row_norm" }

// Infer implements [Op].
func (RowNorm) Infer(in Inputs) (Meta, error) { return floatOnly(in.Meta(0)) }

// Kernel implements [Op].
func (RowNorm) Kernel(out Meta, _ []Layout) Kernel {
	return byFloat(out.DType, rowNorm[float32](out), rowNorm[float64](out))
}

func rowNorm[T kernels.Float](out Meta) Kernel {
	m, n := out.Dims.At(0), out.Dims.At(1)
	return func(c *Call) error {
		kernels.RowNorm(m, n, vec[T](c.Out, m*n), vec[T](c.In[0], m*n), *(*float64)(c.In[1]))
		return nil
	}
}

// Smooth implements [Differentiable].
func (RowNorm) Smooth(i int) bool { return i == 0 }

// Grad implements [Differentiable].
func (RowNorm) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(rowNormGrad{}, b.In[0], b.Dy, b.In[1])
}

// rowNormGrad computes dx of x, dy and eps.
type rowNormGrad struct{ plain }

func (rowNormGrad) Name() string                  { return "row_norm_grad" }
func (rowNormGrad) Infer(in Inputs) (Meta, error) { return *in.Meta(0), nil }
func (rowNormGrad) Smooth(i int) bool             { return i < 2 }

func (rowNormGrad) Kernel(out Meta, _ []Layout) Kernel {
	return byFloat(out.DType, rowNormGradKernel[float32](out), rowNormGradKernel[float64](out))
}

func rowNormGradKernel[T kernels.Float](out Meta) Kernel {
	m, n := out.Dims.At(0), out.Dims.At(1)
	return func(c *Call) error {
		kernels.RowNormGrad(m, n, vec[T](c.Out, m*n), vec[T](c.In[0], m*n), vec[T](c.In[1], m*n), *(*float64)(c.In[2]))
		return nil
	}
}
