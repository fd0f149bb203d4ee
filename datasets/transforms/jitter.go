// SPDX-License-Identifier: MIT

package transforms

import (
	"math"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/absent"
)

// The adjustments of ColorJitter.
const (
	brightness = iota
	contrast
	saturation
	hue
)

var jitterNames = [4]string{"brightness", "contrast", "saturation", "hue"}

type colorJitter struct {
	checked
	settings
}

// ColorJitter returns a transform that changes brightness, contrast and saturation by random
// factors between max(0, 1-b) and 1+b, and likewise for c and s, and the hue by -h to h of the
// circle, in a random order. The options [Brightness], [Contrast], [Saturation] and [Hue] set other
// ranges.
func ColorJitter(b, c, s, h float64, opts ...ColorJitterOption) Transform {
	t := colorJitter{}
	for i, v := range [4]float64{b, c, s, h} {
		if v < 0 {
			t.wrong("color jitter", "If %s is a single number, it must be non negative.", jitterNames[i])
		}
		t.jitter[i] = span{max(1-v, 0), 1 + v}
	}
	t.jitter[hue] = span{-h, h}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyColorJitter(&t.settings)
		}
	}
	for i, s := range t.jitter[:hue] {
		if !s.within(0, math.MaxFloat64) {
			t.wrong("color jitter", "%s values should be between (0, inf), but got [%g, %g].", jitterNames[i], s.low, s.high)
		}
	}
	if s := t.jitter[hue]; !s.within(-0.5, 0.5) {
		t.wrong("color jitter", "hue values should be between (-0.5, 0.5), but got [%g, %g].", s.low, s.high)
	}
	return t
}

func (t colorJitter) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := colorsOf(img, "color jitter"); err != nil {
		return err
	}
	order := [4]int{brightness, contrast, saturation, hue}
	for i := 3; i > 0; i-- {
		j := r.IntN(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	for _, which := range order {
		neutral := 1.0
		if which == hue {
			neutral = 0
		}
		s := t.jitter[which]
		if s.low == neutral && s.high == neutral {
			continue
		}
		img.adjust(which, s.draw(r))
	}
	return nil
}

// adjust changes the colors as torchvision's adjust_brightness and its siblings.
func (img *Image) adjust(which int, factor float64) {
	if img.channels == 1 && (which == saturation || which == hue) {
		return
	}
	img.flatten()
	switch which {
	case brightness:
		img.blend(0, float32(factor))
	case contrast:
		img.blend(img.meanGray(), float32(factor))
	case saturation:
		saturate(img.pix, float32(factor))
	case hue:
		turnHue(img.pix, uint8(int32(factor*255)))
	}
}

// blend interpolates, or extrapolates, between level and each byte by a factor.
func (img *Image) blend(level uint8, factor float32) {
	var table [256]uint8
	for v := range table {
		table[v] = mix(level, uint8(v), factor)
	}
	for i, v := range img.pix {
		img.pix[i] = table[v]
	}
}

// mix is Pillow's blend of two bytes: a for a factor of 0, b for 1. It truncates the result, in
// float32.
func mix(a, b uint8, factor float32) uint8 {
	v := float32(a) + float32(factor*float32(int(b)-int(a)))
	return uint8(min(max(v, 0), 255))
}

// luma returns the brightness of a color, ITU-R 601 in 16-bit fixed point.
func luma(r, g, b uint8) uint8 {
	return uint8((uint32(r)*19595 + uint32(g)*38470 + uint32(b)*7471 + 0x8000) >> 16)
}

// meanGray returns the mean brightness, rounded.
func (img *Image) meanGray() uint8 {
	sum := 0
	if img.channels == 1 {
		for _, v := range img.pix {
			sum += int(v)
		}
	} else {
		for p := img.pix; len(p) >= 3; p = p[3:] {
			sum += int(luma(p[0], p[1], p[2]))
		}
	}
	return uint8(float64(sum)/float64(img.width*img.height) + 0.5)
}

func saturate(pix []uint8, factor float32) {
	for p := pix; len(p) >= 3; p = p[3:] {
		l := luma(p[0], p[1], p[2])
		p[0], p[1], p[2] = mix(l, p[0], factor), mix(l, p[1], factor), mix(l, p[2], factor)
	}
}
