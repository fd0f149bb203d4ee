// SPDX-License-Identifier: MIT

package transforms

import "math/rand/v2"

type grayscale struct {
	checked
	channels int
}

// Grayscale returns a transform to grayscale, with 1 channel or 3 equal ones.
func Grayscale(channels int) Transform {
	t := grayscale{channels: channels}
	if channels != 1 && channels != 3 {
		t.wrong("grayscale", "num_output_channels should be either 1 or 3, not %d", channels)
	}
	return t
}

func (t grayscale) Apply(img *Image, _ *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := colorsOf(img, "grayscale"); err != nil {
		return err
	}
	img.gray(t.channels)
	return nil
}

func (img *Image) gray(channels int) {
	if img.channels == 1 && channels == 1 {
		return
	}
	img.flatten()
	n := img.channels
	img.spare = growPixels(img.spare, img.width*img.height*channels)
	dst := img.spare
	for p := img.pix; len(p) >= n; p = p[n:] {
		v := p[0]
		if n == 3 {
			v = luma(p[0], p[1], p[2])
		}
		if channels == 3 {
			dst[1], dst[2] = v, v
		}
		dst[0] = v
		dst = dst[channels:]
	}
	img.pix, img.spare = img.spare, img.pix
	img.channels = channels
}

type randomGrayscale struct {
	checked
	p float64
}

// RandomGrayscale returns a transform to grayscale with probability p (0.1 in torch). It keeps the
// number of channels.
func RandomGrayscale(p float64) Transform {
	t := randomGrayscale{p: p}
	t.probability("random grayscale", p)
	return t
}

func (t randomGrayscale) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := colorsOf(img, "random grayscale"); err != nil {
		return err
	}
	if chance(r, t.p) {
		img.gray(img.channels)
	}
	return nil
}
