// SPDX-License-Identifier: MIT

package layers

import (
	"fmt"

	"github.com/stheno-go/stheno"
)

// poolConfig returns the settings of a pooling with square windows, and what is wrong
// with them.
func poolConfig(kernel int, opts []PoolOption) (stheno.Pool2dConfig, faulty) {
	both := func(n int) [2]int { return [2]int{n, n} }
	c := stheno.Pool2dConfig{Kernel: both(kernel), Stride: both(kernel), Dilation: both(1)}
	for _, o := range opts {
		o.applyPool(&c)
	}
	err := firstError(
		condition{kernel < 1, fmt.Sprintf("kernel size must be positive, got %d", kernel)},
		condition{min(c.Stride[0], c.Stride[1], c.Dilation[0], c.Dilation[1]) < 1, fmt.Sprintf("stride %v and dilation %v must be positive", c.Stride, c.Dilation)},
		condition{min(c.Padding[0], c.Padding[1]) < 0, fmt.Sprintf("padding must not be negative, got %v", c.Padding)},
		condition{max(c.Padding[0], c.Padding[1]) > kernel/2, fmt.Sprintf("pad should be at most half of effective kernel size, but got pad=%d, kernel_size=%d", max(c.Padding[0], c.Padding[1]), kernel)},
	)
	return c, faulty{err}
}

// MaxPool2d takes the largest element of each window. Shape: (N,C,H,W) -> (N,C,OH,OW),
// as torch.nn.MaxPool2d.
type MaxPool2d struct {
	faulty
	Config stheno.Pool2dConfig
}

// NewMaxPool2d returns a pooling with square windows, side by side by default.
func NewMaxPool2d(kernel int, opts ...PoolOption) *MaxPool2d {
	c, faults := poolConfig(kernel, opts)
	return &MaxPool2d{faults, c}
}

// Forward returns the largest elements.
func (l *MaxPool2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l.err != nil {
		return l.failed("max_pool2d")
	}
	return x.MaxPool2d(l.Config)
}

// AvgPool2d takes the mean of each window. Shape: (N,C,H,W) -> (N,C,OH,OW), as
// torch.nn.AvgPool2d.
type AvgPool2d struct {
	faulty
	Config stheno.Pool2dConfig
}

// NewAvgPool2d returns a pooling with square windows, side by side by default.
func NewAvgPool2d(kernel int, opts ...PoolOption) *AvgPool2d {
	c, faults := poolConfig(kernel, opts)
	return &AvgPool2d{faults, c}
}

// Forward returns the means.
func (l *AvgPool2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l.err != nil {
		return l.failed("avg_pool2d")
	}
	return x.AvgPool2d(l.Config)
}

// AdaptiveAvgPool2d takes the means of as many windows as the output has elements.
// Shape: (N,C,H,W) -> (N,C,Height,Width). The zero value pools to 1x1.
type AdaptiveAvgPool2d struct {
	faulty
	Height, Width int
}

// NewAdaptiveAvgPool2d returns a pooling to height×width.
func NewAdaptiveAvgPool2d(height, width int) *AdaptiveAvgPool2d {
	err := firstError(condition{height < 0 || width < 0, fmt.Sprintf("output size must not be negative, got %d and %d", height, width)})
	return &AdaptiveAvgPool2d{faulty{err}, height, width}
}

// Forward returns the means.
func (l *AdaptiveAvgPool2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l.err != nil {
		return l.failed("adaptive_avg_pool2d")
	}
	if l.Height == 0 && l.Width == 0 {
		return x.AdaptiveAvgPool2d(1, 1)
	}
	return x.AdaptiveAvgPool2d(l.Height, l.Width)
}
