// SPDX-License-Identifier: MIT

package main

import (
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/report"
)

// thumbnail returns a small picture of the original image.
func thumbnail(d datasets.Decoder, i int) (report.Picture, error) {
	var img transforms.Image
	if err := d.Decode(i, &img); err != nil {
		return report.Picture{}, err
	}
	_, h, w := img.Shape()
	if long := max(h, w); long > report.Side {
		h, w = max(h*report.Side/long, 1), max(w*report.Side/long, 1)
		if err := transforms.Resize(h, transforms.Width(w)).Apply(&img, nil); err != nil {
			return report.Picture{}, err
		}
	}
	return report.NewPicture(img.Pixels(), w, h)
}
