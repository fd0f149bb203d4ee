// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
)

var vector = Meta{shape.Must(3), dtype.Float64}

// collide returns two of many things whose hashes are equal. Of 400,000 random
// 32-bit numbers some 18 pairs are.
func collide(t *testing.T, hash func(i int) uint32) (int, int) {
	t.Helper()
	seen := map[uint32]int{}
	for i := range 400_000 {
		h := hash(i)
		if j, ok := seen[h]; ok {
			return j, i
		}
		seen[h] = i
	}
	require.Fail(t, "no two of them collide")
	return 0, 0
}

func TestNodesWithCollidingHashesBothSurvive(t *testing.T) {
	op := func(i int) Affine { return Affine{Mul: math.Sqrt(float64(i))} }
	i, j := collide(t, func(i int) uint32 {
		h := fnv.New32a()
		fmt.Fprintf(h, "%v%v", typeOf(vector), tensor.Shape{3})
		(&adapter{op: op(i)}).WriteHash(h)
		return h.Sum32()
	})
	g := G.NewGraph()
	x := Input(g, vector, "x")
	a, err := Node(op(i), x)
	require.NoError(t, err)
	b, err := Node(op(j), x)
	require.NoError(t, err)
	require.Equal(t, a.Hashcode(), b.Hashcode(), "or this test shows nothing")
	assert.NotSame(t, a, b)

	// Gorgonia tells a and b apart by their operations' own hashes, but not what has
	// one operation and is made of a and of b.
	raw := func(in *G.Node) *G.Node {
		return G.NewUniqueNode(G.WithType(typeOf(vector)), G.WithOp(&adapter{op: Sin, out: vector, in: []Meta{vector}}),
			G.WithChildren(G.Nodes{in}), G.WithShape(3), G.In(g))
	}
	require.Same(t, raw(a), raw(b), "or this test shows nothing")
	for range 2 { // the second time they are found again
		c, err := Node(Exp, a)
		require.NoError(t, err)
		d, err := Node(Exp, b)
		require.NoError(t, err)
		assert.NotSame(t, c, d)
		assert.Equal(t, []*G.Node{a}, Children(c))
		assert.Equal(t, []*G.Node{b}, Children(d))
	}
	assert.Equal(t, op(i), Of(a))
	assert.Equal(t, op(j), Of(b))
	assert.Equal(t, 6, g.AllNodes().Len())
}

// A product with what is one number all over, as the gradient of a mean begins with, needs
// no memory of that number; where it would change the shape or type it stays a product.
func TestMulByOneNumber(t *testing.T) {
	g := G.NewGraph()
	x, s := Input(g, vector, "x"), Input(g, Meta{shape.Dims{}, dtype.Float64}, "s")
	b := &Builder{}
	ones := b.Expand(b.Apply(OnesLike, s), shape.Must(3))
	mean := b.Affine(ones, 0.25, 0)
	assert.Same(t, x, b.Mul(x, ones))
	assert.Same(t, x, b.Mul(b.Apply(OnesLike, s), x))
	assert.Equal(t, Affine{Mul: 0.25}, Of(b.Mul(x, mean)))
	assert.Equal(t, Affine{Mul: 0.5}, Of(b.Mul(b.Affine(mean, 2, 0), x)))
	assert.Equal(t, Affine{Mul: 0}, Of(b.Mul(x, b.Apply(ZerosLike, s))), "so that NaN stays NaN")
	assert.Equal(t, Mul, Of(b.Mul(s, ones)), "the result has three elements")
	assert.Equal(t, Mul, Of(b.Mul(x, x)))
	require.NoError(t, b.Err())
}
