// SPDX-License-Identifier: MIT

package kernels

import "math"

// The functions of one float32 below evaluate minimax approximations, relative error
// at most 4e-9. Most do so in float64: the result is the float32 nearest to the true
// value or, for arguments within 4 % of an ulp of a tie, its neighbour. Those that
// networks spend time in, exp and sigmoid, take float32 and err by an ulp or two. Every
// product is rounded before it is added, also where the processor could do without, so
// that assembly and all processors compute the same bits.

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
	p := 0.49999994 + float32(r*(0.16666521+float32(r*(0.041668266+float32(r*(0.008368675+float32(r*0.0013820658)))))))
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
	p := 1.00000000003166293 + float64(r*(0.500000004667015861+float64(r*(0.166666662427040964+float64(r*(0.0416663543582034325+float64(r*(0.00833340441239452997+float64(r*(0.0013941013123907137+float64(r*0.000198404247286071536)))))))))))
	return float32(s - 1 + float64(float64(s*r)*p))
}

// log64 is log(1+m) + e * ln2 for m in [√½-1, √2-1], to the precision of float32.
func log64(m, e float64) float64 {
	p := 1.00000000002360631 + float64(m*(1.21430316743337078+float64(m*(0.332577100581502364+float64(m*0.00701623011842228683)))))
	q := 1 + float64(m*(1.71430318643481028+float64(m*(0.856395378816577637+float64(m*0.113778251484352672)))))
	return m*p/q + float64(e*ln2)
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
	v := limit(x, -9.3, 9.3) // beyond it is ±1
	z := v * v
	p := 0.99999999816356499 + float64(z*(0.13666610861772735+float64(z*(0.0038516717386080542+float64(z*(0.000027672550229364613+float64(z*(2.9785820512151656e-8+float64(z*-1.1618071587251595e-11)))))))))
	q := 1 + float64(z*(0.46999942447598986+float64(z*(0.027184840981320676+float64(z*(0.00039093028116298367+float64(z*1.264042769861026e-6)))))))
	return float32(v * p / q)
}

// erff is the error function of x.
func erff(x float32) float32 {
	v := limit(x, -3.93, 3.93) // beyond it is ±1
	z := v * v
	p := 1.1283791691853498 + float64(z*(0.185146904789788087+float64(z*(0.0542558722715307604+float64(z*(0.00384042375416565081+float64(z*(0.000377220973849598177+float64(z*(4.62149742344028443e-6+float64(z*-1.28653531444263636e-8)))))))))))
	q := 1 + float64(z*(0.497415579727403459+float64(z*(0.113887720826821172+float64(z*(0.0154352852727016735+float64(z*(0.00130250815431464984+float64(z*0.0000625145219313434756)))))))))
	return float32(v * p / q)
}
