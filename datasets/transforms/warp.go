// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
)

// matrix maps a point of the result to the source: x = m[0]x + m[1]y + m[2], and y by the other
// three.
type matrix [6]float64

// at maps a point. The conversions keep the compiler from fusing a multiplication with
// an addition, which would round once less than Pillow.
func (m *matrix) at(x, y float64) (float64, float64) {
	return float64(m[0]*x) + float64(m[1]*y) + m[2], float64(m[3]*x) + float64(m[4]*y) + m[5]
}

// warp replaces img by w by h pixels at the points of m, with fill outside the source, as Pillow's
// Image.transform(AFFINE).
func (img *Image) warp(transform string, m matrix, w, h int, f Interpolation, fillValues []float32) error {
	bytes, err := fillOf(fillValues, img, transform)
	if err != nil {
		return err
	}
	if w <= 0 || h <= 0 || !fits(w, h) || !finite(m[:]...) {
		return fmt.Errorf("transforms: %s: cannot transform an image of size (%d, %d) to (%d, %d) by %v", transform, img.height, img.width, h, w, m)
	}
	img.bare()
	n := img.channels
	img.spare = growPixels(img.spare, w*h*n)
	img.fill = bytes
	img.fillPixels(img.spare)
	switch {
	case f == Bilinear:
		img.warpBilinear(img.spare, &m, w, h)
	case f == Bicubic:
		img.warpBicubic(img.spare, &m, w, h)
	case m[1] == 0 && m[3] == 0:
		img.warpStraight(img.spare, &m, w, h)
	case m.fixed(0, 0) && m.fixed(w, h) && m.fixed(0, h) && m.fixed(w, 0):
		img.warpFixed(img.spare, &m, w, h)
	default:
		img.warpNearest(img.spare, &m, w, h)
	}
	img.pix, img.spare = img.spare, img.pix
	img.whole(w, h)
	return nil
}

// pixel returns source pixel (x, y), or nil outside.
func (img *Image) pixel(x, y int) []uint8 {
	if uint(x) >= uint(img.width) || uint(y) >= uint(img.height) {
		return nil
	}
	at := (img.origin + y*img.stride + x) * img.channels
	return img.pix[at : at+img.channels]
}

// coordinate returns the integer part of v, or -1 if v is negative.
func coordinate(v float64) int {
	if v < 0 {
		return -1
	}
	return int(min(v, math.MaxInt32))
}

// warpStraight is nearest-neighbor interpolation for maps without rotation and shear.
func (img *Image) warpStraight(dst []uint8, m *matrix, w, h int) {
	n := img.channels
	columns := grow(img.work.columns, w)
	img.work.columns = columns
	x := m[2] + float64(m[0]*0.5)
	for i := range columns {
		columns[i] = int32(coordinate(x))
		x += m[0]
	}
	y := m[5] + float64(m[4]*0.5)
	for range h {
		at := coordinate(y)
		for _, x := range columns {
			copy(dst[:n], img.pixel(int(x), at))
			dst = dst[n:]
		}
		y += m[4]
	}
}

// fixed reports whether the source of a point fits 32 bits with 16 binary places.
func (m *matrix) fixed(x, y int) bool {
	u, v := m.at(float64(x), float64(y))
	return math.Abs(u) < 32768 && math.Abs(v) < 32768
}

// warpFixed is nearest-neighbor interpolation. Coordinates have 16 binary places and are accumulated.
func (img *Image) warpFixed(dst []uint8, m *matrix, w, h int) {
	fix := func(v float64) int32 { return int32(math.Floor(v*65536 + 0.5)) }
	n := img.channels
	a0, a1, a3, a4 := fix(m[0]), fix(m[1]), fix(m[3]), fix(m[4])
	a2 := fix(m[2] + float64(m[0]*0.5) + float64(m[1]*0.5))
	a5 := fix(m[5] + float64(m[3]*0.5) + float64(m[4]*0.5))
	for range h {
		x, y := a2, a5
		for range w {
			if p := img.pixel(int(x>>16), int(y>>16)); p != nil {
				copy(dst[:n], p)
			}
			dst = dst[n:]
			x += a0
			y += a3
		}
		a2 += a1
		a5 += a4
	}
}

// warpNearest is warpFixed for coordinates that do not fit.
func (img *Image) warpNearest(dst []uint8, m *matrix, w, h int) {
	n := img.channels
	x0, y0 := m[2]+float64(m[0]*0.5)+float64(m[1]*0.5), m[5]+float64(m[3]*0.5)+float64(m[4]*0.5)
	for range h {
		x, y := x0, y0
		for range w {
			copy(dst[:n], img.pixel(coordinate(x), coordinate(y)))
			dst = dst[n:]
			x += m[0]
			y += m[3]
		}
		x0 += m[1]
		y0 += m[4]
	}
}

// warpBilinear is bilinear interpolation, with repeated pixels at the edges.
func (img *Image) warpBilinear(dst []uint8, m *matrix, w, h int) {
	n := img.channels
	between := func(a, b uint8, d float64) float64 { return float64(a) + float64((float64(b)-float64(a))*d) }
	for i := range h {
		for j := range w {
			x, y := m.at(float64(j)+0.5, float64(i)+0.5)
			if x >= 0 && x < float64(img.width) && y >= 0 && y < float64(img.height) {
				left, top := math.Floor(x-0.5), math.Floor(y-0.5)
				dx, dy := x-0.5-left, y-0.5-top
				x0, x1 := max(int(left), 0), min(int(left)+1, img.width-1)
				y0, y1 := max(int(top), 0), min(int(top)+1, img.height-1)
				p, q, r, s := img.pixel(x0, y0), img.pixel(x1, y0), img.pixel(x0, y1), img.pixel(x1, y1)
				for c := range n {
					upper, lower := between(p[c], q[c], dx), between(r[c], s[c], dx)
					dst[c] = uint8(upper + float64((lower-upper)*dy))
				}
			}
			dst = dst[n:]
		}
	}
}
