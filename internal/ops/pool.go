// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/shape"
)

// PoolKind says what a pooling computes.
type PoolKind uint8

// The kinds of pooling.
const (
	MaxPool PoolKind = iota
	AvgPool
	AdaptiveAvgPool
)

// Pool2d reduces windows of x (…,H,W).
type Pool2d struct {
	Kind                           PoolKind
	Kernel2, Stride, Pad, Dilation [2]int
	Ceil                           bool
	ExcludePad                     bool
	Divisor                        int
	To                             [2]int // of adaptive pooling: the output's size, -1 for the input's
}

// Name implements [Op].
func (o Pool2d) Name() string {
	return [...]string{"max_pool2d", "avg_pool2d", "adaptive_avg_pool2d"}[o.Kind]
}

// AppendAttrs implements [Op].
func (o Pool2d) AppendAttrs(b []byte) []byte {
	flags := 0
	if o.Ceil {
		flags |= 1
	}
	if o.ExcludePad {
		flags |= 2
	}
	for _, p := range [...][2]int{o.Kernel2, o.Stride, o.Pad, o.Dilation, o.To} {
		b = appendInt(b, p[0], p[1])
	}
	return appendInt(b, o.Divisor, flags)
}

// Infer implements [Op].
func (o Pool2d) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	if !m.DType.IsFloat() {
		return m, dtypeErrorf("not defined for %v; convert with To first", m.DType)
	}
	n := m.Dims.Len()
	if n != 3 && n != 4 {
		return m, shapeErrorf("expected 3D (C,H,W) or 4D (N,C,H,W) input, got %v", m.Dims)
	}
	for i := n - 3; i < n; i++ {
		if m.Dims.At(i) == 0 {
			return m, shapeErrorf("expected input to have non-zero size for non-batch dimensions, got %v", m.Dims)
		}
	}
	if o.Kind == AdaptiveAvgPool {
		for k, size := range o.To {
			switch {
			case size == -1: // keeps it
			case size < 0 || size > math.MaxInt32:
				return m, shapeErrorf("output size %v must not be negative, except -1 for a side that is kept, nor larger than %d", o.To, math.MaxInt32)
			default:
				m.Dims = m.Dims.Set(n-2+k, size)
			}
		}
		return m, nil
	}
	switch {
	case o.Kind == AvgPool && o.Dilation != [2]int{1, 1}:
		return m, shapeErrorf("averages have no dilation, got %v", o.Dilation)
	case o.Kind == MaxPool && (o.ExcludePad || o.Divisor != 0):
		return m, shapeErrorf("maxima are not divided, got divisor %d and padding excluded: %v", o.Divisor, o.ExcludePad)
	}
	if oversized(o.Kernel2[:], o.Stride[:], o.Pad[:], o.Dilation[:], []int{o.Divisor}) {
		return m, shapeErrorf("kernel %v, stride %v, padding %v, dilation %v and divisor %d must be at most %d", o.Kernel2, o.Stride, o.Pad, o.Dilation, o.Divisor, Widest)
	}
	for k := range 2 {
		if o.Kernel2[k] < 1 || o.Stride[k] < 1 || o.Dilation[k] < 1 {
			return m, shapeErrorf("kernel %v, stride %v and dilation %v must be positive", o.Kernel2, o.Stride, o.Dilation)
		}
		if o.Pad[k] < 0 || o.Pad[k] > o.Kernel2[k]/2 {
			return m, shapeErrorf("pad should be at most half of effective kernel size, but got pad=%d, kernel_size=%d and dilation=%d", o.Pad[k], o.Kernel2[k], o.Dilation[k])
		}
		size := o.size(m.Dims.At(n-2+k), k)
		if size < 1 {
			return m, shapeErrorf("output size is too small: input %v, kernel %v, padding %v", m.Dims, o.Kernel2, o.Pad)
		}
		m.Dims = m.Dims.Set(n-2+k, size)
	}
	return m, nil
}

// size returns the number of windows along dimension k, which is not positive if the
// input is too small. With Ceil a window may begin inside and end outside, even the first,
// but it must not begin in the padding behind.
func (o Pool2d) size(in, k int) int {
	stride := o.Stride[k]
	span := int64(in+2*o.Pad[k]) - windowExtent(o.Kernel2[k], o.Dilation[k])
	if o.Ceil {
		span += int64(stride - 1)
	}
	if span < 0 {
		return 0
	}
	n := int(span)/stride + 1
	if o.Ceil && (n-1)*stride >= in+o.Pad[k] {
		n--
	}
	return n
}

func (o Pool2d) params(x, y shape.Dims) *kernels.Pool {
	planes := 1
	for i := range x.Len() - 2 {
		planes *= x.At(i)
	}
	return &kernels.Pool{
		Planes: planes, H: x.Last(1), W: x.Last(0), OH: y.Last(1), OW: y.Last(0),
		KH: max(o.Kernel2[0], 1), KW: max(o.Kernel2[1], 1), StrideH: o.Stride[0], StrideW: o.Stride[1], PadH: o.Pad[0], PadW: o.Pad[1],
		DilationH: o.Dilation[0], DilationW: o.Dilation[1], ExcludePad: o.ExcludePad, Divisor: o.Divisor,
	}
}

