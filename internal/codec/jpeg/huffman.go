// SPDX-License-Identifier: MIT

package jpeg

import "bytes"

// lookBits are the bits of a code, and of the coefficient behind it, that one look into a
// table decodes.
const lookBits = 10

// huffman is a table of codes.
type huffman struct {
	defined bool
	ready   bool // look and so on are made
	valid   bool
	counts  [16]uint8 // of codes with 1 to 16 bits
	values  [256]uint8
	n       int
	largest uint8

	// look has, for the next bits: 0, or
	// bits 0-7: length of the code (and of the coefficient),
	// bits 8-11: run of zeros, bits 12-15: length of the coefficient that is to be read still,
	// bits 16-31: the coefficient.
	look [1 << lookBits]uint32
	// short has, for the next 8 bits: 0, or length of the code, and the symbol from bit 8 on.
	short [256]uint16
	// limit is the first 16 bits that are behind all codes of up to that length.
	limit  [18]uint32
	offset [17]int32 // from a code to its index in values
}

// define stores a table. Most files have the same ones; then there is nothing to do.
func (t *huffman) define(counts, values []byte) {
	t.defined = true
	if t.n == len(values) && bytes.Equal(t.counts[:], counts) && bytes.Equal(t.values[:t.n], values) {
		return
	}
	t.n = len(values)
	t.ready = false
	copy(t.counts[:], counts)
	clear(t.values[copy(t.values[:], values):])
}

// prepare makes the tables to look into.
func (t *huffman) prepare(dc bool) error {
	if t == nil || !t.defined {
		return errTable
	}
	if !t.ready {
		t.build()
	}
	if !t.valid || dc && t.largest > 15 {
		return errTable
	}
	return nil
}

func (t *huffman) build() {
	t.ready, t.valid, t.largest = true, true, 0
	clear(t.look[:])
	clear(t.short[:])
	code, k := uint32(0), 0
	for length := 1; length <= 16; length++ {
		t.offset[length] = int32(k) - int32(code)
		for range t.counts[length-1] {
			if code+1 >= 1<<length { // ones only are no code
				t.valid = false
				return
			}
			t.largest = max(t.largest, t.values[k])
			if length <= 8 {
				for i := range uint32(1) << (8 - length) {
					t.short[code<<(8-length)+i] = uint16(length) | uint16(t.values[k])<<8
				}
			}
			if length <= lookBits {
				t.enter(code<<(lookBits-length), length, t.values[k])
			}
			code++
			k++
		}
		t.limit[length] = code << (16 - length)
		code <<= 1
	}
	t.limit[17] = 1 << 16
}

// enter fills the places that begin with a code.
func (t *huffman) enter(first uint32, length int, symbol uint8) {
	run, size := uint32(symbol>>4), int(symbol&15)
	rest := lookBits - length
	for i := range uint32(1) << rest {
		e := uint32(length) | run<<8 | uint32(size)<<12
		if size <= rest {
			v := extend(int(i)>>(rest-size), size)
			e = uint32(length+size) | run<<8 | uint32(v)<<16
		}
		t.look[first+i] = e
	}
}

// long finds a code that look does not have. A code that there is not counts as 0 of 17
// bits, as in libjpeg.
func (t *huffman) long(acc uint64) (symbol uint8, length int) {
	code := uint32(acc >> 48)
	for length = 1; length <= 16; length++ {
		if code < t.limit[length] {
			return t.values[uint8(int32(code>>(16-length))+t.offset[length])], length
		}
	}
	return 0, 17
}

// find returns the symbol of the code at the top of acc, and its length.
func (t *huffman) find(acc uint64) (symbol uint8, length int) {
	if e := t.short[acc>>56]; e != 0 {
		return uint8(e >> 8), int(e & 15)
	}
	return t.long(acc)
}

// symbol reads one.
func (b *bits) symbol(t *huffman) int {
	if b.n < 32 {
		b.fill()
	}
	if e := t.short[b.acc>>56]; e != 0 {
		b.acc <<= e & 15
		b.n -= int(e & 15)
		return int(e >> 8)
	}
	s, length := t.long(b.acc)
	b.acc <<= uint(length)
	b.n -= length
	return int(s)
}

// zigzag is where the coefficients are in a block.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// readBlock reads the 64 coefficients of a sequential file, which it multiplies with the
// quantization table, to a block of zeros. It returns the index, in zigzag order, of the
// last that may not be zero.
func (b *bits) readBlock(block *[64]int16, c *component) (last int) {
	buf, acc, n, at := b.buf, b.acc, b.n, b.at
	if n < 32 {
		acc, n, at = fill(buf, acc, n, at)
	}
	e := c.dc.look[acc>>(64-lookBits)]
	size, length := int(e>>12&15), int(e&255)
	v := int32(e) >> 16
	if e == 0 {
		var s uint8
		s, length = c.dc.long(acc)
		size, v = int(s), 0
	}
	acc <<= uint(length) & 63
	n -= length
	if size > 0 {
		v = extend(int(acc>>(64-uint(size)&63)), size)
		acc <<= uint(size) & 63
		n -= size
	}
	c.last += v
	block[0] = int16(c.last) * int16(c.quant[0])

	look := &c.ac.look
	quant := &c.quant
	for k := 1; k < 64; k++ {
		if n < 32 {
			acc, n, at = fill(buf, acc, n, at)
		}
		e := look[acc>>(64-lookBits)]
		length := int(e & 255)
		size := int(e >> 12 & 15)
		acc <<= uint(length) & 63
		n -= length
		k += int(e >> 8 & 15)
		v := int32(e) >> 16
		if size != 0 {
			// The coefficient's bits follow.
			v = int32(acc >> (64 - uint(size)&63))
			if int64(acc) >= 0 {
				v += -1<<(uint(size)&31) + 1
			}
			acc <<= uint(size) & 63
			n -= size
		} else if e == 0 {
			var s uint8
			s, length = c.ac.long(acc)
			acc <<= uint(length) & 63
			n -= length
			k += int(s >> 4)
			if size = int(s & 15); size > 0 {
				v = extend(int(acc>>(64-uint(size)&63)), size)
				acc <<= uint(size) & 63
				n -= size
			} else if s>>4 != 15 {
				break
			} else {
				continue
			}
		} else if v == 0 {
			if e>>8&15 != 15 {
				break // end of block
			}
			continue // 16 zeros
		}
		k = min(k, 63) // a broken file can ask for more
		block[zigzag[k]&63] = int16(v) * int16(quant[k])
		last = k
	}
	b.acc, b.n, b.at = acc, n, at
	return last
}
