// SPDX-License-Identifier: MIT

package main

import (
	"math"

	"github.com/stheno-go/stheno/internal/asm/emit"
)

// bitwise are instructions on all bits; of n, bit takes to d those that are set in m, and
// bif those that are not.
var bitwise = map[string]uint32{
	"and": 0x4e201c00, "bic": 0x4e601c00, "orr": 0x4ea01c00, "orn": 0x4ee01c00, "eor": 0x6e201c00, "bit": 0x6ea01c00, "bif": 0x6ee01c00,
}

// whole are instructions on whole numbers of 4 bytes, or 8.
var whole = map[string]uint32{"add": 0x4ea08400, "sub": 0x6ea08400, "cmeq": 0x6ea08c00}

// bits is d = n op m of bits.
func (w *writer) bits(name string, d, n, m reg) {
	w.word(code(bitwise, name)|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.16b, v%d.16b, v%d.16b", name, d, n, m)
}

// whole is d = n op m of whole numbers.
func (w *writer) whole(name string, d, n, m reg) {
	s := w.shape()
	w.word(code(whole, name)|w.wide()|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.%s, v%d.%s, v%d.%s", name, d, s, n, s, m, s)
}

// left shifts to the left, right to the right with the sign.
func (w *writer) left(d, n reg, by int) {
	s := w.shape()
	w.word(0x4f005400|uint32(8*w.elem+by)<<16|uint32(n)<<5|uint32(d), "shl v%d.%s, v%d.%s, #%d", d, s, n, s, by)
}

func (w *writer) right(d, n reg, by int) {
	s := w.shape()
	w.word(0x4f000400|uint32(16*w.elem-by)<<16|uint32(n)<<5|uint32(d), "sshr v%d.%s, v%d.%s, #%d", d, s, n, s, by)
}

// widen makes two vectors of float64 of one of float32, narrow the reverse.
func (w *writer) widen(low, high, n reg) {
	w.word(0x0e617800|uint32(n)<<5|uint32(low), "fcvtl v%d.2d, v%d.2s", low, n)
	w.word(0x4e617800|uint32(n)<<5|uint32(high), "fcvtl2 v%d.2d, v%d.4s", high, n)
}

func (w *writer) narrow(d, low, high reg) {
	w.word(0x0e616800|uint32(low)<<5|uint32(d), "fcvtn v%d.2s, v%d.2d", d, low)
	w.word(0x4e616800|uint32(high)<<5|uint32(d), "fcvtn2 v%d.4s, v%d.2d", d, high)
}

// fill copies the first element of n to all of d.
func (w *writer) fill(d, n reg) {
	if w.elem == 8 {
		w.P("VDUP %v.D[0], %v.D2", n, d)
	} else {
		w.P("VDUP %v.S[0], %v.S4", n, d)
	}
}

// pool is constants of 16 bytes, at R19 in functions that call usePool.
type pool struct {
	name string
	list [][2]uint64
}

func (w *writer) usePool() { w.P("MOVD $%v, R19", emit.Symbol(w.pool.name)) }

// constant loads two times 8 bytes.
func (w *writer) constant(d reg, low, high uint64) {
	c := [2]uint64{low, high}
	i := 0
	for i < len(w.pool.list) && w.pool.list[i] != c {
		i++
	}
	if i == len(w.pool.list) {
		w.pool.list = append(w.pool.list, c)
	}
	w.load("R19", 16*i, d)
}

// word64 and word32 load copies of bits, number those of a number.
func (w *writer) word64(d reg, b uint64) { w.constant(d, b, b) }
func (w *writer) word32(d reg, b uint32) { w.word64(d, uint64(b)<<32|uint64(b)) }
func (w *writer) number(d reg, x float64) {
	if w.elem == 8 {
		w.word64(d, math.Float64bits(x))
	} else {
		w.word32(d, math.Float32bits(float32(x)))
	}
}

// four loads four numbers of float32.
func (w *writer) four(d reg, x [4]float64) {
	b := func(i int) uint64 { return uint64(math.Float32bits(float32(x[i]))) }
	w.constant(d, b(1)<<32|b(0), b(3)<<32|b(2))
}

// data writes the pool.
func (p *pool) data(f *emit.File) {
	var values []uint64
	for _, c := range p.list {
		values = append(values, c[:]...)
	}
	if len(values) > 0 {
		f.Data(p.name, 8, values...)
	}
}
