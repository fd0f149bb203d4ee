// SPDX-License-Identifier: MIT

package picture

import (
	"fmt"
	"math"
	"strconv"
)

// pnm is the header of a PBM, PGM or PPM file.
type pnm struct {
	width, height int
	max           int // the value of white; of a PBM 1, and its 1 is black
	bitmap        bool
	channels      int  // 1 or 3
	plain         bool // decimal numbers
	rest          []byte
}

func isPNM(data []byte) bool {
	if len(data) < 3 || data[0] != 'P' || !isSpace(data[2]) {
		return false
	}
	switch data[1] {
	case '1', '2', '3', '4', '5', '6':
		return true
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func readPNM(data []byte) (p pnm, err error) {
	kind := data[1]
	p.plain = kind <= '3'
	p.bitmap = kind == '1' || kind == '4'
	p.channels = 1
	if kind == '3' || kind == '6' {
		p.channels = 3
	}
	p.rest = data[3:]
	for _, field := range []struct {
		name string
		v    *int
	}{{"width", &p.width}, {"height", &p.height}, {"maxval", &p.max}} {
		if p.bitmap && field.v == &p.max {
			p.max = 1
			continue
		}
		if *field.v, err = p.number(); err != nil {
			return p, fmt.Errorf("%s: %w", field.name, err)
		}
	}
	if p.max < 1 || p.max > 65535 {
		return p, fmt.Errorf("maxval is %d; want 1 to 65535", p.max)
	}
	return p, nil
}

// number reads a decimal number and the white space behind it.
func (p *pnm) number() (int, error) {
	var token []byte
	for i := 0; ; i++ {
		switch {
		case i == len(p.rest):
			p.rest = nil
		case p.rest[i] == '#':
			for i+1 < len(p.rest) && p.rest[i] != '\n' && p.rest[i] != '\r' {
				i++
			}
			continue
		case !isSpace(p.rest[i]):
			if token = append(token, p.rest[i]); len(token) > 10 {
				return 0, fmt.Errorf("token too long: %q", token)
			}
			continue
		case len(token) == 0:
			continue
		default:
			p.rest = p.rest[i+1:]
		}
		if len(token) == 0 {
			return 0, errTruncated
		}
		n, err := strconv.ParseUint(string(token), 10, 31)
		if err != nil {
			return 0, fmt.Errorf("want a number, got %q", token)
		}
		return int(n), nil
	}
}

func pnmSize(data []byte) (w, h int, err error) {
	p, err := readPNM(data)
	return p.width, p.height, err
}

func decodePNM(dst []uint8, data []byte, w, h int) error {
	p, err := readPNM(data)
	if err != nil {
		return err
	}
	if p.bitmap {
		return p.bits(dst, w, h)
	}
	size := 1
	if p.max > 255 {
		size = 2
	}
	if !p.plain && len(p.rest) < size*p.channels*w*h {
		return fmt.Errorf("%w: %d bytes of pixels; want %d", errTruncated, len(p.rest), size*p.channels*w*h)
	}
	if !p.plain && p.channels == 3 && p.max == 255 {
		copy(dst, p.rest)
		return nil
	}
	scale := p.scale()
	for i := range w * h {
		for c := range p.channels {
			v, at := 0, i*p.channels+c
			switch {
			case p.plain:
				if v, err = p.number(); err != nil {
					return err
				}
				if v > p.max {
					return fmt.Errorf("channel value too large for this mode: %d; maxval is %d", v, p.max)
				}
			case size == 1:
				v = int(p.rest[at])
			default:
				v = int(p.rest[2*at])<<8 | int(p.rest[2*at+1])
			}
			dst[3*i+c] = scale(v)
		}
		if p.channels == 1 {
			dst[3*i+1], dst[3*i+2] = dst[3*i], dst[3*i]
		}
	}
	return nil
}

// bits decodes a PBM: rows of whole bytes, the first pixel at the top, or characters.
func (p *pnm) bits(dst []uint8, w, h int) error {
	if row := (w + 7) / 8; !p.plain {
		if len(p.rest) < row*h {
			return fmt.Errorf("%w: %d bytes of pixels; want %d", errTruncated, len(p.rest), row*h)
		}
		for i := range w * h {
			x := i % w
			bit := p.rest[i/w*row+x/8] >> (7 - x%8) & 1
			grey(dst, i, bit-1)
		}
		return nil
	}
	i, comment := 0, false
	for _, c := range p.rest {
		switch {
		case i == w*h:
			return nil
		case comment:
			comment = c != '\n' && c != '\r'
		case c == '#':
			comment = true
		case c == '0' || c == '1':
			grey(dst, i, c-'1')
			i++
		case !isSpace(c):
			return fmt.Errorf("want pixels 0 and 1, got %q", c)
		}
	}
	if i < w*h {
		return fmt.Errorf("%w: %d pixels; want %d", errTruncated, i, w*h)
	}
	return nil
}

// scale returns what makes 8 bits of a value. As in Pillow, grey of more than 8 bits is
// scaled to 16 bits and then clipped; colour is scaled to 8.
func (p *pnm) scale() func(v int) uint8 {
	white := 255.0
	if p.channels == 1 && p.max > 255 {
		white = 65535
	}
	return func(v int) uint8 {
		return uint8(min(math.RoundToEven(float64(v)/float64(p.max)*white), 255))
	}
}
