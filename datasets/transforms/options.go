// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Options that do not apply to a transform do not compile. Their arguments have no defaults: 0 is 0.
type (
	// A ResizeOption is an option of [Resize]: Width, MaxSize, an Interpolation.
	ResizeOption interface{ applyResize(*settings) }
	// A CenterCropOption is an option of [CenterCrop]: Width.
	CenterCropOption interface{ applyCenterCrop(*settings) }
	// A PadOption is an option of [Pad]: Sides, Fill, a PaddingMode.
	PadOption interface{ applyPad(*settings) }
	// A RandomCropOption is an option of [RandomCrop]: Width, Sides, Fill, PadIfNeeded, a
	// PaddingMode.
	RandomCropOption interface{ applyRandomCrop(*settings) }
	// A ResizedCropOption is an option of [RandomResizedCrop]: Width, Scale, Ratio, an
	// Interpolation.
	ResizedCropOption interface{ applyResizedCrop(*settings) }
	// A ColorJitterOption is an option of [ColorJitter]: Brightness, Contrast, Saturation, Hue.
	ColorJitterOption interface{ applyColorJitter(*settings) }
	// A RotationOption is an option of [RandomRotation]: Angles, Center, Expand, Fill, an
	// Interpolation.
	RotationOption interface{ applyRotation(*settings) }
	// An AffineOption is an option of [RandomAffine]: Angles, Center, Translate, Scale, Shear,
	// ShearXY, Fill, an Interpolation.
	AffineOption interface{ applyAffine(*settings) }
	// A BlurOption is an option of [GaussianBlur]: Width, Sigma.
	BlurOption interface{ applyBlur(*settings) }
	// An ErasingOption is an option of [RandomErasing]: Scale, Ratio, Fill, Noise.
	ErasingOption interface{ applyErasing(*settings) }
)

// The options of several transforms.
type (
	// A WidthOption is an option of transforms to a given size.
	WidthOption interface {
		ResizeOption
		CenterCropOption
		RandomCropOption
		ResizedCropOption
		BlurOption
	}
	// A SidesOption is an option of transforms that pad.
	SidesOption interface {
		PadOption
		RandomCropOption
	}
	// A FillOption is an option of transforms with pixels outside the source image.
	FillOption interface {
		PadOption
		RandomCropOption
		RotationOption
		AffineOption
		ErasingOption
	}
	// A ScaleOption is an option of transforms with a random size.
	ScaleOption interface {
		ResizedCropOption
		AffineOption
		ErasingOption
	}
	// A RatioOption is an option of transforms with a random rectangle.
	RatioOption interface {
		ResizedCropOption
		ErasingOption
	}
	// A TurnOption is an option of transforms that rotate.
	TurnOption interface {
		RotationOption
		AffineOption
	}
)

// settings are the settings of all options. Each transform starts with torchvision's defaults.
type settings struct {
	height, width, maxSize int
	pair, bounded          bool // whether the width, and the longer edge, were given
	filter                 Interpolation
	sides                  [4]int
	fill                   []float32
	noise                  bool
	mode                   PaddingMode
	padIfNeeded            bool
	scale, ratio, sigma    span
	jitter                 [4]span // indexed by brightness, contrast, saturation and hue
	angles                 span
	center                 *[2]float64
	expand                 bool
	translate              [2]float64
	shear                  [2]span
}

// option implements all option interfaces. The result type of a function that returns one determines
// to which transforms it applies.
type option func(*settings)

func (f option) applyResize(s *settings)      { f(s) }
func (f option) applyCenterCrop(s *settings)  { f(s) }
func (f option) applyPad(s *settings)         { f(s) }
func (f option) applyRandomCrop(s *settings)  { f(s) }
func (f option) applyResizedCrop(s *settings) { f(s) }
func (f option) applyColorJitter(s *settings) { f(s) }
func (f option) applyRotation(s *settings)    { f(s) }
func (f option) applyAffine(s *settings)      { f(s) }
func (f option) applyBlur(s *settings)        { f(s) }
func (f option) applyErasing(s *settings)     { f(s) }

// Width sets the width in pixels; the first argument of the transform is then the height only:
// torch's size=(h, w), and kernel_size=(w, h) of a blur.
func Width(n int) WidthOption { return option(func(s *settings) { s.width, s.pair = n, true }) }

// MaxSize limits the longer edge in pixels, if the size is that of the shorter edge.
func MaxSize(n int) ResizeOption {
	return option(func(s *settings) { s.maxSize, s.bounded = n, true })
}

// Fill sets the value of pixels outside the source image: one for all channels or one for each. The
// default is 0. It is between 0 and 255 before [ToTensor], and a float after it.
func Fill(v ...float32) FillOption {
	v = append([]float32(nil), v...)
	return option(func(s *settings) { s.fill = v })
}

// Sides sets the padding of each side in pixels.
func Sides(left, top, right, bottom int) SidesOption {
	return option(func(s *settings) { s.sides = [4]int{left, top, right, bottom} })
}

