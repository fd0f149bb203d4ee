// SPDX-License-Identifier: MIT

package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"

	"golang.org/x/image/webp"
)

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// webpFrame is the picture, or the first one of an animation.
type webpFrame struct {
	width, height int // of the canvas
	x, y, w, h    int // of the frame in it
	file          []byte
}

// webpChunk is a chunk: its name and its data, padded to an even number of bytes.
func webpChunk(b []byte) (name string, data, rest []byte, err error) {
	if len(b) < 8 {
		return "", nil, nil, errTruncated
	}
	name, n := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
	if b = b[8:]; int64(len(b)) < n {
		return "", nil, nil, errTruncated
	}
	return name, b[:n], b[min(n+n&1, int64(len(b))):], nil
}

func readWebP(data []byte) (f webpFrame, err error) {
	size := int64(binary.LittleEndian.Uint32(data[4:])) + 8
	if size > int64(len(data)) {
		return f, errTruncated
	}
	rest := data[12:max(size, 12)]
	extended := false
	for first := true; ; first = false {
		name, chunk, after, err := webpChunk(rest)
		if err != nil {
			return f, err
		}
		if first && name != "VP8X" && name != "VP8 " && name != "VP8L" {
			return f, fmt.Errorf("the first chunk is %q", name)
		}
		switch rest = after; name {
		case "VP8X":
			if extended || len(chunk) < 10 {
				return f, errors.New("a wrong header of an extended file")
			}
			extended = true
			f.width, f.height = le24(chunk[4:])+1, le24(chunk[7:])+1
			f.w, f.h = f.width, f.height
			const animated = 2
			if chunk[0]&animated == 0 {
				return f, f.still(rest)
			}
		case "ANMF":
			if !extended || len(chunk) < 16 {
				return f, errors.New("a wrong header of a frame")
			}
			f.x, f.y = 2*le24(chunk), 2*le24(chunk[3:])
			f.w, f.h = le24(chunk[6:])+1, le24(chunk[9:])+1
			if f.x+f.w > f.width || f.y+f.h > f.height {
				return f, fmt.Errorf("a frame of %dx%d pixels at %d, %d of %dx%d", f.w, f.h, f.x, f.y, f.width, f.height)
			}
			return f, f.still(chunk[16:])
		case "VP8 ", "VP8L":
			if !extended {
				return f, f.still(data[12:size])
			}
		}
	}
}

func le24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// still makes a file of its own of the chunks of a frame.
func (f *webpFrame) still(chunks []byte) error {
	var alpha, pixels []byte
	for pixels == nil {
		name, chunk, rest, err := webpChunk(chunks)
		if err != nil {
			return err
		}
		whole := chunks[:8+len(chunk)]
		switch chunks = rest; name {
		case "ALPH":
			alpha = whole
		case "VP8 ", "VP8L":
			pixels = whole
		}
	}
	lossless := pixels[3] == 'L'
	file := []byte("RIFF\x00\x00\x00\x00WEBP")
	c, err := webp.DecodeConfig(bytes.NewReader(webpFile(file, pixels)))
	if err != nil {
		return err
	}
	if f.width == 0 {
		f.width, f.height, f.w, f.h = c.Width, c.Height, c.Width, c.Height
	}
	if c.Width != f.w || c.Height != f.h {
		return fmt.Errorf("the picture is %dx%d, but its header says %dx%d", c.Width, c.Height, f.w, f.h)
	}
	if alpha != nil && !lossless {
		const hasAlpha = 16
		header := []byte("VP8X\x0a\x00\x00\x00\x10\x00\x00\x00")
		for _, n := range []int{f.w - 1, f.h - 1} {
			header = append(header, byte(n), byte(n>>8), byte(n>>16))
		}
		header[8] = hasAlpha
		f.file = webpFile(file, header, alpha, pixels)
		return nil
	}
	f.file = webpFile(file, pixels)
	return nil
}

