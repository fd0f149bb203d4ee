// SPDX-License-Identifier: MIT

package transforms

import "math/rand/v2"

type randomFlip struct {
	checked
	p        float64
	vertical bool
}

// RandomHorizontalFlip returns a transform that flips left and right with probability p (0.5 in
// torch).
func RandomHorizontalFlip(p float64) Transform {
	t := randomFlip{p: p}
	t.probability("random horizontal flip", p)
	return t
}

// RandomVerticalFlip returns a transform that flips top and bottom with probability p (0.5 in
// torch).
func RandomVerticalFlip(p float64) Transform {
	t := randomFlip{p: p, vertical: true}
	t.probability("random vertical flip", p)
	return t
}

func (t randomFlip) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := img.check(); err != nil {
		return err
	}
	if !chance(r, t.p) {
		return nil
	}
	if t.vertical {
		img.flipVertical()
	} else {
		img.flipHorizontal()
	}
	return nil
}
