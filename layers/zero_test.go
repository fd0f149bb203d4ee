// SPDX-License-Identifier: MIT

package layers_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// TestZeroIsZero sets every setting with another default to 0. The values are PyTorch's.
func TestZeroIsZero(t *testing.T) {
	x := func() *stheno.Variable { return stheno.New([]float32{-2, -0.25, 0, 0.25, 2}) }
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name string
		m    stheno.Module
		want []float32
	}{
		{"leaky relu", layers.LeakyReLU{Slope: new(0.0)}, []float32{0, 0, 0, 0.25, 2}},
		{"elu", layers.ELU{Alpha: new(0.0)}, []float32{0, 0, 0, 0.25, 2}},
		{"softplus beta", layers.Softplus{Beta: new(0.0)}, []float32{inf, inf, inf, inf, inf}},
		{"softplus threshold", layers.Softplus{Threshold: new(0.0)}, []float32{0.126928, 0.57594, 0.693147, 0.25, 2}},
		{"hardtanh min", layers.Hardtanh{Min: new(0.0)}, []float32{0, 0, 0, 0.25, 1}},
		{"hardtanh max", layers.Hardtanh{Max: new(0.0)}, []float32{-1, -0.25, 0, 0, 0}},
		{"hardshrink", layers.Hardshrink{Lambda: new(0.0)}, []float32{-2, -0.25, 0, 0.25, 2}},
		{"softshrink", layers.Softshrink{Lambda: new(0.0)}, []float32{-2, -0.25, 0, 0.25, 2}},
		{"rrelu", &layers.RReLU{Lower: new(0.0), Upper: new(0.0)}, []float32{0, 0, 0, 0.25, 2}},
		{"dropout", &layers.Dropout{P: new(0.0)}, []float32{-2, -0.25, 0, 0.25, 2}},
		{"threshold", layers.Threshold{}, []float32{0, 0, 0, 0.25, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := stheno.Values[float32](c.m.Forward(x()))
			require.NoError(t, err)
			for i := range c.want {
				require.InDelta(t, c.want[i], max(got[i], -math.MaxFloat32), 1e-5, "%v of %v", got, x())
			}
		})
	}
	for text, m := range map[string]stheno.Module{
		"alpha cannot be 0":                                layers.CELU{Alpha: new(0.0)},
		"max_val (0) must be greater than min_val (0)":     layers.Hardtanh{Min: new(0.0), Max: new(0.0)},
		"lambda must not be negative, but found -1":        layers.Softshrink{Lambda: new(-1.0)},
		"the dimension is not set":                         layers.Softmax{},
		"the dimension is not set; set":                    layers.Softmin{},
		"the dimension is not set; set Dim":                layers.LogSoftmax{},
		"the output size is not set":                       &layers.AdaptiveAvgPool2d{},
		"divisor must be not zero":                         layers.NewAvgPool2d(2, layers.Divisor(0)),
		"stride [0 0] and dilation [1 1] must be positive": layers.NewMaxPool2d(2, layers.Stride(0)),
		"stride [0 0]":                                     layers.NewConv2d(1, 1, 1, layers.Stride(0)),
		"Same and Padding exclude each other":              layers.NewConv2d(1, 1, 3, layers.Same(), layers.Padding(0)),
		"groups must be a positive integer, got 0":         layers.NewConv2d(1, 1, 1, layers.Groups(0)),
	} {
		require.ErrorContains(t, stheno.Check(m), text)
		require.ErrorContains(t, m.Forward(stheno.Ones(1, 1, 4, 4)).Err(), text)
	}
}