// webpFile puts chunks behind the header.
func webpFile(header []byte, chunks ...[]byte) []byte {
	file := bytes.Clone(header)
	for _, c := range chunks {
		if file = append(file, c...); len(c)%2 != 0 {
			file = append(file, 0)
		}
	}
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

func webpSize(data []byte) (w, h int, err error) {
	defer guard(&err)
	f, err := readWebP(data)
	return f.width, f.height, err
}

// decodeWebP leaves black what the first frame does not cover.
func decodeWebP(dst []uint8, data []byte, w, h int) (err error) {
	defer guard(&err)
	f, err := readWebP(data)
	if err != nil {
		return err
	}
	if f.w == w && f.h == h {
		return f.decode(dst)
	}
	frame := make([]uint8, 3*f.w*f.h)
	if err := f.decode(frame); err != nil {
		return err
	}
	clear(dst)
	for y := range f.h {
		copy(dst[3*(w*(f.y+y)+f.x):], frame[3*f.w*y:][:3*f.w])
	}
	return nil
}

func (f *webpFrame) decode(dst []uint8) error {
	m, err := webp.Decode(bytes.NewReader(f.file))
	if err != nil {
		return err
	}
	w, h := f.w, f.h
	if b := m.Bounds(); b.Dx() != w || b.Dy() != h {
		return fmt.Errorf("the picture is %dx%d, but its header says %dx%d", b.Dx(), b.Dy(), w, h)
	}
	var lossy *image.YCbCr
	switch m := m.(type) {
	case *image.YCbCr:
		lossy = m
	case *image.NYCbCrA:
		lossy = &m.YCbCr
	case *image.NRGBA:
		for y := range h {
			pick(dst[3*w*y:][:3*w], m.Pix[m.Stride*y:], 4, 1)
		}
		return nil
	default:
		return fmt.Errorf("cannot convert %T to RGB", m)
	}
	for y := range h {
		// A row of pixels lies between two rows of chroma and is three times as near to one
		// of them. The first and the last row have one only.
		near := y / 2
		far := near - 1 + 2*(y%2)
		far = min(max(far, 0), (h-1)/2)
		upsampledRow(dst[3*w*y:][:3*w], lossy.Y[lossy.YStride*y:],
			lossy.Cb[lossy.CStride*near:], lossy.Cb[lossy.CStride*far:],
			lossy.Cr[lossy.CStride*near:], lossy.Cr[lossy.CStride*far:])
	}
	return nil
}

// upsampledRow converts one row, its chroma interpolated from the four samples around
// each pixel with the weights 9, 3, 3, 1 of 16 as libwebp does ("fancy upsampling"),
// which rounds in two steps.
func upsampledRow(dst, y, uNear, uFar, vNear, vFar []uint8) {
	w := len(dst) / 3
	chroma := func(near, far []uint8, x int) int {
		i := x / 2
		j := i - 1 + 2*(x%2)
		if j < 0 || j > (w-1)/2 {
			return (3*int(near[i]) + int(far[i]) + 2) >> 2
		}
		a, b, c, d := int(near[i]), int(near[j]), int(far[i]), int(far[j])
		return (a + (a+b+c+d+2*(b+c)+8)>>3) >> 1
	}
	for x := range w {
		limitedRange(dst[3*x:][:3], int(y[x]), chroma(uNear, uFar, x), chroma(vNear, vFar, x))
	}
}

// limitedRange converts BT.601 colours with 16..235 for black to white to RGB, in the
// integers of libwebp.
func limitedRange(dst []uint8, y, u, v int) {
	l := y * 19077 >> 8
	dst[0] = clip6(l + v*26149>>8 - 14234)
	dst[1] = clip6(l - u*6419>>8 - v*13320>>8 + 8708)
	dst[2] = clip6(l + u*33050>>8 - 17685)
}

// clip6 rounds down a value with 6 bits of fraction.
func clip6(v int) uint8 { return uint8(min(max(v>>6, 0), 255)) }
