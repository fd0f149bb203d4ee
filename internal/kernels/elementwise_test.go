// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

// lengths are around the widths of vectors.
var lengths = []int{0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100}

var special = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e30, -1e30, 3e-45, math.Inf(1), math.Inf(-1), math.NaN()}

// operands returns n elements: random ones with the special values in between.
func operands[T Float](n int, seed uint64) []T {
	x, _ := kerneltest.Random[T](n, seed)
	for i := 2; i < n; i += 3 {
		x[i] = T(special[(i/3+int(seed)*5)%len(special)])
	}
	return x
}

func nearT[T Float](t *testing.T, want float64, got T, rel float64, msg string) {
	t.Helper()
	w := T(want)
	if w == got || w != w && got != got {
		return
	}
	var zero T
	tiny := 5e-324
	if _, ok := any(zero).(float32); ok {
		tiny = 1.5e-45
	}
	require.LessOrEqual(t, math.Abs(float64(got)-want), rel*math.Abs(want)+tiny, "%s: got %v, want %v", msg, got, want)
}

// The float32 transcendentals may err by 3 ulp; all else is one rounding.
var unaries = []struct {
	name string
	f32  func(dst, a []float32)
	f64  func(dst, a []float64)
	want func(float64) float64
	ulps float64
}{
	{"neg", Neg[float32], Neg[float64], func(x float64) float64 { return -x }, 1},
	{"square", Square[float32], Square[float64], func(x float64) float64 { return x * x }, 1},
	{"reciprocal", Recip[float32], Recip[float64], func(x float64) float64 { return 1 / x }, 1},
	{"sqrt", Sqrt[float32], Sqrt[float64], math.Sqrt, 1},
	{"rsqrt", Rsqrt[float32], Rsqrt[float64], func(x float64) float64 { return 1 / math.Sqrt(x) }, 1},
	{"abs", Abs[float32], Abs[float64], math.Abs, 1},
	{"sign", Sign[float32], Sign[float64], func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return 0 // of NaN too, as torch.sign
	}, 1},
	{"relu", Relu[float32], Relu[float64], func(x float64) float64 { return max(x, 0) }, 1},
	{"floor", Floor[float32], Floor[float64], math.Floor, 1},
	{"ceil", Ceil[float32], Ceil[float64], math.Ceil, 1},
	{"round", Round[float32], Round[float64], math.RoundToEven, 1},
	{"trunc", Trunc[float32], Trunc[float64], math.Trunc, 1},
	{"exp", Exp[float32], Exp[float64], math.Exp, 4},
	{"expm1", Expm1[float32], Expm1[float64], math.Expm1, 4},
	{"log", Log[float32], Log[float64], math.Log, 4},
	{"log1p", Log1p[float32], Log1p[float64], math.Log1p, 4},
	{"sigmoid", Sigmoid[float32], Sigmoid[float64], sigmoidOf, 4},
	{"tanh", Tanh[float32], Tanh[float64], math.Tanh, 4},
	{"erf", Erf[float32], Erf[float64], math.Erf, 4},
	{"sin", Sin[float32], Sin[float64], math.Sin, 1},
	{"cos", Cos[float32], Cos[float64], math.Cos, 1},
	{"tan", Tan[float32], Tan[float64], math.Tan, 1},
}

func TestUnary(t *testing.T) {
	for _, c := range unaries {
		t.Run(c.name, func(t *testing.T) {
			unary(t, c.f32, c.want, c.ulps*0x1p-23)
			unary(t, c.f64, c.want, c.ulps*0x1p-51)
		})
	}
}

func unary[T Float](t *testing.T, f func(dst, a []T), want func(float64) float64, rel float64) {
	t.Helper()
	for _, n := range lengths {
		a := operands[T](n, uint64(n))
		dst, check := kerneltest.Random[T](n, 2)
		f(dst, a)
		for i, x := range a {
			nearT(t, want(float64(x)), dst[i], rel, fmt.Sprintf("%T of %v", x, x))
		}
		check(t)
		f(a, a)
		for i := range a {
			require.True(t, a[i] == dst[i] || a[i] != a[i] && dst[i] != dst[i], "in place at %d", i)
		}
	}
}

func maximum(a, b float64) float64 {
	if a != a || b != b {
		return math.NaN()
	}
	return math.Max(a, b)
}

func minimum(a, b float64) float64 {
	if a != a || b != b {
		return math.NaN()
	}
	return math.Min(a, b)
}

func TestBinary(t *testing.T) {
	t.Run("float32", testBinary[float32])
	t.Run("float64", testBinary[float64])
}

