// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
)

// The options of each transform. One that does not fit a transform does not compile.
type (
	ResizeOption      interface{ resize(*settings) }      // Width, MaxSize, Interpolation
	CenterCropOption  interface{ centerCrop(*settings) }  // Width
	PadOption         interface{ pad(*settings) }         // Sides, Fill, PaddingMode
	RandomCropOption  interface{ randomCrop(*settings) }  // Width, Sides, Fill, PaddingMode, PadIfNeeded
	ResizedCropOption interface{ resizedCrop(*settings) } // Width, Scale, Ratio, Interpolation
	ColorJitterOption interface{ colorJitter(*settings) } // Brightness, Contrast, Saturation, Hue
	RotationOption    interface{ rotation(*settings) }    // Angles, Center, Expand, Fill, Interpolation
	AffineOption      interface{ affine(*settings) }      // Angles, Center, Translate, Scale, Shear, Fill, Interpolation
	BlurOption        interface{ blur(*settings) }        // Width, Sigma
	ErasingOption     interface{ erasing(*settings) }     // Scale, Ratio, Fill, Noise
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

// span is a range to draw from evenly.
type span struct{ low, high float64 }

func (s span) draw(r Rand) float64 {
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

// Interpolation is how new pixels are computed from old ones.
type Interpolation int

// Where an image becomes smaller, Bilinear and Bicubic of [Resize] average over all old
// pixels (antialias), as on torchvision's PIL images.
const (
	Nearest Interpolation = iota
	Bilinear
	Bicubic
)

func (i Interpolation) String() string {
	if i < Nearest || i > Bicubic {
		return fmt.Sprintf("Interpolation(%d)", int(i))
	}
	return [...]string{"nearest", "bilinear", "bicubic"}[i]
}

func (i Interpolation) resize(s *settings)      { s.filter = i }
func (i Interpolation) resizedCrop(s *settings) { s.filter = i }
func (i Interpolation) rotation(s *settings)    { s.filter = i }
func (i Interpolation) affine(s *settings)      { s.filter = i }

// Width makes the size that comes first the height only and sets the width: torch's
// size=(h, w), and kernel_size=(w, h) of a blur.
type Width int

func (w Width) resize(s *settings)      { s.width, s.pair = int(w), true }
func (w Width) centerCrop(s *settings)  { s.width = int(w) }
func (w Width) randomCrop(s *settings)  { s.width = int(w) }
func (w Width) resizedCrop(s *settings) { s.width = int(w) }
func (w Width) blur(s *settings)        { s.width = int(w) }

// MaxSize bounds the longer edge in pixels where the size is that of the shorter: if it
// would be more, the image becomes smaller still.
type MaxSize int

func (m MaxSize) resize(s *settings) { s.maxSize, s.bounded = int(m), true }

// PaddingMode is what goes around an image.
type PaddingMode int

// Constant pads with the fill; Edge repeats the last pixel; Reflect mirrors at it, and
// Symmetric at its outer side, so that it comes twice.
const (
	Constant PaddingMode = iota
	Edge
	Reflect
	Symmetric
)

func (m PaddingMode) pad(s *settings)        { s.mode = m }
func (m PaddingMode) randomCrop(s *settings) { s.mode = m }

type fill []float32

// Fill is the value of pixels that come from nowhere: one for all channels or one each.
// The default is 0. It counts as the image does at this point: 0 to 255 before
// [ToTensor], floats after it.
func Fill(v ...float32) fill { return append(fill(nil), v...) }

func (f fill) pad(s *settings)        { s.fill = f }
func (f fill) randomCrop(s *settings) { s.fill = f }
func (f fill) rotation(s *settings)   { s.fill = f }
func (f fill) affine(s *settings)     { s.fill = f }
func (f fill) erasing(s *settings)    { s.fill = f }

type sides [4]int

// Sides is a padding in pixels that differs from side to side.
func Sides(left, top, right, bottom int) sides { return sides{left, top, right, bottom} }

func (p sides) pad(s *settings)        { s.sides = p }
func (p sides) randomCrop(s *settings) { s.sides = p }

type padIfNeeded struct{}

// PadIfNeeded pads an image that is smaller than the crop, by what is missing, on both
// sides.
var PadIfNeeded padIfNeeded

func (padIfNeeded) randomCrop(s *settings) { s.padIfNeeded = true }

type scale span

// Scale is a range of sizes: of area in relation to the image's for [RandomResizedCrop]
// (default 0.08 to 1) and [RandomErasing] (0.02 to 0.33), of length for [RandomAffine]
// (1).
func Scale(low, high float64) scale { return scale{low, high} }

func (v scale) resizedCrop(s *settings) { s.scale = span(v) }
func (v scale) affine(s *settings)      { s.scale = span(v) }
func (v scale) erasing(s *settings)     { s.scale = span(v) }

type ratio span

// Ratio is a range of aspect ratios: width to height for [RandomResizedCrop] (default
// 3/4 to 4/3), height to width for [RandomErasing] (0.3 to 3.3).
func Ratio(low, high float64) ratio { return ratio{low, high} }

func (v ratio) resizedCrop(s *settings) { s.ratio = span(v) }
func (v ratio) erasing(s *settings)     { s.ratio = span(v) }

type sigma span

// Sigma is the range of standard deviations, in pixels, of [GaussianBlur].
func Sigma(low, high float64) sigma { return sigma{low, high} }

func (v sigma) blur(s *settings) { s.sigma = span(v) }

type adjustment struct {
	which int
	span
}

func (a adjustment) colorJitter(s *settings) { s.jitter[a.which] = a.span }

// Brightness, Contrast and Saturation are ranges of factors, 1 for no change, and Hue
// one of turns of the colour circle between -0.5 and 0.5, for a [ColorJitter] that is
// not even about no change.
func Brightness(low, high float64) adjustment { return adjustment{brightness, span{low, high}} }
func Contrast(low, high float64) adjustment   { return adjustment{contrast, span{low, high}} }
func Saturation(low, high float64) adjustment { return adjustment{saturation, span{low, high}} }
func Hue(low, high float64) adjustment        { return adjustment{hue, span{low, high}} }

type angles span

// Angles is a range of rotations in degrees that is not even about 0.
func Angles(low, high float64) angles { return angles{low, high} }

func (v angles) rotation(s *settings) { s.angles = span(v) }
func (v angles) affine(s *settings)   { s.angles = span(v) }

type center [2]float64

// Center is the point, in pixels from the top left corner, that stays where it is. The
// default is the middle of the image.
func Center(x, y float64) center { return center{x, y} }

func (c center) rotation(s *settings) { s.center = (*[2]float64)(&c) }
func (c center) affine(s *settings)   { s.center = (*[2]float64)(&c) }

type expand struct{}

// Expand makes the image large enough to hold all of the rotated one.
var Expand expand

func (expand) rotation(s *settings) { s.expand = true }

type translate [2]float64

// Translate is how far an image may move in both directions, in relation to its width
// and height.
func Translate(x, y float64) translate { return translate{x, y} }

func (v translate) affine(s *settings) { s.translate = v }

type shear [2]span

// Shear is a range of angles, in degrees, that the image leans along x, ShearXY one
// along y too.
func Shear(low, high float64) shear { return shear{{low, high}} }

// ShearXY is told at [Shear].
func ShearXY(lowX, highX, lowY, highY float64) shear { return shear{{lowX, highX}, {lowY, highY}} }

func (v shear) affine(s *settings) { s.shear = v }

type randomNoise struct{}

// Noise makes [RandomErasing] write normally distributed numbers.
var Noise randomNoise

func (randomNoise) erasing(s *settings) { s.noise = true }

// finite tells whether none of the numbers is infinite or NaN.
func finite(v ...float64) bool {
	for _, v := range v {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
