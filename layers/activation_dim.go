// SPDX-License-Identifier: MIT

package layers

import (
	"errors"

	"github.com/stheno-go/stheno"
)

// GLU splits x in two halves a and b along Dim and returns a·sigmoid(b).
type GLU struct {
	Dim *int // nil: -1, the last
}

// Forward returns the activation of x, half as large along Dim.
func (l GLU) Forward(x *stheno.Variable) *stheno.Variable { return x.GLU(orDefault(l.Dim, -1)) }

// PReLU is x where it is positive and Weight·x elsewhere; Weight is trained, one for all
// channels or one each. It starts as 0.25 (He et al., 2015).
type PReLU struct{ Weight *stheno.Variable }

// NewPReLU returns an activation with n weights: 1, or the number of channels.
func NewPReLU(n int) *PReLU { return &PReLU{stheno.NewParameter(Fill(0.25, n))} }

// Forward returns the activation of x (N,C,…).
func (l *PReLU) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("prelu", stheno.ErrValue, "the module is nil")
	}
	if l.Weight == nil {
		return stheno.Failed("prelu", stheno.ErrValue, "Weight is nil; make the layer by NewPReLU")
	}
	return x.PReLU(l.Weight)
}

// RReLU is x where it is positive and a·x elsewhere; in training a is drawn for each
// element from [Lower, Upper], in evaluation it is their mean.
type RReLU struct {
	Lower      *float64 // nil: 1/8
	Upper      *float64 // nil: 1/3
	evaluating bool
}

// SetTraining says whether slopes are drawn.
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

// along is embedded by what works along a dimension that has no sensible default.
type along struct {
	dim    int
	chosen bool
}

// Check returns an error unless a constructor chose a dimension.
func (a along) Check() error {
	if !a.chosen {
		return errors.New("no dimension was chosen; make it by its constructor, such as NewSoftmax(-1)")
	}
	return nil
}

func (a along) of(name string, f func(dim int) *stheno.Variable) *stheno.Variable {
	if err := a.Check(); err != nil {
		return faulty{err}.failed(name)
	}
	return f(a.dim)
}

// Softmax is exp(x)/Σexp(x) along a dimension. The zero value is an error.
type Softmax struct{ along }

// NewSoftmax returns a Softmax along dim, counted from the end if it is negative.
func NewSoftmax(dim int) *Softmax { return &Softmax{along{dim, true}} }

// Forward returns the activation of x.
func (l *Softmax) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("softmax", stheno.ErrValue, "the module is nil")
	}
	return l.of("softmax", x.Softmax)
}

// Softmin is Softmax of -x. The zero value is an error.
type Softmin struct{ along }

// NewSoftmin returns a Softmin along dim, counted from the end if it is negative.
func NewSoftmin(dim int) *Softmin { return &Softmin{along{dim, true}} }

// Forward returns the activation of x.
func (l *Softmin) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("softmin", stheno.ErrValue, "the module is nil")
	}
	return l.of("softmin", x.Softmin)
}

// LogSoftmax is the logarithm of Softmax along a dimension. The zero value is an error.
type LogSoftmax struct{ along }

// NewLogSoftmax returns a LogSoftmax along dim, counted from the end if it is negative.
func NewLogSoftmax(dim int) *LogSoftmax { return &LogSoftmax{along{dim, true}} }

// Forward returns the activation of x.
func (l *LogSoftmax) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("logsoftmax", stheno.ErrValue, "the module is nil")
	}
	return l.of("log_softmax", x.LogSoftmax)
}
