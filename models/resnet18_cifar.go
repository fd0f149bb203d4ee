// SPDX-License-Identifier: MIT

package models

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// ResNet18CIFAR is the ResNet18 of kuangliu/pytorch-cifar: [NewResNet18] for images of about 32x32,
// with a first 3x3 convolution without pooling, and 11.2 million parameters. Shape: (N,Channels,H,W)
// -> (N,Classes).
type ResNet18CIFAR struct {
	Conv1  *layers.Conv2d
	BN1    *layers.BatchNorm2d
	Layer1 layers.Sequential
	Layer2 layers.Sequential
	Layer3 layers.Sequential
	Layer4 layers.Sequential
	Linear stheno.Module // the head, initially a *layers.Linear
	err    error
}

// NewResNet18CIFAR returns the network with torch's default initialization.
func NewResNet18CIFAR(c CIFARConfig) *ResNet18CIFAR {
	c, err := c.defaults()
	if err != nil {
		return &ResNet18CIFAR{err: fmt.Errorf("models: resnet18 cifar: %w", err)}
	}
	return &ResNet18CIFAR{
		Conv1:  conv3x3(c.Channels, 64, 1),
		BN1:    layers.NewBatchNorm2d(64),
		Layer1: layers.Sequential{newShortcutBlock(64, 64, 1), newShortcutBlock(64, 64, 1)},
		Layer2: layers.Sequential{newShortcutBlock(64, 128, 2), newShortcutBlock(128, 128, 1)},
		Layer3: layers.Sequential{newShortcutBlock(128, 256, 2), newShortcutBlock(256, 256, 1)},
		Layer4: layers.Sequential{newShortcutBlock(256, 512, 2), newShortcutBlock(512, 512, 1)},
		Linear: layers.NewLinear(512, c.Classes),
	}
}

// Forward returns the logits.
func (m *ResNet18CIFAR) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("resnet18cifar", stheno.ErrValue, "the module is nil")
	}
	if m.err != nil {
		return stheno.Failed("resnet18 cifar", stheno.ErrValue, "%v", m.err)
	}
	x = stheno.Call(m.Conv1, x)
	x = stheno.Call(m.BN1, x).ReLU()
	x = stheno.Call(m.Layer1, x)
	x = stheno.Call(m.Layer2, x)
	x = stheno.Call(m.Layer3, x)
	x = stheno.Call(m.Layer4, x)
	return callHead("resnet18 cifar", m.Linear, x.AdaptiveAvgPool2d(1, 1).Flatten(1))
}

// Check returns an error if the configuration is invalid or the head is nil.
func (m *ResNet18CIFAR) Check() error { return checkHead("resnet18 cifar", m.err, m.Linear) }

// ShortcutBlock is a [BasicBlock] with the parameter names of kuangliu/pytorch-cifar.
type ShortcutBlock struct {
	Conv1    *layers.Conv2d
	BN1      *layers.BatchNorm2d
	Conv2    *layers.Conv2d
	BN2      *layers.BatchNorm2d
	Shortcut layers.Sequential // empty: the identity
}

func newShortcutBlock(in, out, stride int) *ShortcutBlock {
	b := &ShortcutBlock{
		Conv1: conv3x3(in, out, stride), BN1: layers.NewBatchNorm2d(out),
		Conv2: conv3x3(out, out, 1), BN2: layers.NewBatchNorm2d(out),
	}
	if stride != 1 || in != out {
		b.Shortcut = layers.Sequential{conv1x1(in, out, stride), layers.NewBatchNorm2d(out)}
	}
	return b
}

// Forward returns relu(F(x) + shortcut(x)).
func (b *ShortcutBlock) Forward(x *stheno.Variable) *stheno.Variable {
	if b == nil {
		return stheno.Failed("shortcutblock", stheno.ErrValue, "the module is nil")
	}
	out := stheno.Call(b.Conv1, x)
	out = stheno.Call(b.BN1, out).ReLU()
	out = stheno.Call(b.Conv2, out)
	out = stheno.Call(b.BN2, out)
	return out.Add(stheno.Call(b.Shortcut, x)).ReLU()
}
