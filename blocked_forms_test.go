// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
)

// operandForms are the ways to come by an operand that broadcasts with (n,c,h,w). Each is
// made of one leaf, of the shape that it asks for.
var operandForms = map[string]struct {
	leaf func(n, c, h, w int) []int
	view func(b *V, n, c, h, w int) *V
}{
	"scalar":                 {func(n, c, h, w int) []int { return []int{1} }, func(b *V, n, c, h, w int) *V { return b.Sum() }},
	"scalar expanded":        {func(n, c, h, w int) []int { return []int{1} }, func(b *V, n, c, h, w int) *V { return b.Expand(n, c, h, w) }},
	"channel":                {channels, func(b *V, n, c, h, w int) *V { return b.Reshape(c, 1, 1) }},
	"channel 4D":             {channels, func(b *V, n, c, h, w int) *V { return b.Reshape(1, c, 1, 1) }},
	"channel computed":       {channels, func(b *V, n, c, h, w int) *V { return b.Tanh().Reshape(1, c, 1, 1) }},
	"channel expanded":       {channels, func(b *V, n, c, h, w int) *V { return b.Reshape(1, c, 1, 1).Expand(n, c, h, w) }},
	"channel, images":        {channels, func(b *V, n, c, h, w int) *V { return b.Reshape(1, c, 1, 1).Expand(n, c, 1, 1) }},
	"channel, planes":        {channels, func(b *V, n, c, h, w int) *V { return b.Reshape(c, 1, 1).Expand(c, h, w) }},
	"channel, rows":          {channels, func(b *V, n, c, h, w int) *V { return b.Reshape(1, c, 1, 1).Expand(1, c, h, 1) }},
	"channel, columns":       {channels, func(b *V, n, c, h, w int) *V { return b.Reshape(1, c, 1, 1).Expand(n, c, 1, w) }},
	"channel, computed, all": {channels, func(b *V, n, c, h, w int) *V { return b.Square().Reshape(1, c, 1, 1).Expand(n, c, h, w) }},
	"channel, all, computed": {channels, func(b *V, n, c, h, w int) *V { return b.Reshape(1, c, 1, 1).Expand(n, c, h, w).Square() }},
	"channel with offset": {func(n, c, h, w int) []int { return []int{c + 5} }, func(b *V, n, c, h, w int) *V {
		return b.Narrow(0, 5, c).Reshape(1, c, 1, 1).Expand(n, c, h, w)
	}},
	"every other channel": {func(n, c, h, w int) []int { return []int{2*c + 1} }, func(b *V, n, c, h, w int) *V {
		return b.Slice(0, 1, 2*c+1, 2).Unsqueeze(-1, -2)
	}},
	"every other channel expanded": {func(n, c, h, w int) []int { return []int{2*c + 1} }, func(b *V, n, c, h, w int) *V {
		return b.Slice(0, 1, 2*c+1, 2).Unsqueeze(-1, -2).Expand(n, c, h, w)
	}},
	"a column": {func(n, c, h, w int) []int { return []int{c, 3} }, func(b *V, n, c, h, w int) *V {
		return b.Select(1, 2).Reshape(c, 1, 1).Expand(n, c, h, w)
	}},
	"a column as it is": {func(n, c, h, w int) []int { return []int{c, 3} }, func(b *V, n, c, h, w int) *V {
		return b.Slice(1, 1, 2, 1).Unsqueeze(-1).Expand(c, h, w)
	}},
	"images":          {func(n, c, h, w int) []int { return []int{n} }, func(b *V, n, c, h, w int) *V { return b.Reshape(n, 1, 1, 1) }},
	"images expanded": {func(n, c, h, w int) []int { return []int{n} }, func(b *V, n, c, h, w int) *V { return b.Reshape(n, 1, 1, 1).Expand(n, c, h, w) }},
	"images, channels": {func(n, c, h, w int) []int { return []int{n} }, func(b *V, n, c, h, w int) *V {
		return b.Reshape(n, 1, 1, 1).Expand(n, c, 1, 1)
	}},
	"rows":          {matrix, func(b *V, n, c, h, w int) *V { return b.Reshape(n, c, 1, 1) }},
	"rows expanded": {matrix, func(b *V, n, c, h, w int) *V { return b.Reshape(n, c, 1, 1).Expand(n, c, h, w) }},
	"rows, one more": {matrix, func(b *V, n, c, h, w int) *V {
		return b.Reshape(n, c, 1, 1).Expand(n, c, h, 1)
	}},
	"rows transposed": {func(n, c, h, w int) []int { return []int{c, n} }, func(b *V, n, c, h, w int) *V { return b.T().Unsqueeze(-1, -2) }},
	"rows of the first image": {matrix, func(b *V, n, c, h, w int) *V {
		return b.Narrow(0, 0, 1).Reshape(1, c, 1, 1).Expand(n, c, h, w)
	}},
	"rows of the last image": {matrix, func(b *V, n, c, h, w int) *V {
		return b.Select(0, n-1).Reshape(1, c, 1, 1).Expand(n, c, h, w)
	}},
	"plane":          {func(n, c, h, w int) []int { return []int{h, w} }, func(b *V, n, c, h, w int) *V { return b }},
	"plane expanded": {func(n, c, h, w int) []int { return []int{h, w} }, func(b *V, n, c, h, w int) *V { return b.Expand(n, c, h, w) }},
	"column of each": {func(n, c, h, w int) []int { return []int{n, c, h} }, func(b *V, n, c, h, w int) *V {
		return b.Unsqueeze(-1).Expand(n, c, h, w)
	}},
	"whole":          {image, func(b *V, n, c, h, w int) *V { return b }},
	"first image":    {image, func(b *V, n, c, h, w int) *V { return b.Narrow(0, 0, 1).Expand(n, c, h, w) }},
	"first channel":  {image, func(b *V, n, c, h, w int) *V { return b.Narrow(1, 0, 1).Expand(n, c, h, w) }},
	"first pixel":    {image, func(b *V, n, c, h, w int) *V { return b.Narrow(2, 0, 1).Narrow(3, 0, 1).Expand(n, c, h, w) }},
	"last pixel":     {image, func(b *V, n, c, h, w int) *V { return b.Narrow(2, h-1, 1).Narrow(3, w-1, 1) }},
	"last, expanded": {image, func(b *V, n, c, h, w int) *V { return b.Narrow(2, h-1, 1).Narrow(3, w-1, 1).Expand(n, c, h, w) }},
	"a pixel of the last image": {image, func(b *V, n, c, h, w int) *V {
		return b.Narrow(0, n-1, 1).Narrow(2, h-1, 1).Narrow(3, 0, 1).Expand(n, c, h, w)
	}},
	"mean": {image, func(b *V, n, c, h, w int) *V { return b.Mean(0, 2, 3).Reshape(1, c, 1, 1) }},
	"mean expanded": {image, func(b *V, n, c, h, w int) *V {
		return b.Mean(0, 2, 3).Reshape(1, c, 1, 1).Expand(n, c, h, w)
	}},
	"channels last":    {func(n, c, h, w int) []int { return []int{n, h, w, c} }, func(b *V, n, c, h, w int) *V { return b.Permute(0, 3, 1, 2) }},
	"channels first":   {func(n, c, h, w int) []int { return []int{c, n, h, w} }, func(b *V, n, c, h, w int) *V { return b.Transpose(0, 1) }},
	"planes turned":    {func(n, c, h, w int) []int { return []int{n, c, w, h} }, func(b *V, n, c, h, w int) *V { return b.Transpose(2, 3) }},
	"another reshaped": {func(n, c, h, w int) []int { return []int{h * w, c, n} }, func(b *V, n, c, h, w int) *V { return b.Reshape(n, c, h, w) }},
	"integers": {channels, func(b *V, n, c, h, w int) *V {
		return b.Mul(4).To(stheno.Int64).Reshape(1, c, 1, 1).Expand(n, c, h, w).To(stheno.Float32)
	}},
	"doubles": {channels, func(b *V, n, c, h, w int) *V {
		return b.To(stheno.Float64).Reshape(1, c, 1, 1).Expand(n, c, h, w).To(stheno.Float32)
	}},
	"truths": {channels, func(b *V, n, c, h, w int) *V {
		return stheno.Where(b.Gt(0).Reshape(1, c, 1, 1).Expand(n, c, h, w), b.Reshape(1, c, 1, 1), 0.5)
	}},
}

