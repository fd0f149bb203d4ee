// SPDX-License-Identifier: MIT

package models

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// CIFARConfig holds the settings of networks for images of about 32x32.
type CIFARConfig struct {
	Classes  int  // outputs; default 10
	Channels int  // of the images; default 3
	Plain    bool // without shortcuts; for [NewCIFARResNet] only
}

func (c CIFARConfig) defaults() (CIFARConfig, error) {
	if c.Classes == 0 {
		c.Classes = 10
	}
	if c.Channels == 0 {
		c.Channels = 3
	}
	if min(c.Classes, c.Channels) < 0 {
		return c, fmt.Errorf("sizes must be positive, got %d classes, %d channels", c.Classes, c.Channels)
	}
	return c, nil
}

// CIFARResNet is the residual network of section 4.2 of He et al. (2015), with the
// parameter names of akamaster/pytorch_resnet_cifar10. Its shortcuts have no
// parameters ("option A"). Shape: (N,Channels,H,W) -> (N,Classes).
type CIFARResNet struct {
	Conv1  *layers.Conv2d
	BN1    *layers.BatchNorm2d
	Layer1 layers.Sequential
	Layer2 layers.Sequential
	Layer3 layers.Sequential
	Linear stheno.Module // the head, initially a *layers.Linear
	err    error
}

// NewCIFARResNet returns the network of 20, 32, 44, 56, 110 or any other 6n+2 layers: three stages of n
// blocks with 16, 32 and 64 channels. Plain is the network without shortcuts of the paper's
// comparison; it has the same parameters.
func NewCIFARResNet(depth int, c CIFARConfig) *CIFARResNet {
	c, err := c.defaults()
	if err == nil && (depth < 8 || depth > mostBlocks || depth%6 != 2) {
		err = fmt.Errorf("depth must be 6n+2 (20, 32, 44, 56, 110), got %d", depth)
	}
	if err != nil {
		return &CIFARResNet{err: fmt.Errorf("models: cifar resnet: %w", err)}
	}
	n := depth / 6
	m := &CIFARResNet{
		Conv1:  conv3x3(c.Channels, 16, 1, layers.Init(drawnLater)),
		BN1:    layers.NewBatchNorm2d(16),
		Layer1: cifarStage(16, 16, n, c.Plain),
		Layer2: cifarStage(16, 32, n, c.Plain),
		Layer3: cifarStage(32, 64, n, c.Plain),
		Linear: layers.NewLinear(64, c.Classes),
	}
	for _, x := range stheno.NamedModules(m) {
		switch l := x.(type) {
		case *layers.Conv2d:
			l.Weight = stheno.NewParameter(layers.KaimingNormal(layers.KaimingConfig{}, l.Weight.Shape()...))
		case *layers.Linear:
			l.Weight = stheno.NewParameter(layers.KaimingNormal(layers.KaimingConfig{}, l.Weight.Shape()...))
		}
	}
	return m
}

// Forward returns the logits.
func (m *CIFARResNet) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("cifarresnet", stheno.ErrValue, "the module is nil")
	}
	if m.err != nil {
		return stheno.Failed("cifar resnet", stheno.ErrValue, "%v", m.err)
	}
	x = stheno.Call(m.Conv1, x)
	x = stheno.Call(m.BN1, x).ReLU()
	x = stheno.Call(m.Layer1, x)
	x = stheno.Call(m.Layer2, x)
	x = stheno.Call(m.Layer3, x)
	return callHead("cifar resnet", m.Linear, x.AdaptiveAvgPool2d(1, 1).Flatten(1))
}

// Check returns an error if the configuration is invalid or the head is nil.
func (m *CIFARResNet) Check() error { return checkHead("cifar resnet", m.err, m.Linear) }

// cifarStage returns n blocks; the first one halves the image if it has more channels.
func cifarStage(in, out, n int, plain bool) layers.Sequential {
	var list layers.Sequential
	for range n {
		list = append(list, &CIFARBlock{
			Conv1: conv3x3(in, out, out/in, layers.Init(drawnLater)), BN1: layers.NewBatchNorm2d(out),
			Conv2: conv3x3(out, out, 1, layers.Init(drawnLater)), BN2: layers.NewBatchNorm2d(out),
			Plain: plain,
		})
		in = out
	}
	return list
}

// CIFARBlock is two 3x3 convolutions with a shortcut without parameters.
type CIFARBlock struct {
	Conv1 *layers.Conv2d
	BN1   *layers.BatchNorm2d
	Conv2 *layers.Conv2d
	BN2   *layers.BatchNorm2d
	Plain bool // no shortcut
}

// Forward returns relu(F(x) + shortcut(x)).
func (b *CIFARBlock) Forward(x *stheno.Variable) *stheno.Variable {
	if b == nil {
		return stheno.Failed("cifarblock", stheno.ErrValue, "the module is nil")
	}
	out := stheno.Call(b.Conv1, x)
	out = stheno.Call(b.BN1, out).ReLU()
	out = stheno.Call(b.Conv2, out)
	out = stheno.Call(b.BN2, out)
	if b.Plain {
		return out.ReLU()
	}
	return out.Add(shortcutA(x, out)).ReLU()
}

// shortcutA returns x in the shape of out: every other pixel, with channels of zeros on both sides.
func shortcutA(x, out *stheno.Variable) *stheno.Variable {
	more := out.Dim(1) - x.Dim(1)
	if more == 0 {
		return x
	}
	x = x.Slice(2, 0, x.Dim(2), 2).Slice(3, 0, x.Dim(3), 2)
	return x.Pad(0, 0, 0, 0, 0, more/2, more-more/2)
}
