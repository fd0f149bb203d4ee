// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/png"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"
	"gonum.org/v1/plot"

	"github.com/stheno-go/stheno/trainers/charts"
)

// save writes panels as a picture of half the size that charts.Save gives it and with few
// colors: a small file.
func save(path string, panels []*plot.Plot) error {
	dir, err := os.MkdirTemp("", "page")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	full := filepath.Join(dir, "full.png")
	if err := charts.Save(full, panels...); err != nil {
		return err
	}
	b, err := os.ReadFile(full)
	if err != nil {
		return err
	}
	large, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return err
	}
	half := image.NewRGBA(image.Rect(0, 0, large.Bounds().Dx()/2, large.Bounds().Dy()/2))
	draw.CatmullRom.Scale(half, half.Bounds(), large, large.Bounds(), draw.Src, nil)
	small := image.NewPaletted(half.Bounds(), palette.WebSafe)
	draw.Draw(small, small.Bounds(), half, image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o666)
}
