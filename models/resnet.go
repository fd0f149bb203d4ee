// SPDX-License-Identifier: MIT

package models

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// ResNetConfig holds the settings of a [ResNet]. The zero value is torchvision's network for ImageNet.
type ResNetConfig struct {
	Classes  int  // outputs; default 1000
	Channels int  // of the images; default 3
	Groups   int  // of a bottleneck's 3x3 convolution; default 1
	Width    int  // channels of a group at 64 planes (width_per_group); default 64
	ZeroInit bool // zero_init_residual: every block starts as the identity

	// Dilate sets whether layer2, layer3 and layer4 have a dilation instead of a stride
	// (replace_stride_with_dilation). Default: none.
	Dilate []bool
	// Norm returns a normalization of the given number of channels (norm_layer). Default:
	// [layers.NewBatchNorm2d].
	Norm func(channels int) stheno.Module
}

// ResNet is a residual network (He et al., 2015) with torchvision's parameter names and
// initialization. Shape: (N,Channels,H,W) -> (N,Classes).
type ResNet struct {
	Conv1  *layers.Conv2d
	BN1    stheno.Module
	Layer1 layers.Sequential
	Layer2 layers.Sequential
	Layer3 layers.Sequential
	Layer4 layers.Sequential
	FC     stheno.Module // the head, initially a *layers.Linear
	err    error
}

// Forward returns the logits.
func (m *ResNet) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("resnet", stheno.ErrValue, "the module is nil")
	}
	if m.err != nil {
		return stheno.Failed("resnet", stheno.ErrValue, "%v", m.err)
	}
	x = stheno.Call(m.Conv1, x)
	x = stheno.Call(m.BN1, x).ReLU()
	x = x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: [2]int{1, 1}})

	x = stheno.Call(m.Layer1, x)
	x = stheno.Call(m.Layer2, x)
	x = stheno.Call(m.Layer3, x)
	x = stheno.Call(m.Layer4, x)

	x = x.AdaptiveAvgPool2d(1, 1).Flatten(1)
	return callHead("resnet", m.FC, x)
}

// Check returns an error if the configuration is invalid or the head is nil.
func (m *ResNet) Check() error { return checkHead("resnet", m.err, m.FC) }

// BasicBlock is two 3x3 convolutions with a shortcut. The first convolution has the stride.
type BasicBlock struct {
	Conv1      *layers.Conv2d
	BN1        stheno.Module
	Conv2      *layers.Conv2d
	BN2        stheno.Module
	Downsample layers.Sequential // empty: the identity
}

// Forward returns relu(F(x) + shortcut(x)).
func (b *BasicBlock) Forward(x *stheno.Variable) *stheno.Variable {
	if b == nil {
		return stheno.Failed("basicblock", stheno.ErrValue, "the module is nil")
	}
	out := stheno.Call(b.Conv1, x)
	out = stheno.Call(b.BN1, out).ReLU()

	out = stheno.Call(b.Conv2, out)
	out = stheno.Call(b.BN2, out)

	return out.Add(stheno.Call(b.Downsample, x)).ReLU()
}

// Bottleneck is a 3x3 convolution between two 1x1 convolutions that reduce and expand the channels by
// a factor of 4, with a shortcut. The 3x3 convolution has the stride, as in torchvision ("ResNet
// v1.5"), not the first one as in the paper.
type Bottleneck struct {
	Conv1      *layers.Conv2d
	BN1        stheno.Module
	Conv2      *layers.Conv2d
	BN2        stheno.Module
	Conv3      *layers.Conv2d
	BN3        stheno.Module
	Downsample layers.Sequential // empty: the identity
}

// Forward returns relu(F(x) + shortcut(x)).
func (b *Bottleneck) Forward(x *stheno.Variable) *stheno.Variable {
	if b == nil {
		return stheno.Failed("bottleneck", stheno.ErrValue, "the module is nil")
	}
	out := stheno.Call(b.Conv1, x)
	out = stheno.Call(b.BN1, out).ReLU()

	out = stheno.Call(b.Conv2, out)
	out = stheno.Call(b.BN2, out).ReLU()

	out = stheno.Call(b.Conv3, out)
	out = stheno.Call(b.BN3, out)

	return out.Add(stheno.Call(b.Downsample, x)).ReLU()
}

// NewResNet returns a network with the given numbers of blocks in its four layers, [BasicBlock] or
// [Bottleneck].
func NewResNet(blocks [4]int, bottleneck bool, c ResNetConfig) *ResNet {
	c, err := c.defaults(bottleneck)
	if lo, hi := slices.Min(blocks[:]), slices.Max(blocks[:]); err == nil && (lo < 0 || hi > mostBlocks) {
		err = fmt.Errorf("a layer has %v blocks, must be 0 to %d: %w", blocks, mostBlocks, stheno.ErrValue)
	}
	if err != nil {
		return &ResNet{err: fmt.Errorf("models: resnet: %w", err)}
	}
	b := resnetBuilder{ResNetConfig: c, bottleneck: bottleneck, in: 64, dilation: 1}
	m := &ResNet{
		Conv1:  layers.NewConv2d(c.Channels, 64, 7, layers.Stride(2), layers.Padding(3), layers.Bias(false), layers.Init(drawnLater)),
		BN1:    c.Norm(64),
		Layer1: b.layer(64, blocks[0], 1, false),
		Layer2: b.layer(128, blocks[1], 2, c.Dilate[0]),
		Layer3: b.layer(256, blocks[2], 2, c.Dilate[1]),
		Layer4: b.layer(512, blocks[3], 2, c.Dilate[2]),
		FC:     layers.NewLinear(b.in, c.Classes),
	}
	for _, x := range stheno.NamedModules(m) {
		if conv, ok := x.(*layers.Conv2d); ok {
			conv.Weight = stheno.NewParameter(layers.KaimingNormal(layers.KaimingConfig{Mode: layers.FanOut}, conv.Weight.Shape()...))
		}
	}
	return m
}

