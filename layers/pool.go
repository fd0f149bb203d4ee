// SPDX-License-Identifier: MIT

package layers

import "github.com/stheno-go/stheno"

func poolConfig(kernel int, opts []PoolOption) stheno.Pool2dConfig {
	c := stheno.Pool2dConfig{Kernel: [2]int{kernel, kernel}}
	for _, o := range opts {
		o.applyPool(&c)
	}
	return c
}

// MaxPool2d takes the largest element of each window. Shape: (N,C,H,W) -> (N,C,OH,OW),
// as torch.nn.MaxPool2d.
type MaxPool2d struct{ Config stheno.Pool2dConfig }

// NewMaxPool2d returns a pooling with square windows, side by side by default.
func NewMaxPool2d(kernel int, opts ...PoolOption) *MaxPool2d {
	return &MaxPool2d{poolConfig(kernel, opts)}
}

// Forward returns the largest elements.
func (l *MaxPool2d) Forward(x *stheno.Variable) *stheno.Variable { return x.MaxPool2d(l.Config) }

// AvgPool2d takes the mean of each window. Shape: (N,C,H,W) -> (N,C,OH,OW), as
// torch.nn.AvgPool2d.
type AvgPool2d struct{ Config stheno.Pool2dConfig }

// NewAvgPool2d returns a pooling with square windows, side by side by default.
func NewAvgPool2d(kernel int, opts ...PoolOption) *AvgPool2d {
	return &AvgPool2d{poolConfig(kernel, opts)}
}

// Forward returns the means.
func (l *AvgPool2d) Forward(x *stheno.Variable) *stheno.Variable { return x.AvgPool2d(l.Config) }

// AdaptiveAvgPool2d takes the means of as many windows as the output has elements.
// Shape: (N,C,H,W) -> (N,C,Height,Width). The zero value pools to 1x1.
type AdaptiveAvgPool2d struct{ Height, Width int }

// NewAdaptiveAvgPool2d returns a pooling to height×width.
func NewAdaptiveAvgPool2d(height, width int) *AdaptiveAvgPool2d {
	return &AdaptiveAvgPool2d{height, width}
}

// Forward returns the means.
func (l *AdaptiveAvgPool2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l.Height == 0 && l.Width == 0 {
		return x.AdaptiveAvgPool2d(1, 1)
	}
	return x.AdaptiveAvgPool2d(l.Height, l.Width)
}
