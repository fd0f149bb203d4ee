// SPDX-License-Identifier: MIT

package ops

import (
	"math"

	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/shape"
)

// Conv2d is a convolution of x (N,C,H,W) with w (O,C/Groups,KH,KW) and, if there is
// a third input, a bias (O).
type Conv2d struct {
	Stride, Dilation [2]int
	Pad              [4]int // above, left, below, right
	Groups           int
}

// Name implements [Op].
func (Conv2d) Name() string { return "conv2d" }

// String describes the convolution.
func (o Conv2d) String() string {
	return fmt.Sprintf("conv2d[s%v p%v d%v g%d]", o.Stride, o.Pad, o.Dilation, o.Groups)
}

// AppendAttrs implements [Op].
func (o Conv2d) AppendAttrs(b []byte) []byte {
	for _, v := range [...]int{o.Stride[0], o.Stride[1], o.Dilation[0], o.Dilation[1], o.Pad[0], o.Pad[1], o.Pad[2], o.Pad[3], o.Groups} {
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	return b
}

// Widest is the largest padding, stride and dilation: what a size can be, or so much less
// that an int of 32 bits holds the sums of a few.
const Widest = min(math.MaxInt32, math.MaxInt>>2)

// oversized reports whether one of the numbers is larger than Widest.
func oversized(lists ...[]int) bool {
	for _, list := range lists {
		for _, n := range list {
			if n > Widest {
				return true
			}
		}
	}
	return false
}

// windowExtent is the number of places from a window's first to its last.
func windowExtent(kernel, dilation int) int64 { return int64(dilation)*int64(kernel-1) + 1 }

// Infer implements [Op].
func (o Conv2d) Infer(in Inputs) (Meta, error) {
	x, w := in.Meta(0), in.Meta(1)
	out := *x
	if x.DType != w.DType || !x.DType.IsFloat() {
		return out, dtypeErrorf("input is %v, weight %v", x.DType, w.DType)
	}
	if x.Dims.Len() != 4 || w.Dims.Len() != 4 {
		return out, shapeErrorf("expected 4D input (N,C,H,W) and weight (O,C/groups,KH,KW), got %v and %v", x.Dims, w.Dims)
	}
	if o.Groups < 1 || o.Stride[0] < 1 || o.Stride[1] < 1 || o.Dilation[0] < 1 || o.Dilation[1] < 1 || min(o.Pad[0], o.Pad[1], o.Pad[2], o.Pad[3]) < 0 {
		return out, shapeErrorf("stride %v, dilation %v and groups %d must be positive, padding %v not negative", o.Stride, o.Dilation, o.Groups, o.Pad)
	}
	if oversized(o.Stride[:], o.Dilation[:], o.Pad[:], []int{o.Groups}) {
		return out, shapeErrorf("stride %v, dilation %v, padding %v and groups %d must be at most %d", o.Stride, o.Dilation, o.Pad, o.Groups, Widest)
	}
	if x.Dims.At(1) != w.Dims.At(1)*o.Groups {
		return out, shapeErrorf("Given groups=%d, weight of size %v, expected input%v to have %d channels, but got %d channels instead",
			o.Groups, w.Dims.Slice(), x.Dims.Slice(), w.Dims.At(1)*o.Groups, x.Dims.At(1))
	}
	if w.Dims.At(0)%o.Groups != 0 {
		return out, shapeErrorf("out_channels must be divisible by groups, got %d and %d", w.Dims.At(0), o.Groups)
	}
	if in.Len() == 3 {
		if b := in.Meta(2); b.Dims.Len() != 1 || b.Dims.At(0) != w.Dims.At(0) || b.DType != x.DType {
			return out, shapeErrorf("bias is %v %v, weight %v expects %v (%d)", b.DType, b.Dims, w.Dims, x.DType, w.Dims.At(0))
		}
	}
	kh, kw := windowExtent(w.Dims.At(2), o.Dilation[0]), windowExtent(w.Dims.At(3), o.Dilation[1])
	h, wd := x.Dims.At(2)+o.Pad[0]+o.Pad[2], x.Dims.At(3)+o.Pad[1]+o.Pad[3]
	if kh < 1 || kw < 1 || kh > int64(h) || kw > int64(wd) {
		return out, shapeErrorf("Calculated padded input size per channel: (%d x %d). Kernel size: (%d x %d). Kernel size can't be greater than actual input size", h, wd, kh, kw)
	}
	oh, ow := (h-int(kh))/o.Stride[0]+1, (wd-int(kw))/o.Stride[1]+1
	out.Dims = x.Dims.Set(1, w.Dims.At(0)).Set(2, oh).Set(3, ow)
	return out, nil
}

func (o Conv2d) params(x, w, y shape.Dims) *conv.Shape {
	return &conv.Shape{
		N: x.At(0), C: x.At(1), H: x.At(2), W: x.At(3), O: w.At(0), KH: w.At(2), KW: w.At(3),
		StrideH: o.Stride[0], StrideW: o.Stride[1], PadH: o.Pad[0], PadW: o.Pad[1],
		DilationH: o.Dilation[0], DilationW: o.Dilation[1], Groups: o.Groups, OH: y.At(2), OW: y.At(3),
	}
}

// Kernel implements [Op].
func (o Conv2d) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, convKernel[float32](o, out, in), convKernel[float64](o, out, in))
}