// PadIfNeeded pads an image that is smaller than the crop, by the difference, on both sides.
func PadIfNeeded() RandomCropOption { return option(func(s *settings) { s.padIfNeeded = true }) }

// Scale sets the range of relative sizes: of the area for [RandomResizedCrop] (default 0.08 to 1) and
// [RandomErasing] (0.02 to 0.33), and of lengths for [RandomAffine] (default 1).
func Scale(low, high float64) ScaleOption {
	return option(func(s *settings) { s.scale = span{low, high} })
}

// Ratio sets the range of aspect ratios: width to height for [RandomResizedCrop] (default 3/4 to
// 4/3), height to width for [RandomErasing] (0.3 to 3.3).
func Ratio(low, high float64) RatioOption {
	return option(func(s *settings) { s.ratio = span{low, high} })
}

// Sigma sets the range of standard deviations of [GaussianBlur] in pixels. The default is 0.1 to 2.
func Sigma(low, high float64) BlurOption {
	return option(func(s *settings) { s.sigma = span{low, high} })
}

func adjust(which int, low, high float64) ColorJitterOption {
	return option(func(s *settings) { s.jitter[which] = span{low, high} })
}

// Brightness sets the range of factors of the brightness; 1 is no change.
func Brightness(low, high float64) ColorJitterOption { return adjust(brightness, low, high) }

// Contrast sets the range of factors of the distance from the mean grey; 1 is no change.
func Contrast(low, high float64) ColorJitterOption { return adjust(contrast, low, high) }

// Saturation sets the range of factors of the distance from grey; 1 is no change.
func Saturation(low, high float64) ColorJitterOption { return adjust(saturation, low, high) }

// Hue sets the range of shifts of the hue, between -0.5 and 0.5 of the circle; 0 is no change.
func Hue(low, high float64) ColorJitterOption { return adjust(hue, low, high) }

// Angles sets the range of rotations in degrees.
func Angles(low, high float64) TurnOption {
	return option(func(s *settings) { s.angles = span{low, high} })
}

// Center sets the center of rotation, in pixels from the top left corner. The default is the center
// of the image.
func Center(x, y float64) TurnOption {
	return option(func(s *settings) { s.center = &[2]float64{x, y} })
}

// Expand makes the result large enough for the whole rotated image.
func Expand() RotationOption { return option(func(s *settings) { s.expand = true }) }

// Translate sets the largest translation in both directions, relative to the width and height. The
// default is 0.
func Translate(x, y float64) AffineOption {
	return option(func(s *settings) { s.translate = [2]float64{x, y} })
}

// Shear sets the range of shear angles along x in degrees. The default is 0.
func Shear(low, high float64) AffineOption { return ShearXY(low, high, 0, 0) }

// ShearXY is [Shear] with separate ranges for x and y.
func ShearXY(lowX, highX, lowY, highY float64) AffineOption {
	return option(func(s *settings) { s.shear = [2]span{{lowX, highX}, {lowY, highY}} })
}

// Noise makes [RandomErasing] fill with normally distributed numbers.
func Noise() ErasingOption { return option(func(s *settings) { s.noise = true }) }

// Interpolation is an option that sets the interpolation method.
type Interpolation int

// When reducing an image, Bilinear and Bicubic of [Resize] average over all source pixels
// (antialias), as torchvision on PIL images.
const (
	Nearest Interpolation = iota
	Bilinear
	Bicubic
)

// String returns the name, in lower case.
func (i Interpolation) String() string {
	if i < Nearest || i > Bicubic {
		return fmt.Sprintf("Interpolation(%d)", int(i))
	}
	return [...]string{"nearest", "bilinear", "bicubic"}[i]
}

func (i Interpolation) applyResize(s *settings)      { s.filter = i }
func (i Interpolation) applyResizedCrop(s *settings) { s.filter = i }
func (i Interpolation) applyRotation(s *settings)    { s.filter = i }
func (i Interpolation) applyAffine(s *settings)      { s.filter = i }

// PaddingMode is an option that sets the values of padding.
type PaddingMode int

// Constant pads with the fill; Edge repeats the last pixel; Reflect mirrors without repeating the
// last pixel, and Symmetric repeats it.
const (
	Constant PaddingMode = iota
	Edge
	Reflect
	Symmetric
)

func (m PaddingMode) applyPad(s *settings)        { s.mode = m }
func (m PaddingMode) applyRandomCrop(s *settings) { s.mode = m }

// span is the range of a uniform distribution.
type span struct{ low, high float64 }

func (s span) draw(r *rand.Rand) float64 {
	if s.low == s.high {
		return s.low
	}
	return s.low + (s.high-s.low)*r.Float64()
}

func (s span) String() string { return fmt.Sprintf("(%g, %g)", s.low, s.high) }

// within reports whether the span is ordered and between low and high.
func (s span) within(low, high float64) bool {
	return low <= s.low && s.low <= s.high && s.high <= high
}

// finite reports whether no number is infinite or NaN.
func finite(v ...float64) bool {
	for _, v := range v {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
