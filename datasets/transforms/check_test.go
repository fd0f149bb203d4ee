// SPDX-License-Identifier: MIT

package transforms

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestArguments has torchvision's texts, where there is one.
func TestArguments(t *testing.T) {
	nan := math.NaN()
	one := []float32{1}
	for _, c := range []struct {
		t    Transform
		text string
	}{
		{ColorJitter(-1, 0, 0, 0), "color jitter: If brightness is a single number, it must be non negative."},
		{ColorJitter(0, 0, 0, 0.6), "color jitter: hue values should be between (-0.5, 0.5), but got [-0.6, 0.6]."},
		{ColorJitter(0, nan, 0, 0), "color jitter: contrast values should be between (0, inf), but got [NaN, NaN]."},
		{ColorJitter(0, 0, 0, 0, Saturation(2, 1)), "color jitter: saturation values should be between (0, inf), but got [2, 1]."},
		{Grayscale(2), "grayscale: num_output_channels should be either 1 or 3, not 2"},
		{GaussianBlur(4), "gaussian blur: Kernel size value should be an odd and positive number, not 4"},
		{GaussianBlur(3, Sigma(0, 1)), "gaussian blur: sigma values should be positive and of the form (min, max), not (0, 1)"},
		{Normalize(one, []float32{0}), "normalize: std evaluated to zero after conversion to torch.float32, leading to division by zero."},
		{Normalize(one, []float32(nil)), "normalize: no values: mean [1], std []"},
		{Normalize([]float32{float32(math.Inf(1))}, one), "normalize: mean [+Inf] is not finite"},
		{Pad(-1), "pad: padding -1 should be between 0 and 1048576; to reduce an image use a crop"},
		{Pad(1, PaddingMode(9)), "pad: Padding mode should be either constant, edge, reflect or symmetric"},
		{RandomAffine(-1), "random affine: If degrees is a single number, it must be positive."},
		{RandomAffine(0, Translate(0, 1.5)), "random affine: translation values should be between 0 and 1, not [0 1.5]"},
		{RandomAffine(0, Scale(0, 1)), "random affine: scale values should be positive and of kind (min, max), not (0, 1)"},
		{RandomAffine(0, Shear(1, nan)), "random affine: shear (1, NaN) should be of kind (min, max)"},
		{RandomAffine(0, Interpolation(7)), "random affine: interpolation Interpolation(7) is not supported"},
		{WeightedChoice([]float64{1}, ToTensor(), ToTensor()), "random choice: The number of weights does not match the population: 1 weights, 2 transforms"},
		{WeightedChoice([]float64{0, 0}, ToTensor(), ToTensor()), "random choice: Total of weights must be greater than zero"},
		{WeightedChoice([]float64{2, -1}, ToTensor(), ToTensor()), "random choice: weight -1 should be finite and not negative"},
		{GaussianBlur(3, Width(2)), "gaussian blur: Kernel size value should be an odd and positive number, not 2"},
		{RandomApply(1.1, ToTensor()), "random apply: probability p should be between 0 and 1, not 1.1"},
		{RandomApply(1, nil), "check: transform is nil"},
		{RandomChoice(), "random choice: no transforms"},
		{RandomOrder(Lambda(nil)), "lambda: function is nil"},
		{RandomCrop(0, 1), "random crop: size (0, 0) should be positive"},
		{CenterCrop(3, Width(-1)), "center crop: size (3, -1) should be positive"},
		{Resize(1<<20, Width(1<<20)), "resize: size (1048576, 1048576) is too large"},
		{RandomErasing(2), "random erasing: Random erasing probability should be between 0 and 1, not 2"},
		{RandomErasing(1, Scale(0.5, 1.5)), "random erasing: Scale should be between 0 and 1, not (0.5, 1.5)"},
		{RandomErasing(1, Noise(), Fill(1)), "random erasing: both fill and noise are given"},
		{RandomErasing(1, Ratio(0, 1)), "random erasing: ratio (0, 1) should be of kind (min, max)"},
		{RandomHorizontalFlip(nan), "random horizontal flip: probability p should be between 0 and 1, not NaN"},
		{RandomVerticalFlip(-1), "random vertical flip: probability p should be between 0 and 1, not -1"},
		{RandomGrayscale(3), "random grayscale: probability p should be between 0 and 1, not 3"},
		{RandomResizedCrop(2, Scale(1, 0.5)), "random resized crop: scale (1, 0.5) should be of kind (min, max)"},
		{RandomResizedCrop(2, Ratio(2, 1)), "random resized crop: ratio (2, 1) should be of kind (min, max)"},
		{RandomRotation(-3), "random rotation: If degrees is a single number, it must be positive."},
		{RandomRotation(3, Center(nan, 0)), "random rotation: center [NaN 0] should be finite"},
		{Resize(0), "resize: size (0, 0) should be positive"},
		{Resize(5, Width(5), MaxSize(9)), "resize: max_size should only be passed if size specifies the length of the smaller edge, not [5 5]"},
		{Resize(14, MaxSize(14)), "resize: max_size = 14 must be strictly greater than the requested size for the smaller edge size = 14"},
	} {
		err := Check(Compose{ToTensor(), c.t})
		require.ErrorIs(t, err, ErrArgument, c.text)
		assert.EqualError(t, err, "transforms: "+c.text)
		// Without Check, Apply returns the same error and does not change the image.
		var img Image
		slope(&img)
		if c.t != nil {
			assert.EqualError(t, Compose{c.t}.Apply(&img, rand.New(rand.NewPCG(1, 2))), err.Error())
		}
	}
	require.NoError(t, Check(Compose{RandomApply(0.5, Compose{}), ToTensor(), Lambda(func(*Image, *rand.Rand) error { return nil })}))
	require.ErrorContains(t, MixUp{new(0.0)}.Check(), "alpha 0 should be positive")
	require.ErrorContains(t, Check(Resize(8, Width(0))), "0")
	require.ErrorContains(t, Check(Resize(8, MaxSize(0))), "max_size = 0 must be strictly greater")
	require.Error(t, Check(CenterCrop(8, Width(0))))
	require.Error(t, Check(RandomCrop(8, 0, Width(0))))
	require.Error(t, Check(RandomResizedCrop(8, Width(0))))
	require.ErrorIs(t, MixUp{new(-1.0)}.Check(), ErrArgument)
	require.EqualError(t, CutMix{new(nan)}.Check(), "transforms: cutmix: alpha NaN should be positive")
}

