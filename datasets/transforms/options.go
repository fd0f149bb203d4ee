// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// An option that does not fit a transform does not compile. What it is given is meant as it
// stands: 0 is 0.
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
	// A WidthOption is an option of what makes images of a size.
	WidthOption interface {
		ResizeOption
		CenterCropOption
		RandomCropOption
		ResizedCropOption
		BlurOption
	}
	// A SidesOption is an option of what pads.
	SidesOption interface {
		PadOption
		RandomCropOption
	}
	// A FillOption is an option of what makes pixels that come from nowhere.
	FillOption interface {
		PadOption
		RandomCropOption
		RotationOption
		AffineOption
		ErasingOption
	}
	// A ScaleOption is an option of what chooses a size by chance.
	ScaleOption interface {
		ResizedCropOption
		AffineOption
		ErasingOption
	}
	// A RatioOption is an option of what chooses a rectangle by chance.
	RatioOption interface {
		ResizedCropOption
		ErasingOption
	}
	// A TurnOption is an option of what turns images.
	TurnOption interface {
		RotationOption
		AffineOption
	}
)

// settings are what options set. Each transform begins with torchvision's defaults.
type settings struct {
	height, width, maxSize int
	pair, bounded          bool // the width, the longer edge was given
	filter                 Interpolation
	sides                  [4]int
	fill                   []float32
	noise                  bool
	mode                   PaddingMode
	padIfNeeded            bool
	scale, ratio, sigma    span
	jitter                 [4]span // by brightness ...
	angles                 span
	center                 *[2]float64
	expand                 bool
	translate              [2]float64
	shear                  [2]span
}

// option sets something. The function that makes one says by its result what it fits.
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

// Width makes the size that comes first the height only and sets the width, in pixels:
// torch's size=(h, w), and kernel_size=(w, h) of a blur.
func Width(n int) WidthOption { return option(func(s *settings) { s.width, s.pair = n, true }) }

// MaxSize bounds the longer edge in pixels where the size is that of the shorter: if it
// would be more, the image becomes smaller still.
func MaxSize(n int) ResizeOption {
	return option(func(s *settings) { s.maxSize, s.bounded = n, true })
}

// Fill is the value of pixels that come from nowhere: one for all channels or one each.
// The default is 0. It counts as the image does at this point: 0 to 255 before
// [ToTensor], floats after it.
func Fill(v ...float32) FillOption {
	v = append([]float32(nil), v...)
	return option(func(s *settings) { s.fill = v })
}

// Sides is a padding in pixels that differs from side to side.
func Sides(left, top, right, bottom int) SidesOption {
	return option(func(s *settings) { s.sides = [4]int{left, top, right, bottom} })
}

// PadIfNeeded pads an image that is smaller than the crop, by what is missing, on both
// sides.
func PadIfNeeded() RandomCropOption { return option(func(s *settings) { s.padIfNeeded = true }) }

// Scale is a range of sizes: of area in relation to the image's for [RandomResizedCrop]
// (default 0.08 to 1) and [RandomErasing] (0.02 to 0.33), of length for [RandomAffine]
// (1).
func Scale(low, high float64) ScaleOption {
	return option(func(s *settings) { s.scale = span{low, high} })
}

// Ratio is a range of aspect ratios: width to height for [RandomResizedCrop] (default
// 3/4 to 4/3), height to width for [RandomErasing] (0.3 to 3.3).
func Ratio(low, high float64) RatioOption {
	return option(func(s *settings) { s.ratio = span{low, high} })
}

// Sigma is the range of standard deviations, in pixels, of [GaussianBlur]. Default: 0.1
// to 2.
func Sigma(low, high float64) BlurOption {
	return option(func(s *settings) { s.sigma = span{low, high} })
}

func adjust(which int, low, high float64) ColorJitterOption {
	return option(func(s *settings) { s.jitter[which] = span{low, high} })
}

// Brightness is a range of factors of the brightness, 1 for no change, that is not even
// about 1.
func Brightness(low, high float64) ColorJitterOption { return adjust(brightness, low, high) }

// Contrast is a range of factors of the distance from the mean grey, 1 for no change, that
// is not even about 1.
func Contrast(low, high float64) ColorJitterOption { return adjust(contrast, low, high) }

// Saturation is a range of factors of the distance from grey, 1 for no change, that is not
// even about 1.
func Saturation(low, high float64) ColorJitterOption { return adjust(saturation, low, high) }

// Hue is a range of turns of the colour circle, between -0.5 and 0.5, 0 for no change, that
// is not even about 0.
func Hue(low, high float64) ColorJitterOption { return adjust(hue, low, high) }

// Angles is a range of rotations in degrees that is not even about 0.
func Angles(low, high float64) TurnOption {
	return option(func(s *settings) { s.angles = span{low, high} })
}

// Center is the point, in pixels from the top left corner, that stays where it is. The
// default is the middle of the image.
func Center(x, y float64) TurnOption {
	return option(func(s *settings) { s.center = &[2]float64{x, y} })
}

// Expand makes the image large enough to hold all of the rotated one.
func Expand() RotationOption { return option(func(s *settings) { s.expand = true }) }

// Translate is how far an image may move in both directions, in relation to its width
// and height. Default: 0.
func Translate(x, y float64) AffineOption {
	return option(func(s *settings) { s.translate = [2]float64{x, y} })
}

// Shear is a range of angles, in degrees, that the image leans along x. Default: 0.
func Shear(low, high float64) AffineOption { return ShearXY(low, high, 0, 0) }

// ShearXY is [Shear] with a range for y, too.
func ShearXY(lowX, highX, lowY, highY float64) AffineOption {
	return option(func(s *settings) { s.shear = [2]span{{lowX, highX}, {lowY, highY}} })
}

// Noise makes [RandomErasing] write normally distributed numbers.
func Noise() ErasingOption { return option(func(s *settings) { s.noise = true }) }

// Interpolation is how new pixels are computed from old ones. It is an option itself.
type Interpolation int

// Where an image becomes smaller, Bilinear and Bicubic of [Resize] average over all old
// pixels (antialias), as on torchvision's PIL images.
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

// PaddingMode is what goes around an image. It is an option itself.
type PaddingMode int

// Constant pads with the fill; Edge repeats the last pixel; Reflect mirrors at it, and
// Symmetric at its outer side, so that it comes twice.
const (
	Constant PaddingMode = iota
	Edge
	Reflect
	Symmetric
)

func (m PaddingMode) applyPad(s *settings)        { s.mode = m }
func (m PaddingMode) applyRandomCrop(s *settings) { s.mode = m }

// span is a range to draw from evenly.
type span struct{ low, high float64 }

func (s span) draw(r *rand.Rand) float64 {
	if s.low == s.high {
		return s.low
	}
	return s.low + (s.high-s.low)*r.Float64()
}

func (s span) String() string { return fmt.Sprintf("(%g, %g)", s.low, s.high) }

// within tells whether the span is in order and inside low and high; NaN is not.
func (s span) within(low, high float64) bool {
	return low <= s.low && s.low <= s.high && s.high <= high
}

// finite tells whether none of the numbers is infinite or NaN.
func finite(v ...float64) bool {
	for _, v := range v {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
