// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// pngFile is the part of a PNG before the pixels. The standard library's decoder requires all
// checksums and the end chunk; Pillow requires only the checksum of the header.
type pngFile struct {
	width, height int
	depth, color  int
	interlaced    bool
	palette       []byte
	rest          []byte // from the first chunk of pixels on
}

// Values of the colour type.
const (
	pngGrey      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGreyAlpha = 4
	pngRGBA      = 6
)

// pngChunk is a chunk: its name and its data, which may be cut at the end of the file.
func pngChunk(b []byte) (name string, data, rest []byte, err error) {
	if len(b) < 8 {
		return "", nil, nil, errTruncated
	}
	name, n := string(b[4:8]), int64(binary.BigEndian.Uint32(b))
	for _, c := range []byte(name) {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "", nil, nil, fmt.Errorf("a chunk with the name %q", name)
		}
	}
	if b = b[8:]; int64(len(b)) < n {
		return name, b, nil, errTruncated
	}
	return name, b[:n], b[n:], nil
}

// pngShortest has the bytes that chunks of a kind have at least.
var pngShortest = map[string]int{"IHDR": 13, "gAMA": 4, "cHRM": 32, "sRGB": 1, "pHYs": 9, "acTL": 8, "fcTL": 26}

func checkPNGChunk(name string, data []byte) error {
	if n := pngShortest[name]; len(data) < n {
		return fmt.Errorf("chunk %s has %d bytes; want %d", name, len(data), n)
	}
	if name == "iCCP" || name == "zTXt" { // a name, 0, and the compression method
		method := 1 + bytes.IndexByte(data, 0)
		if profile := name == "iCCP"; profile && method >= len(data) || (profile || method > 0) && method < len(data) && data[method] != 0 {
			return fmt.Errorf("chunk %s has another compression than 0", name)
		}
	}
	return nil
}

func readPNG(b []byte) (p pngFile, err error) {
	for b = b[8:]; ; {
		name, data, rest, err := pngChunk(b)
		if name == "IDAT" {
			break
		}
		if err != nil {
			return p, err
		}
		if name == "IEND" || name == "fdAT" {
			return p, errors.New("no pixels before the end")
		}
		if len(rest) < 4 || crc32.ChecksumIEEE(b[4:8+len(data)]) != binary.BigEndian.Uint32(rest) {
			return p, fmt.Errorf("chunk %s has a wrong checksum", name)
		}
		if err := p.readChunk(name, data); err != nil {
			return p, err
		}
		b = rest[4:]
	}
	p.rest = b
	if p.depth == 0 {
		return p, errors.New("no header before the pixels")
	}
	return p, nil
}

func (p *pngFile) readChunk(name string, data []byte) error {
	if err := checkPNGChunk(name, data); err != nil {
		return err
	}
	switch be := binary.BigEndian; name {
	case "IHDR":
		w, h := be.Uint32(data), be.Uint32(data[4:])
		if w > 1<<31-1 || h > 1<<31-1 {
			return fmt.Errorf("the picture is %dx%d", w, h)
		}
		p.width, p.height, p.depth, p.color = int(w), int(h), int(data[8]), int(data[9])
		if data[11] != 0 {
			return fmt.Errorf("filter method %d; want 0", data[11])
		}
		p.interlaced = data[12] != 0
		return p.checkKind()
	case "PLTE":
		if p.color == pngPalette {
			if p.palette = data; len(data) > 3*256 {
				return fmt.Errorf("a palette of %d bytes; want at most 768", len(data))
			}
		}
	case "tRNS":
		return p.checkTransparency(data)
	case "fcTL":
		if x, y, w, h := be.Uint32(data[12:]), be.Uint32(data[16:]), be.Uint32(data[4:]), be.Uint32(data[8:]); x|y|be.Uint32(data) != 0 || int(w) != p.width || int(h) != p.height {
			return fmt.Errorf("the first frame has %dx%d pixels at %d, %d; want the whole picture", w, h, x, y)
		}
	}
	return nil
}

func (p *pngFile) checkTransparency(data []byte) error {
	if n := map[int]int{pngGrey: 2, pngRGB: 6}[p.color]; len(data) < n {
		return fmt.Errorf("chunk tRNS has %d bytes; want %d", len(data), n)
	}
	return nil
}

func (p *pngFile) checkKind() error {
	switch d := p.depth; p.color {
	case pngGrey, pngPalette:
		if d == 1 || d == 2 || d == 4 || d == 8 || d == 16 && p.color == pngGrey {
			return nil
		}
	case pngRGB, pngGreyAlpha, pngRGBA:
		if d == 8 || d == 16 {
			return nil
		}
	}
	return fmt.Errorf("colour type %d with %d bits", p.color, p.depth)
}

// pixels returns the compressed data of the chunks of pixels, and what follows them. Their
// checksums don't count.
func (p *pngFile) pixels() (data, rest []byte) {
	for b := p.rest; ; {
		name, part, after, err := pngChunk(b)
		if name != "IDAT" {
			return data, b
		}
		if data == nil {
			data = part[:len(part):len(part)]
		} else {
			data = append(data, part...)
		}
		if err != nil || len(after) < 4 {
			return data, nil
		}
		b = after[4:]
	}
}