// TestPictures checks that errors about the picture contain both sizes.
func TestPictures(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	normal := Normalize([3]float32{0, 0, 0}, [3]float32{1, 1, 1})
	for _, c := range []struct {
		channels int
		t        Transform
		text     string
	}{
		{3, RandomCrop(12, 0), "random crop: Required crop size (12, 12) is larger than input image size (7, 10)"},
		{3, RandomCrop(12, 1, Sides(0, 0, 1, 0)), "random crop: Required crop size (12, 12) is larger than input image size (7, 11)"},
		{3, GaussianBlur(15), "gaussian blur: Padding size should be less than the corresponding input dimension, but kernel size (15, 15) needs more than (7, 7) pixels and the image has size (7, 10)"},
		{3, normal, "normalize: image has 8-bit pixels: put ToTensor before it"},
		{3, RandomErasing(1), "random erasing: image has 8-bit pixels: put ToTensor before it"},
		{3, Compose{ToTensor(), Resize(3)}, "resize: image has float pixels: put this transform before ToTensor"},
		{3, Compose{ToTensor(), ColorJitter(1, 1, 1, 0)}, "color jitter: image has float pixels: put this transform before ToTensor"},
		{1, Compose{ToTensor(), normal}, "normalize: mean has 3 values, the image has 1 channels"},
		{4, Grayscale(1), "grayscale: image has 4 channels, expects 1 (grey) or 3 (RGB)"},
		{3, Pad(1, Fill(1, 2)), "pad: fill has 2 values, the image has 3 channels"},
		{3, Pad(1, Fill(256)), "pad: fill 256 should be between 0 and 255"},
		{3, Compose{ToTensor(), RandomErasing(0, Fill(1, 2))}, "random erasing: If value is a sequence, it should have either a single value or 3 (number of input channels)"},
		{3, Pad(1 << 20), "pad: an image of size (7, 10) with padding [1048576 1048576 1048576 1048576] is too large"},
	} {
		var img Image
		noise(&img, r, 10, 7, c.channels)
		assert.EqualError(t, c.t.Apply(&img, r), "transforms: "+c.text)
	}
	for name, transform := range randomCases() {
		if name == "apply" || name == "choice" || name == "order" { // only what is in them looks
			continue
		}
		var img Image
		require.ErrorContains(t, transform.Apply(&img, r), "image has no pixels", name)
		assert.Empty(t, img.Reset(-1, 3, 3))
	}
}
