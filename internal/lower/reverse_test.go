// SPDX-License-Identifier: MIT

package lower

import (
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/shape"
)

// builder adds nodes and fails the test where one cannot be added.
type builder struct {
	t *testing.T
	g *G.ExprGraph
}

func (b *builder) input(name string, sizes ...int) *G.Node {
	return ops.Input(b.g, ops.Meta{Dims: shape.Must(sizes...), DType: dtype.Float64}, name)
}

func (b *builder) apply(op ops.Op, in ...*G.Node) *G.Node {
	b.t.Helper()
	n, err := ops.Node(op, in...)
	require.NoError(b.t, err)
	return n
}

// graphs return a scalar and the inputs to derive it by. Gorgonia derives a graph
// once, so each is built twice.
var graphs = map[string]func(b *builder) (y *G.Node, wrt []*G.Node){
	"one operation": func(b *builder) (*G.Node, []*G.Node) {
		x := b.input("x", 2, 3)
		return b.apply(all(2), b.apply(ops.Tanh, x)), []*G.Node{x}
	},
	"several uses": func(b *builder) (*G.Node, []*G.Node) {
		x, w := b.input("x", 2, 3), b.input("w", 2, 3)
		y := b.apply(ops.Mul, x, w)
		return b.apply(all(2), b.apply(ops.Mul, b.apply(ops.Add, y, x), b.apply(ops.Sub, y, b.apply(ops.Exp, w)))), []*G.Node{x, w}
	},
	"a fan of seven": func(b *builder) (*G.Node, []*G.Node) {
		x := b.input("x", 4)
		y := b.apply(ops.Sin, x)
		for range 6 {
			y = b.apply(ops.Add, b.apply(ops.Mul, y, x), x)
		}
		return b.apply(all(1), y), []*G.Node{x}
	},
	"broadcast": func(b *builder) (*G.Node, []*G.Node) {
		x, w := b.input("x", 3, 1), b.input("w", 1, 4)
		return b.apply(all(2), b.apply(ops.Square, b.apply(ops.Div, x, b.apply(ops.Exp, w)))), []*G.Node{x, w}
	},
	"perceptron": func(b *builder) (*G.Node, []*G.Node) {
		x, w1, b1, w2, b2 := b.input("x", 5, 3), b.input("w1", 4, 3), b.input("b1", 4), b.input("w2", 2, 4), b.input("b2", 2)
		h := b.apply(ops.Relu, b.apply(ops.Linear, x, w1, b1))
		y := b.apply(ops.Softmax{Axis: 1, Log: true}, b.apply(ops.Linear, h, w2, b2))
		return b.apply(ops.Reduce{Kind: ops.Mean, Axes: 3}, y), []*G.Node{x, w1, b1, w2, b2}
	},
	"convolution": func(b *builder) (*G.Node, []*G.Node) {
		x, w, c := b.input("x", 2, 2, 5, 5), b.input("w", 3, 2, 3, 3), b.input("c", 3)
		y := b.apply(ops.Conv2d{Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 1, 1, 1}, Groups: 1}, x, w, c)
		y = b.apply(ops.Pool2d{Kind: ops.MaxPool, Kernel2: [2]int{2, 2}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}}, b.apply(ops.Relu, y))
		return b.apply(all(4), b.apply(ops.Square, y)), []*G.Node{x, w, c}
	},
	"with operations of Gorgonia's": func(b *builder) (*G.Node, []*G.Node) {
		x, w := b.input("x", 3), b.input("w", 3)
		y := G.Must(G.HadamardProd(G.Must(G.Tanh(x)), b.apply(ops.Exp, w)))
		return b.apply(all(1), b.apply(ops.Mul, y, x)), []*G.Node{x, w}
	},
}

func all(n int) ops.Reduce { return ops.Reduce{Kind: ops.Sum, Axes: 1<<n - 1} }

// run computes outs on Gorgonia's machine, with numbers for the inputs that depend
// on their names and positions.
func run(t *testing.T, g *G.ExprGraph, outs []*G.Node) [][]float64 {
	t.Helper()
	values := make([]G.Value, len(outs))
	for i, n := range outs {
		G.Read(n, &values[i])
	}
	for _, n := range g.AllNodes() {
		if n.Op() != nil {
			continue
		}
		m, err := ops.MetaOf(n)
		require.NoError(t, err)
		data := make([]float64, m.Dims.Size())
		for i := range data {
			data[i] = math.Sin(float64(7*i) + float64(n.Name()[0]) + 0.3)
		}
		require.NoError(t, G.Let(n, ops.ValueAt(unsafe.Pointer(&data[0]), m)))
	}
	vm := G.NewTapeMachine(g)
	defer vm.Close()
	require.NoError(t, vm.RunAll())
	got := make([][]float64, len(outs))
	for i, v := range values {
		m, err := ops.MetaOf(outs[i])
		require.NoError(t, err)
		got[i] = append(got[i], unsafe.Slice((*float64)(ops.Address(v)), m.Dims.Size())...)
	}
	return got
}

func TestGradientsAreThoseOfBackpropagate(t *testing.T) {
	for name, build := range graphs {
		t.Run(name, func(t *testing.T) {
			b := &builder{t, G.NewGraph()}
			y, wrt := build(b)
			mine, err := Gradients(y, b.apply(ops.OnesLike, y), wrt)
			require.NoError(t, err)
			got := run(t, b.g, mine)

			b = &builder{t, G.NewGraph()}
			y, wrt = build(b)
			theirs, err := G.Backpropagate(G.Nodes{y}, G.Nodes{b.apply(ops.OnesLike, y)}, G.Nodes(wrt))
			require.NoError(t, err)
			want := run(t, b.g, theirs)

			for i := range want {
				require.Len(t, got[i], len(want[i]))
				for k := range want[i] {
					// The terms of a sum come in another order.
					assert.InDelta(t, want[i][k], got[i][k], 1e-13*math.Max(1, math.Abs(want[i][k])), "input %d, element %d", i, k)
				}
			}
		})
	}
}

func TestGradientsOfWhatIsNotReachedAreNil(t *testing.T) {
	b := &builder{t, G.NewGraph()}
	x, w, z := b.input("x", 2), b.input("w", 2), b.input("z", 2)
	y := b.apply(all(1), b.apply(ops.Mul, x, b.apply(ops.Detach, w)))
	nodes := b.g.AllNodes().Len()
	grads, err := Gradients(y, b.apply(ops.OnesLike, y), []*G.Node{x, w, z})
	require.NoError(t, err)
	assert.NotNil(t, grads[0])
	assert.Nil(t, grads[1])
	assert.Nil(t, grads[2])
	// Ones for the seed, its shape, its expansion, and one product: nothing for w.
	assert.LessOrEqual(t, b.g.AllNodes().Len()-nodes, 4)
}

func TestPruneCopiesWhatIsWantedOnly(t *testing.T) {
	b := &builder{t, G.NewGraph()}
	x, w := b.input("x", 2), b.input("w", 2)
	y := b.apply(ops.Exp, x)
	b.apply(ops.Mul, y, w)
	g, twins, err := Prune([]*G.Node{y})
	require.NoError(t, err)
	assert.Equal(t, 2, g.AllNodes().Len())
	assert.Nil(t, twins[w])
	assert.Equal(t, ops.Exp, ops.Of(twins[y]))
	got := run(t, g, []*G.Node{twins[y]})
	assert.InDelta(t, math.Exp(math.Sin('x'+0.3)), got[0][0], 1e-15)
}
