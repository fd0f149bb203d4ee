// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"github.com/stheno-go/stheno/internal/codec/jpeg"
)

// yccPixels are YCbCr without subsampling, in the numbers of Pillow's tables, which have 6
// bits of fraction.
func yccPixels(dst, src []uint8) {
	for x := range len(dst) / 3 {
		p, o := src[3*x:][:3], dst[3*x:][:3]
		y, c := int(p[0]), &yccTables
		o[0] = clip8(y + c[0][p[2]]>>6)
		o[1] = clip8(y + (c[1][p[1]]+c[2][p[2]])>>6)
		o[2] = clip8(y + c[3][p[1]]>>6)
	}
}

// yccTables are the shares of Cr in red, of Cb and Cr in green, and of Cb in blue.
var yccTables = func() (tables [4][256]int) {
	for t, k := range [4]float64{1.402, -0.34414, -0.71414, 1.772} {
		for i := range 256 {
			tables[t][i] = int(k*64*float64(i-128) + 0.5)
		}
	}
	return tables
}()

func clip8(v int) uint8 { return uint8(min(max(v, 0), 255)) }

// decodeYCbCr decodes compressed YCbCr as libtiff, which has chroma for blocks of pixels
// and its own numbers.
func (t *tiff) decodeYCbCr(dst []uint8) error {
	h, v := 2, 2
	if t.subsampling != nil {
		h, v = t.subsampling[0], t.subsampling[1]
	}
	switch [2]int{h, v} {
	case [2]int{1, 1}, [2]int{1, 2}, [2]int{2, 1}, [2]int{2, 2}, [2]int{4, 1}, [2]int{4, 2}, [2]int{4, 4}:
	default:
		return fmt.Errorf("chroma for %dx%d pixels is not implemented", h, v)
	}
	if t.planes > 1 && h*v > 1 || t.predicted() {
		return fmt.Errorf("YCbCr in %d planes, predictor %d, chroma for %dx%d pixels is not implemented", t.planes, t.predictor, h, v)
	}
	convert, err := t.yccConversion()
	if err != nil {
		return err
	}
	across := ceilDiv(t.width, t.segmentW)
	each := across * ceilDiv(t.height, t.segmentH)
	block := make([]byte, (h*v+2)*ceilDiv(t.segmentW, h))
	for i := range each {
		x0, y0 := i%across*t.segmentW, i/across*t.segmentH
		w, rows := min(t.segmentW, t.width-x0), min(t.segmentH, t.height-y0)
		var planes []io.Reader
		for plane := range t.planes {
			r, err := t.open(plane*each+i, rows, y0+t.segmentH > t.height)
			if err != nil {
				return err
			}
			planes = append(planes, r)
		}
		for y := 0; y < rows; y += v {
			if err := readBlocks(block, planes); err != nil {
				return err
			}
			for dy := range min(v, rows-y) {
				row := dst[3*((y0+y+dy)*t.width+x0):]
				for x := range w {
					b := block[x/h*(h*v+2):]
					convert(row[3*x:][:3], b[dy*h+x%h], b[h*v], b[h*v+1])
				}
			}
		}
	}
	return nil
}

// readBlocks reads a row of blocks: the luma samples of each, then its chroma.
func readBlocks(block []byte, planes []io.Reader) error {
	if len(planes) == 1 {
		_, err := io.ReadFull(planes[0], block)
		return err
	}
	row := make([]byte, len(block)/3)
	for i, r := range planes {
		if _, err := io.ReadFull(r, row); err != nil {
			return err
		}
		for x, v := range row {
			block[3*x+i] = v
		}
	}
	return nil
}

// yccConversion follows the tags for the weights of the colours in Y and for the values of
// black and white, in integers with 16 bits of fraction.
func (t *tiff) yccConversion() (func(dst []uint8, y, cb, cr uint8), error) {
	luma, ref := []float32{0.299, 0.587, 0.114}, []float32{0, 255, 128, 255, 128, 255}
	for _, c := range []struct {
		to   []float32
		from []float64
	}{{luma, t.luma}, {ref, t.reference}} {
		if len(c.from) == 0 {
			continue
		}
		if len(c.from) != len(c.to) {
			return nil, fmt.Errorf("%d numbers for YCbCr colours; want %d", len(c.from), len(c.to))
		}
		for i, v := range c.from {
			if c.to[i] = float32(v); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("the numbers for YCbCr colours are %v", c.from)
			}
		}
	}
	if luma[1] == 0 {
		return nil, fmt.Errorf("the weight of green in Y is 0")
	}
	fixed := func(v float32) int { return int(float64(min(max(v, 0), 2)*65536) + 0.5) }
	f1, f3 := 2-2*luma[0], 2-2*luma[2]
	d1, d2, d3, d4 := fixed(f1), fixed(luma[0]*f1/luma[1]), fixed(f3), fixed(luma[2]*f3/luma[1])
	value := func(c float32, black, white, scale float32) int {
		black = float32(int(black))
		span := white - float32(int(black))
		if span == 0 {
			span = 1
		}
		return int(min(max((c-black)*scale/span, -128*32), 128*32))
	}
	var yTable, crRed, cbBlue, crGreen, cbGreen [256]int
	for i := range 256 {
		x := float32(i - 128)
		cr, cb := value(x, ref[4]-128, ref[5]-128, 127), value(x, ref[2]-128, ref[3]-128, 127)
		crRed[i], cbBlue[i] = (d1*cr+1<<15)>>16, (d3*cb+1<<15)>>16
		crGreen[i], cbGreen[i] = -d2*cr, -d4*cb+1<<15
		yTable[i] = value(float32(i), ref[0], ref[1], 255)
	}
	return func(dst []uint8, y, cb, cr uint8) {
		l := yTable[y]
		dst[0] = clip8(l + crRed[cr])
		dst[1] = clip8(l + (cbGreen[cb]+crGreen[cr])>>16)
		dst[2] = clip8(l + cbBlue[cb])
	}, nil
}

// openJPEG decodes a strip or tile that is a JPEG file, its tables elsewhere.
func (t *tiff) openJPEG(b []byte, rows int, cut bool) (io.Reader, error) {
	h, err := jpeg.ReadHeader(b)
	if err != nil {
		return nil, err
	}
	if t.tiled {
		rows = t.segmentH
	}
	samples := t.samples / t.planes
	if h.Width != t.segmentW || h.Height != rows && (!cut || t.tiled || h.Height > t.segmentH || h.Height < rows) || h.Components != samples || t.depth != 8 {
		return nil, fmt.Errorf("a JPEG of %dx%d pixels with %d samples of 8 bits; want %dx%d with %d of %d", h.Width, h.Height, h.Components, t.segmentW, rows, samples, t.depth)
	}
	pixels := make([]uint8, h.Width*h.Height*samples)
	err = jpeg.DecodeSamples(pixels, b, t.jpegTables, t.photometric == tiffYCbCr)
	return bytes.NewReader(pixels), err
}