// mostBlocks is the largest number of blocks of a layer. More are a mistake and would take hours to
// initialize.
const mostBlocks = 10000

func (c ResNetConfig) defaults(bottleneck bool) (ResNetConfig, error) {
	if c.Classes == 0 {
		c.Classes = 1000
	}
	if c.Channels == 0 {
		c.Channels = 3
	}
	if c.Groups == 0 {
		c.Groups = 1
	}
	if c.Width == 0 {
		c.Width = 64
	}
	if c.Dilate == nil {
		c.Dilate = make([]bool, 3)
	}
	if c.Norm == nil {
		c.Norm = func(channels int) stheno.Module { return layers.NewBatchNorm2d(channels) }
	}
	switch {
	case min(c.Classes, c.Channels, c.Groups, c.Width) < 0:
		return c, fmt.Errorf("sizes must be positive, got %d classes, %d channels, %d groups of width %d", c.Classes, c.Channels, c.Groups, c.Width)
	case len(c.Dilate) != 3:
		python := strings.NewReplacer("true", "True", "false", "False", " ", ", ").Replace(fmt.Sprint(c.Dilate))
		return c, fmt.Errorf("replace_stride_with_dilation should be None or a 3-element tuple, got %s", python)
	case !bottleneck && (c.Groups != 1 || c.Width != 64):
		return c, fmt.Errorf("BasicBlock only supports groups=1 and base_width=64")
	case !bottleneck && (c.Dilate[0] || c.Dilate[1] || c.Dilate[2]):
		return c, fmt.Errorf("Dilation > 1 not supported in BasicBlock")
	}
	return c, nil
}

// resnetBuilder is the state of the construction of a network.
type resnetBuilder struct {
	ResNetConfig
	bottleneck bool
	in         int // channels of the next input
	dilation   int
}

// layer returns blocks with planes channels, or four times as many for bottlenecks. The first block
// has the stride.
func (b *resnetBuilder) layer(planes, blocks, stride int, dilate bool) layers.Sequential {
	dilation := b.dilation // the first block has that of the previous layer
	if dilate {
		b.dilation *= stride
		stride = 1
	}
	out := planes
	if b.bottleneck {
		out *= 4
	}
	var list layers.Sequential
	for range blocks {
		var downsample layers.Sequential
		if stride != 1 || b.in != out {
			downsample = layers.Sequential{conv1x1(b.in, out, stride, layers.Init(drawnLater)), b.Norm(out)}
		}
		list = append(list, b.block(planes, out, stride, dilation, downsample))
		b.in, stride, dilation = out, 1, b.dilation
	}
	return list
}

func (b *resnetBuilder) block(planes, out, stride, dilation int, downsample layers.Sequential) stheno.Module {
	if b.bottleneck {
		width := planes * b.Width / 64 * b.Groups
		return &Bottleneck{
			Conv1: conv1x1(b.in, width, 1, layers.Init(drawnLater)), BN1: b.Norm(width),
			Conv2: conv3x3(width, width, stride, layers.Groups(b.Groups), layers.Dilation(dilation), layers.Padding(dilation), layers.Init(drawnLater)), BN2: b.Norm(width),
			Conv3: conv1x1(width, out, 1, layers.Init(drawnLater)), BN3: b.last(out),
			Downsample: downsample,
		}
	}
	return &BasicBlock{
		Conv1: conv3x3(b.in, out, stride, layers.Init(drawnLater)), BN1: b.Norm(out),
		Conv2: conv3x3(out, out, 1, layers.Init(drawnLater)), BN2: b.last(out),
		Downsample: downsample,
	}
}

// last returns the normalization at the end of a block. With ZeroInit its weight is zero, so that the
// block is initially the identity (Goyal et al., 2017).
func (b *resnetBuilder) last(channels int) stheno.Module {
	norm := b.Norm(channels)
	if b.ZeroInit {
		switch n := norm.(type) {
		case *layers.BatchNorm2d:
			n.Weight = stheno.NewParameter(layers.Fill(0, channels))
		case *layers.GroupNorm:
			n.Weight = stheno.NewParameter(layers.Fill(0, channels))
		}
	}
	return norm
}

// conv3x3 returns a 3x3 convolution with padding and without bias.
func conv3x3(in, out, stride int, more ...layers.ConvOption) *layers.Conv2d {
	return layers.NewConv2d(in, out, 3, append([]layers.ConvOption{layers.Stride(stride), layers.Padding(1), layers.Bias(false)}, more...)...)
}

// conv1x1 returns a 1x1 convolution without bias.
func conv1x1(in, out, stride int, more ...layers.ConvOption) *layers.Conv2d {
	return layers.NewConv2d(in, out, 1, append([]layers.ConvOption{layers.Stride(stride), layers.Bias(false)}, more...)...)
}

// drawnLater returns a zero weight of a convolution that is initialized when the network is complete,
// as in torchvision. It advances the generator, so that the order of draws is torch's.
func drawnLater(shape ...int) *stheno.Tensor {
	stheno.DefaultGenerator().Perm(0) // advances the generator
	return stheno.NewTensor(stheno.Float32, shape...)
}
