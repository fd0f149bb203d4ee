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

// The fixtures are small. Here are sizes from which on kernels block, pack and use
// several threads, compared with plain loops in float64.

// random returns a leaf that asks for a gradient, and its elements.
func random(seed uint64, dt stheno.DType, shape ...int) (*V, []float64) {
	x := stheno.NewGenerator(seed).Uniform(dt, -1, 1, shape...)
	return stheno.FromTensor(x).WithGrad(), x.Floats()
}

// sumTol bounds the error of sums of n products of numbers below 1: it grows like
// √n roundings, with a margin of 10.
func sumTol(dt stheno.DType, n int) sthenotest.Tol {
	eps := 0x1p-53
	if dt == stheno.Float32 {
		eps = 0x1p-24
	}
	e := 10 * eps * math.Sqrt(float64(n)+1)
	return sthenotest.Tol{Rel: 10 * e, Abs: 10 * e}
}

func floatTypes(t *testing.T, f func(t *testing.T, dt stheno.DType)) {
	for _, dt := range []stheno.DType{stheno.Float32, stheno.Float64} {
		t.Run(dt.String(), func(t *testing.T) { f(t, dt) })
	}
}

// product is a (m,k) times b (k,n); ta and tb say that they are given transposed.
func product(a, b []float64, m, k, n int, ta, tb bool) []float64 {
	y := make([]float64, m*n)
	for i := range m {
		for p := range k {
			v := 0.0
			if v = a[i*k+p]; ta {
				v = a[p*m+i]
			}
			for j := range n {
				w := 0.0
				if w = b[p*n+j]; tb {
					w = b[j*k+p]
				}
				y[i*n+j] += v * w
			}
		}
	}
	return y
}

func TestLargeMatMul(t *testing.T) {
	floatTypes(t, func(t *testing.T, dt stheno.DType) {
		for _, s := range [][3]int{{1, 1, 1000}, {1000, 1, 1}, {1, 1000, 1}, {200, 150, 170}, {17, 513, 65}, {130, 1, 250}, {1, 700, 300}, {64, 2000, 10}, {33, 5, 1025}, {7, 259, 31}} {
			m, k, n := s[0], s[1], s[2]
			a, av := random(1, dt, m, k)
			b, bv := random(2, dt, k, n)
			at, atv := random(3, dt, k, m)
			bt, btv := random(4, dt, n, k)
			seed, sv := random(5, dt, m, n)
			y := a.MatMul(b)
			require.NoError(t, y.Backward(seed.Detach()))
			ok := sthenotest.Close(t, y, product(av, bv, m, k, n, false, false), sumTol(dt, k)) &&
				sthenotest.Close(t, a.Grad(), product(sv, bv, m, n, k, false, true), sumTol(dt, n)) &&
				sthenotest.Close(t, b.Grad(), product(av, sv, k, m, n, true, false), sumTol(dt, m)) &&
				sthenotest.Close(t, at.T().MatMul(b), product(atv, bv, m, k, n, true, false), sumTol(dt, k)) &&
				sthenotest.Close(t, a.MatMul(bt.T()), product(av, btv, m, k, n, false, true), sumTol(dt, k)) &&
				sthenotest.Close(t, at.T().MatMul(bt.T()), product(atv, btv, m, k, n, true, true), sumTol(dt, k)) &&
				sthenotest.Close(t, a.Linear(bt, nil), product(av, btv, m, k, n, false, true), sumTol(dt, k))
			require.True(t, ok, "%v", s)
		}
		a, av := random(1, dt, 6, 33, 47)
		b, bv := random(2, dt, 6, 47, 29)
		var want []float64
		for i := range 6 {
			want = append(want, product(av[i*33*47:], bv[i*47*29:], 33, 47, 29, false, false)...)
		}
		sthenotest.Close(t, a.MatMul(b), want, sumTol(dt, 47))
	})
}

// adjoint checks the gradient g of a function that is linear in x: for any
// direction d, Σ f(d)·seed is Σ d·g.
func adjoint(t *testing.T, dt stheno.DType, f func(d *V) *V, x, seed *V) bool {
	t.Helper()
	d, dv := random(77, dt, x.Shape()...)
	y := stheno.Must(f(d.Detach()).Tensor()).Floats()
	s, g := stheno.Must(seed.Tensor()).Floats(), stheno.Must(x.Grad().Tensor()).Floats()
	left, right, scale := 0.0, 0.0, 0.0
	for i := range y {
		left += y[i] * s[i]
		scale += math.Abs(y[i] * s[i])
	}
	for i := range g {
		right += dv[i] * g[i]
	}
	eps := 1e-13
	if dt == stheno.Float32 {
		eps = 1e-5
	}
	return assert.InDelta(t, left, right, eps*scale)
}

