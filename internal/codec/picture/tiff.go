// SPDX-License-Identifier: MIT

package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// tiff is the first picture of a TIFF or BigTIFF file.
type tiff struct {
	data  []byte
	order binary.ByteOrder
	big   bool // BigTIFF
	tags  tiffTags

	width, height   int // as stored, before orientation
	samples, depth  int // samples of a pixel, bits of a sample
	photometric     int
	format          int // of samples: 1 unsigned, 2 signed, 3 floating-point
	extra           []int
	compression     int
	predictor       int
	reversed        bool // bits of a byte, the first pixel at the bottom
	separate        bool // each sample has its plane
	planes          int  // 1, or one for each sample
	orientation     int
	palette         []int
	faxOptions      int
	jpegTables      []byte
	tiled           bool
	segmentW        int // of a tile or a strip
	segmentH        int
	offsets, counts []int
	luma, reference []float64 // of YCbCr
	subsampling     []int     // of chroma, in x and y; nil: not said
}

// Values of the compression tag.
const (
	tiffRaw        = 1
	tiffFaxRows    = 2
	tiffFax3       = 3
	tiffFax4       = 4
	tiffLZW        = 5
	tiffOldJPEG    = 6
	tiffJPEG       = 7
	tiffDeflate    = 8
	tiffPackBits   = 32773
	tiffOldDeflate = 32946
)

// Values of the photometric tag.
const (
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffCMYK        = 5
	tiffYCbCr       = 6
	tiffLab         = 8
)

func readTIFF(data []byte) (*tiff, error) {
	t := &tiff{data: data}
	tags, err := t.readTags()
	if err != nil {
		return nil, err
	}
	if t.width, err = tags.one(256, 0); err == nil {
		t.height, err = tags.one(257, 0)
	}
	if err != nil {
		return nil, err
	}
	if t.width < 1 || t.height < 1 {
		return nil, fmt.Errorf("the picture is %dx%d; want at least one pixel", t.width, t.height)
	}
	planar, fill := 1, 1
	for _, f := range []struct {
		tag int
		v   *int
		def int
	}{
		{259, &t.compression, tiffRaw}, {262, &t.photometric, tiffWhiteIsZero}, {266, &fill, 1}, {274, &t.orientation, 1},
		{277, &t.samples, 1}, {284, &planar, 1}, {317, &t.predictor, 1}, {292, &t.faxOptions, 0},
	} {
		if *f.v, err = tags.one(f.tag, f.def); err != nil {
			return nil, err
		}
	}
	if fill < 1 || fill > 2 || planar < 1 || planar > 2 {
		return nil, fmt.Errorf("fill order %d and planar configuration %d; want 1 or 2", fill, planar)
	}
	t.reversed = fill == 2 && t.compression != tiffJPEG
	if err := t.readSamples(tags, planar); err != nil {
		return nil, err
	}
	t.palette = tags.numbers(320)
	t.jpegTables = tags.bytes(347)
	t.luma, t.reference = tags.rationals(529), tags.rationals(532)
	if t.subsampling = tags.numbers(530); len(t.subsampling) != 2 {
		t.subsampling = nil
	}
	t.tags = tags
	return t, nil
}

// readSamples reads what a pixel is made of.
func (t *tiff) readSamples(tags tiffTags, planar int) error {
	t.planes = 1
	depths, formats := tags.numbers(258), tags.numbers(339)
	t.extra = tags.numbers(338)
	if len(depths) == 0 {
		depths = []int{1}
	}
	if planar == 2 && len(t.extra) > 0 && slices.Max(t.extra) == 0 {
		// Planes that mean nothing come last and need not be read.
		t.samples -= len(t.extra)
		depths = depths[:max(len(depths)-len(t.extra), 1)]
		t.extra = nil
	}
	const most = 6
	if t.samples < 1 || t.samples > most {
		return fmt.Errorf("%d samples a pixel; want 1 to %d", t.samples, most)
	}
	if len(depths) < t.samples && len(depths) > 1 {
		return fmt.Errorf("bits of %d samples; want those of %d", len(depths), t.samples)
	}
	depths = depths[:min(len(depths), t.samples)]
	t.depth, t.format = depths[0], 1
	if len(formats) > 0 {
		t.format = formats[0]
	}
	for _, d := range depths {
		if d != t.depth {
			return fmt.Errorf("samples of %d and %d bits in one pixel", t.depth, d)
		}
	}
	for _, f := range formats {
		if f != t.format {
			return fmt.Errorf("samples of formats %d and %d in one pixel", t.format, f)
		}
	}
	if t.separate = planar == 2; t.separate {
		t.planes = t.samples
	}
	return nil
}

