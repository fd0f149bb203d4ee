// SPDX-License-Identifier: MIT

package transforms

import (
	"math"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/absent"
)

type randomRotation struct {
	checked
	settings
}

// RandomRotation returns a transform that rotates the image counterclockwise by -degrees to degrees.
// Options are [Angles], [Expand], [Center], [Fill] and an [Interpolation], by default Nearest.
func RandomRotation(degrees float64, opts ...RotationOption) Transform {
	t := randomRotation{settings: settings{angles: span{-degrees, degrees}}}
	if degrees < 0 {
		t.wrong("random rotation", "If degrees is a single number, it must be positive.")
	}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyRotation(&t.settings)
		}
	}
	t.turning("random rotation", &t.settings)
	return t
}

// turning checks the common settings of rotations and affine transforms.
func (c *checked) turning(transform string, s *settings) {
	if !s.angles.within(-math.MaxFloat64, math.MaxFloat64) {
		c.wrong(transform, "degrees %v should be of kind (min, max)", s.angles)
	}
	if s.center != nil && !finite(s.center[:]...) {
		c.wrong(transform, "center %v should be finite", *s.center)
	}
	c.interpolation(transform, s.filter)
}

func (t randomRotation) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := bytesOf(img, "random rotation"); err != nil {
		return err
	}
	return img.rotate(t.angles.draw(r), &t.settings)
}

func (img *Image) rotate(angle float64, s *settings) error {
	angle = math.Mod(angle, 360)
	if angle < 0 {
		angle += 360
	}
	w, h := img.width, img.height
	if s.center == nil {
		switch {
		case angle == 0:
			return nil
		case angle == 180:
			img.flipHorizontal()
			img.flipVertical()
			return nil
		case (angle == 90 || angle == 270) && (s.expand || w == h):
			img.quarter(angle == 90)
			return nil
		}
	}
	center := [2]float64{float64(w) / 2, float64(h) / 2}
	if s.center != nil {
		center = *s.center
	}
	turn := -radians(angle)
	cos, sin := round15(math.Cos(turn)), round15(math.Sin(turn))
	m := matrix{cos, sin, 0, -sin, cos, 0}
	m[2], m[5] = m.at(-center[0], -center[1])
	m[2] += center[0]
	m[5] += center[1]
	if s.expand {
		left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for _, corner := range [4][2]float64{{0, 0}, {float64(w), 0}, {float64(w), float64(h)}, {0, float64(h)}} {
			x, y := m.at(corner[0], corner[1])
			left, right = min(left, x), max(right, x)
			top, bottom = min(top, y), max(bottom, y)
		}
		newW, newH := math.Ceil(right)-math.Floor(left), math.Ceil(bottom)-math.Floor(top)
		m[2], m[5] = m.at(-(newW-float64(w))/2, -(newH-float64(h))/2)
		w, h = int(newW), int(newH)
	}
	return img.warp("random rotation", m, w, h, s.filter, s.fill)
}

// quarter rotates the image by 90 degrees, to the left or the right.
func (img *Image) quarter(left bool) {
	img.bare()
	n, w, h := img.channels, img.height, img.width // of the result
	img.spare = growPixels(img.spare, w*h*n)
	dst := img.spare
	for y := range h {
		for x := range w {
			if left {
				copy(dst[:n], img.pixel(h-1-y, x))
			} else {
				copy(dst[:n], img.pixel(y, w-1-x))
			}
			dst = dst[n:]
		}
	}
	img.pix, img.spare = img.spare, img.pix
	img.whole(w, h)
}

func radians(degrees float64) float64 { return degrees * (math.Pi / 180) }

// round15 rounds to 15 decimals. The product is too imprecise near a half; its rounding error then
// decides.
func round15(v float64) float64 {
	const places = 1e15
	p := v * places
	whole := math.RoundToEven(p)
	switch rest := p - whole + math.FMA(v, places, -p); {
	case rest > 0.5:
		whole++
	case rest < -0.5:
		whole--
	}
	return whole / places
}

type randomAffine struct {
	checked
	settings
}

// RandomAffine returns a transform that rotates the image clockwise by -degrees to degrees and, with
// the options [Translate], [Scale] and [Shear], translates, scales and shears it, about its center or
// [Center]. Other options are [Angles], [Fill] and an [Interpolation], by default Nearest.
func RandomAffine(degrees float64, opts ...AffineOption) Transform {
	t := randomAffine{settings: settings{angles: span{-degrees, degrees}, scale: span{1, 1}}}
	if degrees < 0 {
		t.wrong("random affine", "If degrees is a single number, it must be positive.")
	}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyAffine(&t.settings)
		}
	}
	t.turning("random affine", &t.settings)
	for _, v := range t.translate {
		if !(v >= 0 && v <= 1) {
			t.wrong("random affine", "translation values should be between 0 and 1, not %v", t.translate)
		}
	}
	if !t.scale.within(math.SmallestNonzeroFloat64, math.MaxFloat64) {
		t.wrong("random affine", "scale values should be positive and of kind (min, max), not %v", t.scale)
	}
	for _, s := range t.shear {
		if !s.within(-math.MaxFloat64, math.MaxFloat64) {
			t.wrong("random affine", "shear %v should be of kind (min, max)", s)
		}
	}
	return t
}

func (t randomAffine) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := bytesOf(img, "random affine"); err != nil {
		return err
	}
	w, h := float64(img.width), float64(img.height)
	angle := t.angles.draw(r)
	x := round(span{-t.translate[0] * w, t.translate[0] * w}.draw(r))
	y := round(span{-t.translate[1] * h, t.translate[1] * h}.draw(r))
	size := t.scale.draw(r)
	shear := [2]float64{t.shear[0].draw(r), t.shear[1].draw(r)}
	center := [2]float64{w * 0.5, h * 0.5}
	if t.center != nil {
		center = *t.center
	}
	m := inverseAffine(center, angle, [2]float64{float64(x), float64(y)}, size, shear)
	return img.warp("random affine", m, img.width, img.height, t.filter, t.fill)
}

// inverseAffine returns the map from the result to the source image, which is sheared, scaled,
// rotated about center and translated, in this order.
func inverseAffine(center [2]float64, angle float64, move [2]float64, size float64, shear [2]float64) matrix {
	turn, sx, sy := radians(angle), radians(shear[0]), radians(shear[1])
	a := math.Cos(turn-sy) / math.Cos(sy)
	b := -float64(math.Cos(turn-sy)*math.Tan(sx)/math.Cos(sy)) - math.Sin(turn)
	c := math.Sin(turn-sy) / math.Cos(sy)
	d := -float64(math.Sin(turn-sy)*math.Tan(sx)/math.Cos(sy)) + math.Cos(turn)
	m := matrix{d / size, -b / size, 0, -c / size, a / size, 0}
	x, y := -center[0]-move[0], -center[1]-move[1]
	m[2] = float64(m[0]*x) + float64(m[1]*y) + center[0]
	m[5] = float64(m[3]*x) + float64(m[4]*y) + center[1]
	return m
}
