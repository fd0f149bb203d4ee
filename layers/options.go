// SPDX-License-Identifier: MIT

package layers

import "github.com/stheno-go/stheno"

// The options of each layer. One that does not fit a layer does not compile. What an option
// is given is meant as it stands: 0 is 0.
type (
	LinearOption    interface{ applyLinear(*linearConfig) }         // Bias
	ConvOption      interface{ applyConv(*convConfig) }             // Stride, Padding, Same, Dilation, KernelHW, Groups, Bias, Init
	MaxPoolOption   interface{ applyMaxPool(*stheno.Pool2dConfig) } // Stride, Padding, Dilation, CeilMode
	AvgPoolOption   interface{ applyAvgPool(*avgPoolConfig) }       // Stride, Padding, CeilMode, CountIncludePad, Divisor
	BatchNormOption interface{ applyBatchNorm(*normConfig) }        // Eps, Momentum, Affine, Bias, TrackRunningStats
	LayerNormOption interface{ applyLayerNorm(*normConfig) }        // Eps, Affine, Bias
	GroupNormOption interface{ applyGroupNorm(*normConfig) }        // Eps, Affine, Bias
	EmbeddingOption interface{ applyEmbedding(*Embedding) }         // PaddingIdx
)

type linearConfig struct{ bias bool }

type convConfig struct {
	stheno.Conv2dConfig
	kernel [2]int
	bias   bool
	padded bool // Padding was given
	init   func(shape ...int) *stheno.Tensor
}

type avgPoolConfig struct {
	stheno.Pool2dConfig
	divided bool // Divisor was given
}

type normConfig struct {
	eps, momentum *float64
	affine, bias  bool
	track         bool
}

// A Window is an option of convolutions and poolings.
type Window interface {
	ConvOption
	MaxPoolOption
	AvgPoolOption
}

// A Spread is an option of convolutions and of maximum pooling.
type Spread interface {
	ConvOption
	MaxPoolOption
}

type stride [2]int

func (s stride) applyConv(c *convConfig)             { c.Stride = s }
func (s stride) applyMaxPool(c *stheno.Pool2dConfig) { c.Stride = s }
func (s stride) applyAvgPool(c *avgPoolConfig)       { c.Stride = s }

// Stride is the distance between windows, in both dimensions. Default: 1 of a
// convolution, the kernel's size of a pooling.
func Stride(n int) Window { return stride{n, n} }

// StrideHW is Stride for height and width.
func StrideHW(h, w int) Window { return stride{h, w} }

type padding [2]int

func (p padding) applyConv(c *convConfig)             { c.Padding, c.padded = p, true }
func (p padding) applyMaxPool(c *stheno.Pool2dConfig) { c.Padding = p }
func (p padding) applyAvgPool(c *avgPoolConfig)       { c.Padding = p }

// Padding is how many zeros (of maximum pooling: nothing) surround the input.
func Padding(n int) Window { return padding{n, n} }

// PaddingHW is Padding for height and width.
func PaddingHW(h, w int) Window { return padding{h, w} }

type dilation [2]int

func (d dilation) applyConv(c *convConfig)             { c.Dilation = d }
func (d dilation) applyMaxPool(c *stheno.Pool2dConfig) { c.Dilation = d }

// Dilation is the distance between the elements of a window.
func Dilation(n int) Spread { return dilation{n, n} }

// DilationHW is Dilation for height and width.
func DilationHW(h, w int) Spread { return dilation{h, w} }

type convOption func(*convConfig)

func (f convOption) applyConv(c *convConfig) { f(c) }

// KernelHW gives a convolution a kernel that is not square.
func KernelHW(h, w int) ConvOption {
	return convOption(func(c *convConfig) { c.kernel = [2]int{h, w} })
}

// Groups splits the channels into groups that do not see one another.
func Groups(n int) ConvOption { return convOption(func(c *convConfig) { c.Groups = n }) }

// Init makes the weight by f instead of by [KaimingUniform].
func Init(f func(shape ...int) *stheno.Tensor) ConvOption {
	return convOption(func(c *convConfig) { c.init = f })
}

// Same pads so that the output has the input's size. It excludes Padding.
func Same() ConvOption { return convOption(func(c *convConfig) { c.Conv2dConfig.Same = true }) }

type biasOption bool

func (o biasOption) applyLinear(c *linearConfig)  { c.bias = bool(o) }
func (o biasOption) applyConv(c *convConfig)      { c.bias = bool(o) }
func (o biasOption) applyBatchNorm(c *normConfig) { c.bias = bool(o) }
func (o biasOption) applyLayerNorm(c *normConfig) { c.bias = bool(o) }
func (o biasOption) applyGroupNorm(c *normConfig) { c.bias = bool(o) }

// Bias says whether a layer adds a trained vector. Default: true.
func Bias(on bool) interface {
	LinearOption
	ConvOption
	NormOption
} {
	return biasOption(on)
}

type ceilMode struct{}

func (ceilMode) applyMaxPool(c *stheno.Pool2dConfig) { c.CeilMode = true }
func (ceilMode) applyAvgPool(c *avgPoolConfig)       { c.CeilMode = true }

// CeilMode lets the last windows of a pooling end outside.
func CeilMode() interface {
	MaxPoolOption
	AvgPoolOption
} {
	return ceilMode{}
}

type avgPoolOption func(*avgPoolConfig)

func (f avgPoolOption) applyAvgPool(c *avgPoolConfig) { f(c) }

// CountIncludePad says whether averages count the padding. Default: true.
func CountIncludePad(on bool) AvgPoolOption {
	return avgPoolOption(func(c *avgPoolConfig) { c.ExcludePad = !on })
}

// Divisor is what sums of average pooling are divided by instead of their number. It must
// not be 0.
func Divisor(n int) AvgPoolOption {
	return avgPoolOption(func(c *avgPoolConfig) { c.Divisor, c.divided = n, true })
}

// A NormOption is an option of every normalisation.
type NormOption interface {
	BatchNormOption
	LayerNormOption
	GroupNormOption
}

type normOption func(*normConfig)

func (f normOption) applyBatchNorm(c *normConfig) { f(c) }
func (f normOption) applyLayerNorm(c *normConfig) { f(c) }
func (f normOption) applyGroupNorm(c *normConfig) { f(c) }

// Eps is added to the variance. Default: 1e-5.
func Eps(eps float64) NormOption { return normOption(func(c *normConfig) { c.eps = &eps }) }

// Affine says whether a normalisation has weight and bias. Default: true.
func Affine(on bool) NormOption { return normOption(func(c *normConfig) { c.affine = on }) }

// Momentum is the share of a batch in the running statistics; NaN stands for their
// cumulative mean (torch's None). Default: 0.1.
func Momentum(m float64) BatchNormOption {
	return normOption(func(c *normConfig) { c.momentum = &m })
}

// TrackRunningStats says whether batch normalisation keeps statistics for evaluation.
// Default: true.
func TrackRunningStats(on bool) BatchNormOption {
	return normOption(func(c *normConfig) { c.track = on })
}

type paddingIdx int

func (p paddingIdx) applyEmbedding(e *Embedding) { e.PaddingIdx = new(int(p)) }

// PaddingIdx is an entry of an embedding that is zero and gets no gradient; a negative one
// is counted from the end.
func PaddingIdx(i int) EmbeddingOption { return paddingIdx(i) }
