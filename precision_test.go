// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/sthenotest"
)

// narrowAndWide returns a leaf in float32 and one with the same numbers in float64.
func narrowAndWide(x []float32, shape ...int) (narrow, wide *V) {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return stheno.New(x, shape...).WithGrad(), stheno.New(y, shape...).WithGrad()
}

// TestReductionsOfHardNumbers compares float32 with float64, values and gradients, where
// float32 holds the result and not what it is made of: a sum, a square, a mean.
func TestReductionsOfHardNumbers(t *testing.T) {
	g := stheno.NewGenerator(5)
	for name, f := range map[string]func(x *V, dims ...int) *V{
		"mean": (*V).Mean, "var": func(x *V, dims ...int) *V { return x.Var(1, dims...) }, "std": func(x *V, dims ...int) *V { return x.Std(1, dims...) },
		"std0": func(x *V, dims ...int) *V { return x.Std(0, dims...) }, "norm": func(x *V, dims ...int) *V { return x.Norm(2, dims...) },
		"sub mean": func(x *V, dims ...int) *V { return x.Mul(2).Mean(dims...) }, // a chain
		"norm x2":  func(x *V, dims ...int) *V { return x.Mul(2).Norm(2, dims...) },
	} {
		for _, scale := range []float64{1, 1e-37, 1e-30, 1e-24, 1e-19, 1e18, 3e19, 1e30, 3e37} {
			for _, mean := range []float64{0, 1, 1e3, 1e5} {
				if mean*scale > 3e37 {
					continue
				}
				x, wide := narrowAndWide(stheno.Must(stheno.Data[float32](g.Normal(stheno.Float32, mean*scale, scale, 2, 3, 4, 5))), 2, 3, 4, 5)
				for _, dims := range [][]int{nil, {0}, {1}, {3}, {2, 3}, {0, 2}, {0, 2, 3}, {1, 3}, {0, 1}} {
					got, want := f(x, dims...), f(wide, dims...)
					floats := stheno.Must(want.Tensor()).Floats()
					least, most := math.Inf(1), 0.0
					for _, v := range floats {
						least, most = min(least, math.Abs(v)), max(most, math.Abs(v))
					}
					if most > 3e38 || least < 1e-37 {
						continue // float32 has no such number
					}
					what := fmt.Sprint(name, " ", scale, mean, dims)
					assert.True(t, sthenotest.Close(t, got, want, sthenotest.Tol{Rel: 5e-7, Abs: 1e-7 * scale}), what)
					dx, dwide := stheno.Grad(got.Sum(), x)[0], stheno.Grad(want.Sum(), wide)[0]
					steepest := stheno.Must(dwide.Abs().Max().Item())
					if steepest < 1e38 && steepest > 1e-30 {
						assert.True(t, sthenotest.Close(t, dx, dwide, sthenotest.Tol{Rel: 5e-6, Abs: 2e-6 * steepest}), "gradient of "+what)
					}
				}
			}
		}
	}
	// Long ones, which are split.
	n := 1 << 19
	long := stheno.Full(3e38, n)
	sthenotest.Close(t, long.Mean(), float32(3e38), sthenotest.Tol{Rel: 1e-7})
	sthenotest.Close(t, long.Reshape(4, -1, 8).Mean(1), stheno.Full(3e38, 4, 8), sthenotest.Tol{Rel: 1e-7})
	sthenotest.Close(t, long.Reshape(4, -1).Mean(1), stheno.Full(3e38, 4), sthenotest.Tol{Rel: 1e-7})
	half := stheno.Full(1e20, n/2)
	both := stheno.Cat(0, half, half.Neg())
	sthenotest.Close(t, both.Std(0), float32(1e20), sthenotest.Tol{Rel: 1e-7})
	sthenotest.Close(t, both.Reshape(2, -1, 4).Std(0, 0, 1), stheno.Full(1e20, 4), sthenotest.Tol{Rel: 1e-7})
	sthenotest.Close(t, both.Mul(1e10).Norm(2), float32(1e30*math.Sqrt(float64(n))), sthenotest.Tol{Rel: 1e-6})
	far := stheno.Arange(0, 4, 1).To(stheno.Float32).Mul(8).Add(1e8) // whose mean is no float32
	sthenotest.Close(t, far.Var(0), float32(80), sthenotest.Tol{})
	sthenotest.Close(t, far.Var(1, 0), float32(320)/3, sthenotest.Tol{Rel: 1e-7})
}

func TestVarianceHasDerivativesOfAnyOrder(t *testing.T) {
	x := stheno.FromTensor(stheno.NewGenerator(1).Normal(stheno.Float64, 1, 2, 3, 4, 2)).WithGrad()
	for _, dims := range [][]int{nil, {1}, {0, 2}, {2}} {
		for name, f := range map[string]func(...*V) *V{
			"var":  func(x ...*V) *V { return x[0].Var(1, dims...) },
			"std":  func(x ...*V) *V { return x[0].Std(0, dims...) },
			"norm": func(x ...*V) *V { return x[0].Norm(2, dims...) },
		} {
			t.Run(fmt.Sprint(name, dims), func(t *testing.T) {
				sthenotest.GradCheck(t, f, x)
				first := func(x ...*V) *V { return stheno.Grad(f(x...).Square().Sum(), x[0])[0] }
				sthenotest.GradCheck(t, first, x)
				sthenotest.GradCheck(t, func(x ...*V) *V { return stheno.Grad(first(x...).Square().Sum(), x[0])[0] }, x)
			})
		}
	}
	// Where all are equal, or zero, the gradient is 0.
	for _, x := range []*V{stheno.Full(2, 3).WithGrad(), stheno.Zeros(3).WithGrad()} {
		sthenotest.Close(t, stheno.Grad(x.Std(1), x)[0], []float32{0, 0, 0}, sthenotest.Tol{})
	}
	zero := stheno.Zeros(3).WithGrad()
	sthenotest.Close(t, stheno.Grad(zero.Norm(2), zero)[0], []float32{0, 0, 0}, sthenotest.Tol{})
}

// A scalar has no axis to be reduced, and a norm is not the scalar itself.
func TestNormOfScalars(t *testing.T) {
	for _, p := range []float64{0, 0.5, 1, 2, 3, math.Inf(1), math.Inf(-1)} {
		x := stheno.FromTensor(stheno.ScalarOf(float32(-1.5))).WithGrad()
		y := x.Norm(p)
		got, err := y.Item()
		require.NoError(t, err)
		want, slope := 1.5, -1.0
		if p == 0 {
			want, slope = 1, 0
		}
		require.InDelta(t, want, got, 1e-6, "p = %v", p)
		if p > 0 {
			require.NoError(t, y.Backward())
			g, err := x.Grad().Item()
			require.NoError(t, err)
			require.InDelta(t, slope, g, 1e-6, "p = %v", p)
		}
	}
}
