// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/shape"
)

// The second derivatives of normalization. With x̂ = r·(x - mean x), r = 1/√(var x + eps),
// means over what is normalized together, and the first derivative
//
//	g(u) = r·(u - mean u - x̂·mean(u·x̂)),
//
// the derivative of Σ v·g(u) is g(v) in u, and in x
//
//	-s·r²·x̂ - r·(mean(u·x̂)·g(v) + mean(v·x̂)·g(u)),
//	s = mean(v·u) - mean v·mean u - mean(v·x̂)·mean(u·x̂).
//
// It is made of operations that can be derived again.

// normSecond returns that derivative in x; xhat is x̂, and gu and gv are g(u) and g(v).
func (b *Builder) normSecond(axes uint8, r, xhat, u, v, gu, gv *G.Node) *G.Node {
	mean := func(n *G.Node) *G.Node { return b.Apply(Reduce{Kind: Mean, Axes: axes, Keep: true}, n) }
	ux, vx := mean(b.Mul(u, xhat)), mean(b.Mul(v, xhat))
	s := b.Sub(b.Sub(mean(b.Mul(v, u)), b.Mul(mean(v), mean(u))), b.Mul(vx, ux))
	first := b.Mul(b.Mul(s, b.Square(r)), xhat)
	second := b.Mul(r, b.Add(b.Mul(ux, gv), b.Mul(vx, gu)))
	return b.Neg(b.Add(first, second))
}

// variance returns the biased variance of x along axes, which stay with size 1.
func (b *Builder) variance(x *G.Node, axes uint8) *G.Node {
	mean := Reduce{Kind: Mean, Axes: axes, Keep: true}
	return b.Apply(mean, b.Square(b.Sub(x, b.Apply(mean, x))))
}

// Grad implements [Differentiable].
func (o rowNormGrad) Grad(b *Builder, i int) *G.Node {
	x, u, eps, v := b.In[0], b.In[1], b.In[2], b.Dy
	gv := b.Apply(o, x, v, eps)
	if i == 1 {
		return gv
	}
	const row = 1 << 1
	r := b.Apply(Rsqrt, b.Add(b.variance(x, row), b.Apply(Cast{To: b.Meta(0).DType}, eps)))
	return b.normSecond(row, r, b.Apply(RowNorm{}, x, eps), u, v, b.Apply(o, x, u, eps), gv)
}

// In the two gradients of [BatchNorm], statistics and sums are functions of x and
// dy; the gradients in x and dy are the whole ones, as that of BatchNorm itself is.

func (bnGradStats) Smooth(i int) bool { return i != 1 }

func (bnGradStats) Grad(b *Builder, i int) *G.Node {
	x, stats, dy := b.In[0], b.In[1], b.In[2]
	v1 := b.channel(b.Dy, 1)
	if i == 0 {
		return b.Mul(v1, b.bnInput(x, stats, dy))
	}
	return b.Add(b.channel(b.Dy, 0), b.Mul(v1, b.Apply(BatchNorm, x, stats)))
}

func (bnGradInput) Smooth(i int) bool { return i != 1 && i != 3 }

func (bnGradInput) Grad(b *Builder, i int) *G.Node {
	x, stats, u, v := b.In[0], b.In[1], b.In[2], b.Dy
	axes := uint8(1<<b.dims(0).Len()-1) &^ (1 << 1)
	if i == 4 {
		w := b.Apply(Reduce{Kind: Sum, Axes: axes}, b.Mul(v, b.bnInput(x, stats, u)))
		return b.Reshape(w, b.Meta(4).Dims)
	}
	var y *G.Node
	if i == 2 {
		y = b.bnInput(x, stats, v)
	} else {
		// eps is what the statistics have besides the variance, which must be
		// taken from x: it is to be derived.
		rstd := b.channel(stats, 1)
		eps := b.Sub(b.Apply(Recip, b.Square(rstd)), b.channel(stats, 2))
		r := b.Apply(Rsqrt, b.Add(b.variance(x, axes), eps))
		y = b.normSecond(axes, r, b.Apply(BatchNorm, x, stats), u, v, b.bnInput(x, stats, u), b.bnInput(x, stats, v))
	}
	if len(b.In) == 5 {
		y = b.Mul(y, b.Reshape(b.In[4], b.channelDims()))
	}
	return y
}

// bnInput returns the gradient of unweighted normalization.
func (b *Builder) bnInput(x, stats, dy *G.Node) *G.Node {
	return b.Apply(bnGradInput{}, x, stats, dy, b.Apply(bnGradStats{}, x, stats, dy))
}

// channelDims is the shape (1,C,1,…) that broadcasts over input 0.
func (b *Builder) channelDims() shape.Dims {
	d := b.Meta(0).Dims
	for i := range d.Len() {
		if i != 1 {
			d = d.Set(i, 1)
		}
	}
	return d
}

// channel returns row i of n (…,C) in the shape (1,C,1,…).
func (b *Builder) channel(n *G.Node, i int) *G.Node {
	return b.Reshape(b.Apply(sliceAt(b.MetaOf(n).Dims, 0, i, 1), n), b.channelDims())
}
