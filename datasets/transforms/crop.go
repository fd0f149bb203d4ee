// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/absent"
)

type centerCrop struct {
	checked
	settings
}

// CenterCrop returns a transform that crops the center, size by size pixels, or size high and
// [Width] wide. Smaller images are padded with zeros.
func CenterCrop(size int, opts ...CenterCropOption) Transform {
	t := centerCrop{settings: settings{height: size, width: size}}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyCenterCrop(&t.settings)
		}
	}
	t.checked.size("center crop", t.height, t.width)
	return t
}

func (t centerCrop) Apply(img *Image, _ *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := img.sized(); err != nil {
		return err
	}
	h, w := max(0, t.height-img.height), max(0, t.width-img.width)
	if h > 0 || w > 0 {
		if err := img.pad("center crop", [4]int{w / 2, h / 2, (w + 1) / 2, (h + 1) / 2}, nil, Constant); err != nil {
			return err
		}
	}
	x, y := round(float64(img.width-t.width)/2), round(float64(img.height-t.height)/2)
	img.crop(rect{x, y, t.width, t.height})
	return nil
}

type randomCrop struct {
	checked
	settings
}

// RandomCrop returns a transform that pads the image by padding pixels and crops a part at a random
// position: size by size pixels, or size high and [Width] wide. Other options are [Sides], [Fill], a
// [PaddingMode] and [PadIfNeeded].
func RandomCrop(size, padding int, opts ...RandomCropOption) Transform {
	t := randomCrop{settings: settings{height: size, width: size, sides: [4]int{padding, padding, padding, padding}}}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyRandomCrop(&t.settings)
		}
	}
	t.checked.size("random crop", t.height, t.width)
	t.padding("random crop", t.sides, t.mode)
	return t
}

func (t randomCrop) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := img.sized(); err != nil {
		return err
	}
	if t.sides != [4]int{} {
		if err := img.pad("random crop", t.sides, t.fill, t.mode); err != nil {
			return err
		}
	}
	if t.padIfNeeded {
		w, h := max(0, t.width-img.width), max(0, t.height-img.height)
		if w > 0 || h > 0 {
			if err := img.pad("random crop", [4]int{w, h, w, h}, t.fill, t.mode); err != nil {
				return err
			}
		}
	}
	if img.height < t.height || img.width < t.width {
		return fmt.Errorf("transforms: random crop: Required crop size (%d, %d) is larger than input image size (%d, %d)",
			t.height, t.width, img.height, img.width)
	}
	y := r.IntN(img.height - t.height + 1)
	img.crop(rect{r.IntN(img.width - t.width + 1), y, t.width, t.height})
	return nil
}
