// SPDX-License-Identifier: MIT

package layers

import "github.com/stheno-go/stheno"

// Options that do not apply to a layer do not compile. Their arguments have no defaults: 0 is 0.
type (
	// A LinearOption is an option of [NewLinear]: Bias, Init.
	LinearOption interface{ applyLinear(*linearConfig) }
	// A ConvOption is an option of [NewConv2d]: Stride, Padding, Same, Dilation, KernelHW,
	// Groups, Bias, Init.
	ConvOption interface{ applyConv(*convConfig) }
	// A MaxPoolOption is an option of [NewMaxPool2d]: Stride, Padding, Dilation, CeilMode.
	MaxPoolOption interface{ applyMaxPool(*stheno.Pool2dConfig) }
	// An AvgPoolOption is an option of [NewAvgPool2d]: Stride, Padding, CeilMode,
	// CountIncludePad, Divisor.
	AvgPoolOption interface{ applyAvgPool(*avgPoolConfig) }
	// A BatchNormOption is an option of [NewBatchNorm1d] and [NewBatchNorm2d]: Eps, Momentum,
	// Affine, Bias, Init, TrackRunningStats.
	BatchNormOption interface{ applyBatchNorm(*normConfig) }
	// A LayerNormOption is an option of [NewLayerNorm]: Eps, Affine, Bias, Init.
	LayerNormOption interface{ applyLayerNorm(*normConfig) }
	// A GroupNormOption is an option of [NewGroupNorm]: Eps, Affine, Bias, Init.
	GroupNormOption interface{ applyGroupNorm(*normConfig) }
	// An EmbeddingOption is an option of [NewEmbedding]: PaddingIdx, Init.
	EmbeddingOption interface{ applyEmbedding(*embeddingConfig) }
)

// The options of several layers.
type (
	// A BiasOption is an option of linear layers, convolutions and normalizations.
	BiasOption interface {
		LinearOption
		ConvOption
		NormOption
	}
	// An InitOption is an option of every layer with a weight.
	InitOption interface {
		BiasOption
		EmbeddingOption
	}
	// A WindowOption is an option of convolutions and poolings.
	WindowOption interface {
		ConvOption
		PoolOption
	}
	// A DilationOption is an option of convolutions and of maximum pooling.
	DilationOption interface {
		ConvOption
		MaxPoolOption
	}
	// A PoolOption is an option of maximum and average pooling.
	PoolOption interface {
		MaxPoolOption
		AvgPoolOption
	}
	// A NormOption is an option of every normalization.
	NormOption interface {
		BatchNormOption
		LayerNormOption
		GroupNormOption
	}
)

type linearConfig struct {
	bias bool
	init initializer
}

type embeddingConfig struct {
	padding *int
	init    initializer
}

type convConfig struct {
	stheno.Conv2dConfig
	kernel [2]int
	bias   bool
	padded bool // Padding was given
	init   initializer
}

type avgPoolConfig struct {
	stheno.Pool2dConfig
	divided bool // Divisor was given
}

type normConfig struct {
	eps, momentum *float64
	affine, bias  bool
	track         bool
	init          initializer
	chosen        bool // Init was given
}

type stride [2]int

func (s stride) applyConv(c *convConfig)             { c.Stride = s }
func (s stride) applyMaxPool(c *stheno.Pool2dConfig) { c.Stride = s }
func (s stride) applyAvgPool(c *avgPoolConfig)       { c.Stride = s }

// Stride sets the distance between windows, in both dimensions. The default is 1 for convolutions and
// the kernel size for poolings.
func Stride(n int) WindowOption { return stride{n, n} }

// StrideHW is Stride for height and width.
func StrideHW(h, w int) WindowOption { return stride{h, w} }

type padding [2]int

func (p padding) applyConv(c *convConfig)             { c.Padding, c.padded = p, true }
func (p padding) applyMaxPool(c *stheno.Pool2dConfig) { c.Padding = p }
func (p padding) applyAvgPool(c *avgPoolConfig)       { c.Padding = p }

// Padding sets the padding on all sides: zeros, or for maximum pooling -∞.
func Padding(n int) WindowOption { return padding{n, n} }

// PaddingHW is Padding for height and width.
func PaddingHW(h, w int) WindowOption { return padding{h, w} }

type dilation [2]int

func (d dilation) applyConv(c *convConfig)             { c.Dilation = d }
func (d dilation) applyMaxPool(c *stheno.Pool2dConfig) { c.Dilation = d }

// Dilation sets the distance between the elements of a window.
func Dilation(n int) DilationOption { return dilation{n, n} }

