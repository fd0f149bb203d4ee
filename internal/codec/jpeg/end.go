// SPDX-License-Identifier: MIT

package jpeg

// wholeWithoutEnd reports whether a sequential scan that ends with the file, and not with a
// marker, counts as whole. libjpeg reads ahead and, at the end of what there is, waits for
// more even if the bits that it has would do. So it depends on where it reads ahead, which
// this follows. segment is the first MCU behind the last restart.
func (d *decoder) wholeWithoutEnd(s *scan, segment int) bool {
	r := ahead{buf: d.bits.buf}
	for i := segment; i < s.mcusX*s.mcusY; i++ {
		for _, c := range s.components {
			blocks := c.h * c.v
			if len(s.components) == 1 {
				blocks = 1
			}
			for range blocks {
				if !r.block(c) {
					return false
				}
			}
		}
	}
	return true
}

// ahead counts bits as libjpeg's Huffman decoder takes them.
type ahead struct {
	buf          []byte
	taken, ready int // bits
}

// need has n bits ready; if there are fewer, it reads until there are 57.
func (r *ahead) need(n int) bool {
	if r.ready-r.taken < n {
		r.ready = (r.taken + 57 + 7) &^ 7
	}
	return r.ready <= 8*len(r.buf)
}

func (r *ahead) block(c *component) bool {
	size, ok := r.symbol(c.dc)
	if !ok || !r.skip(int(size)) {
		return false
	}
	for k := 1; k < 64; k++ {
		s, ok := r.symbol(c.ac)
		if !ok {
			return false
		}
		if k += int(s >> 4); s&15 == 0 {
			if s>>4 != 15 {
				break
			}
			continue
		}
		if !r.skip(int(s & 15)) {
			return false
		}
	}
	return true
}

func (r *ahead) skip(n int) bool {
	if !r.need(n) {
		return false
	}
	r.taken += n
	return true
}

// symbol looks at 8 bits, then at 9, and then at one more after the other.
func (r *ahead) symbol(t *huffman) (symbol uint8, ok bool) {
	if !r.need(8) {
		return 0, false
	}
	acc := uint64(0)
	for i := range 4 {
		if at := r.taken/8 + i; at < len(r.buf) {
			acc |= uint64(r.buf[at]) << (56 - 8*i)
		}
	}
	symbol, length := t.find(acc << (r.taken % 8))
	if length <= 8 {
		r.taken += length
		return symbol, true
	}
	if !r.skip(9) {
		return 0, false
	}
	for range length - 9 {
		if !r.skip(1) {
			return 0, false
		}
	}
	return symbol, true
}
