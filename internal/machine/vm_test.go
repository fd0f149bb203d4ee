// SPDX-License-Identifier: MIT

package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-go/stheno/internal/machine"
)

// regression is a graph of stock operations: cost = mean((xw - y)²).
type regression struct {
	g          *G.ExprGraph
	x, y, w    *G.Node
	cost       *G.Node
	costValue  G.Value
	prediction G.Value
}

func newRegression(t *testing.T) *regression {
	r := &regression{g: G.NewGraph()}
	of := func(name string, rows, columns int, data ...float64) *G.Node {
		return G.NewMatrix(r.g, tensor.Float64, G.WithName(name), G.WithShape(rows, columns),
			G.WithValue(tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(data))))
	}
	r.x, r.y, r.w = of("x", 3, 2, 1, 2, 3, 4, 5, 7), of("y", 3, 1, 1, -1, 2), of("w", 2, 1, 0.5, -0.25)
	p := G.Must(G.Mul(r.x, r.w))
	G.Read(p, &r.prediction)
	r.cost = G.Must(G.Mean(G.Must(G.Square(G.Must(G.Sub(p, r.y))))))
	G.Read(r.cost, &r.costValue)
	_, err := G.Grad(r.cost, r.w)
	require.NoError(t, err)
	return r
}

// TestVM trains the same graph on Gorgonia's machine and on ours, with a solver of
// Gorgonia's.
func TestVM(t *testing.T) {
	train := func(make func(*G.ExprGraph) G.VM) (costs []float64, w, p []float64) {
		r := newRegression(t)
		vm := make(r.g)
		solver := G.NewVanillaSolver(G.WithLearnRate(0.01))
		for range 20 {
			require.NoError(t, vm.RunAll())
			costs = append(costs, r.costValue.Data().(float64))
			require.NoError(t, solver.Step(G.NodesToValueGrads(G.Nodes{r.w})))
			vm.Reset()
		}
		p = append(p, r.prediction.Data().([]float64)...)
		w = r.w.Value().Data().([]float64)
		require.NoError(t, vm.Close())
		return costs, w, p
	}
	wantCosts, wantW, wantP := train(func(g *G.ExprGraph) G.VM { return G.NewTapeMachine(g, G.BindDualValues()) })
	gotCosts, gotW, gotP := train(func(g *G.ExprGraph) G.VM { return machine.NewVM(g) })
	require.InDeltaSlice(t, wantCosts, gotCosts, 1e-12)
	require.InDeltaSlice(t, wantW, gotW, 1e-12)
	require.InDeltaSlice(t, wantP, gotP, 1e-12)
	require.Less(t, gotCosts[19], gotCosts[0])
}

func TestVMErrors(t *testing.T) {
	g := G.NewGraph()
	x := G.NewVector(g, tensor.Float32, G.WithName("x"), G.WithShape(3))
	G.Must(G.Neg(x))
	vm := machine.NewVM(g)
	require.ErrorContains(t, vm.RunAll(), "has no value")
	require.NoError(t, G.Let(x, tensor.New(tensor.WithBacking([]float32{1, 2, 3}))))
	require.NoError(t, vm.RunAll())
	require.NoError(t, vm.Close())
	require.ErrorContains(t, vm.RunAll(), "closed")
}
