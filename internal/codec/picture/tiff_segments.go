// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// decode writes the picture, before orientation, as RGB.
func (t *tiff) decode(dst []uint8) error {
	p, err := t.pixels()
	if err != nil {
		return err
	}
	if t.photometric == tiffYCbCr && t.compression != tiffRaw && t.compression != tiffJPEG {
		return t.decodeYCbCr(dst)
	}
	if err := t.checkPredictor(); err != nil {
		return err
	}
	across := ceilDiv(t.width, t.segmentW)
	each := across * ceilDiv(t.height, t.segmentH) // of a plane
	for i := range each {
		x, y := i%across*t.segmentW, i/across*t.segmentH
		var planes []io.Reader
		for plane := range t.planes {
			r, err := t.open(plane*each+i, min(t.segmentH, t.height-y), y+t.segmentH > t.height)
			if err != nil {
				return err
			}
			planes = append(planes, r)
		}
		if err := t.decodeSegment(dst[3*(y*t.width+x):], planes, p, min(t.segmentW, t.width-x), min(t.segmentH, t.height-y)); err != nil {
			return err
		}
	}
	return nil
}

// decodeSegment writes w x h pixels, those of a strip or tile that are in the picture.
func (t *tiff) decodeSegment(dst []uint8, planes []io.Reader, p tiffPixels, w, h int) error {
	samples := t.samples / t.planes
	stored := (t.segmentW*samples*t.depth + 7) / 8
	row, all := make([]byte, stored), make([]byte, stored*t.planes)
	size := t.depth / 8
	for y := range h {
		pixels := row
		for plane, r := range planes {
			if _, err := io.ReadFull(r, row); err != nil {
				return err
			}
			if t.reversed && t.compression == tiffRaw {
				reverseBits(row)
			}
			t.unpredict(row, samples)
			if t.planes == 1 {
				continue
			}
			pixels = all
			for x := range t.segmentW {
				copy(all[(x*t.planes+plane)*size:][:size], row[x*size:])
			}
		}
		p.write(dst[3*t.width*y:][:3*w], pixels)
	}
	if t.compression == tiffRaw {
		return nil
	}
	for _, r := range planes {
		unused := int64(0) // rows of a tile
		if t.tiled {
			unused = int64(stored) * int64(t.segmentH-h)
		}
		if err := finish(r, unused); err != nil {
			return err
		}
	}
	return nil
}

// finish checks that n more bytes follow, and that the data after them, if any, is valid.
// With Deflate that is the checksum.
func finish(r io.Reader, n int64) error {
	if _, err := io.CopyN(io.Discard, r, n); err != nil {
		return err
	}
	if _, ok := r.(io.Closer); !ok {
		return nil
	}
	if _, err := r.Read(make([]byte, 1)); err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return nil
}

// open returns the bytes of a strip or tile, which has the given number of rows in the picture; cut:
// and not all that it has.
func (t *tiff) open(i, rows int, cut bool) (io.Reader, error) {
	at := t.offsets[i]
	if at < 0 || at > len(t.data) {
		return nil, errTruncated
	}
	b := t.data[at:]
	if t.compression == tiffRaw {
		return bytes.NewReader(b), nil
	}
	if i < len(t.counts) && t.counts[i] > 0 {
		if t.counts[i] > len(b) {
			return nil, errTruncated
		}
		b = b[:t.counts[i]]
	}
	if t.reversed {
		b = bytes.Clone(b)
		reverseBits(b)
	}
	switch t.compression {
	case tiffPackBits:
		return &packBits{data: b}, nil
	case tiffDeflate, tiffOldDeflate:
		return zlib.NewReader(bytes.NewReader(b))
	case tiffLZW:
		if len(b) > 1 && b[0] == 0 && b[1]&1 != 0 {
			return nil, errors.New("LZW in the order of old files is not implemented")
		}
		return lzw.NewReader(bytes.NewReader(b), lzw.MSB, 8), nil
	case tiffJPEG:
		return t.openJPEG(b, rows, cut)
	case tiffFax3, tiffFax4:
		format := ccitt.Group4
		if t.compression == tiffFax3 {
			if format = ccitt.Group3; t.faxOptions&1 != 0 {
				return nil, errors.New("two-dimensional Group 3 is not implemented")
			}
		}
		if t.depth != 1 || t.samples != 1 {
			return nil, fmt.Errorf("fax compression of %d samples of %d bits", t.samples, t.depth)
		}
		// Black is 1.
		return ccitt.NewReader(bytes.NewReader(b), ccitt.MSB, format, t.segmentW, rows, &ccitt.Options{Invert: true, Align: t.compression == tiffFax3 && t.faxOptions&4 != 0}), nil
	}
	return nil, fmt.Errorf("compression %d is not implemented", t.compression)
}

func reverseBits(b []byte) {
	for i, v := range b {
		b[i] = bits.Reverse8(v)
	}
}

// packBits reads runs of bytes: a count below 128 and that many bytes and one more, or a
// count n above and a byte that is there 257-n times.
type packBits struct {
	data   []byte
	copies int // bytes to be copied
	run    int // times that the next byte is there
}

func (p *packBits) Read(out []byte) (n int, err error) {
	for n < len(out) {
		if len(p.data) == 0 {
			return n, io.ErrUnexpectedEOF
		}
		switch {
		case p.copies > 0:
			k := min(p.copies, len(out)-n, len(p.data))
			copy(out[n:], p.data[:k])
			n, p.copies, p.data = n+k, p.copies-k, p.data[k:]
		case p.run > 0:
			out[n] = p.data[0]
			if n++; p.run == 1 {
				p.data = p.data[1:]
			}
			p.run--
		case p.data[0] < 128:
			p.copies, p.data = int(p.data[0])+1, p.data[1:]
		case p.data[0] > 128:
			p.run, p.data = 257-int(p.data[0]), p.data[1:]
		default: // nothing
			p.data = p.data[1:]
		}
	}
	return n, nil
}
