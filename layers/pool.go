// SPDX-License-Identifier: MIT

package layers

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno"
)

// squareWindows returns torch's default settings of a pooling.
func squareWindows(kernel int) stheno.Pool2dConfig {
	return stheno.Pool2dConfig{Kernel: [2]int{kernel, kernel}, Stride: [2]int{kernel, kernel}, Dilation: [2]int{1, 1}}
}

// checkPool checks the settings of a pooling with square windows.
func checkPool(c stheno.Pool2dConfig) faulty {
	kernel := c.Kernel[0]
	return faulty{firstError(
		condition{kernel < 1, fmt.Sprintf("kernel size must be positive, got %d", kernel)},
		condition{min(c.Stride[0], c.Stride[1], c.Dilation[0], c.Dilation[1]) < 1, fmt.Sprintf("stride %v and dilation %v must be positive", c.Stride, c.Dilation)},
		condition{min(c.Padding[0], c.Padding[1]) < 0, fmt.Sprintf("padding must not be negative, got %v", c.Padding)},
		condition{max(c.Padding[0], c.Padding[1]) > kernel/2, fmt.Sprintf("pad should be at most half of effective kernel size, but got pad=%d, kernel_size=%d", max(c.Padding[0], c.Padding[1]), kernel)},
	)}
}

// MaxPool2d returns the maximum of each window. Shape: (N,C,H,W) -> (N,C,OH,OW) (torch.nn.MaxPool2d).
type MaxPool2d struct {
	faulty
	Config stheno.Pool2dConfig
}

// NewMaxPool2d returns a pooling with square windows. The default stride is the kernel size.
func NewMaxPool2d(kernel int, opts ...MaxPoolOption) *MaxPool2d {
	c := squareWindows(kernel)
	for _, o := range opts {
		if o != nil {
			o.applyMaxPool(&c)
		}
	}
	return &MaxPool2d{checkPool(c), c}
}

// Forward returns the maxima.
func (l *MaxPool2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("maxpool2d", stheno.ErrValue, "the module is nil")
	}
	if l.err != nil {
		return l.failed("max_pool2d")
	}
	return x.MaxPool2d(l.Config)
}

// AvgPool2d returns the mean of each window. Shape: (N,C,H,W) -> (N,C,OH,OW) (torch.nn.AvgPool2d).
type AvgPool2d struct {
	faulty
	Config stheno.Pool2dConfig
}

// NewAvgPool2d returns a pooling with square windows. The default stride is the kernel size.
func NewAvgPool2d(kernel int, opts ...AvgPoolOption) *AvgPool2d {
	c := avgPoolConfig{Pool2dConfig: squareWindows(kernel)}
	for _, o := range opts {
		if o != nil {
			o.applyAvgPool(&c)
		}
	}
	faults := checkPool(c.Pool2dConfig)
	if c.divided && c.Divisor == 0 && faults.err == nil {
		faults.err = errors.New("divisor must be not zero")
	}
	return &AvgPool2d{faults, c.Pool2dConfig}
}

// Forward returns the means.
func (l *AvgPool2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("avgpool2d", stheno.ErrValue, "the module is nil")
	}
	if l.err != nil {
		return l.failed("avg_pool2d")
	}
	return x.AvgPool2d(l.Config)
}

// AdaptiveAvgPool2d is average pooling to a given output size. Shape: (N,C,H,W) -> (N,C,Height,Width)
// (torch.nn.AdaptiveAvgPool2d).
type AdaptiveAvgPool2d struct {
	Height *int // -1: that of the input; nil is an error
	Width  *int // -1: that of the input; nil is an error
}

// NewAdaptiveAvgPool2d returns a pooling to height×width; -1 stands for the size of the input.
func NewAdaptiveAvgPool2d(height, width int) *AdaptiveAvgPool2d {
	return &AdaptiveAvgPool2d{&height, &width}
}

// Check returns an error if the output size is invalid.
func (l *AdaptiveAvgPool2d) Check() error {
	if l.Height == nil || l.Width == nil {
		return errors.New("the output size is not set; set Height and Width")
	}
	if *l.Height < -1 || *l.Width < -1 {
		return fmt.Errorf("output size must not be negative, except -1 for that of the input, got %d and %d", *l.Height, *l.Width)
	}
	return nil
}

// Forward returns the means.
func (l *AdaptiveAvgPool2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("adaptiveavgpool2d", stheno.ErrValue, "the module is nil")
	}
	if err := l.Check(); err != nil {
		return faulty{err}.failed("adaptive_avg_pool2d")
	}
	return x.AdaptiveAvgPool2d(*l.Height, *l.Width)
}
