// SPDX-License-Identifier: MIT

package transforms

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/stheno-go/stheno/internal/absent"
	"github.com/stheno-go/stheno/internal/resample"
)

type resize struct {
	checked
	settings
}

// Resize returns a transform that resizes the shorter edge to size pixels and keeps the aspect
// ratio; with [Width] the image becomes size pixels high and that wide. Other options are [MaxSize]
// and an [Interpolation], by default Bilinear. The pixels are Pillow's, bit for bit; an alpha
// channel is resized like the others.
func Resize(size int, opts ...ResizeOption) Transform {
	t := resize{settings: settings{height: size, width: size, filter: Bilinear}}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyResize(&t.settings)
		}
	}
	t.checked.size("resize", t.height, t.width)
	t.interpolation("resize", t.filter)
	switch {
	case !t.bounded:
	case t.pair:
		t.wrong("resize", "max_size should only be passed if size specifies the length of the smaller edge, not [%d %d]", t.height, t.width)
	case t.maxSize <= size:
		t.wrong("resize", "max_size = %d must be strictly greater than the requested size for the smaller edge size = %d", t.maxSize, size)
	}
	return t
}

func (c *checked) interpolation(transform string, i Interpolation) {
	if i < Nearest || i > Bicubic {
		c.wrong(transform, "interpolation %v is not supported", i)
	}
}

func (t resize) Apply(img *Image, _ *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := bytesOf(img, "resize"); err != nil {
		return err
	}
	h, w := t.height, t.width
	if !t.pair {
		h, w = resized(img.height, img.width, t.height, t.maxSize)
	}
	return img.resize(w, h, t.filter)
}

// resized returns the new height and width of an image whose shorter edge becomes size.
func resized(h, w, size, maxSize int) (int, int) {
	short, long := min(h, w), max(h, w)
	newShort, newLong := size, int(float64(size)*float64(long)/float64(short))
	if maxSize > 0 && newLong > maxSize {
		newShort, newLong = int(float64(maxSize)*float64(newShort)/float64(newLong)), maxSize
	}
	if w <= h {
		return newLong, newShort
	}
	return newShort, newLong
}

func (img *Image) resize(w, h int, f Interpolation) error {
	if w == img.width && h == img.height {
		return nil
	}
	if w <= 0 || h <= 0 || !fits(w, h) {
		return fmt.Errorf("transforms: resize: cannot resize an image of size (%d, %d) to (%d, %d)", img.height, img.width, h, w)
	}
	img.bare()
	n := img.channels
	img.spare = growPixels(img.spare, w*h*n)
	img.work.resizer.Resize(img.spare, w, h, resample.Source{
		Pix: img.pix, Origin: img.origin * n, Stride: img.stride * n,
		Width: img.width, Height: img.height, Channels: n,
	}, [...]resample.Filter{resample.Nearest, resample.Bilinear, resample.Bicubic}[f])
	img.pix, img.spare = img.spare, img.pix
	img.whole(w, h)
	return nil
}

type randomResizedCrop struct {
	checked
	settings
}

// RandomResizedCrop returns a transform that crops a part of random area and aspect ratio and
// resizes it to size by size pixels, or size high and [Width] wide. Other options are [Scale],
// [Ratio] and an [Interpolation], by default Bilinear.
func RandomResizedCrop(size int, opts ...ResizedCropOption) Transform {
	t := randomResizedCrop{settings: settings{height: size, width: size, filter: Bilinear, scale: span{0.08, 1}, ratio: span{3.0 / 4, 4.0 / 3}}}
	for _, o := range opts {
		if !absent.Is(o) {
			o.applyResizedCrop(&t.settings)
		}
	}
	t.checked.size("random resized crop", t.height, t.width)
	t.interpolation("random resized crop", t.filter)
	if !t.scale.within(0, math.MaxFloat64) {
		t.wrong("random resized crop", "scale %v should be of kind (min, max)", t.scale)
	}
	if !t.ratio.within(math.SmallestNonzeroFloat64, math.MaxFloat64) {
		t.wrong("random resized crop", "ratio %v should be of kind (min, max)", t.ratio)
	}
	return t
}

func (t randomResizedCrop) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if err := img.sized(); err != nil {
		return err
	}
	img.crop(t.draw(img.width, img.height, r))
	if err := bytesOf(img, "random resized crop"); err != nil {
		return err
	}
	return img.resize(t.width, t.height, t.filter)
}

// draw chooses the part. If ten attempts do not fit, it is the largest centered part with an allowed
// aspect ratio.
func (t randomResizedCrop) draw(width, height int, r *rand.Rand) rect {
	area := float64(width * height)
	logs := span{math.Log(t.ratio.low), math.Log(t.ratio.high)}
	for range 10 {
		area := area * t.scale.draw(r)
		ratio := math.Exp(logs.draw(r))
		w, h := round(math.Sqrt(area*ratio)), round(math.Sqrt(area/ratio))
		if 0 < w && w <= width && 0 < h && h <= height {
			y := r.IntN(height - h + 1)
			return rect{r.IntN(width - w + 1), y, w, h}
		}
	}
	w, h := width, height
	if ratio := float64(width) / float64(height); ratio < t.ratio.low {
		h = min(max(round(float64(w)/t.ratio.low), 1), height)
	} else if ratio > t.ratio.high {
		w = min(max(round(float64(h)*t.ratio.high), 1), width)
	}
	return rect{(width - w) / 2, (height - h) / 2, w, h}
}

// round is Python's: it rounds halves to even.
func round(x float64) int { return int(math.RoundToEven(min(x, math.MaxInt32))) }
