// SPDX-License-Identifier: MIT

package layers

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno"
)

// newNormConfig returns torch's defaults.
func newNormConfig() normConfig {
	return normConfig{affine: true, bias: true, track: true, init: func(shape ...int) *stheno.Tensor { return Fill(1, shape...) }}
}

// parameters returns new weight and bias of a normalization, nil where c has none.
func (c *normConfig) parameters(shape ...int) (weight, bias *stheno.Variable, err error) {
	if !c.affine {
		if c.chosen {
			err = errors.New("Init is given, but Affine is false")
		}
		return nil, nil, err
	}
	w, err := c.init.weight(shape...)
	if err != nil {
		return nil, nil, err
	}
	if c.bias {
		bias = stheno.NewParameter(Fill(0, shape...))
	}
	return stheno.NewParameter(w), bias, nil
}

// BatchNorm1d normalizes each channel to mean 0 and variance 1 over the batch, then applies weight
// and bias. In evaluation it uses the running statistics. Shape: (N,C) or (N,C,L), unchanged
// (torch.nn.BatchNorm1d; Ioffe and Szegedy, 2015).
type BatchNorm1d struct {
	Weight            *stheno.Variable // (C), initially 1; nil without Affine
	Bias              *stheno.Variable // (C), initially 0; nil without Affine or Bias
	RunningMean       *stheno.Variable `stheno:"running_mean"`        // (C), initially 0; nil without TrackRunningStats
	RunningVar        *stheno.Variable `stheno:"running_var"`         // (C), initially 1; nil without TrackRunningStats
	NumBatchesTracked *stheno.Variable `stheno:"num_batches_tracked"` // () int64; nil without TrackRunningStats
	Eps               *float64         // nil: 1e-5
	Momentum          *float64         // nil: 0.1; NaN: the cumulative mean
	evaluating        bool
	faulty
}

// NewBatchNorm1d returns a batch normalization of n channels.
func NewBatchNorm1d(n int, opts ...BatchNormOption) *BatchNorm1d {
	c := newNormConfig()
	for _, o := range opts {
		if o != nil {
			o.applyBatchNorm(&c)
		}
	}
	l := &BatchNorm1d{Eps: c.eps, Momentum: c.momentum}
	if l.err = firstError(condition{n < 1, fmt.Sprintf("num_features must be positive, got %d", n)}); l.err != nil {
		return l
	}
	l.Weight, l.Bias, l.err = c.parameters(n)
	if c.track {
		l.RunningMean, l.RunningVar = stheno.NewBuffer(Fill(0, n)), stheno.NewBuffer(Fill(1, n))
		l.NumBatchesTracked = stheno.NewBuffer(stheno.ScalarOf[int64](0))
	}
	return l
}

// SetTraining sets whether the statistics of the batch are used.
func (l *BatchNorm1d) SetTraining(on bool) { l.evaluating = !on }

// Forward returns the normalized x.
func (l *BatchNorm1d) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("batchnorm1d", stheno.ErrValue, "the module is nil")
	}
	return l.forward(x, "2D or 3D", x.NDim() == 2 || x.NDim() == 3)
}

func (l *BatchNorm1d) forward(x *stheno.Variable, want string, ok bool) *stheno.Variable {
	switch {
	case l.err != nil:
		return l.failed("batch_norm")
	case x.Err() == nil && !ok:
		return stheno.Failed("batch_norm", stheno.ErrShape, "expected %s input (got %dD input)", want, x.NDim())
	}
	return x.BatchNorm(stheno.BatchNormState{
		Weight: l.Weight, Bias: l.Bias, Mean: l.RunningMean, Var: l.RunningVar, Batches: l.NumBatchesTracked,
		Eps: l.Eps, Momentum: l.Momentum, Training: !l.evaluating,
	})
}

// The fields of BatchNorm1d and BatchNorm2d must be the same, since one is converted to the other.

