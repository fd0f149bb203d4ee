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

// TestHugeSizesAreErrors tries numbers near the limits of int32 and int64: none is cut,
// wraps around or panics, and nothing of that size is allocated.
func TestHugeSizesAreErrors(t *testing.T) {
	x, w := stheno.Ones(1, 1, 4, 4), stheno.Ones(1, 1, 2, 2)
	const largest = min(math.MaxInt32, math.MaxInt>>2) // for windows and padding
	for _, wide := range []int64{1 << 31, 1<<31 - 1, 1<<32 + 1, 1<<32 + 2, 1 << 32, 1<<62 + 1, 1 << 62, math.MaxInt, math.MaxInt - 1, math.MinInt, math.MinInt + 1} {
		n := int(wide)
		if int64(n) != wide { // an int of 32 bits
			continue
		}
		pair := [2]int{n, 1}
		if n < 0 || n > largest { // others are right: see below
			assert.Error(t, x.Conv2d(w, nil, stheno.Conv2dConfig{Stride: pair}).Err(), n)
			assert.Error(t, x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}, Stride: pair}).Err(), n)
		}
		for name, y := range map[string]*V{
			"adaptive":      x.AdaptiveAvgPool2d(n, n),
			"conv pad":      x.Conv2d(w, nil, stheno.Conv2dConfig{Padding: [2]int{n, n}}),
			"conv dilation": x.Conv2d(w, nil, stheno.Conv2dConfig{Dilation: pair}),
			"conv same":     x.Conv2d(w, nil, stheno.Conv2dConfig{Dilation: pair, Same: true}),
			"conv groups":   x.Conv2d(w, nil, stheno.Conv2dConfig{Groups: n}),
			"max kernel":    x.MaxPool2d(stheno.Pool2dConfig{Kernel: pair}),
			"max pad":       x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}, Padding: pair}),
			"max dilation":  x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}, Dilation: pair}),
			"avg kernel":    x.AvgPool2d(stheno.Pool2dConfig{Kernel: pair}),
			"reshape":       x.Reshape(n, n),
			"reshape 1":     x.Reshape(n, -1),
			"expand":        stheno.Ones(1, 1).Expand(n, n),
			"pad both":      x.Pad(0, n, n),
			"one hot":       stheno.Arange(0, 2, 1).Reshape(2, 1, 1).OneHot(n).Add(stheno.Zeros(1<<20, 1, 1)).Add(stheno.Zeros(1<<16, 1)),
			"select":        x.Select(0, n),
			"narrow":        x.Narrow(2, n, n),
			"narrow 1":      x.Narrow(2, 1, n),
			"gather":        x.Gather(n, x.To(stheno.Int64)),
			"cumsum":        x.Cumsum(n),
			"sum":           x.Sum(n),
			"layer norm":    x.LayerNorm([]int{n}, nil, nil, 1e-5),
			"group norm":    x.GroupNorm(n, nil, nil, 1e-5),
			"embedding":     stheno.Ones(3, 2).Embedding(stheno.Arange(0, 2, 1), &n),
		} {
			if name != "conv same" || n < 0 || n > largest { // which is right: see below
				assert.Error(t, y.Err(), "%s %d", name, n)
			}
		}
	}
	for _, n := range []int{largest, 1<<24 + 1} {
		far := stheno.Conv2dConfig{Dilation: [2]int{n, n}, Same: true} // no tap sees the input
		sthenotest.Close(t, x.Conv2d(w, nil, far), stheno.Zeros(1, 1, 4, 4), sthenotest.Tol{})
		sthenotest.Close(t, x.To(stheno.Float64).Conv2d(w.To(stheno.Float64), nil, far), stheno.Zeros(1, 1, 4, 4).To(stheno.Float64), sthenotest.Tol{})
		wide := stheno.Pool2dConfig{Kernel: [2]int{n, n}, Padding: [2]int{n / 2, n / 2}, Stride: [2]int{n, n}}
		sthenotest.Close(t, x.MaxPool2d(wide), stheno.Full(1, 1, 1, 1, 1), sthenotest.Tol{})
	}
	// A stride as large as a number can be leaves one window.
	for _, n := range []int{largest, 1<<24 + 1} {
		stride := [2]int{n, n}
		assert.Equal(t, stheno.Shape{1, 1, 3, 3}, x.Conv2d(w, nil, stheno.Conv2dConfig{}).Shape())
		sthenotest.Close(t, x.Conv2d(w, nil, stheno.Conv2dConfig{}).Sum(), float32(36), sthenotest.Tol{})
		sthenotest.Close(t, x.Conv2d(w, nil, stheno.Conv2dConfig{Stride: stride}), stheno.Full(4, 1, 1, 1, 1), sthenotest.Tol{})
		sthenotest.Close(t, x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}, Stride: stride}), stheno.Full(1, 1, 1, 1, 1), sthenotest.Tol{})
	}
	sthenotest.Close(t, stheno.Arange(0, 5, 1).Slice(0, 1, 5, math.MaxInt), []int64{1}, sthenotest.Tol{})
	sthenotest.Close(t, stheno.Arange(0, 5, 1).Slice(0, math.MinInt, math.MaxInt, math.MaxInt-1), []int64{0}, sthenotest.Tol{})
	assert.Equal(t, stheno.Shape{0}, stheno.Arange(0, 5, 1).Slice(0, math.MaxInt, math.MinInt, 1).Shape())
	assert.Error(t, x.Pad(0, math.MinInt, math.MinInt).Err())

	// Broadcasts and products of more elements than there can be.
	part := func(axis int) *V {
		shape := []int{1, 1, 1, 1, 1, 1, 1, 1}
		shape[axis] = 1 << 10
		return stheno.Zeros(shape...)
	}
	y := part(0)
	for i := 1; i < 8; i++ {
		y = y.Add(part(i))
	}
	require.ErrorIs(t, y.Err(), stheno.ErrShape)
	long := stheno.Zeros(1 << 20)
	for name, y := range map[string]*V{
		"broadcast": long.Reshape(-1, 1, 1).Mul(long.Reshape(-1, 1)).Lt(long),
		"where":     stheno.Where(long.Reshape(-1, 1, 1).Lt(1), long.Reshape(-1, 1), long),
		"expand":    long.Reshape(-1, 1).Expand(1<<20, 1<<30),
		"matmul":    long.Reshape(-1, 1).MatMul(long.Reshape(1, -1)).Reshape(1<<20, 1<<20, 1).MatMul(long.Reshape(1, -1)),
	} {
		assert.ErrorIs(t, y.Err(), stheno.ErrShape, name)
	}
}

