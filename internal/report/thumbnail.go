// SPDX-License-Identifier: MIT

package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
	"image/png"
)

// Picture is an image within the page.
type Picture struct {
	Source        template.URL
	Width, Height int
}

// Side is the largest width and height of a picture that a report should be given.
const Side = 192

// smallSide is up to where a picture's pixels are shown as they are.
const smallSide = 64

// NewPicture makes a picture of RGB pixels, row by row. Small ones keep their pixels, others
// become JPEG.
func NewPicture(pix []uint8, width, height int) (Picture, error) {
	if width < 1 || height < 1 || len(pix) != 3*width*height {
		return Picture{}, fmt.Errorf("report: a picture of %dx%d has %d bytes, want three a pixel", width, height, len(pix))
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		copy(img.Pix[4*i:], pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	var b bytes.Buffer
	kind, err := "png", error(nil)
	if max(width, height) <= smallSide {
		err = png.Encode(&b, img)
	} else {
		kind, err = "jpeg", jpeg.Encode(&b, img, &jpeg.Options{Quality: 82})
	}
	// Base64 holds nothing that could end the attribute.
	return Picture{template.URL("data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString(b.Bytes())), width, height}, err
}

// Small reports whether the picture's pixels are to be seen one by one.
func (p Picture) Small() bool { return max(p.Width, p.Height) <= smallSide }
