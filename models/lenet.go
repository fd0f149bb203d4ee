// SPDX-License-Identifier: MIT

package models

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// LeNet is LeNet-5 (LeCun et al., 1998) with ReLU and maximum pooling, as in torch's
// tutorials. Shape: (N,channels,H,W) -> (N,classes).
type LeNet struct {
	Conv1 *layers.Conv2d
	Conv2 *layers.Conv2d
	FC1   *layers.Linear
	FC2   *layers.Linear
	FC3   stheno.Module // the head, initially a *layers.Linear
	err   error
}

// NewLeNet returns a network for images of the given channels, height and width, at least 12x12. The
// first convolution has a padding of 2, so that 28x28 images have the sizes of the paper.
func NewLeNet(channels, height, width, classes int) *LeNet {
	h, w := (height/2-4)/2, (width/2-4)/2
	if channels < 1 || min(height, width) < 12 || classes < 1 {
		return &LeNet{err: fmt.Errorf("models: lenet: expects images of at least 12x12 and at least one class, got %dx%dx%d and %d", channels, height, width, classes)}
	}
	return &LeNet{
		Conv1: layers.NewConv2d(channels, 6, 5, layers.Padding(2)),
		Conv2: layers.NewConv2d(6, 16, 5),
		FC1:   layers.NewLinear(16*h*w, 120),
		FC2:   layers.NewLinear(120, 84),
		FC3:   layers.NewLinear(84, classes),
	}
}

// Forward returns the logits.
func (m *LeNet) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("lenet", stheno.ErrValue, "the module is nil")
	}
	if m.err != nil {
		return stheno.Failed("lenet", stheno.ErrValue, "%v", m.err)
	}
	half := stheno.Pool2dConfig{Kernel: [2]int{2, 2}}
	x = stheno.Call(m.Conv1, x).ReLU().MaxPool2d(half)
	x = stheno.Call(m.Conv2, x).ReLU().MaxPool2d(half).Flatten(1)
	x = stheno.Call(m.FC1, x).ReLU()
	x = stheno.Call(m.FC2, x).ReLU()
	return callHead("lenet", m.FC3, x)
}

// Check returns an error if the sizes are invalid or the head is nil.
func (m *LeNet) Check() error { return checkHead("lenet", m.err, m.FC3) }

// Net is the example of torch.nn.Module's documentation: two convolutions, each followed by a ReLU.
// Shape: (N,1,H,W) -> (N,20,H-8,W-8).
type Net struct {
	Conv1 *layers.Conv2d
	Conv2 *layers.Conv2d
}

// NewNet returns Conv2d(1, 20, 5) and Conv2d(20, 20, 5).
func NewNet() *Net {
	return &Net{Conv1: layers.NewConv2d(1, 20, 5), Conv2: layers.NewConv2d(20, 20, 5)}
}

// Forward returns relu(conv2(relu(conv1(x)))).
func (m *Net) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("net", stheno.ErrValue, "the module is nil")
	}
	x = stheno.Call(m.Conv1, x).ReLU()
	return stheno.Call(m.Conv2, x).ReLU()
}
