// SPDX-License-Identifier: MIT

package layers

import (
	"fmt"

	"github.com/stheno-go/stheno"
)

// GLU splits x in two halves a and b along Dim and returns a·sigmoid(b). The zero value
// splits the last dimension; First makes it the first.
type GLU struct {
	Dim   int
	First bool // Dim 0 is meant as it stands
}

// Forward returns the activation of x, half as large along Dim.
func (l GLU) Forward(x *stheno.Variable) *stheno.Variable {
	dim := l.Dim
	if dim == 0 && !l.First {
		dim = -1
	}
	n := x.Dim(dim)
	if x.Err() == nil && (n%2 != 0 || x.NDim() == 0) {
		return stheno.Failed("glu", stheno.ErrShape, "Halving dimension must be even, but dimension %d is size %d", dim, n)
	}
	return x.Slice(dim, 0, n/2, 1).Mul(x.Slice(dim, n/2, n, 1).Sigmoid())
}

// PReLU is x where it is positive and Weight·x elsewhere; Weight is trained, one for all
// channels or one each. It starts as 0.25 (He et al., 2015).
type PReLU struct{ Weight *stheno.Variable }

// NewPReLU returns an activation with n weights: 1, or the number of channels.
func NewPReLU(n int) *PReLU { return &PReLU{stheno.NewParameter(Fill(0.25, n))} }

// Forward returns the activation of x (N,C,…).
func (l *PReLU) Forward(x *stheno.Variable) *stheno.Variable {
	w := l.Weight
	for _, v := range []*stheno.Variable{x, w} {
		if v.Err() != nil {
			return v
		}
	}
	switch n := w.Size(); {
	case w.NDim() > 1 || n == 0:
		return stheno.Failed("prelu", stheno.ErrShape, "expected weight to be a scalar or 1D tensor, but got %v", w.Shape())
	case n == 1:
		w = w.Reshape() // so that a scalar stays one
	default:
		channels := 1
		if x.NDim() > 1 {
			channels = x.Dim(1)
		}
		if n != channels {
			return stheno.Failed("prelu", stheno.ErrShape, "Mismatch of parameter numbers and input channel size. Found parameter numbers = %d and channel size = %d.", n, channels)
		}
		sizes := []int{n}
		for range x.NDim() - 2 {
			sizes = append(sizes, 1)
		}
		w = w.Reshape(sizes...)
	}
	return stheno.Where(x.Gt(0), x, x.Mul(w))
}

// RReLU is x where it is positive and a·x elsewhere; in training a is drawn for each
// element from [Lower, Upper], in evaluation it is their mean. Defaults: 1/8 and 1/3.
type RReLU struct {
	Lower, Upper float64
	evaluating   bool
}

// SetTraining says whether slopes are drawn.
func (l *RReLU) SetTraining(on bool) { l.evaluating = !on }

// Check returns an error for bounds in the wrong order.
func (l *RReLU) Check() error {
	lo, hi := orDefault(l.Lower, 1.0/8), orDefault(l.Upper, 1.0/3)
	return firstError(condition{!(lo <= hi), fmt.Sprintf("Lower bound should be less than or equal to the upper bound, got %v and %v", lo, hi)})
}

// Forward returns the activation of x.
func (l *RReLU) Forward(x *stheno.Variable) *stheno.Variable {
	if err := l.Check(); err != nil {
		return faulty{err}.failed("rrelu")
	}
	lo, hi := orDefault(l.Lower, 1.0/8), orDefault(l.Upper, 1.0/3)
	if l.evaluating {
		return stheno.Where(x.Gt(0), x, x.Mul((lo+hi)/2))
	}
	slope := stheno.Var(stheno.DefaultGenerator().Uniform(stheno.Float32, lo, hi, x.Shape()...))
	return stheno.Where(x.Gt(0), x, x.Mul(slope))
}

// Softmax is exp(x)/Σexp(x) along Dim.
type Softmax struct{ Dim int }

// Forward returns the activation of x.
func (l Softmax) Forward(x *stheno.Variable) *stheno.Variable { return x.Softmax(l.Dim) }

// Softmin is Softmax of -x.
type Softmin struct{ Dim int }

// Forward returns the activation of x.
func (l Softmin) Forward(x *stheno.Variable) *stheno.Variable { return x.Neg().Softmax(l.Dim) }

// LogSoftmax is the logarithm of Softmax along Dim.
type LogSoftmax struct{ Dim int }

// Forward returns the activation of x.
func (l LogSoftmax) Forward(x *stheno.Variable) *stheno.Variable { return x.LogSoftmax(l.Dim) }
