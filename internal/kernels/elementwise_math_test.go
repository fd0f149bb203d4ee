// SPDX-License-Identifier: MIT

package kernels

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// ulps returns |got-want| in units of the distance of float32 numbers around want.
func ulps(got float32, want float64) float64 {
	if w := float32(want); got == w || got != got && want != want {
		return 0
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, max(e-24, -149))
}

func sigmoidOf(x float64) float64 {
	if x < 0 {
		return math.Exp(x) / (1 + math.Exp(x))
	}
	return 1 / (1 + math.Exp(-x))
}

var mathCases = []struct {
	name string
	got  func(float32) float32
	want func(float64) float64
	ulps float64 // 0.5 is correct rounding; exp errs by 0.9904, sigmoid by 2.4019 at most, of all numbers
}{
	{"exp", expf, math.Exp, 1},
	{"expm1", expm1f, math.Expm1, 0.51},
	{"sigmoid", sigmoidf, sigmoidOf, 2.41},
	{"tanh", tanhf, math.Tanh, 0.54},
	{"log", logf, math.Log, 0.52},
	{"log1p", log1pf, math.Log1p, 0.52},
	{"erf", erff, math.Erf, 0.54},
}

// Bit patterns at steps of a prime visit every binade, both signs, denormals and NaN.
func TestFloat32MathAllBinades(t *testing.T) {
	step := uint64(1009)
	if testing.Short() {
		step = 100_003
	}
	for _, c := range mathCases {
		t.Run(c.name, func(t *testing.T) {
			worst, at := 0.0, float32(0)
			for b := uint64(0); b < 1<<32; b += step {
				x := math.Float32frombits(uint32(b))
				if e := ulps(c.got(x), c.want(float64(x))); !(e <= worst) {
					worst, at = e, x
				}
			}
			assert.LessOrEqual(t, worst, c.ulps, "at %v", at)
		})
	}
}

func TestFloat32MathSpecial(t *testing.T) {
	inf, zero := float32(math.Inf(1)), float32(0)
	next := func(x float32, to float32) float32 { return math.Nextafter32(x, to) }
	list := []float32{zero, -zero, float32(math.Copysign(0, -1)), 1, -1, inf, -inf, float32(math.NaN()),
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, math.MaxFloat32, -math.MaxFloat32, 0x1p-126, next(0x1p-126, 0)}
	for _, edge := range []float32{88.72284, 89, -87.33655, -103.97208, -105, 9.010913, 9.3, 3.8, 3.93, 18, -18, 16.64, -1, 1, math.Sqrt2, math.Sqrt2 / 2, math.Ln2, math.Ln2 / 2} {
		for x, i := next(next(edge, -inf), -inf), 0; i < 5; x, i = next(x, inf), i+1 {
			list = append(list, x, -x)
		}
	}
	for _, c := range mathCases {
		t.Run(c.name, func(t *testing.T) {
			for _, x := range list {
				got, want := c.got(x), c.want(float64(x))
				assert.LessOrEqual(t, ulps(got, want), c.ulps, "%v: got %v, want %v", x, got, want)
				if want == 0 {
					assert.Equal(t, math.Signbit(want), math.Signbit(float64(got)), "sign of zero at %v", x)
				}
			}
		})
	}
}
