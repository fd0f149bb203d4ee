// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// CrossEntropy computes, for each element of target (N,…), the cross-entropy of the
// logits x (N,C,…) with that class: inputs x, target, how much the labels are smoothed, a
// float64, and, if it is there, the weight (C) of each class. With Counts it computes the weight of each element
// instead, whose sum divides the mean, with mass the sum of the weights of all classes
// that an element is compared with.
type CrossEntropy struct {
	Ignore int64
	Counts bool
	mass   bool
}

// Name implements [Op].
func (o CrossEntropy) Name() string {
	switch {
	case o.Counts:
		return "cross_entropy_weight"
	case o.mass:
		return "cross_entropy_mass"
	}
	return "cross_entropy"
}

// AppendAttrs implements [Op].
func (o CrossEntropy) AppendAttrs(b []byte) []byte {
	return appendInt(b, o.Ignore)
}

// Infer implements [Op].
func (o CrossEntropy) Infer(in Inputs) (Meta, error) {
	x, t := *in.Meta(0), in.Meta(1)
	if !x.DType.IsFloat() {
		return x, dtypeErrorf("expected floating point logits, got %v", x.DType)
	}
	if t.DType != dtype.Int64 {
		return x, dtypeErrorf("expected int64 class indices or a target of the logits' type %v, got %v", x.DType, t.DType)
	}
	if x.Dims.Len() < 2 {
		return x, shapeErrorf("expected logits (N,C,…), got %v", x.Dims)
	}
	out := x.Dims.Remove(1)
	if t.Dims != out {
		return x, shapeErrorf("Expected target size %v, got %v", out.Slice(), t.Dims.Slice())
	}
	if in.Len() == 4 {
		if w := in.Meta(3); w.Dims.Len() != 1 || w.Dims.At(0) != x.Dims.At(1) || w.DType != x.DType {
			return x, shapeErrorf("weight tensor should be defined either for all %d classes or no classes but got weight tensor of shape: %v", x.Dims.At(1), w.Dims.Slice())
		}
	}
	return Meta{out, x.DType}, nil
}

// xentParams reads the numbers from input k on.
func xentParams[T kernels.Float](o CrossEntropy, c *Call, in []Layout, k int) kernels.CrossEntropy[T] {
	n, classes, s := channels(in[0].Dims)
	p := kernels.CrossEntropy[T]{N: n, C: classes, S: s, Target: vec[int64](c.In[1], n*s), Ignore: o.Ignore, Smoothing: *(*float64)(c.In[k])}
	if k+1 < len(c.In) {
		p.Weight = vec[T](c.In[k+1], classes)
	}
	return p
}

// Kernel implements [Op].
func (o CrossEntropy) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, xentKernel[float32](o, out, in), xentKernel[float64](o, out, in))
}

func xentKernel[T kernels.Float](o CrossEntropy, out Meta, in []Layout) Kernel {
	n, size := out.Dims.Size(), in[0].Dims.Size()
	return func(c *Call) error {
		p := xentParams[T](o, c, in, 2)
		if err := p.Check(); err != nil {
			return err
		}
		switch {
		case o.Counts:
			p.Weights(vec[T](c.Out, n))
		case o.mass:
			p.Masses(vec[T](c.Out, n))
		default:
			p.Loss(vec[T](c.Out, n), vec[T](c.In[0], size))
		}
		return nil
	}
}

// Smooth implements [Differentiable].
func (o CrossEntropy) Smooth(i int) bool { return i == 0 && !o.Counts && !o.mass }

// Grad implements [Differentiable].
func (o CrossEntropy) Grad(b *Builder, _ int) *G.Node {
	in := append([]*G.Node{b.In[0], b.In[1], b.Dy}, b.In[2:]...)
	return b.Apply(xentGrad{CrossEntropy: o}, in...)
}

// xentGrad computes dx of x, target, the gradient of each loss, the smoothing and, if it is
// there, the weight.
type xentGrad struct{ CrossEntropy }

func (xentGrad) Name() string                  { return "cross_entropy_grad" }
func (xentGrad) Infer(in Inputs) (Meta, error) { return *in.Meta(0), nil }
func (xentGrad) Smooth(i int) bool             { return i == 0 || i == 2 }

// Grad implements [Differentiable]. With s = softmax(x), of which an element's dx is
// d·(mass·s - target), it is Σ u·(mass·s - target) in d, and d·mass·s·(u - Σ u·s) in x.
func (o xentGrad) Grad(b *Builder, i int) *G.Node {
	x, target, d, u := b.In[0], b.In[1], b.In[2], b.Dy
	class, dims := uint8(1<<1), b.Meta(0).Dims
	if i == 2 {
		in := append([]*G.Node{x, target, b.Apply(OnesLike, d)}, b.In[3:]...)
		return b.Reshape(b.SumAxes(b.Mul(u, b.Apply(o, in...)), class), b.Meta(2).Dims)
	}
	m := o.CrossEntropy
	m.mass = true
	mass := b.Mul(d, b.Apply(m, append([]*G.Node{x, target}, b.In[3:]...)...))
	s := b.Apply(Softmax{Axis: 1}, x)
	along := b.Sub(u, b.Expand(b.SumAxes(b.Mul(u, s), class), dims))
	return b.Mul(b.Mul(s, along), b.Expand(b.Reshape(mass, dims.Set(1, 1)), dims))
}

func (o xentGrad) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, xentGradKernel[float32](o, out, in), xentGradKernel[float64](o, out, in))
}

func xentGradKernel[T kernels.Float](o xentGrad, out Meta, in []Layout) Kernel {
	n, size := in[2].Dims.Size(), out.Dims.Size()
	return func(c *Call) error {
		p := xentParams[T](o.CrossEntropy, c, in, 3)
		if err := p.Check(); err != nil {
			return err
		}
		p.Grad(vec[T](c.Out, size), vec[T](c.In[0], size), vec[T](c.In[2], n))
		return nil
	}
}