func TestZeroOfADimensionOrSize(t *testing.T) {
	x := stheno.Ones(2, 2, 2, 3)
	require.Equal(t, stheno.Shape{1, 2, 2, 3}, layers.GLU{Dim: new(0)}.Forward(x).Shape())
	require.Equal(t, stheno.Shape{24}, layers.Flatten{Start: new(0)}.Forward(x).Shape())
	require.Equal(t, stheno.Shape{2, 12}, layers.Flatten{}.Forward(x).Shape())
	require.Equal(t, stheno.Shape{2, 2, 0, 2}, layers.NewAdaptiveAvgPool2d(0, 2).Forward(x).Shape())
	for _, c := range []struct{ literal, made stheno.Module }{
		{layers.Softmax{Dim: new(0)}, layers.NewSoftmax(0)},
		{layers.Softmin{Dim: new(0)}, layers.NewSoftmin(0)},
		{layers.LogSoftmax{Dim: new(0)}, layers.NewLogSoftmax(0)},
	} {
		require.Equal(t, c.made, c.literal)
		each := stheno.Must(stheno.Values[float32](c.literal.Forward(stheno.Zeros(2, 3))))
		if _, logs := c.literal.(layers.LogSoftmax); logs {
			require.InDelta(t, -math.Ln2, each[0], 1e-6)
		} else {
			require.InDelta(t, 0.5, each[0], 1e-6) // of two rows, not of three columns
		}
	}
}

func TestZeroOfLosses(t *testing.T) {
	x, y := stheno.New([]float32{1, 2}).WithGrad(), stheno.New([]float32{1.5, 2})
	loss := layers.SmoothL1Loss{Beta: new(0.0)}.Forward(x, y)
	v, err := loss.Item()
	require.NoError(t, err)
	require.Equal(t, 0.25, v)
	require.NoError(t, loss.Backward())
	g, err := stheno.Values[float32](x.Grad())
	require.NoError(t, err)
	require.Equal(t, []float32{-0.5, 0}, g)
	require.ErrorContains(t, layers.HuberLoss{Delta: new(0.0)}.Forward(x, y).Err(), "non-positive values for delta")

	// Class 0 counts unless it is named, and it can be.
	logits, classes := stheno.New([]float32{1, 2, 3, 4}, 2, 2), stheno.New([]int64{0, 1})
	for _, c := range []struct {
		ignore  *int64
		classes *stheno.Variable
		losses  []float32
		mean    float64
	}{
		{nil, classes, []float32{1.3132616, 0.3132617}, 0.8132616},
		{new(int64(0)), classes, []float32{0, 0.3132617}, 0.3132617},
		{nil, stheno.New([]int64{-100, 1}), []float32{0, 0.3132617}, 0.3132617},
	} {
		list, err := stheno.Values[float32](layers.CrossEntropyLoss{IgnoreIndex: c.ignore, Reduction: layers.None}.Forward(logits, c.classes))
		require.NoError(t, err)
		require.InDeltaSlice(t, c.losses, list, 1e-6)
		mean, err := layers.CrossEntropyLoss{IgnoreIndex: c.ignore}.Forward(logits, c.classes).Item()
		require.NoError(t, err)
		require.InDelta(t, c.mean, mean, 1e-6)
	}
}

func TestZeroOfNormalisations(t *testing.T) {
	stheno.Seed(1)
	x := stheno.Randn(4, 3)
	same := func(a, b *stheno.Variable, text string) {
		t.Helper()
		p, err := stheno.Values[float32](a)
		require.NoError(t, err)
		q, err := stheno.Values[float32](b)
		require.NoError(t, err)
		require.Equal(t, p, q, text)
	}
	state := func(eps, momentum *float64) stheno.BatchNormState {
		return stheno.BatchNormState{Mean: stheno.NewBuffer(layers.Fill(0, 3)), Var: stheno.NewBuffer(layers.Fill(1, 3)), Eps: eps, Momentum: momentum, Training: true}
	}
	zero, torch := state(nil, nil), state(new(1e-5), new(0.1))
	same(x.BatchNorm(zero), x.BatchNorm(torch), "the zero value is torch's default")
	same(zero.Mean, torch.Mean, "the zero value is torch's default")
	still := state(new(0.5), new(0.0))
	same(x.BatchNorm(still).Mul(0), stheno.Zeros(4, 3), "")
	same(still.Mean, stheno.Zeros(3), "momentum 0 moves nothing")

	for text, m := range map[string]stheno.Module{
		"batch norm": layers.NewBatchNorm1d(3, layers.Eps(0), layers.Affine(false)),
		"layer norm": layers.NewLayerNorm([]int{3}, layers.Eps(0), layers.Affine(false)),
		"group norm": layers.NewGroupNorm(1, 3, layers.Eps(0), layers.Affine(false)),
	} {
		c := stheno.New([]float32{0, 1e-4, 2e-4, 0, 1e-4, 2e-4, 2e-4, 0, 1e-4, 1e-4, 2e-4, 0}, 4, 3)
		v, err := m.Forward(c).Square().Mean().Item()
		require.NoError(t, err)
		require.InDelta(t, 1, v, 1e-3, "%s with eps 0 has variance 1 whatever it was", text)
	}
	frozen := layers.NewBatchNorm1d(3, layers.Momentum(0))
	_, err := frozen.Forward(x).Tensor()
	require.NoError(t, err)
	same(frozen.RunningMean, stheno.Zeros(3), "momentum 0 moves nothing")
}