// checkEnd checks that the chunks after the pixels are complete. There need be none, and no end.
func (p *pngFile) checkEnd(b []byte) error {
	for {
		name, data, rest, err := pngChunk(b)
		if name == "" || name == "IEND" {
			return nil
		}
		if err == nil {
			err = checkPNGChunk(name, data)
		}
		if err == nil && name == "tRNS" {
			err = p.checkTransparency(data)
		}
		if err != nil || name == "fcTL" {
			return err
		}
		if len(rest) < 4 {
			return nil
		}
		b = rest[4:]
	}
}

func pngSize(data []byte) (w, h int, err error) {
	p, err := readPNG(data)
	return p.width, p.height, err
}

func decodePNG(dst []uint8, data []byte, w, h int) error {
	p, err := readPNG(data)
	if err != nil {
		return err
	}
	compressed, rest := p.pixels()
	z, err := zlib.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return err
	}
	defer z.Close()
	rows := pngRows{source: z, bits: p.depth * map[int]int{pngRGB: 3, pngGreyAlpha: 2, pngRGBA: 4}[p.color]}
	if rows.bits == 0 {
		rows.bits = p.depth
	}
	rows.buf[0], rows.buf[1] = make([]byte, 1+(w*rows.bits+7)/8), make([]byte, 1+(w*rows.bits+7)/8)
	write := p.writer()
	if p.interlaced {
		line := make([]uint8, 3*w)
		for _, a := range adam7 {
			if err := rows.interlaced(dst, line, w, h, a, write); err != nil {
				return err
			}
		}
	} else {
		for y := range h {
			row, err := rows.next(w)
			if err != nil {
				return err
			}
			write(dst[3*w*y:][:3*w], row)
		}
	}
	if err := finish(z, 0); err != nil {
		return err
	}
	return p.checkEnd(rest)
}

// adam7 has the first column and row of each pass, and the steps.
var adam7 = [7][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}

// pngRows undoes the filters of the rows.
type pngRows struct {
	source io.Reader
	bits   int // of a pixel
	buf    [2][]byte
}

func (r *pngRows) interlaced(dst, line []uint8, w, h int, a [4]int, write func(dst, src []uint8)) error {
	n := max(ceilDiv(w-a[0], a[2]), 0)
	if n == 0 {
		return nil
	}
	clear(r.buf[1])
	for y := a[1]; y < h; y += a[3] {
		row, err := r.next(n)
		if err != nil {
			return err
		}
		write(line[:3*n], row)
		for i := range n {
			copy(dst[3*(w*y+a[0]+i*a[2]):][:3], line[3*i:])
		}
	}
	return nil
}

// next returns the next row of n pixels. buf[1] has the one before.
func (r *pngRows) next(n int) ([]byte, error) {
	size := (n*r.bits + 7) / 8
	row, above, step := r.buf[0][:1+size], r.buf[1][1:1+size], max(r.bits/8, 1)
	if _, err := io.ReadFull(r.source, row); err != nil {
		return nil, err
	}
	r.buf[0], r.buf[1] = r.buf[1], r.buf[0]
	filter, row := row[0], row[1:]
	switch filter {
	case 0:
	case 1: // left
		for i := step; i < len(row); i++ {
			row[i] += row[i-step]
		}
	case 2: // above
		for i, v := range above {
			row[i] += v
		}
	case 3: // mean
		for i := range min(step, len(row)) {
			row[i] += above[i] / 2
		}
		for i := step; i < len(row); i++ {
			row[i] += uint8((int(row[i-step]) + int(above[i])) / 2)
		}
	case 4:
		paeth(row, above, step)
	default:
		return nil, fmt.Errorf("filter %d; want 0 to 4", filter)
	}
	return row, nil
}

// paeth adds the nearest of left, above and above left to left + above - above left.
func paeth(row, above []byte, step int) {
	for s := range step {
		var left, corner int
		for i := s; i < len(row); i += step {
			up := int(above[i])
			a, b := up-corner, left-corner
			c := a + b
			a, b, c = max(a, -a), max(b, -b), max(c, -c)
			nearest := left
			if b < a || c < a {
				if nearest = corner; b <= c {
					nearest = up
				}
			}
			left = int(row[i]+uint8(nearest)) & 255
			row[i] = uint8(left)
			corner = up
		}
	}
}

// writer returns what makes RGB of a row: alpha is dropped, 16 bits of grey are clipped,
// of colours the high byte is taken.
func (p *pngFile) writer() func(dst, src []uint8) {
	wide := p.depth / 8
	switch p.color {
	case pngGrey:
		switch p.depth {
		case 8:
			return greys(8, func(b []uint8) uint8 { return b[0] })
		case 16:
			return greys(16, clip16)
		}
		return packed(p.depth, false)
	case pngPalette:
		return func(dst, src []uint8) {
			for x := range len(dst) / 3 {
				i := src[x*p.depth/8]
				if p.depth < 8 {
					i = bitsAt(src, x, p.depth)
				}
				indexed(dst[3*x:][:3], p.palette, i)
			}
		}
	case pngGreyAlpha:
		return greys(8*2*wide, func(b []uint8) uint8 { return b[0] })
	case pngRGB:
		if p.depth == 8 {
			return func(dst, src []uint8) { copy(dst, src) }
		}
		return colors(3, wide, 0, false)
	}
	return colors(4, wide, 0, false)
}
