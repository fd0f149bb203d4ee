// SPDX-License-Identifier: MIT

package jpeg

import (
	"bytes"
	"encoding/binary"
)

// bits reads the entropy-coded bytes between two markers. Behind them come zeros.
type bits struct {
	buf     []byte // without the zeros that follow each FF
	at      int    // the next byte; may be behind the end
	acc     uint64 // the next bits, at the top
	n       int    // how many are valid
	marker  uint8  // behind buf
	eof     bool   // no marker, but the end of the file
	missing bool   // the segment had too few bits: the blocks up to the next restart are grey
	eobRun  int    // of progressive files
}

// start takes the bytes up to the next marker, at which it leaves d.
func (b *bits) start(d *decoder) {
	b.empty()
	b.eof, b.marker = false, 0
	rest := d.data[d.at:]
	for {
		i := bytes.IndexByte(rest, 0xff)
		if i < 0 {
			break
		}
		j := i + 1
		for j < len(rest) && rest[j] == 0xff {
			j++
		}
		if j == len(rest) {
			rest = rest[:i]
			break
		}
		if rest[j] != 0 {
			b.buf = append(b.buf, rest[:i]...)
			b.marker = rest[j]
			d.at = len(d.data) - len(rest) + j - 1
			return
		}
		b.buf = append(b.buf, rest[:i+1]...)
		rest = rest[j+1:]
	}
	b.buf = append(b.buf, rest...)
	d.at, b.eof = len(d.data), true
}

func (b *bits) empty() { b.buf, b.at, b.acc, b.n = b.buf[:0], 0, 0, 0 }

// over reports whether more bits were taken than there are.
func (b *bits) over() bool { return b.at > len(b.buf) && 8*b.at-b.n > 8*len(b.buf) }

// fill makes at least 56 bits valid.
func (b *bits) fill() { b.acc, b.n, b.at = fill(b.buf, b.acc, b.n, b.at) }

func fill(buf []byte, acc uint64, n, at int) (uint64, int, int) {
	if uint(at) < uint(len(buf)) && len(buf)-at >= 8 {
		acc |= binary.BigEndian.Uint64(buf[at:]) >> (uint(n) & 63)
		return acc, n | 56, at + (63-n)>>3
	}
	return fillEnd(buf, acc, n, at)
}

func fillEnd(buf []byte, acc uint64, n, at int) (uint64, int, int) {
	for n <= 56 {
		if at < len(buf) {
			acc |= uint64(buf[at]) << (56 - uint(n))
		}
		at++
		n += 8
	}
	return acc, n, at
}

// take reads k bits, at most 16.
func (b *bits) take(k int) int {
	if b.n < 32 {
		b.fill()
	}
	v := int(b.acc >> 1 >> (63 - uint(k)))
	b.acc <<= uint(k)
	b.n -= k
	return v
}

// signed reads k bits as a coefficient, T.81 figure F.12.
func (b *bits) signed(k int) int32 { return extend(b.take(k), k) }

func extend(v, k int) int32 {
	if k > 0 && v < 1<<(uint(k)-1) {
		v += -1<<uint(k) + 1
	}
	return int32(v)
}
