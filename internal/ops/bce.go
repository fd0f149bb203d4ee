// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
)

// BCE is the binary cross-entropy of a probability with a target, its logarithms not
// below -100 (torch.nn.BCELoss).
var BCE = &float2{name: "bce", f: func(p, y float64) float64 {
	return -(y*math.Max(math.Log(p), -100) + (1-y)*math.Max(math.Log1p(-p), -100))
}}

// bceGrad is BCE's derivative in p, with torch's bound on the denominator.
var bceGrad = &float2{name: "bce_grad", f: func(p, y float64) float64 { return (p - y) / math.Max(p*(1-p), 1e-12) }}

func init() {
	BCE.grad = func(b *Builder, i int) *G.Node {
		p := b.In[0]
		if i == 0 {
			return b.Mul(b.Dy, b.Apply(bceGrad, p, b.In[1]))
		}
		log := func(x *G.Node) *G.Node { return b.Apply(Clamp{Lo: -100, Hi: math.Inf(1)}, b.Apply(Log, x)) }
		return b.Mul(b.Dy, b.Sub(log(b.Affine(p, -1, 1)), log(p)))
	}
	bceGrad.grad = func(b *Builder, _ int) *G.Node {
		if b.err == nil {
			b.err = fmt.Errorf("bce has no second derivative here; use bce with logits")
		}
		return nil
	}
}
