// SPDX-License-Identifier: MIT

package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
)

func TestKeysEqualTorch(t *testing.T) {
	m := layers.Sequential{layers.NewLinear(3, 4), layers.NewBatchNorm1d(4), layers.ReLU{}, layers.NewConv2d(4, 8, 3, layers.Bias(false)), layers.NewPReLU(8)}
	state, err := stheno.StateDict(m)
	require.NoError(t, err)
	var names []string
	for _, e := range state {
		names = append(names, e.Name)
	}
	require.Equal(t, []string{
		"0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked", "3.weight", "4.weight",
	}, names)
	require.Len(t, stheno.Parameters(m), 6)
	require.Len(t, stheno.Buffers(m), 3)
}

func TestBrokenConstructorsReportAndDoNotPanic(t *testing.T) {
	x := stheno.Zeros(1, 3, 4, 4)
	for text, m := range map[string]stheno.Module{
		"in_channels must be divisible by groups, got 3 and 2":               layers.NewConv2d(3, 4, 3, layers.Groups(2)),
		"out_channels must be divisible by groups, got 4 and 3":              layers.NewConv2d(3, 4, 3, layers.Groups(3)),
		"groups must be a positive integer, got 0":                           layers.NewConv2d(3, 4, 3, layers.Groups(0)),
		"kernel size must be positive":                                       layers.NewConv2d(3, 4, 0),
		"stride [0 1] and dilation [1 1] must be positive":                   layers.NewConv2d(3, 4, 3, layers.StrideHW(0, 1)),
		"the function of Init is nil":                                        layers.NewConv2d(3, 4, 3, layers.Init(nil)),
		"the weight of Init has shape (3), expects (4,3,3,3)":                layers.NewConv2d(3, 4, 3, layers.Init(func(...int) *stheno.Tensor { return layers.Fill(0, 3) })),
		"the function of Init returned nil":                                  layers.NewConv2d(3, 4, 3, layers.Init(func(...int) *stheno.Tensor { return nil })),
		"padding='same' is not supported for strided convolutions":           layers.NewConv2d(3, 4, 3, layers.Stride(2), layers.Same()),
		"sizes must not be negative, got in -1, out 2":                       layers.NewLinear(-1, 2),
		"num_features must be positive, got 0":                               layers.NewBatchNorm2d(0),
		"num_channels must be divisible by num_groups, got 3 and 2":          layers.NewGroupNorm(2, 3),
		"normalized_shape must name positive sizes, got []":                  layers.NewLayerNorm(nil),
		"dropout probability has to be between 0 and 1, but got 1.5":         layers.NewDropout(1.5),
		"Padding_idx must be within num_embeddings, got 7 of 5":              layers.NewEmbedding(5, 2, layers.PaddingIdx(7)),
		"kernel size must be positive, got -2":                               layers.NewMaxPool2d(-2),
		"stride [0 0] and dilation [1 1] must be positive":                   layers.NewMaxPool2d(2, layers.Stride(0)),
		"stride [2 2] and dilation [0 0] must be positive":                   layers.NewMaxPool2d(2, layers.Dilation(0)),
		"padding must not be negative, got [0 -1]":                           layers.NewAvgPool2d(2, layers.PaddingHW(0, -1)),
		"pad should be at most half of effective kernel size, but got pad=2": layers.NewAvgPool2d(3, layers.Padding(2)),
		"got -2": layers.NewAdaptiveAvgPool2d(-2, 1),
		"Lower bound should be less than or equal to the upper bound, got 0.5 and 0": &layers.RReLU{Lower: new(0.5)},
	} {
		err := stheno.Check(layers.Sequential{m})
		if _, ok := m.(*layers.RReLU); ok {
			text = "Lower bound should be less than or equal to the upper bound, got 0.5 and 0.333"
		}
		require.ErrorContains(t, err, text)
		require.ErrorContains(t, m.Forward(x).Err(), text)
	}
}

