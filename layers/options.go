// SPDX-License-Identifier: MIT

package layers

import "github.com/stheno-go/stheno"

// ConvOption changes a convolution, PoolOption a pooling, LinearOption a linear layer,
// NormOption a normalisation, EmbeddingOption an embedding. An option that does not fit
// a layer does not compile.
type (
	ConvOption      interface{ applyConv(*convConfig) }
	PoolOption      interface{ applyPool(*stheno.Pool2dConfig) }
	LinearOption    interface{ applyLinear(*linearConfig) }
	NormOption      interface{ applyNorm(*normConfig) }
	EmbeddingOption interface{ applyEmbedding(*Embedding) }
)

type convConfig struct {
	stheno.Conv2dConfig
	kernel  [2]int
	bias    bool
	hasSize bool
	init    func(shape ...int) *stheno.Tensor
}

type linearConfig struct{ bias bool }

type normConfig struct {
	eps, momentum float64
	affine, track bool
	bias          bool
}

// Window is an option of convolutions and poolings.
type Window interface {
	ConvOption
	PoolOption
}

type window func(stride, padding, dilation *[2]int)

func (w window) applyConv(c *convConfig) { w(&c.Stride, &c.Padding, &c.Dilation) }

func (w window) applyPool(c *stheno.Pool2dConfig) { w(&c.Stride, &c.Padding, &c.Dilation) }

// Stride is the distance between windows, in both dimensions. Default: 1 of a
// convolution, the kernel's size of a pooling.
func Stride(n int) Window { return StrideHW(n, n) }

// StrideHW is Stride for height and width.
func StrideHW(h, w int) Window {
	return window(func(s, _, _ *[2]int) { *s = [2]int{h, w} })
}

// Padding is how many zeros (of maximum pooling: nothing) surround the input.
func Padding(n int) Window { return PaddingHW(n, n) }

// PaddingHW is Padding for height and width.
func PaddingHW(h, w int) Window {
	return window(func(_, p, _ *[2]int) { *p = [2]int{h, w} })
}

// Dilation is the distance between the elements of a window.
func Dilation(n int) Window { return DilationHW(n, n) }

// DilationHW is Dilation for height and width.
func DilationHW(h, w int) Window {
	return window(func(_, _, d *[2]int) { *d = [2]int{h, w} })
}

type convOption func(*convConfig)

func (f convOption) applyConv(c *convConfig) { f(c) }

// KernelHW gives a convolution a kernel that is not square.
func KernelHW(h, w int) ConvOption {
	return convOption(func(c *convConfig) { c.kernel, c.hasSize = [2]int{h, w}, true })
}

// Groups splits the channels into groups that do not see one another.
func Groups(n int) ConvOption { return convOption(func(c *convConfig) { c.Groups = n }) }

// Init makes the weight by f instead of by [KaimingUniform].
func Init(f func(shape ...int) *stheno.Tensor) ConvOption {
	return convOption(func(c *convConfig) { c.init = f })
}

// Same pads so that the output has the input's size.
func Same() ConvOption { return convOption(func(c *convConfig) { c.Conv2dConfig.Same = true }) }

type biasOption bool

func (o biasOption) applyConv(c *convConfig)     { c.bias = bool(o) }
func (o biasOption) applyLinear(c *linearConfig) { c.bias = bool(o) }
func (o biasOption) applyNorm(c *normConfig)     { c.bias = bool(o) }

// Bias says whether a layer adds a trained vector. Default: true.
func Bias(on bool) interface {
	ConvOption
	LinearOption
	NormOption
} {
	return biasOption(on)
}

type poolOption func(*stheno.Pool2dConfig)

func (f poolOption) applyPool(c *stheno.Pool2dConfig) { f(c) }

// CeilMode lets the last windows of a pooling end outside.
func CeilMode() PoolOption { return poolOption(func(c *stheno.Pool2dConfig) { c.CeilMode = true }) }

// CountIncludePad says whether averages count the padding. Default: true.
func CountIncludePad(on bool) PoolOption {
	return poolOption(func(c *stheno.Pool2dConfig) { c.ExcludePad = !on })
}

// Divisor is what sums of average pooling are divided by.
func Divisor(n int) PoolOption { return poolOption(func(c *stheno.Pool2dConfig) { c.Divisor = n }) }

type normOption func(*normConfig)

func (f normOption) applyNorm(c *normConfig) { f(c) }

// Eps is added to the variance. Default: 1e-5.
func Eps(eps float64) NormOption { return normOption(func(c *normConfig) { c.eps = eps }) }

// Momentum is the share of a batch in the running statistics; NaN stands for their
// cumulative mean (torch's None). Default: 0.1.
func Momentum(m float64) NormOption { return normOption(func(c *normConfig) { c.momentum = m }) }

// Affine says whether a normalisation has weight and bias. Default: true.
func Affine(on bool) NormOption { return normOption(func(c *normConfig) { c.affine = on }) }

// TrackRunningStats says whether batch normalisation keeps statistics for evaluation.
// Default: true.
func TrackRunningStats(on bool) NormOption {
	return normOption(func(c *normConfig) { c.track = on })
}

type paddingIdx int

func (p paddingIdx) applyEmbedding(e *Embedding) { e.PaddingIdx = int(p) }

// PaddingIdx is an entry of an embedding that is zero and gets no gradient.
func PaddingIdx(i int) EmbeddingOption { return paddingIdx(i) }
