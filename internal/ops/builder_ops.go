// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/shape"
)

// Meta returns the type and shape of input i.
func (b *Builder) Meta(i int) Meta { return b.MetaOf(b.In[i]) }

// dims returns the shape of input i.
func (b *Builder) dims(i int) *shape.Dims {
	d := b.Meta(i).Dims
	return &d
}

// MetaOf returns the type and shape of n.
func (b *Builder) MetaOf(n *G.Node) Meta {
	if b.err != nil {
		return Meta{}
	}
	m, err := MetaOf(n)
	if err != nil {
		b.err = err
	}
	return m
}

// Add, Sub, Mul and Div are the four operations, with broadcasting.
func (b *Builder) Add(x, y *G.Node) *G.Node { return b.Apply(Add, x, y) }

// Sub returns x - y.
func (b *Builder) Sub(x, y *G.Node) *G.Node { return b.Apply(Sub, x, y) }

// Mul returns x * y. What is one number all over, as the gradient of a mean begins with,
// becomes part of the operation, and a 1 goes away.
func (b *Builder) Mul(x, y *G.Node) *G.Node {
	for _, p := range [2][2]*G.Node{{x, y}, {y, x}} {
		if c, ok := b.uniform(p[1]); ok && b.spans(p[0], p[1]) {
			if c == 1 {
				return p[0]
			}
			return b.Affine(p[0], c, 0)
		}
	}
	return b.Apply(Mul, x, y)
}

// uniform returns the number that all elements of n are, if the graph says so.
func (b *Builder) uniform(n *G.Node) (float64, bool) {
	if b.err != nil {
		return 0, false
	}
	switch op := Of(n).(type) {
	case like:
		return float64(op.value), true
	case Reshape, Expand:
		return b.uniform(Children(n)[0])
	case Affine:
		c, ok := b.uniform(Children(n)[0])
		return op.Mul*c + op.Add, ok
	}
	return 0, false
}

// spans reports whether x is a float as y is, and has the shape of both broadcast.
func (b *Builder) spans(x, y *G.Node) bool {
	m, n := b.MetaOf(x), b.MetaOf(y)
	both, ok := shape.Broadcast(m.Dims, n.Dims)
	return b.err == nil && ok && both == m.Dims && m.DType == n.DType && m.DType.IsFloat()
}

// Div returns x / y.
func (b *Builder) Div(x, y *G.Node) *G.Node { return b.Apply(Div, x, y) }

// Neg returns -x.
func (b *Builder) Neg(x *G.Node) *G.Node { return b.Apply(Neg, x) }

// Affine returns mul*x + add.
func (b *Builder) Affine(x *G.Node, mul, add float64) *G.Node {
	return b.Apply(Affine{Mul: mul, Add: add}, x)
}

// Square returns x * x.
func (b *Builder) Square(x *G.Node) *G.Node { return b.Apply(Square, x) }

// Reshape returns x with another shape; x itself if it has that shape.
func (b *Builder) Reshape(x *G.Node, to shape.Dims) *G.Node {
	if b.MetaOf(x).Dims == to {
		return x
	}
	return b.Apply(Reshape{To: to}, x)
}

// Expand repeats x to shape to.
func (b *Builder) Expand(x *G.Node, to shape.Dims) *G.Node {
	if b.MetaOf(x).Dims == to {
		return x
	}
	return b.Apply(Expand{To: to}, x)
}

// Transpose swaps the last two dimensions.
func (b *Builder) Transpose(x *G.Node) *G.Node {
	n := b.MetaOf(x).Dims
	if b.err != nil {
		return nil
	}
	return b.Apply(Swap(n.Len(), n.Len()-2, n.Len()-1), x)
}

// Swap is the permutation of n dimensions that exchanges i and j.
func Swap(n, i, j int) Permute {
	var p Permute
	for k := range n {
		p.Order[k] = int8(k)
	}
	p.Order[i], p.Order[j] = int8(j), int8(i)
	return p
}

// SumTo is the transpose of broadcasting: it sums x over the dimensions that
// shape to was repeated along.
func (b *Builder) SumTo(x *G.Node, to shape.Dims) *G.Node {
	from := b.MetaOf(x).Dims
	if b.err != nil || from == to {
		return x
	}
	shift := from.Len() - to.Len()
	var axes uint8
	for i := range from.Len() {
		if i < shift || to.At(i-shift) == 1 && from.At(i) != 1 {
			axes |= 1 << i
		}
	}
	if axes == 0 {
		return b.Reshape(x, to)
	}
	return b.Reshape(b.Apply(Reduce{Kind: Sum, Axes: axes}, x), to)
}

// SumAxes sums x over axes, keeping them with size 1.
func (b *Builder) SumAxes(x *G.Node, axes uint8) *G.Node {
	return b.Apply(Reduce{Kind: Sum, Axes: axes, Keep: true}, x)
}
