// SPDX-License-Identifier: MIT

package layers

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
)

// Conv2d is a 2-D convolution. Shape: (N,in,H,W) -> (N,out,OH,OW) with
// OH = ⌊(H + 2·padding - dilation·(kernel-1) - 1)/stride⌋ + 1, likewise OW. Weight
// (out,in/groups,KH,KW) and bias (out) are initially uniform over ±1/√fan_in, as in
// torch.nn.Conv2d.
type Conv2d struct {
	faulty
	Weight *stheno.Variable // (out,in/groups,KH,KW)
	Bias   *stheno.Variable // (out); nil without
	Config stheno.Conv2dConfig
}

// NewConv2d returns a convolution with a square kernel, unless KernelHW is given.
func NewConv2d(in, out, kernel int, opts ...ConvOption) *Conv2d {
	c := convConfig{kernel: [2]int{kernel, kernel}, bias: true, init: fanInUniform}
	c.Stride, c.Dilation, c.Groups = [2]int{1, 1}, [2]int{1, 1}, 1
	for _, o := range opts {
		if o != nil {
			o.applyConv(&c)
		}
	}
	l := &Conv2d{Config: c.Conv2dConfig}
	l.err = firstError(
		condition{in < 1 || out < 1, fmt.Sprintf("channels must be positive, got in %d, out %d", in, out)},
		condition{min(c.kernel[0], c.kernel[1]) < 1, fmt.Sprintf("kernel size must be positive, got %v", c.kernel)},
		condition{min(c.Stride[0], c.Stride[1], c.Dilation[0], c.Dilation[1]) < 1, fmt.Sprintf("stride %v and dilation %v must be positive", c.Stride, c.Dilation)},
		condition{min(c.Padding[0], c.Padding[1]) < 0, fmt.Sprintf("padding must not be negative, got %v", c.Padding)},
		condition{c.Groups < 1, fmt.Sprintf("groups must be a positive integer, got %d", c.Groups)},
		condition{c.Groups > 0 && in%max(c.Groups, 1) != 0, fmt.Sprintf("in_channels must be divisible by groups, got %d and %d", in, c.Groups)},
		condition{c.Groups > 0 && out%max(c.Groups, 1) != 0, fmt.Sprintf("out_channels must be divisible by groups, got %d and %d", out, c.Groups)},
		condition{c.Same && c.padded, "Same and Padding exclude each other"},
		condition{c.Same && c.Stride != [2]int{1, 1}, "padding='same' is not supported for strided convolutions"},
	)
	if l.err != nil {
		return l
	}
	shape := []int{out, in / c.Groups, c.kernel[0], c.kernel[1]}
	w, err := c.init.weight(shape...)
	if err != nil {
		l.err = err
		return l
	}
	l.Weight = stheno.NewParameter(w)
	if c.bias {
		fanIn, _, _ := fans(shape)
		bound := 1 / math.Sqrt(fanIn)
		l.Bias = stheno.NewParameter(Uniform(-bound, bound, out))
	}
	return l
}

// Forward returns the convolution of x.
func (l *Conv2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("conv2d", stheno.ErrValue, "the module is nil")
	}
	if l.err != nil {
		return l.failed("conv2d")
	}
	return x.Conv2d(l.Weight, l.Bias, l.Config)
}