func channels(n, c, h, w int) []int { return []int{c} }
func matrix(n, c, h, w int) []int   { return []int{n, c} }
func image(n, c, h, w int) []int    { return []int{n, c, h, w} }

// nearConvolution are the places where a convolution meets an operand b.
var nearConvolution = map[string]func(y, b *V) *V{
	"add":           func(y, b *V) *V { return y.Add(b) },
	"mul":           func(y, b *V) *V { return b.Mul(y) },
	"mul, add":      func(y, b *V) *V { return y.Mul(b).Add(b.Neg()).ReLU() },
	"mul, add same": func(y, b *V) *V { return y.Mul(b).Add(b) },
	"relu, sub":     func(y, b *V) *V { return y.ReLU().Sub(b).Square() },
	"maximum":       func(y, b *V) *V { return y.Maximum(b).Sigmoid() },
	"where":         func(y, b *V) *V { return stheno.Where(b.Gt(0), y, b) },
	"where of both": func(y, b *V) *V { return stheno.Where(y.Lt(b), b, y.Mul(2)) },
	"norm, add": func(y, b *V) *V {
		return y.BatchNorm(stheno.BatchNormState{Eps: new(1e-5), Training: true}).Add(b).ReLU()
	},
	"pool, mul": func(y, b *V) *V {
		return y.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Padding: [2]int{1, 1}}).Mul(b)
	},
	"weighted twice": func(y, b *V) *V { return y.Mul(b).Tanh().Mul(b).Add(y) },
}

