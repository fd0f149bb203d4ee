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
	plain := G.NewUniqueNode(G.WithType(typeOf(vector)), G.WithOp(&adapter{op: op(j), out: vector, in: []Meta{vector}}),
		G.WithChildren(G.Nodes{x}), G.WithShape(3), G.In(g))
	require.Same(t, a, plain, "the two hashes must collide, or this test shows nothing")
	b, err := Node(op(j), x)
	require.NoError(t, err)
	assert.NotSame(t, a, b)
	assert.Equal(t, op(i), Of(a))
	assert.Equal(t, op(j), Of(b))
	assert.Equal(t, []*G.Node{x}, Children(b))

	// Both are found again.
	again, err := Node(op(i), x)
	require.NoError(t, err)
	assert.Same(t, a, again)
	again, err = Node(op(j), x)
	require.NoError(t, err)
	assert.Same(t, b, again)
}

func TestInputsWithCollidingHashesBothSurvive(t *testing.T) {
	name := func(i int) string { return fmt.Sprint("in", i) }
	i, j := collide(t, func(i int) uint32 {
		h := fnv.New32a()
		fmt.Fprintf(h, "%v%v", typeOf(vector), tensor.Shape{3})
		h.Write([]byte(name(i)))
		h.Write([]byte{0})
		return h.Sum32()
	})
	g := G.NewGraph()
	a := Input(g, vector, name(i))
	require.Equal(t, a.Hashcode(), G.NewTensor(G.NewGraph(), tensor.Float64, 1, G.WithShape(3), G.WithName(name(j))).Hashcode())
	b := Input(g, vector, name(j))
	assert.NotSame(t, a, b)
	assert.Equal(t, name(i), a.Name())
}
