// SPDX-License-Identifier: MIT

// Package planes writes interleaved 8-bit pixels as planes of float32: for each value
// v of a channel (v/255 - mean) / std, rounded to float32 after each step as torch does.
//
// The numbers come from a table, or from assembly that computes them. Multiplying by a
// reciprocal of 48 bits does not round as a division in all cases: assembly is used only
// for means and deviations with which it gives all 256 values exactly.
package planes

import "math"

//go:generate go run -C ../asm ./planes

// Channels is red, green and blue.
const Channels = 3

// Table holds the float of each 8-bit value.
type Table [256]float32

// Normal is what happens to one channel after the division by 255.
type Normal struct{ Mean, Std float32 }

// Apply returns (v - Mean) / Std.
func (n Normal) Apply(v float32) float32 { return (v - n.Mean) / n.Std }

// RGB writes pixels of three channels. Set comes first.
type RGB struct {
	tables *[Channels]Table
	k      constants
	exact  *implementation // that gives the tables' bits; nil: none
}

// constants are vectors of 8 equal numbers: 1/255 as a sum of two, then for each channel
// the mean and 1/std as a sum of two.
type constants [2 + 3*Channels][8]float32

// Set makes t the numbers to write; RGB keeps it. normal is how they were computed, one
// for each channel; nil where it was otherwise.
func (p *RGB) Set(t *[Channels]Table, normal []Normal) {
	p.tables, p.exact = t, nil
	use := pixels.Get()
	if use == nil || len(normal) != Channels {
		return
	}
	p.k.reciprocal(0, 255)
	for c, n := range normal {
		p.k.set(2+3*c, n.Mean)
		p.k.reciprocal(3+3*c, n.Std)
	}
	if p.isExact(use) {
		p.exact = use
	}
}

func (k *constants) set(i int, v float32) {
	for j := range k[i] {
		k[i][j] = v
	}
}

func (k *constants) reciprocal(i int, v float32) {
	r := 1 / float64(v)
	high := float32(r)
	k.set(i, high)
	k.set(i+1, float32(r-float64(high)))
}

// isExact reports whether use computes what the tables hold, bit for bit.
func (p *RGB) isExact(use *implementation) bool {
	var src [3*256 + slack]uint8
	var out [Channels][256]float32
	for i := range 3 * 256 {
		src[i] = uint8(i / 3)
	}
	use.split(&out[0][0], &out[1][0], &out[2][0], &src[0], 256, &p.k[0][0])
	for c := range out {
		for i, v := range out[c] {
			if math.Float32bits(v) != math.Float32bits(p.tables[c][i]) {
				return false
			}
		}
	}
	return true
}

// Split writes len(r) pixels of src to r, g and b, which are as long. With mirror the
// last pixel comes first. Assembly reads up to slack bytes behind the pixels, if they
// are in src's capacity.
func (p *RGB) Split(r, g, b []float32, src []uint8, mirror bool) {
	n := len(r)
	g, b, src = g[:n], b[:n], src[:3*n]
	use := p.exact
	switch {
	case use == nil || n < width || cap(src) < 3*n+slack:
		splitGeneric(r, g, b, src, p.tables, mirror)
	case mirror:
		use.mirror(&r[0], &g[0], &b[0], &src[0], n, &p.k[0][0])
	default:
		use.split(&r[0], &g[0], &b[0], &src[0], n, &p.k[0][0])
	}
}

func splitGeneric(r, g, b []float32, src []uint8, t *[Channels]Table, mirror bool) {
	tr, tg, tb := &t[0], &t[1], &t[2]
	if mirror {
		for i := len(r) - 1; i >= 0 && len(src) >= 3; i-- {
			r[i], g[i], b[i] = tr[src[0]], tg[src[1]], tb[src[2]]
			src = src[3:]
		}
		return
	}
	for i := 0; i < len(r) && len(src) >= 3; i++ {
		r[i], g[i], b[i] = tr[src[0]], tg[src[1]], tb[src[2]]
		src = src[3:]
	}
}
