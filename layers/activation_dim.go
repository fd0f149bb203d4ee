// SPDX-License-Identifier: MIT

package layers

import (
	"errors"

	"github.com/stheno-go/stheno"
)

// GLU splits x into two halves a and b along Dim and returns a·sigmoid(b).
type GLU struct {
	Dim *int // nil: -1, the last
}

// Forward returns the activation of x, half as large along Dim.
func (l GLU) Forward(x *stheno.Variable) *stheno.Variable { return x.GLU(orDefault(l.Dim, -1)) }

// PReLU is x where it is positive and Weight·x elsewhere. Weight is a parameter with one element for
// all channels or one for each, initially 0.25 (He et al., 2015).
type PReLU struct{ Weight *stheno.Variable }

// NewPReLU returns an activation with n weights: 1, or the number of channels.
func NewPReLU(n int) *PReLU { return &PReLU{stheno.NewParameter(Fill(0.25, n))} }

// Forward returns the activation of x (N,C,…).
func (l *PReLU) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("prelu", stheno.ErrValue, "the module is nil")
	}
	if l.Weight == nil {
		return stheno.Failed("prelu", stheno.ErrValue, "Weight is nil; use NewPReLU")
	}
	return x.PReLU(l.Weight)
}

// RReLU is x where it is positive and a·x elsewhere. In training, a is uniformly random in [Lower,
// Upper] for each element; in evaluation it is their mean.
type RReLU struct {
	Lower      *float64 // nil: 1/8
	Upper      *float64 // nil: 1/3
	evaluating bool
}

// SetTraining sets whether slopes are random.
func (l *RReLU) SetTraining(on bool) { l.evaluating = !on }

// Check returns an error for bounds in the wrong order.
func (l *RReLU) Check() error { return l.activate(nothing(), false).Err() }

// Forward returns the activation of x.
func (l *RReLU) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("rrelu", stheno.ErrValue, "the module is nil")
	}
	return l.activate(x, !l.evaluating)
}

func (l *RReLU) activate(x *stheno.Variable, training bool) *stheno.Variable {
	return x.RReLU(orDefault(l.Lower, 1.0/8), orDefault(l.Upper, 1.0/3), training)
}

// Softmax is exp(x)/Σexp(x) along Dim.
type Softmax struct {
	Dim *int // from the end if negative; nil is an error
}

// NewSoftmax returns a Softmax along dim.
func NewSoftmax(dim int) Softmax { return Softmax{&dim} }

// Check returns an error if Dim is nil.
func (l Softmax) Check() error { return checkDim(l.Dim) }

// Forward returns the activation of x.
func (l Softmax) Forward(x *stheno.Variable) *stheno.Variable {
	return along("softmax", l.Dim, x.Softmax)
}

// Softmin is Softmax of -x.
type Softmin struct {
	Dim *int // from the end if negative; nil is an error
}

// NewSoftmin returns a Softmin along dim.
func NewSoftmin(dim int) Softmin { return Softmin{&dim} }

// Check returns an error if Dim is nil.
func (l Softmin) Check() error { return checkDim(l.Dim) }

// Forward returns the activation of x.
func (l Softmin) Forward(x *stheno.Variable) *stheno.Variable {
	return along("softmin", l.Dim, x.Softmin)
}

// LogSoftmax is the logarithm of Softmax along Dim.
type LogSoftmax struct {
	Dim *int // from the end if negative; nil is an error
}

// NewLogSoftmax returns a LogSoftmax along dim.
func NewLogSoftmax(dim int) LogSoftmax { return LogSoftmax{&dim} }

// Check returns an error if Dim is nil.
func (l LogSoftmax) Check() error { return checkDim(l.Dim) }

// Forward returns the activation of x.
func (l LogSoftmax) Forward(x *stheno.Variable) *stheno.Variable {
	return along("log_softmax", l.Dim, x.LogSoftmax)
}

// checkDim returns an error if dim is nil: there is no sensible default.
func checkDim(dim *int) error {
	if dim == nil {
		return errors.New("the dimension is not set; set Dim")
	}
	return nil
}

func along(name string, dim *int, f func(dim int) *stheno.Variable) *stheno.Variable {
	if err := checkDim(dim); err != nil {
		return faulty{err}.failed(name)
	}
	return f(*dim)
}
