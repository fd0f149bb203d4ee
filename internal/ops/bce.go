// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
)

// BCE is the binary cross-entropy of a probability with a target, its logarithms not
// below -100 (torch.nn.BCELoss). It is no link of a chain: both inputs are looked at
// first, as torch does.
var BCE = &bce{}

type bce struct{ plain }

// entropy is what BCE computes.
var entropy = &float2{name: "bce", f: func(p, y float64) float64 {
	return -(y*math.Max(math.Log(p), -100) + (1-y)*math.Max(math.Log1p(-p), -100))
}}

// Name implements [Op].
func (*bce) Name() string { return "bce" }

// Infer implements [Op].
func (*bce) Infer(in Inputs) (Meta, error) { return entropy.Infer(in) }

// Kernel implements [Op].
func (*bce) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, bceKernel[float32](out, in), bceKernel[float64](out, in))
}

func bceKernel[T kernels.Float](out Meta, in []Layout) Kernel {
	run := pointwiseKernel(entropy, out, in)
	return func(c *Call) error {
		for i, name := range [...]string{"input", "target"} {
			for k, x := range vec[T](c.In[i], in[i].Dims.Size()) {
				if !(x >= 0 && x <= 1) {
					return fmt.Errorf("all elements of %s should be between 0 and 1, element %d is %v", name, k, x)
				}
			}
		}
		return run(c)
	}
}

// Smooth implements [Differentiable].
func (*bce) Smooth(int) bool { return true }

// Grad implements [Differentiable].
func (*bce) Grad(b *Builder, i int) *G.Node {
	p, log := b.In[0], func(x *G.Node) *G.Node { return b.Apply(atLeast{-100}, b.Apply(Log, x)) }
	if i == 0 {
		return b.SumTo(b.Mul(b.Dy, b.Apply(bceGrad, p, b.In[1])), b.Meta(0).Dims)
	}
	return b.SumTo(b.Mul(b.Dy, b.Sub(log(b.Affine(p, -1, 1)), log(p))), b.Meta(1).Dims)
}

// bceGrad is BCE's derivative in p, with torch's bound on the denominator.
var bceGrad = &float2{name: "bce_grad", f: func(p, y float64) float64 { return (p - y) / math.Max(p*(1-p), 1e-12) }}

// bceSecond is the derivative of bceGrad in p, with torch's bound likewise.
var bceSecond = &float2{name: "bce_second", f: func(p, y float64) float64 {
	q := (p + 1e-12) * (1 - p + 1e-12)
	return (p*p - 2*p*y + y) / (q * q)
}}

func init() {
	bceGrad.grad = func(b *Builder, i int) *G.Node {
		p := b.In[0]
		if i == 0 {
			return b.Mul(b.Dy, b.Apply(bceSecond, p, b.In[1]))
		}
		q := b.Apply(atLeast{1e-12}, b.Mul(p, b.Affine(p, -1, 1)))
		return b.Neg(b.Div(b.Dy, q))
	}
	bceSecond.grad = func(b *Builder, i int) *G.Node { return once{}.Grad(b, i) }
}