func convKernel[T kernels.Float](o Conv2d, out Meta, in []Layout) Kernel {
	p := o.params(in[0].Dims, in[1].Dims, out.Dims)
	nx, nw, ny := in[0].Dims.Size(), in[1].Dims.Size(), out.Dims.Size()
	return func(c *Call) error {
		var bias []T
		if len(c.In) == 3 {
			bias = vec[T](c.In[2], p.O)
		}
		conv.Plain(p, vec[T](c.Out, ny), vec[T](c.In[0], nx), vec[T](c.In[1], nw), bias)
		return nil
	}
}

// Smooth implements [Differentiable].
func (Conv2d) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (o Conv2d) Grad(b *Builder, i int) *G.Node {
	switch i {
	case 0:
		return b.Apply(convGradInput{o, b.Meta(0).Dims}, b.Dy, b.In[1])
	case 1:
		return b.Apply(convGradWeight{o, b.Meta(1).Dims}, b.Dy, b.In[0])
	default:
		return b.Apply(Reduce{Kind: Sum, Axes: 0b1101}, b.Dy)
	}
}

// convGradInput computes dx of shape like from dy and w. It is linear in both.
type convGradInput struct {
	Conv2d
	like shape.Dims
}

func (convGradInput) Name() string { return "conv2d_grad_input" }
func (o convGradInput) AppendAttrs(b []byte) []byte {
	return o.like.AppendKey(o.Conv2d.AppendAttrs(b), 0)
}
func (o convGradInput) Infer(in Inputs) (Meta, error) { return Meta{o.like, in.Meta(0).DType}, nil }

func (o convGradInput) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, convGradInputKernel[float32](o, out, in), convGradInputKernel[float64](o, out, in))
}

func convGradInputKernel[T kernels.Float](o convGradInput, out Meta, in []Layout) Kernel {
	p := o.params(out.Dims, in[1].Dims, in[0].Dims)
	nx, nw, ny := out.Dims.Size(), in[1].Dims.Size(), in[0].Dims.Size()
	return func(c *Call) error {
		conv.PlainGradInput(p, vec[T](c.Out, nx), vec[T](c.In[0], ny), vec[T](c.In[1], nw))
		return nil
	}
}

func (o convGradInput) Grad(b *Builder, i int) *G.Node {
	if i == 0 {
		return b.Apply(o.Conv2d, b.Dy, b.In[1])
	}
	return b.Apply(convGradWeight{o.Conv2d, b.Meta(1).Dims}, b.In[0], b.Dy)
}

// convGradWeight computes dw of shape like from dy and x. It is linear in both.
type convGradWeight struct {
	Conv2d
	like shape.Dims
}

func (convGradWeight) Name() string { return "conv2d_grad_weight" }
func (o convGradWeight) AppendAttrs(b []byte) []byte {
	return o.like.AppendKey(o.Conv2d.AppendAttrs(b), 0)
}
func (o convGradWeight) Infer(in Inputs) (Meta, error) { return Meta{o.like, in.Meta(0).DType}, nil }

func (o convGradWeight) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, convGradWeightKernel[float32](o, out, in), convGradWeightKernel[float64](o, out, in))
}

func convGradWeightKernel[T kernels.Float](o convGradWeight, out Meta, in []Layout) Kernel {
	p := o.params(in[1].Dims, out.Dims, in[0].Dims)
	nx, nw, ny := in[1].Dims.Size(), out.Dims.Size(), in[0].Dims.Size()
	return func(c *Call) error {
		conv.PlainGradWeight(p, vec[T](c.Out, nw), vec[T](c.In[0], ny), vec[T](c.In[1], nx))
		return nil
	}
}

func (o convGradWeight) Grad(b *Builder, i int) *G.Node {
	if i == 0 {
		return b.Apply(o.Conv2d, b.In[1], b.Dy)
	}
	return b.Apply(convGradInput{o.Conv2d, b.Meta(1).Dims}, b.In[0], b.Dy)
}
