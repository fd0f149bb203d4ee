// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels/conv"
)

// BlockedConv is a convolution, or a gradient of one, by the blocked kernels.
type BlockedConv struct {
	Pass   conv.Pass
	Planar bool // the convolution's input is contiguous memory
	p      *conv.Shape
	alg    conv.Algorithm

	unpacked bool // the weights are as they are
}

// BlockedConvOf returns how op is computed by the blocked kernels, nil if it is not.
func BlockedConvOf(op Op, out Meta, in []Meta, alg conv.Algorithm) *BlockedConv {
	if alg == conv.NCHW || out.DType != dtype.Float32 {
		return nil
	}
	c := new(BlockedConv)
	switch op := op.(type) {
	case Conv2d:
		c.Pass, c.p = conv.Forward, op.params(in[0].Dims, in[1].Dims, out.Dims)
	case convGradInput:
		c.Pass, c.p = conv.GradInput, op.params(out.Dims, in[1].Dims, in[0].Dims)
	case convGradWeight:
		c.Pass, c.p = conv.GradWeight, op.params(in[1].Dims, out.Dims, in[0].Dims)
	default:
		return nil
	}
	if !c.p.Blocked(c.Pass) {
		return nil
	}
	c.Planar = c.p.Planar()
	switch {
	case alg == conv.Direct, !c.p.Winograd(c.Pass):
		c.alg = conv.Direct
	case alg == conv.Winograd:
		c.alg = conv.Winograd
	default:
		c.alg = c.p.Algorithm(c.Pass)
	}
	return c
}

func (c *BlockedConv) String() string { return c.alg.String() }

// Form tells packed weights apart: equal forms of equal weights are equal.
func (c *BlockedConv) Form() string {
	return fmt.Sprint(c.Pass, c.alg, c.p.O, c.p.C, c.p.Groups, c.p.KH, c.p.KW, c.p.StrideH, c.p.StrideW, c.p.PadH, c.p.PadW, c.p.DilationH, c.p.DilationW, c.p.Planar())
}

// PlainNanos returns what the convolution takes longer on contiguous memory, on one
// thread; negative if it is faster there. It is false where that is out of the question.
func (c *BlockedConv) PlainNanos() (float64, bool) { return c.p.PlainNanos(c.Pass) }

// Strided reports whether the result of the gradient in x is written a part at a time, Gaps
// whether most parts are 0.
func (c *BlockedConv) Strided() bool { return c.p.StrideH > 1 || c.p.StrideW > 1 }
func (c *BlockedConv) Gaps() bool    { return c.p.Gaps() }

// Images returns the inputs that are images, not weights.
func (c *BlockedConv) Images() []int {
	if c.Pass == conv.GradWeight {
		return []int{0, 1}
	}
	return []int{0}
}

// PackedLen returns the number of elements of packed weights.
func (c *BlockedConv) PackedLen() int { return conv.PackedSize(c.p, c.Pass, c.alg) }

// Pack packs the weights, its first input, multiplied by one number for each output
// channel if there is a second.
func (c *BlockedConv) Pack() Kernel {
	n, size := c.PackedLen(), c.p.O*c.p.C/c.p.Groups*c.p.KH*c.p.KW
	return func(call *Call) error {
		var scale []float32
		if len(call.In) == 2 {
			scale = vec[float32](call.In[1], c.p.O)
		}
		conv.PackWeights(c.p, c.Pass, c.alg, vec[float32](call.Out, n), vec[float32](call.In[0], size), scale)
		return nil
	}
}

// TakeUnpacked makes the convolution take weights as they are where packed ones would be,
// if that is faster for weights that serve once.
func (c *BlockedConv) TakeUnpacked() bool {
	c.unpacked = c.p.Unpacked(c.Pass, c.alg)
	return c.unpacked
}

// Epilogue is what a blocked operation does to its result before it writes it: add a
// bias for each channel, add a residual of the same shape, apply ReLU. A convolution
// without a residual can write Plain memory, in torch's order, if it [BlockedConv.WritesPlain].
// The gradient of a convolution in x can add a Residual and Mask where a ReLU's output, the
// last input, is positive.
type Epilogue struct{ Bias, Residual, ReLU, Plain, Mask bool }

// WritesPlain reports whether the convolution itself can convert its result to torch's order.
func (c *BlockedConv) WritesPlain() bool {
	return c.Pass == conv.Forward && c.p.WritesPlain(c.alg)
}

// Kernel prepares the computation. The inputs are x and packed weights, or the weights
// after [BlockedConv.TakeUnpacked], then what e names; of the gradient in x, dy and such
// weights; of the gradient in the weights, dy and x.
func (c *BlockedConv) Kernel(e Epilogue) Kernel {
	p, alg := c.p, c.alg
	nx, ny, nw := conv.BlockedSize(p.N, p.C, p.H, p.W), conv.BlockedSize(p.N, p.O, p.OH, p.OW), p.O*p.C/p.Groups*p.KH*p.KW
	if c.Planar {
		nx = p.N * p.C * p.H * p.W
	}
	switch c.Pass {
	case conv.GradInput:
		packed, unpacked := c.PackedLen(), c.unpacked
		return func(call *Call) error {
			var k conv.Epilogue
			rest := call.In[2:]
			if e.Residual {
				k.Residual, rest = vec[float32](rest[0], nx), rest[1:]
			}
			if e.Mask {
				k.Mask = vec[float32](rest[0], nx)
			}
			if unpacked {
				conv.BlockedUnpacked(p, conv.GradInput, vec[float32](call.Out, nx), vec[float32](call.In[0], ny), vec[float32](call.In[1], nw), k)
				return nil
			}
			conv.BlockedGradInput(p, alg, vec[float32](call.Out, nx), vec[float32](call.In[0], ny), vec[float32](call.In[1], packed), k)
			return nil
		}
	case conv.GradWeight:
		return func(call *Call) error {
			conv.BlockedGradWeight(p, alg, vec[float32](call.Out, nw), vec[float32](call.In[0], ny), vec[float32](call.In[1], nx))
			return nil
		}
	}
	packed, unpacked := c.PackedLen(), c.unpacked
	if e.Plain {
		ny = p.N * p.O * p.OH * p.OW
	}
	return func(call *Call) error {
		k := conv.Epilogue{ReLU: e.ReLU, Plain: e.Plain}
		rest := call.In[2:]
		if e.Bias {
			k.Bias, rest = vec[float32](rest[0], p.O), rest[1:]
		}
		if e.Residual {
			k.Residual = vec[float32](rest[0], ny)
		}
		if unpacked {
			conv.BlockedUnpacked(p, conv.Forward, vec[float32](call.Out, ny), vec[float32](call.In[0], nx), vec[float32](call.In[1], nw), k)
			return nil
		}
		conv.Blocked(p, alg, vec[float32](call.Out, ny), vec[float32](call.In[0], nx), vec[float32](call.In[1], packed), k)
		return nil
	}
}

// FoldBias computes bias·scale + shift for each of c channels, without a third input
// bias·scale: the bias of a convolution that a frozen batch norm follows.
func FoldBias(c int) Kernel {
	return func(call *Call) error {
		y, bias, scale := vec[float32](call.Out, c), vec[float32](call.In[0], c), vec[float32](call.In[1], c)
		for i := range y {
			y[i] = bias[i] * scale[i]
		}
		if len(call.In) == 3 {
			for i, v := range vec[float32](call.In[2], c) {
				y[i] += v
			}
		}
		return nil
	}
}