func TestLargeConv2d(t *testing.T) {
	type c = stheno.Conv2dConfig
	floatTypes(t, func(t *testing.T, dt stheno.DType) {
		for _, s := range []struct {
			n, ch, h, w, o, kh, kw int
			c                      c
		}{
			{3, 17, 33, 31, 37, 3, 3, c{Padding: [2]int{1, 1}}},
			{2, 16, 32, 32, 24, 3, 3, c{Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}},
			{2, 70, 14, 15, 65, 1, 1, c{}},
			{2, 35, 15, 14, 30, 1, 1, c{Stride: [2]int{2, 2}}},
			{2, 3, 65, 63, 20, 7, 7, c{Stride: [2]int{2, 2}, Padding: [2]int{3, 3}}},
			{3, 40, 19, 21, 40, 3, 3, c{Groups: 40, Padding: [2]int{1, 1}}},
			{3, 40, 19, 21, 80, 5, 3, c{Groups: 40, Padding: [2]int{2, 1}, Stride: [2]int{2, 1}}},
			{2, 24, 17, 18, 36, 3, 3, c{Groups: 4, Padding: [2]int{1, 1}}},
			{2, 12, 29, 23, 18, 3, 3, c{Dilation: [2]int{2, 3}, Padding: [2]int{2, 3}}},
			{1, 1, 150, 160, 8, 5, 5, c{Padding: [2]int{4, 4}}},
			{70, 4, 6, 6, 9, 3, 3, c{}},
		} {
			groups := max(s.c.Groups, 1)
			x, xv := random(1, dt, s.n, s.ch, s.h, s.w)
			w, wv := random(2, dt, s.o, s.ch/groups, s.kh, s.kw)
			b, bv := random(3, dt, s.o)
			y := x.Conv2d(w, b, s.c)
			require.NoError(t, y.Err())
			seed, _ := random(4, dt, y.Shape()...)
			require.NoError(t, y.Backward(seed.Detach()))
			oh, ow := y.Dim(2), y.Dim(3)
			one := func(p [2]int) [2]int { return [2]int{max(p[0], 1), max(p[1], 1)} }
			stride, dilation := one(s.c.Stride), one(s.c.Dilation)
			want := make([]float64, 0, y.Size())
			cg, og := s.ch/groups, s.o/groups
			for n := range s.n {
				for o := range s.o {
					for i := range oh {
						for j := range ow {
							sum := bv[o]
							for k := range cg {
								for p := range s.kh {
									for q := range s.kw {
										r, l := i*stride[0]+p*dilation[0]-s.c.Padding[0], j*stride[1]+q*dilation[1]-s.c.Padding[1]
										if r >= 0 && r < s.h && l >= 0 && l < s.w {
											sum += xv[((n*s.ch+o/og*cg+k)*s.h+r)*s.w+l] * wv[((o*cg+k)*s.kh+p)*s.kw+q]
										}
									}
								}
							}
							want = append(want, sum)
						}
					}
				}
			}
			ok := sthenotest.Close(t, y, want, sumTol(dt, cg*s.kh*s.kw)) &&
				adjoint(t, dt, func(d *V) *V { return d.Conv2d(w.Detach(), nil, s.c) }, x, seed) &&
				adjoint(t, dt, func(d *V) *V { return x.Detach().Conv2d(d, nil, s.c) }, w, seed) &&
				sthenotest.Close(t, b.Grad(), seed.Detach().Sum(0, 2, 3), sumTol(dt, s.n*oh*ow))
			require.True(t, ok, "%+v", s)
		}
	})
}