// readLayout reads where the pixels are: in strips over the whole width, or in tiles.
func (t *tiff) readLayout() (err error) {
	tags := t.tags
	t.offsets, t.counts = tags.numbers(273), tags.numbers(279)
	t.segmentW = t.width
	if len(t.offsets) == 0 {
		t.tiled = true
		t.offsets, t.counts = tags.numbers(324), tags.numbers(325)
		if t.segmentW, err = tags.one(322, 0); err != nil {
			return err
		}
	}
	rows := 278
	if t.tiled {
		rows = 323
	}
	if t.segmentH, err = tags.one(rows, t.height); err != nil {
		return err
	}
	if t.segmentW < 1 || t.segmentH < 1 {
		return fmt.Errorf("strips or tiles of %dx%d pixels", t.segmentW, t.segmentH)
	}
	if !t.tiled {
		t.segmentH = min(t.segmentH, t.height)
	}
	// What is decoded is whole tiles.
	across := ceilDiv(t.width, t.segmentW)
	down := ceilDiv(t.height, t.segmentH)
	if padded := int64(across) * int64(t.segmentW) * int64(down) * int64(t.segmentH); padded > max(defaultPixels, int64(t.width)*int64(t.height)) {
		return fmt.Errorf("tiles of %dx%d pixels in a picture of %dx%d", t.segmentW, t.segmentH, t.width, t.height)
	}
	want := t.planes * across * down
	if len(t.offsets) == 0 {
		return errors.New("no strips and no tiles")
	}
	if want == 1 {
		// The last of several offsets counts in Pillow, the first in libtiff.
		if t.compression == tiffRaw {
			t.offsets = t.offsets[len(t.offsets)-1:]
		}
		t.offsets = t.offsets[:1]
	}
	if len(t.offsets) < want {
		return fmt.Errorf("%w: %d strips or tiles; want %d", errTruncated, len(t.offsets), want)
	}
	if t.compression == tiffRaw && len(t.offsets) > want {
		return fmt.Errorf("%d strips or tiles; want %d", len(t.offsets), want)
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// turned says that rows become columns.
func (t *tiff) turned() bool { return t.orientation >= 5 && t.orientation <= 8 }

func tiffSize(data []byte) (w, h int, err error) {
	t, err := readTIFF(data)
	if err != nil {
		return 0, 0, err
	}
	if t.turned() {
		return t.height, t.width, nil
	}
	return t.width, t.height, nil
}

// decodeTIFF follows the orientation tag, as Pillow does for TIFF alone.
func decodeTIFF(dst []uint8, data []byte, w, h int) (err error) {
	defer guard(&err)
	t, err := readTIFF(data)
	if err != nil {
		return err
	}
	if err := t.readLayout(); err != nil {
		return err
	}
	if t.orientation < 2 || t.orientation > 8 {
		return t.decode(dst)
	}
	src := make([]uint8, len(dst))
	if err := t.decode(src); err != nil {
		return err
	}
	sw, sh := t.width, t.height
	for y := range h {
		for x := range w {
			sx, sy := x, y
			switch t.orientation {
			case 2:
				sx = sw - 1 - x
			case 3:
				sx, sy = sw-1-x, sh-1-y
			case 4:
				sy = sh - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, sh-1-x
			case 7:
				sx, sy = sw-1-y, sh-1-x
			case 8:
				sx, sy = sw-1-y, x
			}
			copy(dst[3*(y*w+x):][:3], src[3*(sy*sw+sx):])
		}
	}
	return nil
}
