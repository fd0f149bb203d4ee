// SPDX-License-Identifier: MIT

package kernels

import "math"

// The functions of one float32 below evaluate the polynomials of polynomials.go, whose
// relative errors are at most 4e-9: internal/asm/approx has the table and what is known of
// it. Most do so in float64: the result is the float32 nearest to the true value or, for
// arguments within 4 % of an ulp of a tie, its neighbour. Those that networks spend time
// in, exp and sigmoid, take float32 and err by an ulp or two. Every product is rounded
// before it is added, also where the processor could do without, so that assembly and all
// processors compute the same bits.

const (
	log2e   = 1.44269504088896341
	ln2     = 0.693147180559945309
	magic52 = 0x1.8p52 // adding it rounds to a whole number, which is in the low bits
)

// limit is x within [lo, hi], NaN if x is.
func limit(x, lo, hi float32) float64 { return float64(min(max(x, lo), hi)) }

// reduce64 returns the rest r of x after a multiple of log 2, |r| ≤ log 2 / 2, and 2 to
// the power of that multiple.
func reduce64(x float64) (r, power float64) {
	t := float64(x*log2e) + magic52
	r = x - float64((t-magic52)*ln2)
	return r, math.Float64frombits(math.Float64bits(t)<<52 + 1023<<52)
}

// exp32 is e to the power x, for x within [-105, 89]: p·2ⁿ, rounded once, as the first of
// the two products with powers of 2 is exact.
func exp32(x float32) float32 {
	const (
		magic = 0x1.8p23  // as magic52
		high  = 0x1.63p-1 // so few bits that its multiples are exact
	)
	t := float32(x*log2e) + magic
	k := t - magic
	r := x - float32(k*high) - float32(k*(ln2-high))
	p := exp32Terms(r)
	p = 1 + (r + float32(float32(r*r)*p))
	n := int32(math.Float32bits(t) - math.Float32bits(magic))
	half := n >> 1
	return p * math.Float32frombits(uint32(half+127)<<23) * math.Float32frombits(uint32(n-half+127)<<23)
}

// expf is e to the power x.
func expf(x float32) float32 { return exp32(min(max(x, -105), 89)) }

// sigmoidf is 1 / (1 + e to the power -x): of e to the power -|x|, which does not overflow.
func sigmoidf(x float32) float32 {
	const one, sign = 0x3f800000, 1 << 31
	b := math.Float32bits(x)
	e := exp32(max(math.Float32frombits(b|sign), -105))
	negative := uint32(int32(b) >> 31) // all bits or none: a branch would be mispredicted
	return math.Float32frombits(math.Float32bits(e)&negative|one&^negative) / (1 + e)
}

// expm1f is e to the power x, minus 1.
func expm1f(x float32) float32 {
	if x == 0 {
		return x // keeps its sign
	}
	r, s := reduce64(limit(x, -18, 89))
	p := expm1Terms(r)
	return float32(s - 1 + float64(float64(s*r)*p))
}

// log64 is log(1+m) + e * ln2 for m in [√½-1, √2-1], to the precision of float32.
func log64(m, e float64) float64 {
	return m*logTop(m)/logBottom(m) + float64(e*ln2)
}

// split64 returns m and e with u = (1+m) * 2**e and m in [√½-1, √2-1], for normal u.
func split64(u float64) (m, e float64) {
	const rootHalf = 0x3fe6a09e667f3bcd // the bits of √½
	b := int64(math.Float64bits(u)) - rootHalf
	return math.Float64frombits(uint64(b&(1<<52-1)+rootHalf)) - 1, float64(b >> 52)
}

// logf is the natural logarithm of x.
func logf(x float32) float32 {
	if !(x > 0 && x <= math.MaxFloat32) {
		return float32(math.Log(float64(x)))
	}
	return float32(log64(split64(float64(x))))
}

// log1pf is log(1+x).
func log1pf(x float32) float32 {
	if !(x > -1 && x <= math.MaxFloat32) || x == 0 { // 0 keeps its sign
		return float32(math.Log1p(float64(x)))
	}
	v := float64(x)
	u := 1 + v
	m, e := split64(u)
	if e == 0 {
		m = v // not u-1, which has lost the low bits
	}
	return float32(log64(m, e))
}

// tanhf is the hyperbolic tangent of x.
func tanhf(x float32) float32 {
	v := limit(x, -tanhBound, tanhBound) // beyond it is ±1
	z := v * v
	return float32(v * tanhTop(z) / tanhBottom(z))
}

// erff is the error function of x.
func erff(x float32) float32 {
	v := limit(x, -erfBound, erfBound) // beyond it is ±1
	z := v * v
	return float32(v * erfTop(z) / erfBottom(z))
}