func TestLargeReductions(t *testing.T) {
	shape := []int{35, 33, 66}
	floatTypes(t, func(t *testing.T, dt stheno.DType) {
		x, xv := random(1, dt, shape...)
		for _, dims := range [][]int{{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}} {
			groups := group(xv, shape, dims)
			n := len(groups[0])
			each := func(f func(g []float64) float64) []float64 {
				want := make([]float64, len(groups))
				for i, g := range groups {
					want[i] = f(g)
				}
				return want
			}
			fold := func(first float64, f func(a, v float64) float64) []float64 {
				return each(func(g []float64) float64 {
					a := first
					for _, v := range g {
						a = f(a, v)
					}
					return a
				})
			}
			mean := each(func(g []float64) float64 { return total(g) / float64(n) })
			variance := each(func(g []float64) float64 {
				m, s := total(g)/float64(n), 0.0
				for _, v := range g {
					s += (v - m) * (v - m)
				}
				return s / float64(n-1)
			})
			tol := sumTol(dt, n)
			ok := sthenotest.Close(t, x.Sum(dims...), each(total), tol) &&
				sthenotest.Close(t, x.Mean(dims...), mean, tol) &&
				sthenotest.Close(t, x.Max(dims...), fold(math.Inf(-1), math.Max), exact) &&
				sthenotest.Close(t, x.Min(dims...), fold(math.Inf(1), math.Min), exact) &&
				sthenotest.Close(t, x.Var(1, dims...), variance, tol) &&
				sthenotest.Close(t, x.LogSumExp(dims...), each(func(g []float64) float64 {
					s := 0.0
					for _, v := range g {
						s += math.Exp(v)
					}
					return math.Log(s)
				}), tol) &&
				sthenotest.Close(t, x.Norm(1, dims...), fold(0, func(a, v float64) float64 { return a + math.Abs(v) }), tol) &&
				sthenotest.Close(t, x.Gt(0).Sum(dims...), fold(0, func(a, v float64) float64 {
					if v > 0 {
						a++
					}
					return a
				}), exact)
			require.True(t, ok, "%v", dims)
			if len(dims) == 1 {
				arg := each(func(g []float64) float64 {
					best := 0
					for i, v := range g {
						if v > g[best] {
							best = i
						}
					}
					return float64(best)
				})
				sthenotest.Close(t, x.ArgMax(dims[0]), arg, exact)
				y := x.Softmax(dims[0])
				ok = sthenotest.Close(t, y.Sum(dims[0]), stheno.Full(1, y.Sum(dims[0]).Shape()...), tol) &&
					sthenotest.Close(t, y.Log(), x.Sub(x.LogSumExp(dims[0]).Unsqueeze(dims[0])), tol) &&
					sthenotest.Close(t, x.LogSoftmax(dims[0]), y.Log(), tol)
				require.True(t, ok, "softmax %v", dims)
			}
		}
	})
}

func total(g []float64) float64 {
	s := 0.0
	for _, v := range g {
		s += v
	}
	return s
}

// group collects the elements of x that a reduction over dims puts together.
func group(x []float64, shape, dims []int) [][]float64 {
	index := map[string]int{}
	var groups [][]float64
	for i, v := range x {
		at := unravel(i, shape)
		for _, d := range dims {
			at[d] = 0
		}
		key := fmt.Sprint(at)
		k, ok := index[key]
		if !ok {
			k = len(groups)
			index[key] = k
			groups = append(groups, nil)
		}
		groups[k] = append(groups[k], v)
	}
	return groups
}

func unravel(i int, shape []int) []int {
	at := make([]int, len(shape))
	for k := len(shape) - 1; k >= 0; k-- {
		at[k] = i % shape[k]
		i /= shape[k]
	}
	return at
}