// TestBiasOfNormalisations leaves out the bias alone, as torch does.
func TestBiasOfNormalisations(t *testing.T) {
	x := stheno.Randn(4, 3)
	for _, m := range []stheno.Module{
		layers.NewBatchNorm1d(3, layers.Bias(false)), layers.NewGroupNorm(1, 3, layers.Bias(false)), layers.NewLayerNorm([]int{3}, layers.Bias(false)),
	} {
		var names []string
		for name := range stheno.NamedParameters(m) {
			names = append(names, name)
		}
		require.Equal(t, []string{"weight"}, names, "%T", m)
		for _, set := range []func(any){func(m any) { stheno.Train(m) }, func(m any) { stheno.Eval(m) }} {
			set(m)
			require.NoError(t, m.Forward(x).Sum().Backward())
		}
	}
}

func TestPaddingIdxCountsFromTheEnd(t *testing.T) {
	e := layers.NewEmbedding(3, 2, layers.PaddingIdx(-1))
	rows, err := stheno.Values[float32](e.Weight)
	require.NoError(t, err)
	require.Equal(t, []float32{0, 0}, rows[4:])
	require.NotEqual(t, float32(0), rows[0])
	require.NoError(t, e.Forward(stheno.New([]int64{0, 2})).Sum().Backward())
	g, err := stheno.Values[float32](e.Weight.Grad())
	require.NoError(t, err)
	require.Equal(t, []float32{1, 1, 0, 0, 0, 0}, g)
	require.ErrorContains(t, stheno.Check(layers.NewEmbedding(3, 2, layers.PaddingIdx(-4))), "Padding_idx must be within num_embeddings, got -4 of 3")

	first := layers.NewEmbedding(3, 2, layers.PaddingIdx(0))
	rows, err = stheno.Values[float32](first.Weight)
	require.NoError(t, err)
	require.Equal(t, []float32{0, 0}, rows[:2])
	require.ErrorContains(t, (&layers.Embedding{}).Forward(stheno.New([]int64{0})).Err(), "Weight is nil")
	require.ErrorContains(t, (&layers.PReLU{}).Forward(stheno.Ones(1)).Err(), "Weight is nil")
}

func TestPoolingSettingsThatDoNotFit(t *testing.T) {
	x := stheno.Ones(1, 1, 4, 4)
	two := [2]int{2, 2}
	require.ErrorContains(t, x.MaxPool2d(stheno.Pool2dConfig{Kernel: two, Divisor: 3}).Err(), "settings of averages")
	require.ErrorContains(t, x.MaxPool2d(stheno.Pool2dConfig{Kernel: two, ExcludePad: true}).Err(), "settings of averages")
	require.ErrorContains(t, x.AvgPool2d(stheno.Pool2dConfig{Kernel: two, Dilation: two}).Err(), "Dilation is not a setting")
	require.ErrorContains(t, x.Conv2d(stheno.Ones(1, 1, 3, 3), nil, stheno.Conv2dConfig{Same: true, Padding: two}).Err(), "exclude each other")
}
