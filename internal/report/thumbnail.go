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

// Picture is an image that is embedded in the page.
type Picture struct {
	Source        template.URL
	Width, Height int
}

// Side is the largest width and height that a picture in a report should have.
const Side = 192

// smallSide is the largest width and height of a picture that is stored losslessly.
const smallSide = 64

// NewPicture returns a picture of RGB pixels in row-major order. Small pictures are stored as
// PNG, others as JPEG.
func NewPicture(pix []uint8, width, height int) (Picture, error) {
	if width < 1 || height < 1 || len(pix) != 3*width*height {
		return Picture{}, fmt.Errorf("report: a picture of %dx%d has %d bytes, expects three per pixel", width, height, len(pix))
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
	// Base64 has no character that could end the attribute.
	return Picture{template.URL("data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString(b.Bytes())), width, height}, err
}

// Small reports whether the picture is enlarged without interpolation.
func (p Picture) Small() bool { return max(p.Width, p.Height) <= smallSide }