// TestLargeMoves follows the elements of a large array through operations that move
// them; from says where the element of the result at a position comes from.
func TestLargeMoves(t *testing.T) {
	shape := []int{23, 34, 45}
	for _, dt := range []stheno.DType{stheno.Float32, stheno.Float64, stheno.Int64} {
		x := stheno.Arange(0, 23*34*45, 1).Reshape(shape...).To(dt)
		value := func(i, j, k int) float64 { return float64((i*34+j)*45 + k) }
		for name, c := range map[string]struct {
			y    *V
			from func(at []int) float64
		}{
			"permute 2 0 1": {x.Permute(2, 0, 1), func(a []int) float64 { return value(a[1], a[2], a[0]) }},
			"permute 1 0 2": {x.Permute(1, 0, 2), func(a []int) float64 { return value(a[1], a[0], a[2]) }},
			"permute 2 1 0": {x.Permute(2, 1, 0), func(a []int) float64 { return value(a[2], a[1], a[0]) }},
			"slices":        {x.Slice(0, 1, 23, 3).Slice(2, 2, 40, 4), func(a []int) float64 { return value(1+3*a[0], a[1], 2+4*a[2]) }},
			"transposed slice reshaped": {x.Transpose(0, 2).Slice(1, 3, 30, 2).Reshape(-1), func(a []int) float64 {
				b := unravel(a[0], []int{45, 14, 23})
				return value(b[2], 3+2*b[1], b[0])
			}},
			"cat": {stheno.Cat(1, x, x.Slice(1, 5, 9, 1)), func(a []int) float64 {
				if a[1] >= 34 {
					a[1] += 5 - 34
				}
				return value(a[0], a[1], a[2])
			}},
			"pad": {x.Pad(-1, 2, 3, 0, 1), func(a []int) float64 {
				if a[2] < 2 || a[2] >= 47 || a[1] >= 34 {
					return -1
				}
				return value(a[0], a[1], a[2]-2)
			}},
			"index select":       {x.IndexSelect(1, stheno.Arange(33, -1, -2)), func(a []int) float64 { return value(a[0], 33-2*a[1], a[2]) }},
			"expand and permute": {x.Unsqueeze(1).Expand(23, 3, 34, 45).Permute(1, 3, 0, 2), func(a []int) float64 { return value(a[2], a[3], a[1]) }},
		} {
			require.NoError(t, c.y.Err(), name)
			want := make([]float64, c.y.Size())
			for i := range want {
				want[i] = c.from(unravel(i, c.y.Shape()))
			}
			require.True(t, sthenotest.Close(t, c.y, want, exact), "%s of %v", name, dt)
			if dt.IsFloat() { // a view that is read in place, by a fused operation
				for i := range want {
					want[i] *= 2
				}
				require.True(t, sthenotest.Close(t, c.y.Add(c.y), want, exact), "%s of %v, fused", name, dt)
			}
		}
	}
}

func TestLargePools(t *testing.T) {
	floatTypes(t, func(t *testing.T, dt stheno.DType) {
		x, xv := random(1, dt, 9, 11, 35, 37)
		c := stheno.Pool2dConfig{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}
		largest, mean := x.MaxPool2d(c), x.AvgPool2d(c)
		require.Equal(t, stheno.Shape{9, 11, 18, 19}, largest.Shape())
		var wantMax, wantMean []float64
		for p := range 99 {
			for i := range 18 {
				for j := range 19 {
					m, s := math.Inf(-1), 0.0
					for r := max(2*i-1, 0); r < min(2*i+2, 35); r++ {
						for l := max(2*j-1, 0); l < min(2*j+2, 37); l++ {
							v := xv[(p*35+r)*37+l]
							m, s = math.Max(m, v), s+v
						}
					}
					wantMax, wantMean = append(wantMax, m), append(wantMean, s/9)
				}
			}
		}
		sthenotest.Close(t, largest, wantMax, exact)
		sthenotest.Close(t, mean, wantMean, sumTol(dt, 9))
		seed, sv := random(2, dt, 9, 11, 18, 19)
		require.NoError(t, mean.Backward(seed.Detach()))
		adjoint(t, dt, func(d *V) *V { return d.AvgPool2d(c) }, x, seed)
		x.ZeroGrad()
		require.NoError(t, largest.Backward(seed.Detach()))
		// What comes in goes out, to elements that are the largest of a window.
		sthenotest.Close(t, x.Grad().Sum(), total(sv), sumTol(dt, len(sv)))
		sthenotest.Close(t, x.Mul(x.Grad()).Sum(), total(times(wantMax, sv)), sumTol(dt, len(sv)))

		adaptive := x.Detach().WithGrad()
		y := adaptive.AdaptiveAvgPool2d(1, 1)
		sthenotest.Close(t, y.Squeeze(), x.Mean(2, 3), sumTol(dt, 35*37))
	})
}

func times(a, b []float64) []float64 {
	y := make([]float64, len(a))
	for i := range a {
		y[i] = a[i] * b[i]
	}
	return y
}

func TestLargePointwise(t *testing.T) {
	const n = 70_001
	floatTypes(t, func(t *testing.T, dt stheno.DType) {
		x, xv := random(1, dt, n)
		y, yv := random(2, dt, n)
		got := x.Mul(y).Add(1).Sigmoid().Sub(x.Exp()).Square()
		want, grad := make([]float64, n), make([]float64, n)
		for i := range want {
			s, e := 1/(1+math.Exp(-xv[i]*yv[i]-1)), math.Exp(xv[i])
			want[i] = (s - e) * (s - e)
			grad[i] = 2 * (s - e) * (s*(1-s)*yv[i] - e)
		}
		require.NoError(t, got.Backward(stheno.Ones(n)))
		sthenotest.Close(t, got, want, sumTol(dt, 4))
		sthenotest.Close(t, x.Grad(), grad, sumTol(dt, 4))
	})
}
