// SPDX-License-Identifier: MIT

package resample

import "math"

// axis holds the weights of one direction.
type axis struct {
	in, out int
	filter  Filter

	first  []int32 // old pixel of the first weight, for each new pixel
	count  []int32 // of weights
	k      []int32 // stride for each new pixel
	stride int
	exact  []float64

	// For assembly, which multiplies 16-bit numbers two at a time: a weight is
	// high*2048 + low. For each new pixel pairs times (high, high, low, low), zeros
	// after the last weight.
	pairs    int
	packed   []int16
	furthest int32 // old pixel after the last that a pair can begin with
}

const lowBits = 11

func (a *axis) weights(i int) []int32 { return a.k[i*a.stride:][:a.count[i]] }

// set computes the weights. The arithmetic is Pillow's, in its order: another one gives
// other bits.
func (a *axis) set(in, out int, f Filter) {
	if a.in == in && a.out == out && a.filter == f {
		return
	}
	a.in, a.out, a.filter = in, out, f
	scale := float64(in) / float64(out)
	wide := max(scale, 1)
	support := wide * f.support()
	a.stride = int(math.Ceil(support))*2 + 2
	a.first = grow(a.first, out+1)
	a.count = grow(a.count, out)
	a.k = grow(a.k, out*a.stride)
	a.exact = grow(a.exact, a.stride)
	narrow := 1 / wide
	taps := 1
	for i := range out {
		center := (float64(i) + 0.5) * scale
		low := max(int(center-support+0.5), 0)
		high := min(int(center+support+0.5), in)
		exact, sum := a.exact[:high-low], 0.0
		if f == Bicubic {
			for j := range exact {
				w := bicubic((float64(j+low) - center + 0.5) * narrow)
				exact[j] = w
				sum += w
			}
		} else {
			for j := range exact {
				w := max(1-math.Abs((float64(j+low)-center+0.5)*narrow), 0)
				exact[j] = w
				sum += w
			}
		}
		k := a.k[i*a.stride:]
		n := 0
		for j, w := range exact {
			if sum != 0 {
				w /= sum
			}
			v := w * (1 << precision)
			v += math.Copysign(0.5, v)
			if int32(v) == 0 && n == 0 && j+1 < len(exact) { // weighs nothing
				low++
				continue
			}
			k[n] = int32(v)
			n++
		}
		for n > 1 && k[n-1] == 0 {
			n--
		}
		if n%2 == 1 && low+n == in && low > 0 { // assembly reads pairs
			copy(k[1:], k[:n])
			k[0] = 0
			low--
			n++
		}
		a.first[i], a.count[i] = int32(low), int32(n)
		taps = max(taps, n)
	}
	a.pack(taps)
}

// pack writes packed. One new pixel more than there are lets assembly do two at a time.
func (a *axis) pack(taps int) {
	a.pairs = (taps + 1) / 2
	if a.pairs > unrolled {
		a.pairs += a.pairs % 2 // the loop does two
	}
	a.packed = grow(a.packed, (a.out+1)*a.pairs*4)
	a.first[a.out] = 0
	a.furthest = 0
	for i := range a.out + 1 {
		packed := a.packed[i*a.pairs*4:][:a.pairs*4]
		clear(packed)
		if i == a.out {
			break
		}
		a.furthest = max(a.furthest, a.first[i]+int32(2*a.pairs))
		for j, v := range a.weights(i) {
			at := j/2*4 + j%2
			packed[at] = int16(v >> lowBits)
			packed[at+2] = int16(v & (1<<lowBits - 1))
		}
	}
}

func (f Filter) support() float64 {
	if f == Bicubic {
		return 2
	}
	return 1
}

// bicubic is the cubic convolution with a = -1/2. The conversions keep the compiler from
// fusing a multiplication with an addition, which would round once less.
func bicubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return float64((float64((a+2)*x)-(a+3))*x*x) + 1
	case x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * a
	}
	return 0
}

// grow returns n undefined elements in the memory of s if that suffices.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
