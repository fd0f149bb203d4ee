// SPDX-License-Identifier: MIT

package kernels

import (
	"math"
	"math/bits"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// philox is one block of Philox4x32-10 (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", 2011): four random words that depend on the key and counter only.
func philox(key, hi, lo uint64) (a, b, c, d uint32) {
	k0, k1 := uint32(key), uint32(key>>32)
	c0, c1, c2, c3 := uint32(lo), uint32(lo>>32), uint32(hi), uint32(hi>>32)
	for range 10 {
		p0 := uint64(c0) * 0xD2511F53
		p1 := uint64(c2) * 0xCD9E8D57
		c0, c1, c2, c3 = uint32(p1>>32)^c1^k0, uint32(p1), uint32(p0>>32)^c3^k1, uint32(p0)
		k0 += 0x9E3779B9
		k1 += 0xBB67AE85
	}
	return c0, c1, c2, c3
}

// Uniform fills dst with numbers in [0, 1); element i depends on seed, stream and i.
func Uniform[T Float](dst []T, seed, stream uint64) {
	if len(dst) < chunkLen {
		uniform(dst, seed, stream, 0)
		return
	}
	draw(dst, 8, func(d []T, at int) { uniform(d, seed, stream, at) })
}

// draw calls f for pieces of dst, which begin at an even place. An element takes about
// nanos.
func draw[T Float](dst []T, nanos int64, f func(d []T, at int)) {
	size := max(chunkLen/8, (len(dst)/par.MaxChunks+2)&^1)
	par.Parallel((len(dst)+size-1)/size, int64(len(dst))*nanos, func(i int) {
		f(dst[i*size:min((i+1)*size, len(dst))], i*size)
	})
}

func uniform[T Float](dst []T, seed, stream uint64, at int) {
	for i := 0; i < len(dst); i += 2 {
		a, b, c, d := philox(seed, stream, uint64((at+i)/2))
		dst[i] = unit[T](a, b)
		if i+1 < len(dst) {
			dst[i+1] = unit[T](c, d)
		}
	}
}

// unit returns a number in [0, 1) with as many random bits as T holds.
func unit[T Float](a, b uint32) T {
	var x T
	if _, ok := any(x).(float32); ok {
		return T(float32(a>>8) * 0x1p-24)
	}
	return T(float64(uint64(a)<<21|uint64(b)>>11) * 0x1p-53)
}

// Normal fills dst with standard normal numbers (Box and Muller, 1958); elements 2i
// and 2i+1 depend on seed, stream and i.
func Normal[T Float](dst []T, seed, stream uint64) {
	if len(dst) < chunkLen {
		normal(dst, seed, stream, 0)
		return
	}
	draw(dst, 20, func(d []T, at int) { normal(d, seed, stream, at) })
}

func normal[T Float](dst []T, seed, stream uint64, at int) {
	for i := 0; i < len(dst); i += 2 {
		a, b, c, d := philox(seed, stream, uint64((at+i)/2))
		r := math.Sqrt(-2 * math.Log(1-unit[float64](a, b)))
		sin, cos := math.Sincos(2 * math.Pi * unit[float64](c, d))
		dst[i] = T(r * cos)
		if i+1 < len(dst) {
			dst[i+1] = T(r * sin)
		}
	}
}

// Dropout is x[i]/(1-p), or 0 with probability p; which it is depends on seed,
// stream and at+i, the position of the element in the whole tensor.
func Dropout[T Float](dst, x []T, p float64, seed, stream uint64, at int) {
	x = x[:len(dst)]
	if p >= 1 {
		clear(dst)
		return
	}
	limit := int64(math.Ceil(p * (1 << 32)))
	scale := T(1 / (1 - p))
	for i := 0; i < len(dst); {
		var words [4]uint32
		words[0], words[1], words[2], words[3] = philox(seed, stream, uint64((at+i)/4))
		for _, w := range words[(at+i)%4 : min(4, (at+i)%4+len(dst)-i)] {
			choice := [2]T{x[i] * scale, 0} // a branch would be mispredicted half of the time
			dst[i] = choice[uint64(int64(w)-limit)>>63]
			i++
		}
	}
}

// Perm returns a permutation of 0 … n-1 that depends on seed and stream (Fisher and Yates).
func Perm(n int, seed, stream uint64) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	for i := n - 1; i > 0; i-- {
		a, b, _, _ := philox(seed, stream, uint64(i))
		// The bias of the multiplication is below n/2^64.
		hi, _ := bits.Mul64(uint64(a)<<32|uint64(b), uint64(i+1))
		p[i], p[hi] = p[hi], p[i]
	}
	return p
}
