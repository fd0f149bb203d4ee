// SPDX-License-Identifier: MIT

package layers

import (
	"fmt"
	"math"

	"github.com/stheno-go/stheno"
)

// Linear computes y = x Wᵀ + b. Shape: (…,in) -> (…,out). Weight (out,in) and bias (out)
// are initially uniform over ±1/√in, as in torch.nn.Linear.
type Linear struct {
	faulty
	Weight *stheno.Variable // (out,in)
	Bias   *stheno.Variable // (out); nil without
}

// NewLinear returns a linear layer.
func NewLinear(in, out int, opts ...LinearOption) *Linear {
	c := linearConfig{bias: true, init: fanInUniform}
	for _, o := range opts {
		if o != nil {
			o.applyLinear(&c)
		}
	}
	l := &Linear{}
	if l.err = firstError(condition{in < 0 || out < 0, fmt.Sprintf("sizes must not be negative, got in %d, out %d", in, out)}); l.err != nil {
		return l
	}
	w, err := c.init.weight(out, in)
	if err != nil {
		l.err = err
		return l
	}
	l.Weight = stheno.NewParameter(w)
	if c.bias {
		bound := 1 / math.Sqrt(float64(max(in, 1)))
		l.Bias = stheno.NewParameter(Uniform(-bound, bound, out))
	}
	return l
}

// Forward returns x Wᵀ + b.
func (l *Linear) Forward(x *stheno.Variable) *stheno.Variable {
	if l == nil {
		return stheno.Failed("linear", stheno.ErrValue, "the module is nil")
	}
	if l.err != nil {
		return l.failed("linear")
	}
	return x.Linear(l.Weight, l.Bias)
}