// BatchNorm2d is BatchNorm1d for images. Shape: (N,C,H,W), unchanged
// (torch.nn.BatchNorm2d).
type BatchNorm2d struct {
	Weight            *stheno.Variable // (C), initially 1; nil without Affine
	Bias              *stheno.Variable // (C), initially 0; nil without Affine or Bias
	RunningMean       *stheno.Variable `stheno:"running_mean"`        // (C), initially 0; nil without TrackRunningStats
	RunningVar        *stheno.Variable `stheno:"running_var"`         // (C), initially 1; nil without TrackRunningStats
	NumBatchesTracked *stheno.Variable `stheno:"num_batches_tracked"` // () int64; nil without TrackRunningStats
	Eps               *float64         // nil: 1e-5
	Momentum          *float64         // nil: 0.1; NaN: the cumulative mean
	evaluating        bool
	faulty
}

// NewBatchNorm2d returns a batch normalization of n channels.
func NewBatchNorm2d(n int, opts ...BatchNormOption) *BatchNorm2d {
	return (*BatchNorm2d)(NewBatchNorm1d(n, opts...))
}

// SetTraining sets whether the statistics of the batch are used.
func (l *BatchNorm2d) SetTraining(on bool) { l.evaluating = !on }

// Forward returns the normalized x.
func (l *BatchNorm2d) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("batchnorm2d", stheno.ErrValue, "the module is nil")
	}
	return (*BatchNorm1d)(l).forward(x, "4D", x.NDim() == 4)
}

// LayerNorm normalizes over the last dimensions to mean 0 and variance 1, then applies weight and
// bias of their shape. Shape: (…,shape), unchanged (torch.nn.LayerNorm; Ba et al., 2016).
type LayerNorm struct {
	faulty
	Weight *stheno.Variable // Shape, initially 1; nil without Affine
	Bias   *stheno.Variable // Shape, initially 0; nil without Affine or Bias
	Shape  []int            `stheno:"-"` // of the last dimensions
	Eps    *float64         // nil: 1e-5
}

// NewLayerNorm returns a normalization over last dimensions of the given sizes.
func NewLayerNorm(shape []int, opts ...LayerNormOption) *LayerNorm {
	c := newNormConfig()
	for _, o := range opts {
		if o != nil {
			o.applyLayerNorm(&c)
		}
	}
	l := &LayerNorm{Shape: append([]int(nil), shape...), Eps: c.eps}
	bad := len(shape) == 0
	for _, d := range shape {
		bad = bad || d < 1
	}
	if l.err = firstError(condition{bad, fmt.Sprintf("normalized_shape must name positive sizes, got %v", shape)}); l.err != nil {
		return l
	}
	l.Weight, l.Bias, l.err = c.parameters(shape...)
	return l
}

// Forward returns the normalized x.
func (l *LayerNorm) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("layernorm", stheno.ErrValue, "the module is nil")
	}
	if l.err != nil {
		return l.failed("layer_norm")
	}
	return x.LayerNorm(l.Shape, l.Weight, l.Bias, orDefault(l.Eps, 1e-5))
}

// GroupNorm normalizes each group of channels of a sample to mean 0 and variance 1, then applies
// weight and bias (C). Shape: (N,C,…), unchanged (torch.nn.GroupNorm; Wu and He, 2018).
type GroupNorm struct {
	faulty
	Weight *stheno.Variable // (C), initially 1; nil without Affine
	Bias   *stheno.Variable // (C), initially 0; nil without Affine or Bias
	Groups int              // number of groups; it divides C
	Eps    *float64         // nil: 1e-5
}

// NewGroupNorm returns a normalization of groups of channels.
func NewGroupNorm(groups, channels int, opts ...GroupNormOption) *GroupNorm {
	c := newNormConfig()
	for _, o := range opts {
		if o != nil {
			o.applyGroupNorm(&c)
		}
	}
	l := &GroupNorm{Groups: groups, Eps: c.eps}
	l.err = firstError(condition{groups < 1 || channels < 1 || channels%max(groups, 1) != 0,
		fmt.Sprintf("num_channels must be divisible by num_groups, got %d and %d", channels, groups)})
	if l.err == nil {
		l.Weight, l.Bias, l.err = c.parameters(channels)
	}
	return l
}

// Forward returns the normalized x.
func (l *GroupNorm) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("groupnorm", stheno.ErrValue, "the module is nil")
	}
	if l.err != nil {
		return l.failed("group_norm")
	}
	return x.GroupNorm(l.Groups, l.Weight, l.Bias, orDefault(l.Eps, 1e-5))
}
