// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"fmt"
	"image"

	"golang.org/x/image/webp"
)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

func webpSize(data []byte) (w, h int, err error) {
	defer guard(&err)
	c, err := webp.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

func decodeWebP(dst []uint8, data []byte, w, h int) (err error) {
	defer guard(&err)
	m, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	var lossy *image.YCbCr
	switch m := m.(type) {
	case *image.YCbCr:
		lossy = m
	case *image.NYCbCrA:
		lossy = &m.YCbCr
	default:
		return writeRGB(dst, m, w, h)
	}
	if b := lossy.Rect; b.Dx() != w || b.Dy() != h {
		return fmt.Errorf("the picture is %dx%d, but its header says %dx%d", b.Dx(), b.Dy(), w, h)
	}
	for y := range h {
		// A row of pixels lies between two rows of chroma and is three times as near to one
		// of them. The first and the last row have one only.
		near := y / 2
		far := near - 1 + 2*(y%2)
		far = min(max(far, 0), (h-1)/2)
		upsampledRow(dst[3*w*y:][:3*w], lossy.Y[lossy.YStride*y:],
			lossy.Cb[lossy.CStride*near:], lossy.Cb[lossy.CStride*far:],
			lossy.Cr[lossy.CStride*near:], lossy.Cr[lossy.CStride*far:])
	}
	return nil
}

// upsampledRow converts one row, its chroma interpolated from the four samples around
// each pixel with the weights 9, 3, 3, 1 of 16 as libwebp does ("fancy upsampling"),
// which rounds in two steps.
func upsampledRow(dst, y, uNear, uFar, vNear, vFar []uint8) {
	w := len(dst) / 3
	chroma := func(near, far []uint8, x int) int {
		i := x / 2
		j := i - 1 + 2*(x%2)
		if j < 0 || j > (w-1)/2 {
			return (3*int(near[i]) + int(far[i]) + 2) >> 2
		}
		a, b, c, d := int(near[i]), int(near[j]), int(far[i]), int(far[j])
		return (a + (a+b+c+d+2*(b+c)+8)>>3) >> 1
	}
	for x := range w {
		limitedRange(dst[3*x:][:3], int(y[x]), chroma(uNear, uFar, x), chroma(vNear, vFar, x))
	}
}

// limitedRange converts BT.601 colours with 16..235 for black to white to RGB, in the
// integers of libwebp.
func limitedRange(dst []uint8, y, u, v int) {
	l := y * 19077 >> 8
	dst[0] = clip6(l + v*26149>>8 - 14234)
	dst[1] = clip6(l - u*6419>>8 - v*13320>>8 + 8708)
	dst[2] = clip6(l + u*33050>>8 - 17685)
}

// clip6 rounds down a value with 6 bits of fraction.
func clip6(v int) uint8 { return uint8(min(max(v>>6, 0), 255)) }
