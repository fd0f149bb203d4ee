// SPDX-License-Identifier: MIT

package stheno

import "github.com/stheno-go/stheno/internal/ops"

// Softmax returns exp(v)/Σexp(v) along dim, without overflow. A v that is not float is an error, and
// so is a dimension that does not exist.
func (v *Variable) Softmax(dim int) *Variable { return v.softmax(dim, false) }

// LogSoftmax returns the logarithm of [Variable.Softmax], without overflow.
func (v *Variable) LogSoftmax(dim int) *Variable { return v.softmax(dim, true) }

// Softmin returns [Variable.Softmax] of -v.
func (v *Variable) Softmin(dim int) *Variable { return v.floats("softmin").Neg().softmax(dim, false) }

func (v *Variable) softmax(dim int, log bool) *Variable {
	if v.scalarAlong(dim) {
		return v.Unsqueeze(0).softmax(0, log).Squeeze(0)
	}
	o := ops.Softmax{Log: log}
	a, err := v.axis(o.Name(), dim)
	if err != nil {
		return err
	}
	o.Axis = a
	return v.record1(o)
}

// GLU splits v into two halves a and b along dim and returns a/(1+exp(-b)). Torch's default is -1. The
// size of dim must be even. A v that is not float is an error, and so is a dimension that does not
// exist.
func (v *Variable) GLU(dim int) *Variable {
	v = v.floats("glu")
	n := v.Dim(dim)
	if v.node().Err() == nil && (n%2 != 0 || v.NDim() == 0) {
		return Failed("glu", ErrShape, "Halving dimension must be even, but dimension %d is size %d", dim, n)
	}
	return v.Slice(dim, 0, n/2, 1).Mul(v.Slice(dim, n/2, n, 1).Sigmoid())
}