// Kernel implements [Op].
func (o Pool2d) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, poolKernel[float32](o, out, in), poolKernel[float64](o, out, in))
}

func poolKernel[T kernels.Float](o Pool2d, out Meta, in []Layout) Kernel {
	p := o.params(in[0].Dims, out.Dims)
	f := [...]func(*kernels.Pool, []T, []T){kernels.MaxPool[T], kernels.AvgPool[T], kernels.AdaptiveAvgPool[T]}[o.Kind]
	nx, ny := in[0].Dims.Size(), out.Dims.Size()
	return func(c *Call) error {
		f(p, vec[T](c.Out, ny), vec[T](c.In[0], nx))
		return nil
	}
}

// Smooth implements [Differentiable].
func (Pool2d) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o Pool2d) Grad(b *Builder, _ int) *G.Node {
	if o.Kind == MaxPool {
		return b.Apply(maxPoolGrad{o}, b.In[0], b.Dy)
	}
	return b.Apply(avgPoolGrad{o, b.Meta(0).Dims}, b.Dy)
}

// maxPoolGrad adds dy, its second input, to the winners of x, its first. The winner
// is found again from x, unless the plan has the pooling keep it: [Pool2d.ScatterKernel].
type maxPoolGrad struct{ Pool2d }

func (maxPoolGrad) Name() string                  { return "max_pool2d_grad" }
func (maxPoolGrad) Infer(in Inputs) (Meta, error) { return *in.Meta(0), nil }

func (o maxPoolGrad) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, maxPoolGradKernel[float32](o, in), maxPoolGradKernel[float64](o, in))
}

func maxPoolGradKernel[T kernels.Float](o maxPoolGrad, in []Layout) Kernel {
	p := o.params(in[0].Dims, in[1].Dims)
	nx, ny := in[0].Dims.Size(), in[1].Dims.Size()
	return func(c *Call) error {
		kernels.MaxPoolGrad(p, vec[T](c.Out, nx), vec[T](c.In[0], nx), vec[T](c.In[1], ny))
		return nil
	}
}

func (maxPoolGrad) Smooth(i int) bool { return i == 1 }

func (o maxPoolGrad) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(maxPoolPick{o.Pool2d, b.Meta(1).Dims}, b.In[0], b.Dy)
}

// maxPoolPick takes the elements of its second input at the winners of x.
type maxPoolPick struct {
	Pool2d
	to shape.Dims
}

func (maxPoolPick) Name() string                    { return "max_pool2d_pick" }
func (o maxPoolPick) Infer(in Inputs) (Meta, error) { return Meta{o.to, in.Meta(0).DType}, nil }

func (o maxPoolPick) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, maxPoolPickKernel[float32](o, out, in), maxPoolPickKernel[float64](o, out, in))
}

func maxPoolPickKernel[T kernels.Float](o maxPoolPick, out Meta, in []Layout) Kernel {
	p := o.params(in[0].Dims, out.Dims)
	nx, ny := in[0].Dims.Size(), out.Dims.Size()
	return func(c *Call) error {
		kernels.MaxPoolPick(p, vec[T](c.Out, ny), vec[T](c.In[0], nx), vec[T](c.In[1], nx))
		return nil
	}
}

func (maxPoolPick) Smooth(i int) bool { return i == 1 }

func (o maxPoolPick) Grad(b *Builder, _ int) *G.Node {
	return b.Apply(maxPoolGrad{o.Pool2d}, b.In[0], b.Dy)
}

// avgPoolGrad spreads dy over the windows of an input of shape like.
type avgPoolGrad struct {
	Pool2d
	like shape.Dims
}

func (o avgPoolGrad) Name() string { return o.Pool2d.Name() + "_grad" }
func (o avgPoolGrad) AppendAttrs(b []byte) []byte {
	return o.like.AppendKey(o.Pool2d.AppendAttrs(b), 0)
}
func (o avgPoolGrad) Infer(in Inputs) (Meta, error)  { return Meta{o.like, in.Meta(0).DType}, nil }
func (o avgPoolGrad) Grad(b *Builder, _ int) *G.Node { return b.Apply(o.Pool2d, b.Dy) }
func (o avgPoolGrad) String() string                 { return fmt.Sprintf("%s%v", o.Name(), o.like) }

func (o avgPoolGrad) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, avgPoolGradKernel[float32](o, out, in), avgPoolGradKernel[float64](o, out, in))
}

func avgPoolGradKernel[T kernels.Float](o avgPoolGrad, out Meta, in []Layout) Kernel {
	p := o.params(out.Dims, in[0].Dims)
	f := kernels.AvgPoolGrad[T]
	if o.Kind == AdaptiveAvgPool {
		f = kernels.AdaptiveAvgPoolGrad[T]
	}
	nx, ny := out.Dims.Size(), in[0].Dims.Size()
	return func(c *Call) error {
		f(p, vec[T](c.Out, nx), vec[T](c.In[0], ny))
		return nil
	}
}