// TestPoolingEdges has the numbers of torch: windows larger than the input, windows that
// would begin in the padding behind, padding that counts or not.
func TestPoolingEdges(t *testing.T) {
	for _, c := range []struct {
		in, kernel, stride, pad int
		largest, mean, excluded float32
		tooSmall                bool
	}{
		{1, 2, 2, 0, 1, 1, 1, false}, {2, 3, 2, 0, 4, 2.5, 2.5, false}, {1, 3, 3, 0, 1, 1, 1, false}, {1, 2, 3, 1, 1, 0.25, 1, false},
		{2, 4, 4, 0, 4, 2.5, 2.5, false}, {1, 4, 4, 0, 1, 1, 1, false}, {3, 2, 5, 1, 1, 0.25, 1, false},
		{1, 3, 2, 0, 0, 0, 0, true}, {1, 5, 2, 1, 0, 0, 0, true}, {1, 2, 1, 0, 0, 0, 0, true}, {0, 2, 2, 1, 0, 0, 0, true},
	} {
		for _, channels := range []int{1, 16} { // the second in blocked memory
			x := stheno.Arange(1, c.in*c.in+1, 1).To(stheno.Float32).Reshape(1, 1, c.in, c.in).Expand(1, channels, c.in, c.in)
			p := stheno.Pool2dConfig{Kernel: [2]int{c.kernel, c.kernel}, Stride: [2]int{c.stride, c.stride}, Padding: [2]int{c.pad, c.pad}, CeilMode: true}
			out := p
			out.ExcludePad = true
			for name, y := range map[string]struct {
				y    *V
				want float32
			}{"max": {x.MaxPool2d(p), c.largest}, "mean": {x.AvgPool2d(p), c.mean}, "excluded": {x.AvgPool2d(out), c.excluded}} {
				what := fmt.Sprint(name, c)
				if c.tooSmall {
					assert.ErrorIs(t, y.y.Err(), stheno.ErrShape, what)
					continue
				}
				assert.Equal(t, stheno.Shape{1, channels, 1, 1}, y.y.Shape(), what)
				assert.True(t, sthenotest.Close(t, y.y, stheno.Full(float64(y.want), 1, channels, 1, 1), sthenotest.Tol{Rel: 1e-6}), what)
			}
			if !c.tooSmall {
				in := stheno.FromTensor(stheno.NewGenerator(1).Normal(stheno.Float64, 0, 1, 1, channels, c.in, c.in)).WithGrad()
				sthenotest.GradCheck(t, func(...*V) *V { return in.MaxPool2d(p) }, in)
				sthenotest.GradCheck(t, func(...*V) *V { return in.AvgPool2d(out) }, in)
			}
		}
	}
	x := stheno.Arange(1, 21, 1).To(stheno.Float32).Reshape(1, 1, 4, 5)
	sthenotest.Close(t, x.AdaptiveAvgPool2d(-1, 2), stheno.New([]float32{2, 4, 7, 9, 12, 14, 17, 19}, 1, 1, 4, 2), sthenotest.Tol{})
	sthenotest.Close(t, x.AdaptiveAvgPool2d(2, -1), x.AdaptiveAvgPool2d(2, 5), sthenotest.Tol{})
	sthenotest.Close(t, x.AdaptiveAvgPool2d(-1, -1), x, sthenotest.Tol{})
	assert.Equal(t, stheno.Shape{1, 1, 0, 2}, x.AdaptiveAvgPool2d(0, 2).Shape())
	assert.Error(t, stheno.Zeros(2, 0, 4, 4).AdaptiveAvgPool2d(-1, 2).Err())
	p := stheno.Pool2dConfig{Kernel: [2]int{2, 2}, Divisor: -3}
	sthenotest.Close(t, x.AvgPool2d(p).Slice(2, 0, 1, 1), stheno.New([]float32{-16 / 3., -24 / 3.}, 1, 1, 1, 2), sthenotest.Tol{Rel: 1e-6})
	assert.Error(t, x.MaxPool2d(p).Err())
	assert.Error(t, x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}, ExcludePad: true}).Err())
	assert.Error(t, x.AvgPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}, Dilation: [2]int{2, 1}}).Err())
}