// DilationHW is Dilation for height and width.
func DilationHW(h, w int) DilationOption { return dilation{h, w} }

type convOption func(*convConfig)

func (f convOption) applyConv(c *convConfig) { f(c) }

// KernelHW sets the height and width of a convolution's kernel.
func KernelHW(h, w int) ConvOption {
	return convOption(func(c *convConfig) { c.kernel = [2]int{h, w} })
}

// Groups splits the channels into independent groups.
func Groups(n int) ConvOption { return convOption(func(c *convConfig) { c.Groups = n }) }

func (f initializer) applyLinear(c *linearConfig)       { c.init = f }
func (f initializer) applyConv(c *convConfig)           { c.init = f }
func (f initializer) applyBatchNorm(c *normConfig)      { c.init, c.chosen = f, true }
func (f initializer) applyLayerNorm(c *normConfig)      { c.init, c.chosen = f, true }
func (f initializer) applyGroupNorm(c *normConfig)      { c.init, c.chosen = f, true }
func (f initializer) applyEmbedding(c *embeddingConfig) { c.init = f }

// Init sets the function that returns the initial weight, a float32 tensor of the given shape, which
// the layer then owns. The row of PaddingIdx is set to 0. The bias has torch's default.
//
//	layers.NewLinear(64, 10, layers.Init(func(shape ...int) *stheno.Tensor {
//		return layers.XavierUniform(1, shape...)
//	}))
func Init(f func(shape ...int) *stheno.Tensor) InitOption { return initializer(f) }

// Same sets a padding so that the output has the input's size. It excludes Padding.
func Same() ConvOption { return convOption(func(c *convConfig) { c.Conv2dConfig.Same = true }) }

type biasOption bool

func (o biasOption) applyLinear(c *linearConfig)  { c.bias = bool(o) }
func (o biasOption) applyConv(c *convConfig)      { c.bias = bool(o) }
func (o biasOption) applyBatchNorm(c *normConfig) { c.bias = bool(o) }
func (o biasOption) applyLayerNorm(c *normConfig) { c.bias = bool(o) }
func (o biasOption) applyGroupNorm(c *normConfig) { c.bias = bool(o) }

// Bias sets whether a layer has a bias. The default is true.
func Bias(on bool) BiasOption { return biasOption(on) }

type ceilMode struct{}

func (ceilMode) applyMaxPool(c *stheno.Pool2dConfig) { c.CeilMode = true }
func (ceilMode) applyAvgPool(c *avgPoolConfig)       { c.CeilMode = true }

// CeilMode allows the last windows of a pooling to extend beyond the padded input.
func CeilMode() PoolOption { return ceilMode{} }

type avgPoolOption func(*avgPoolConfig)

func (f avgPoolOption) applyAvgPool(c *avgPoolConfig) { f(c) }

// CountIncludePad sets whether averages include the padding. The default is true.
func CountIncludePad(on bool) AvgPoolOption {
	return avgPoolOption(func(c *avgPoolConfig) { c.ExcludePad = !on })
}

// Divisor sets the divisor of average pooling, instead of the number of elements. It must not be 0.
func Divisor(n int) AvgPoolOption {
	return avgPoolOption(func(c *avgPoolConfig) { c.Divisor, c.divided = n, true })
}

type normOption func(*normConfig)

func (f normOption) applyBatchNorm(c *normConfig) { f(c) }
func (f normOption) applyLayerNorm(c *normConfig) { f(c) }
func (f normOption) applyGroupNorm(c *normConfig) { f(c) }

// Eps sets the number that is added to the variance. The default is 1e-5.
func Eps(eps float64) NormOption { return normOption(func(c *normConfig) { c.eps = &eps }) }

// Affine sets whether a normalization has weight and bias. The default is true.
func Affine(on bool) NormOption { return normOption(func(c *normConfig) { c.affine = on }) }

// Momentum sets the weight of a batch in the running statistics; NaN stands for their cumulative mean
// (torch's None). The default is 0.1.
func Momentum(m float64) BatchNormOption {
	return normOption(func(c *normConfig) { c.momentum = &m })
}

// TrackRunningStats sets whether a batch normalization keeps running statistics. The default is true.
func TrackRunningStats(on bool) BatchNormOption {
	return normOption(func(c *normConfig) { c.track = on })
}

type paddingIdx int

func (p paddingIdx) applyEmbedding(c *embeddingConfig) { c.padding = new(int(p)) }

// PaddingIdx sets the entry of an embedding that is initially zero and gets no gradient. A negative
// one is counted from the end.
func PaddingIdx(i int) EmbeddingOption { return paddingIdx(i) }