// TestOperandsBesideConvolutions: how an operand lies in memory must not be seen, whatever
// form the plan takes it for.
func TestOperandsBesideConvolutions(t *testing.T) {
	shapes := [][4]int{{2, 3, 2, 3}, {1, 20, 2, 1}, {3, 17, 3, 2}, {2, 33, 1, 1}, {2, 1, 3, 3}}
	if testing.Short() {
		shapes = shapes[:2]
	}
	for name, form := range operandForms {
		t.Run(name, func(t *testing.T) {
			for _, s := range shapes {
				n, c, h, w := s[0], s[1], s[2], s[3]
				g := stheno.NewGenerator(7)
				data := []*stheno.Tensor{
					g.Normal(stheno.Float32, 0, 1, form.leaf(n, c, h, w)...), g.Normal(stheno.Float32, 0, 1, n, 4, h, w),
					g.Normal(stheno.Float32, 0, 0.3, c, 4, 3, 3), g.Normal(stheno.Float32, 0, 1, n, c, h, w),
				}
				run := func(a debug.ConvAlgorithm, f func(y, b *V) *V) (all [][]float64) {
					defer debug.SetConvAlgorithm(debug.SetConvAlgorithm(a))
					leaves := make([]*V, len(data))
					for i, x := range data {
						leaves[i] = stheno.FromTensor(x).WithGrad()
					}
					y := leaves[1].Conv2d(leaves[2], nil, stheno.Conv2dConfig{Padding: [2]int{1, 1}})
					y = f(y, form.view(leaves[0], n, c, h, w)).Keep()
					require.NoError(t, y.Mul(leaves[3]).Sum().Backward())
					all = append(all, stheno.Must(y.Tensor()).Floats())
					for _, x := range leaves {
						if dx := x.Grad(); dx != nil { // nothing goes back through integers
							all = append(all, stheno.Must(dx.Tensor()).Floats())
						}
					}
					return all
				}
				for what, f := range nearConvolution {
					want := run(debug.ConvNCHW, f)
					for _, a := range convAlgorithms[:1] {
						for i, got := range run(a, f) {
							scale, diff := 1e-3, 0.0
							for j, x := range want[i] {
								scale, diff = max(scale, math.Abs(x)), max(diff, math.Abs(x-got[j]))
							}
							require.LessOrEqual(t, diff, 1e-4*scale, fmt.Sprint(what, s, a, " result ", i))
						}
					}
				}
			}
		})
	}
}

// TestStatisticsOfConvolutionsWeighted: gradients of means that are weighted channel by
// channel come back as expansions.
func TestStatisticsOfConvolutionsWeighted(t *testing.T) {
	x, w := stheno.Ones(1, 1, 2, 2).WithGrad(), stheno.New([]float32{1, 2, 3}, 3, 1, 1, 1).WithGrad()
	weights := stheno.New([]float32{1, 10, 100})
	require.NoError(t, x.Conv2d(w, nil, stheno.Conv2dConfig{}).ReLU().Mean(2, 3).Mul(weights).Sum().Backward())
	require.Equal(t, []float32{1, 10, 100}, stheno.Must(stheno.Values[float32](w.Grad())))

	x, b := stheno.Ones(2, 1, 4, 4), stheno.Zeros(2).WithGrad()
	y := x.Conv2d(stheno.Zeros(2, 1, 3, 3).WithGrad(), b, stheno.Conv2dConfig{})
	require.NoError(t, y.Add(1).Square().Mean(0, 2, 3).Mul(stheno.New([]float32{1, 10})).Sum().Backward())
	require.Equal(t, []float32{2, 20}, stheno.Must(stheno.Values[float32](b.Grad())))

	y = stheno.Zeros(2, 3, 2, 3).Conv2d(stheno.Ones(3, 3, 3, 3), nil, stheno.Conv2dConfig{Padding: [2]int{1, 1}})
	y = y.Add(stheno.New([]float32{1, 2, 3}).Reshape(1, 3, 1, 1).Expand(2, 3, 2, 3)).Mean(0, 2, 3)
	require.Equal(t, []float32{1, 2, 3}, stheno.Must(stheno.Values[float32](y)))
}
