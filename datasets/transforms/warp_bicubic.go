// SPDX-License-Identifier: MIT

package transforms

import "math"

// warpBicubic is bicubic interpolation, along rows and then along the column. Outside the image,
// columns repeat the last pixel, and rows the result of the previous row.
func (img *Image) warpBicubic(dst []uint8, m *matrix, w, h int) {
	n := img.channels
	for i := range h {
		for j := range w {
			x, y := m.at(float64(j)+0.5, float64(i)+0.5)
			if x >= 0 && x < float64(img.width) && y >= 0 && y < float64(img.height) {
				left, top := math.Floor(x-0.5), math.Floor(y-0.5)
				img.bicubic(dst[:n], int(left)-1, int(top)-1, x-0.5-left, y-0.5-top)
			}
			dst = dst[n:]
		}
	}
}

// bicubic writes the pixel at an offset of dx, dy from source pixel (x+1, y+1).
func (img *Image) bicubic(dst []uint8, x, y int, dx, dy float64) {
	var columns [4]int
	for i := range columns {
		columns[i] = min(max(x+i, 0), img.width-1)
	}
	for c := range dst {
		var v [4]float64
		for i := range v {
			if i > 0 && (y+i < 0 || y+i >= img.height) {
				v[i] = v[i-1]
				continue
			}
			row := min(max(y+i, 0), img.height-1)
			var p [4]float64
			for k, column := range columns {
				p[k] = float64(img.pixel(column, row)[c])
			}
			v[i] = cubic(p, dx)
		}
		dst[c] = uint8(min(max(cubic(v, dy), 0), 255))
	}
}

// cubic interpolates between v[1] and v[2], at distance d from v[1]. The conversions keep the
// compiler from fusing a multiplication with an addition.
func cubic(v [4]float64, d float64) float64 {
	p2 := v[2] - v[0]
	p3 := float64(2*(v[0]-v[1])) + v[2] - v[3]
	p4 := v[1] - v[0] - v[2] + v[3]
	return v[1] + float64(d*(p2+float64(d*(p3+float64(d*p4)))))
}
