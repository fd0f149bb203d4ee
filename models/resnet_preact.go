// SPDX-License-Identifier: MIT

package models

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// PreActResNet18 is a ResNet with normalization and activation before each convolution, so that the
// shortcuts are identities followed by additions (He et al., 2016). As in kuangliu/pytorch-cifar,
// there is no normalization after the last block. Shape: (N,Channels,H,W) -> (N,Classes).
type PreActResNet18 struct {
	Conv1  *layers.Conv2d
	Layer1 layers.Sequential
	Layer2 layers.Sequential
	Layer3 layers.Sequential
	Layer4 layers.Sequential
	Linear stheno.Module // the head, initially a *layers.Linear
	err    error
}

// NewPreActResNet18 returns the network with torch's default initialization.
func NewPreActResNet18(c CIFARConfig) *PreActResNet18 {
	c, err := c.defaults()
	if err != nil {
		return &PreActResNet18{err: fmt.Errorf("models: preact resnet18: %w", err)}
	}
	return &PreActResNet18{
		Conv1:  conv3x3(c.Channels, 64, 1),
		Layer1: layers.Sequential{newPreActBlock(64, 64, 1), newPreActBlock(64, 64, 1)},
		Layer2: layers.Sequential{newPreActBlock(64, 128, 2), newPreActBlock(128, 128, 1)},
		Layer3: layers.Sequential{newPreActBlock(128, 256, 2), newPreActBlock(256, 256, 1)},
		Layer4: layers.Sequential{newPreActBlock(256, 512, 2), newPreActBlock(512, 512, 1)},
		Linear: layers.NewLinear(512, c.Classes),
	}
}

// Forward returns the logits.
func (m *PreActResNet18) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("preactresnet18", stheno.ErrValue, "the module is nil")
	}
	if m.err != nil {
		return stheno.Failed("preact resnet18", stheno.ErrValue, "%v", m.err)
	}
	x = stheno.Call(m.Conv1, x)
	x = stheno.Call(m.Layer1, x)
	x = stheno.Call(m.Layer2, x)
	x = stheno.Call(m.Layer3, x)
	x = stheno.Call(m.Layer4, x)
	return callHead("preact resnet18", m.Linear, x.AdaptiveAvgPool2d(1, 1).Flatten(1))
}

// Check returns an error if the configuration is invalid or the head is nil.
func (m *PreActResNet18) Check() error { return checkHead("preact resnet18", m.err, m.Linear) }

// PreActBlock is normalization, ReLU and 3x3 convolution, twice, with a shortcut.
type PreActBlock struct {
	BN1      *layers.BatchNorm2d
	Conv1    *layers.Conv2d
	BN2      *layers.BatchNorm2d
	Conv2    *layers.Conv2d
	Shortcut layers.Sequential // empty: the identity
}

func newPreActBlock(in, out, stride int) *PreActBlock {
	b := &PreActBlock{
		BN1: layers.NewBatchNorm2d(in), Conv1: conv3x3(in, out, stride),
		BN2: layers.NewBatchNorm2d(out), Conv2: conv3x3(out, out, 1),
	}
	if stride != 1 || in != out {
		b.Shortcut = layers.Sequential{conv1x1(in, out, stride)}
	}
	return b
}

// Forward returns F(x) + shortcut(x). A shortcut with a convolution starts after the first activation.
func (b *PreActBlock) Forward(x *stheno.Variable) *stheno.Variable {
	if b == nil {
		return stheno.Failed("preactblock", stheno.ErrValue, "the module is nil")
	}
	out := stheno.Call(b.BN1, x).ReLU()
	if len(b.Shortcut) > 0 {
		x = stheno.Call(b.Shortcut, out)
	}
	out = stheno.Call(b.Conv1, out)
	out = stheno.Call(b.BN2, out).ReLU()
	out = stheno.Call(b.Conv2, out)
	return out.Add(x)
}