func TestWrongInputs(t *testing.T) {
	for text, y := range map[string]*v{
		"expected 4D input (got 2D input)":                         layers.NewBatchNorm2d(3).Forward(stheno.Zeros(2, 3)),
		"expected 2D or 3D input (got 4D input)":                   layers.NewBatchNorm1d(3).Forward(stheno.Zeros(2, 3, 1, 1)),
		"should have shape (4) for input (2,4), got (3)":           layers.NewBatchNorm1d(3).Forward(stheno.Zeros(2, 4)),
		"Expected more than 1 value per channel":                   layers.NewBatchNorm2d(3).Forward(stheno.Zeros(1, 3, 1, 1)),
		"mat1 and mat2 shapes cannot be multiplied (1x2 and 3x4)":  layers.NewLinear(3, 4).Forward(stheno.Zeros(1, 2)),
		"to have 3 channels, but got 2 channels instead":           layers.NewConv2d(3, 4, 3).Forward(stheno.Zeros(1, 2, 5, 5)),
		"Kernel size can't be greater than actual input":           layers.NewConv2d(2, 4, 7).Forward(stheno.Zeros(1, 2, 5, 5)),
		"target size (2) must be the same as the input size (2,1)": layers.MSELoss{}.Forward(stheno.Zeros(2, 1), stheno.Zeros(2)),
		"label_smoothing must be between 0.0 and 1.0":              layers.CrossEntropyLoss{LabelSmoothing: 2}.Forward(stheno.Zeros(2, 3), stheno.New([]int64{0, 1})),
		"Expected target size [2], got [3]":                        layers.CrossEntropyLoss{}.Forward(stheno.Zeros(2, 3), stheno.New([]int64{0, 1, 2})),
		"prediction or target is nil":                              layers.NLLLoss{}.Forward(nil, nil),
		"Halving dimension must be even":                           layers.GLU{}.Forward(stheno.Zeros(3)),
	} {
		require.ErrorContains(t, y.Err(), text)
	}
	_, err := layers.CrossEntropyLoss{}.Forward(stheno.Zeros(2, 3), stheno.New([]int64{0, 5})).Item()
	require.ErrorContains(t, err, "Target 5 is out of bounds.")
	for _, dtype := range []stheno.DType{stheno.Float32, stheno.Float64} {
		for text, x := range map[string][2]float64{
			"all elements of input should be between 0 and 1, element 1 is 1.5":  {1.5, 1},
			"all elements of input should be between 0 and 1, element 1 is NaN":  {math.NaN(), 1},
			"all elements of target should be between 0 and 1, element 1 is -1":  {0.5, -1},
			"all elements of target should be between 0 and 1, element 1 is NaN": {0.5, math.NaN()},
		} {
			in, err := stheno.New([]float64{0.5, x[0]}).To(dtype).Tensor()
			require.NoError(t, err)
			p, y := stheno.FromTensor(in).WithGrad(), stheno.New([]float64{1, x[1]}).To(dtype)
			_, err = layers.BCELoss{}.Forward(p, y).Item()
			require.ErrorContains(t, err, "stheno: bce: "+text)
			require.ErrorContains(t, layers.BCELoss{}.Forward(p, y).Backward(), text)
		}
	}
}

func TestTrainAndEvaluationDiffer(t *testing.T) {
	stheno.Seed(4)
	x := stheno.Randn(64, 3)
	for _, m := range []stheno.Module{layers.NewDropout(0.5), layers.NewBatchNorm1d(3), &layers.RReLU{}} {
		stheno.Train(m)
		train, err := stheno.Values[float32](m.Forward(x))
		require.NoError(t, err)
		stheno.Eval(m)
		eval, err := stheno.Values[float32](m.Forward(x))
		require.NoError(t, err)
		require.NotEqual(t, train, eval)
	}
}

// TestErrorsWhileRunningNameTheModule expects the path of the module whose parameter the operation
// reads, unless there are several.
func TestErrorsWhileRunningNameTheModule(t *testing.T) {
	type net struct{ Words, Places *layers.Embedding }
	m := &net{layers.NewEmbedding(5, 2), layers.NewEmbedding(5, 2)}
	for range stheno.NamedParameters(m) { // gives the parameters their names
	}
	bad := stheno.New([]int64{7})
	require.ErrorContains(t, m.Words.Forward(bad).Sum().Backward(), "[words]")
	_, err := m.Places.Forward(bad).Tensor()
	require.ErrorContains(t, err, "[places]")
	err = m.Words.Forward(bad).Add(m.Places.Forward(bad)).Sum().Backward()
	require.ErrorContains(t, err, "stheno: index_select: index 7 is out of bounds")
	require.NotContains(t, err.Error(), "[")
}

