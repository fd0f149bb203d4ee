// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/atomicfile"
)

const (
	sheetRows    = 8  // images
	sheetColumns = 8  // augmented versions, after the image itself
	sheetTile    = 72 // least side of a tile in pixels
	sheetGap     = 6
	sheetText    = 120 // width of the class name in pixels
)

// drawSheet writes a picture with a row for each of some images: the image as in evaluation,
// then augmented versions of it.
func drawSheet(path string, d *datasets.ImageFolder, c card, o dataOptions) error {
	augment, err := c.augmented(o.augment)
	if err != nil {
		return err
	}
	plain := c.transform()
	zoom := max(1, (sheetTile+c.Width-1)/c.Width)
	tile := image.Pt(c.Width*zoom+sheetGap, c.Height*zoom+sheetGap)
	rows := sheetSamples(d)
	sheet := image.NewRGBA(image.Rect(0, 0, sheetText+(1+sheetColumns)*tile.X+2*sheetGap, len(rows)*tile.Y+sheetGap))
	draw.Draw(sheet, sheet.Rect, image.White, image.Point{}, draw.Src)
	for row, i := range rows {
		at := image.Pt(sheetText, sheetGap+row*tile.Y)
		label(sheet, d.Classes[d.Samples[i].Class], image.Pt(sheetGap, at.Y+tile.Y/2))
		for column := range 1 + sheetColumns {
			var img transforms.Image
			if err := d.Decode(i, &img); err != nil {
				return err
			}
			t := augment
			if column == 0 {
				t = plain
			}
			if err := t.Apply(&img, rand.New(rand.NewPCG(o.seed, uint64(row*sheetColumns+column)))); err != nil {
				return fmt.Errorf("%s: %w", d.Samples[i].Path, err)
			}
			drawFloats(sheet, at, &img, c, zoom)
			at.X += tile.X
			if column == 0 {
				at.X += sheetGap
			}
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, sheet) })
}

// sheetSamples chooses readable images of as many classes as possible.
func sheetSamples(d *datasets.ImageFolder) (list []int) {
	left := make([]int, len(d.Classes)) // images still to take of each class
	for class := range left {
		left[class] = sheetRows / len(left)
		if class < sheetRows%len(left) {
			left[class]++
		}
	}
	var img transforms.Image
	for i, s := range d.Samples {
		if left[s.Class] > 0 && d.Decode(i, &img) == nil {
			left[s.Class]--
			list = append(list, i)
		}
	}
	return list
}

// drawFloats draws a normalized image, with the normalization undone.
func drawFloats(sheet *image.RGBA, at image.Point, img *transforms.Image, c card, zoom int) {
	channels, h, w := img.Shape()
	values := img.Floats()
	level := func(ch, p int) uint8 {
		ch = min(ch, channels-1)
		v := values[ch*h*w+p]*c.Std[ch] + c.Mean[ch]
		return uint8(min(max(v*255+0.5, 0), 255))
	}
	for y := range h * zoom {
		for x := range w * zoom {
			p := y/zoom*w + x/zoom
			sheet.SetRGBA(at.X+x, at.Y+y, color.RGBA{level(0, p), level(1, p), level(2, p), 255})
		}
	}
}

// label writes a text, cut to the width of its column.
func label(sheet *image.RGBA, text string, at image.Point) {
	face := basicfont.Face7x13
	if most := (sheetText - 2*sheetGap) / face.Advance; len(text) > most {
		text = text[:most]
	}
	d := font.Drawer{Dst: sheet, Src: image.Black, Face: face, Dot: fixed.P(at.X, at.Y)}
	d.DrawString(text)
}
