// SPDX-License-Identifier: MIT

package parity

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// block and residual are the fixture's residual network.
type block struct {
	Conv1, Conv2 *layers.Conv2d
	BN1, BN2     *layers.BatchNorm2d
	Downsample   layers.Sequential
}

func (b *block) Forward(x *stheno.Variable) *stheno.Variable {
	y := b.BN1.Forward(b.Conv1.Forward(x)).ReLU()
	return b.BN2.Forward(b.Conv2.Forward(y)).Add(b.Downsample.Forward(x)).ReLU()
}

type residual struct {
	Conv  *layers.Conv2d
	BN    *layers.BatchNorm2d
	Block *block
	FC    *layers.Linear
}

func (r *residual) Forward(x *stheno.Variable) *stheno.Variable {
	x = r.Block.Forward(r.BN.Forward(r.Conv.Forward(x)).ReLU())
	return r.FC.Forward(x.AdaptiveAvgPool2d(1, 1).Flatten(1))
}

// Network is a network of the fixture, its loss and its learning rate.
type Network struct {
	Model func() stheno.Module
	Loss  stheno.Loss
	LR    float64
}

// Nets are the networks of gen_nets.py.
var Nets = map[string]Network{
	"linear":   {func() stheno.Module { return layers.NewLinear(3, 1) }, layers.MSELoss{}, 0.05},
	"logistic": {func() stheno.Module { return layers.NewLinear(4, 1) }, layers.BCEWithLogitsLoss{}, 0.1},
	"mlp": {func() stheno.Module {
		return layers.Sequential{layers.NewLinear(5, 16), layers.Tanh{}, layers.NewLinear(16, 3)}
	}, layers.CrossEntropyLoss{}, 0.1},
	"conv": {func() stheno.Module {
		return layers.Sequential{
			layers.NewConv2d(1, 4, 3, layers.Padding(1)), layers.ReLU{}, layers.NewMaxPool2d(2),
			layers.NewConv2d(4, 6, 3, layers.Stride(2), layers.Padding(1)), layers.NewBatchNorm2d(6), layers.ReLU{},
			layers.Flatten{}, layers.NewLinear(24, 3),
		}
	}, layers.CrossEntropyLoss{}, 0.05},
	"residual": {func() stheno.Module {
		conv := func(in, out, k int, o ...layers.ConvOption) *layers.Conv2d {
			return layers.NewConv2d(in, out, k, append(o, layers.Bias(false))...)
		}
		return &residual{
			Conv: conv(3, 4, 3, layers.Padding(1)), BN: layers.NewBatchNorm2d(4),
			Block: &block{
				Conv1: conv(4, 6, 3, layers.Stride(2), layers.Padding(1)), BN1: layers.NewBatchNorm2d(6),
				Conv2: conv(6, 6, 3, layers.Padding(1)), BN2: layers.NewBatchNorm2d(6),
				Downsample: layers.Sequential{conv(4, 6, 1, layers.Stride(2)), layers.NewBatchNorm2d(6)},
			},
			FC: layers.NewLinear(6, 5),
		}
	}, layers.CrossEntropyLoss{LabelSmoothing: 0.1}, 0.05},
	"norm_mlp": {func() stheno.Module {
		return layers.Sequential{
			layers.NewLinear(6, 12), layers.NewLayerNorm([]int{12}), layers.GELU{}, layers.NewDropout(0),
			layers.NewLinear(12, 12), layers.NewLayerNorm([]int{12}), layers.GELU{}, layers.NewLinear(12, 4),
		}
	}, layers.CrossEntropyLoss{}, 0.05},
}