func TestInitialisation(t *testing.T) {
	stheno.Seed(7)
	bounds := func(p *v, bound float64) {
		t.Helper()
		x, err := p.Tensor()
		require.NoError(t, err)
		top, sum := 0.0, 0.0
		for _, w := range x.Floats() {
			top, sum = math.Max(top, math.Abs(w)), sum+w
		}
		require.LessOrEqual(t, top, bound)
		require.Greater(t, top, 0.98*bound)
		require.InDelta(t, 0, sum/float64(x.Size()), 5*bound/math.Sqrt(3*float64(x.Size())), "five standard errors")
	}
	linear := layers.NewLinear(100, 300)
	bounds(linear.Weight, 0.1)
	bounds(linear.Bias, 0.1)
	conv := layers.NewConv2d(8, 200, 3, layers.Groups(2))
	bounds(conv.Weight, 1/math.Sqrt(4*9))
	bounds(conv.Bias, 1/math.Sqrt(4*9))
}

func TestEmbeddingPaddingStaysZero(t *testing.T) {
	e := layers.NewEmbedding(4, 2, layers.PaddingIdx(1))
	y := e.Forward(stheno.New([]int64{1, 2, 1, 2, 3}, 5))
	require.NoError(t, y.Sum().Backward())
	got, err := stheno.Values[float32](e.Weight.Grad())
	require.NoError(t, err)
	require.Equal(t, []float32{0, 0, 0, 0, 2, 2, 1, 1}, got)
}

// TestModules runs CheckModule on one module of each kind.
func TestModules(t *testing.T) {
	image := stheno.Randn(3, 4, 5, 6)
	for _, c := range []struct {
		m stheno.Module
		x *v
	}{
		{layers.NewLinear(6, 3), image}, {layers.NewConv2d(4, 6, 3, layers.Padding(1), layers.Groups(2)), image},
		{layers.NewBatchNorm2d(4), image}, {layers.NewLayerNorm([]int{5, 6}), image}, {layers.NewGroupNorm(2, 4), image},
		{layers.NewMaxPool2d(2), image}, {layers.NewAvgPool2d(2), image}, {layers.NewAdaptiveAvgPool2d(2, 3), image},
		{layers.NewBatchNorm1d(4), stheno.Randn(5, 4)}, {layers.NewBatchNorm1d(4), stheno.Randn(5, 4, 3)}, {layers.NewDropout(0.4), image},
		{&layers.RReLU{}, image}, {layers.GLU{}, image}, {layers.NewSoftmax(1), image},
		{layers.NewPReLU(4), image}, {layers.Sequential{}, image}, {layers.Identity{}, image}, {layers.Flatten{}, image},
		{layers.Sequential{layers.NewConv2d(4, 4, 3), layers.Mish{}, layers.NewBatchNorm2d(4), layers.Flatten{}, layers.NewLinear(48, 2)}, image},
	} {
		sthenotest.CheckModule(t, c.m, c.x)
	}
}

func TestHooksRunInContainers(t *testing.T) {
	l := layers.NewLinear(2, 2)
	m := layers.Sequential{l, layers.ReLU{}}
	calls := 0
	remove := stheno.RegisterForwardHook(l, func(_ stheno.Module, _, y *v) *v {
		calls++
		return y.Mul(0)
	})
	got, err := stheno.Values[float32](m.Forward(stheno.Ones(1, 2)))
	require.NoError(t, err)
	require.Equal(t, []float32{0, 0}, got)
	remove()
	m.Forward(stheno.Ones(1, 2))
	require.Equal(t, 1, calls)
}

func TestPReLUWeight(t *testing.T) {
	one := stheno.Scalar[float32](-2)
	y := (&layers.PReLU{Weight: stheno.New([]float32{0.5})}).Forward(one)
	require.Empty(t, y.Shape())
	for _, shape := range [][]int{{0}, {1, 1}, {3, 1}, {1, 3}, {2}} {
		require.ErrorIs(t, (&layers.PReLU{Weight: stheno.Ones(shape...)}).Forward(stheno.Ones(2, 3)).Err(), stheno.ErrShape, shape)
	}
}
