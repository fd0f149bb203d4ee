// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

// vectorLoops calls every loop that has assembly for float32, all as functions of two
// operands, of which some need but one.
var vectorLoops = map[string]func(dst, a, b []float32){
	"neg":       func(dst, a, _ []float32) { Neg(dst, a) },
	"abs":       func(dst, a, _ []float32) { Abs(dst, a) },
	"square":    func(dst, a, _ []float32) { Square(dst, a) },
	"sqrt":      func(dst, a, _ []float32) { Sqrt(dst, a) },
	"relu":      func(dst, a, _ []float32) { Relu(dst, a) },
	"exp":       func(dst, a, _ []float32) { Exp(dst, a) },
	"expm1":     func(dst, a, _ []float32) { Expm1(dst, a) },
	"sigmoid":   func(dst, a, _ []float32) { Sigmoid(dst, a) },
	"tanh":      func(dst, a, _ []float32) { Tanh(dst, a) },
	"log":       func(dst, a, _ []float32) { Log(dst, a) },
	"log1p":     func(dst, a, _ []float32) { Log1p(dst, a) },
	"erf":       func(dst, a, _ []float32) { Erf(dst, a) },
	"add":       Add[float32],
	"sub":       Sub[float32],
	"mul":       Mul[float32],
	"div":       Div[float32],
	"relu grad": ReluGrad[float32],
	"bce":       BCEWithLogits[float32],

	"clamp":      func(dst, a, _ []float32) { Clamp(dst, a, -0.5, 6) },
	"within":     func(dst, a, _ []float32) { Within(dst, a, -0.5, 6) },
	"add scalar": func(dst, a, _ []float32) { AddScalar(dst, a, 0.7) },
	"sub scalar": func(dst, a, _ []float32) { SubScalar(dst, a, 0.7) },
	"mul scalar": func(dst, a, _ []float32) { MulScalar(dst, a, 0.7) },
	"div scalar": func(dst, a, _ []float32) { DivScalar(dst, a, 0.7) },
	"scalar sub": func(dst, a, _ []float32) { ScalarSub(dst, 0.7, a) },
	"scalar div": func(dst, a, _ []float32) { ScalarDiv(dst, 0.7, a) },
}

// requireBits requires equal bits, except for NaN.
func requireBits(t *testing.T, want, got []float32, in ...[]float32) {
	t.Helper()
	for i, w := range want {
		g := got[i]
		if math.Float32bits(g) == math.Float32bits(w) || g != g && w != w {
			continue
		}
		at := make([]float32, len(in))
		for k := range in {
			at[k] = in[k][i]
		}
		require.Failf(t, "different bits", "element %d: want %v, got %v; operands %v", i, w, got[i], at)
	}
}

// generically returns what f computes in Go.
func generically(t *testing.T, f func()) {
	restore, err := isa.Kernels.Use("generic")
	require.NoError(t, err)
	defer restore()
	f()
}

// Every implementation computes the bits that the loops in Go do, over all binades, both
// signs, denormals and NaN. How close those are to the true values is tested there.
func TestVectorsComputeTheSameBits(t *testing.T) {
	const step = 20011
	a, b := make([]float32, 0, 1<<32/step+1), make([]float32, 0, 1<<32/step+1)
	for bits := uint64(0); bits < 1<<32; bits += step {
		a = append(a, math.Float32frombits(uint32(bits)))
		b = append(b, math.Float32frombits(uint32(bits*2654435761)))
	}
	for _, x := range special {
		a, b = append(a, float32(x), float32(x)), append(b, 1, float32(x))
	}
	dst, want := make([]float32, len(a)), make([]float32, len(a))
	for name, f := range vectorLoops {
		t.Run(name, func(t *testing.T) {
			generically(t, func() { f(want, a, b) })
			kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
				clear(dst)
				f(dst, a, b)
				requireBits(t, want, dst, a, b)
			})
		})
	}
}

func TestVectorsStayWithinTheirSlices(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for name, f := range vectorLoops {
			for _, n := range append(lengths, 63, 64, 65, 80, 129) {
				t.Run(fmt.Sprint(name, n), func(t *testing.T) {
					a, checkA := kerneltest.Random[float32](n, uint64(n))
					b, checkB := kerneltest.Random[float32](n, uint64(n+1))
					dst, check := kerneltest.Random[float32](n, uint64(n+2))
					want := make([]float32, n)
					generically(t, func() { f(want, a, b) })
					f(dst, a, b)
					requireBits(t, want, dst, a, b)
					f(a, a, b)
					requireBits(t, want, a, b)
					checkA(t)
					checkB(t)
					check(t)
				})
			}
		}
	})
}

// BenchmarkVectors times loops on vectors in the first caches and beyond all of them, with
// the bytes that they read and write; copy is what memory allows.
func BenchmarkVectors(b *testing.B) {
	for _, n := range []int{1 << 12, 1 << 22} {
		x, y, z, v := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
		Normal(x, 1, 1)
		Normal(y, 1, 2)
		for _, c := range []struct {
			name string
			move int // arrays that are read or written
			f    func()
		}{
			{"copy", 2, func() { copy(z, x) }},
			{"add", 3, func() { Add(z, x, y) }},
			{"relu grad", 3, func() { ReluGrad(z, x, y) }},
			{"exp", 2, func() { Exp(z, x) }},
			{"sigmoid", 2, func() { Sigmoid(z, x) }},
			{"tanh", 2, func() { Tanh(z, x) }},
			{"log", 2, func() { Log(z, x) }},
			{"erf", 2, func() { Erf(z, x) }},
			{"sgd momentum", 5, func() { SGDStep(&SGD{LR: 1e-6, Momentum: 0.9, WeightDecay: 1e-4}, x, y, z, false) }},
			{"adam", 7, func() {
				AdamStep(&Adam{LR: 1e-6, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Bias1: 0.1, Bias2: 0.1}, x, y, z, v, nil)
			}},
			{"sum", 1, func() { SumAll(x) }},
			{"softmax", 2, func() { Softmax(z, x, n/512, 512, 1) }},
			{"row norm", 2, func() { RowNorm(n/512, 512, z, x, 1e-5) }},
			{"row norm grad", 3, func() { RowNormGrad(n/512, 512, z, x, y, 1e-5) }},
		} {
			b.Run(fmt.Sprintf("%d/%s", n, c.name), func(b *testing.B) {
				b.SetBytes(int64(4 * n * c.move))
				for b.Loop() {
					c.f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/elem")
			})
		}
	}
}
