// SPDX-License-Identifier: MIT

package ops

import (
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels"
)

// Variance is the mean squared deviation from the mean along the axes, with Correction
// subtracted from the number of elements; with Root its square root. Means and squares are
// taken in float64: in float32 a large mean loses the deviations, and the square of one over
// 1.8e19 or below 1e-23 is not a number.
type Variance struct {
	Axes       uint8
	Correction int
	Root       bool
}

// Name implements [Op].
func (o Variance) Name() string {
	if o.Root {
		return "std"
	}
	return "var"
}

// AppendAttrs implements [Op].
func (o Variance) AppendAttrs(b []byte) []byte { return appendInt(append(b, o.Axes), o.Correction) }

// Infer implements [Op].
func (o Variance) Infer(in Inputs) (Meta, error) {
	if m := *in.Meta(0); !m.DType.IsFloat() {
		return m, dtypeErrorf("var and std only support floating point dtypes, got %v", m.DType)
	}
	return Reduce{Kind: Mean, Axes: o.Axes}.Infer(in)
}

// divisor is what the sum of squares of a shape is divided by.
func (o Variance) divisor(m Meta) float64 {
	return math.Max(0, float64(Reduce{Axes: o.Axes}.count(m.Dims)-o.Correction))
}

// Kernel implements [Op].
func (o Variance) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, variance[float32](o, out, in[0].Meta), variance[float64](o, out, in[0].Meta))
}

func variance[T kernels.Float](o Variance, out, m Meta) Kernel {
	n, size, divisor := m.Dims.Size(), out.Dims.Size(), o.divisor(m)
	f := func(dst, src []T, b block) {
		kernels.VarMiddle(dst, src, b.outer, b.n, b.inner, divisor, o.Root)
	}
	bs := blocks(m.Dims, o.Axes)
	if n == 0 || len(bs) == 0 { // each element, if there is one, is a group
		b := block{max(size, 1), n / max(size, 1), 1}
		return func(c *Call) error {
			if size > 0 {
				f(vec[T](c.Out, size), vec[T](c.In[0], n), b)
			}
			return nil
		}
	}
	if len(bs) == 1 {
		return func(c *Call) error {
			f(vec[T](c.Out, size), vec[T](c.In[0], n), bs[0])
			return nil
		}
	}
	// Bring what is reduced together, behind the rest.
	gather, _ := together(o.Axes, m)
	return func(c *Call) error {
		x := make([]T, n)
		if err := gather(addressOf(x), c.In[0]); err != nil {
			return err
		}
		f(vec[T](c.Out, size), x, block{size, n / size, 1})
		return nil
	}
}

// Smooth implements [Differentiable].
func (Variance) Smooth(int) bool { return true }

// Grad implements [Differentiable]. That of a root is 0 where it is 0.
func (o Variance) Grad(b *Builder, _ int) *G.Node {
	x, m := b.In[0], b.Meta(0)
	r := Reduce{Kind: Mean, Axes: o.Axes, Keep: true}
	dev := x
	for range 2 { // the second time it takes away what the first mean was rounded by
		dev = b.Sub(dev, b.Apply(r, dev))
	}
	spread := func(n *G.Node) *G.Node { return b.Expand(b.Reshape(n, r.kept(m.Dims)), m.Dims) }
	if !o.Root {
		return b.Mul(b.Affine(dev, 2/o.divisor(m), 0), spread(b.Dy))
	}
	return b.Mul(b.Affine(b.Apply(DivSafe, dev, spread(b.Out)), 1/o.divisor(m), 0), spread(b.Dy))
}