func testBinary[T Float](t *testing.T) {
	rel := 0x1p-50
	var zero T
	if _, ok := any(zero).(float32); ok {
		rel = 0x1p-23
	}
	for _, c := range []struct {
		name   string
		vv     func(dst, a, b []T)
		vs     func(dst, a []T, b T)
		sv     func(dst []T, a T, b []T)
		want   func(a, b float64) float64
		native bool // the reference rounds as T does, step by step
	}{
		{"add", Add[T], AddScalar[T], nil, func(a, b float64) float64 { return float64(T(a) + T(b)) }, true},
		{"sub", Sub[T], SubScalar[T], ScalarSub[T], func(a, b float64) float64 { return float64(T(a) - T(b)) }, true},
		{"mul", Mul[T], MulScalar[T], nil, func(a, b float64) float64 { return float64(T(a) * T(b)) }, true},
		{"div", Div[T], DivScalar[T], ScalarDiv[T], func(a, b float64) float64 { return float64(T(a) / T(b)) }, true},
		{"maximum", Maximum[T], MaximumScalar[T], nil, maximum, true},
		{"minimum", Minimum[T], MinimumScalar[T], nil, minimum, true},
		{"pow", Pow[T], nil, ScalarPow[T], math.Pow, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tol := rel
			if c.native {
				tol = 0
			}
			for _, n := range lengths {
				a, b := operands[T](n, 3), operands[T](n, 4)
				dst, check := kerneltest.Random[T](n, 2)
				c.vv(dst, a, b)
				for i := range dst {
					nearT(t, c.want(float64(a[i]), float64(b[i])), dst[i], tol, fmt.Sprint(a[i], b[i]))
				}
				check(t)
				both := append([]T(nil), b...)
				c.vv(both, a, both)
				assert.Equal(t, fmt.Sprint(dst), fmt.Sprint(both), "in place")
				for _, s := range []T{2, -0.75, 0, T(math.Inf(1)), T(math.NaN())} {
					if c.vs != nil {
						c.vs(dst, a, s)
						for i := range dst {
							nearT(t, c.want(float64(a[i]), float64(s)), dst[i], tol, fmt.Sprint(a[i], s))
						}
					}
					if c.sv != nil {
						c.sv(dst, s, b)
						for i := range dst {
							nearT(t, c.want(float64(s), float64(b[i])), dst[i], tol, fmt.Sprint(s, b[i]))
						}
					}
				}
				check(t)
			}
		})
	}
}

// The short cuts agree with math.Pow, except for the square root, where torch takes
// the root: NaN at -Inf.
func TestPowScalar(t *testing.T) {
	for _, p := range []float64{1, 2, 3, -1, 0.5, 0, -2, 1.7, math.Inf(1), math.NaN()} {
		a := operands[float64](60, 5)
		dst := make([]float64, len(a))
		PowScalar(dst, a, p)
		for i, x := range a {
			want := math.Pow(x, p)
			if p == 0.5 {
				want = math.Sqrt(x)
			}
			nearT(t, want, dst[i], 0x1p-51, fmt.Sprint(x, " ** ", p))
		}
	}
}

func TestIntegerLoops(t *testing.T) {
	a, b := []int64{5, -7, math.MaxInt64, 0}, []int64{-2, -7, 1, 9}
	dst := make([]int64, 4)
	Add(dst, a, b)
	assert.Equal(t, []int64{3, -14, math.MinInt64, 9}, dst)
	Sub(dst, a, b)
	assert.Equal(t, []int64{7, 0, math.MaxInt64 - 1, -9}, dst)
	Mul(dst, a, b)
	assert.Equal(t, []int64{-10, 49, math.MaxInt64, 0}, dst)
	Maximum(dst, a, b)
	assert.Equal(t, []int64{5, -7, math.MaxInt64, 9}, dst)
	Minimum(dst, a, b)
	assert.Equal(t, []int64{-2, -7, 1, 0}, dst)
	Abs(dst, a)
	assert.Equal(t, []int64{5, 7, math.MaxInt64, 0}, dst)
	Neg(dst, a)
	assert.Equal(t, []int64{-5, 7, -math.MaxInt64, 0}, dst)
	u := make([]uint8, 2)
	Sub(u, []uint8{1, 200}, []uint8{2, 100}) // wraps around
	assert.Equal(t, []uint8{255, 100}, u)
	Abs(u, u)
	assert.Equal(t, []uint8{255, 100}, u)
}

func TestReluGrad(t *testing.T) {
	nan := math.NaN()
	y, dy := []float64{1, 0, math.Copysign(0, -1), -1, nan, 2}, []float64{3, 4, 5, 6, 7, nan}
	ReluGrad(dy, y, dy)
	assert.Equal(t, []float64{3, 0, 0, 0, 7}, dy[:5])
	assert.True(t, math.IsNaN(dy[5]))
}
