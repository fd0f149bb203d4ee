// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
	"github.com/stheno-go/stheno/gorgonia"
	"github.com/stheno-go/stheno/layers"
)

// net is y = tanh(x W1ᵀ + b1) W2ᵀ + b2.
type net struct {
	W1, B1, W2, B2 *stheno.Variable
}

func newNet() *net {
	g := stheno.NewGenerator(3)
	p := func(shape ...int) *stheno.Variable {
		return stheno.NewParameter(g.Normal(stheno.Float64, 0, 0.5, shape...))
	}
	return &net{W1: p(8, 3), B1: p(8), W2: p(2, 8), B2: p(2)}
}

func (n *net) Forward(x *stheno.Variable) *stheno.Variable {
	return x.Linear(n.W1, n.B1).Tanh().Linear(n.W2, n.B2)
}

func input(rows int) *stheno.Variable {
	return stheno.FromTensor(stheno.NewGenerator(9).Normal(stheno.Float64, 0, 1, rows, 3))
}

func floats(t *testing.T, v *stheno.Variable) []float64 {
	t.Helper()
	x, err := stheno.Values[float64](v)
	require.NoError(t, err)
	return x
}

// TestCompiledInputsAreNeverConstants: an input that is detached is another in each run, too.
func TestCompiledInputsAreNeverConstants(t *testing.T) {
	w := stheno.NewParameter(stheno.Must(stheno.Ones(2, 2).Tensor()))
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		x := in[0].Detach()
		return []*stheno.Variable{x, x.Detach().Mul(2), stheno.Grad(x.MatMul(w).Sum(), w)[0], in[0].LogSumExp()}
	})
	for _, k := range []float64{1, 800} {
		got, err := p.Run(context.Background(), stheno.Full(k, 1, 2))
		require.NoError(t, err)
		for i, want := range [][]float64{{k, k}, {2 * k, 2 * k}, {k, k, k, k}, {k + math.Ln2}} {
			require.InDeltaSlice(t, want, stheno.Must(got[i].Tensor()).Floats(), 1e-3)
		}
	}
}

func TestProgramFollowsParametersAndShapes(t *testing.T) {
	m := newNet()
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{m.Forward(in[0]), m.Forward(in[0]).ArgMax(1), in[0]}
	})
	for _, rows := range []int{1, 5, 1} {
		x := input(rows)
		got, err := p.Run(context.Background(), x)
		require.NoError(t, err)
		require.Equal(t, floats(t, m.Forward(x)), floats(t, got[0]))
		require.Equal(t, floats(t, x), floats(t, got[2]))
	}
	state, err := stheno.StateDict(m)
	require.NoError(t, err)
	half := make([]stheno.NamedTensor, len(state))
	for i, e := range state {
		v, err := stheno.FromTensor(e.Tensor).Mul(0.5).Tensor()
		require.NoError(t, err)
		half[i] = stheno.NamedTensor{Name: e.Name, Tensor: v}
	}
	require.NoError(t, stheno.LoadStateDict(m, half))
	got, err := p.Run(context.Background(), input(1))
	require.NoError(t, err)
	require.Equal(t, floats(t, m.Forward(input(1))), floats(t, got[0]), "a program reads parameters where they are")
	dot, err := debug.DOT(p)
	require.NoError(t, err)
	require.Contains(t, string(dot), "digraph")
	require.Contains(t, debug.Plan(p), "linear")

	done, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = p.Run(done, input(1))
	require.ErrorIs(t, err, context.Canceled)
	_, err = p.Run(context.Background(), stheno.Zeros(2, 4))
	require.ErrorIs(t, err, stheno.ErrDType)
	_, err = p.Run(context.Background(), nil)
	require.ErrorIs(t, err, stheno.ErrValue)
}

func TestProgramsReturnPanicsOfTheirFunction(t *testing.T) {
	run := func(f func(in ...*V) []*V) error {
		_, err := stheno.Compile(f).Run(context.Background(), stheno.Ones(2, 3))
		return err
	}
	err := run(func(in ...*V) []*V { return in[1:][:2] })
	require.ErrorContains(t, err, "stheno: program: the function: panic at doors_test.go:")
	require.ErrorContains(t, err, "slice bounds out of range")
	// The shape of a failed Variable is empty: the failure is the reason, not the panic.
	err = run(func(in ...*V) []*V {
		x := in[0].Add(stheno.Ones(4))
		return []*V{x.Reshape(x.Shape()[0], 1)}
	})
	var failed *stheno.OpError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "add", failed.Op)
	require.ErrorContains(t, err, "; then stheno: program: the function: panic at doors_test.go:")
	require.ErrorIs(t, run(nil), stheno.ErrValue)
}

func TestProgramServesManyGoroutines(t *testing.T) {
	m := newNet()
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable { return []*stheno.Variable{m.Forward(in[0])} })
	want := floats(t, m.Forward(input(4)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				x := input(4)
				got, err := p.Run(context.Background(), x)
				if err != nil {
					t.Error(err)
					return
				}
				v, err := stheno.Values[float64](got[0])
				if err != nil || v[0] != want[0] || v[7] != want[7] {
					t.Errorf("got %v %v, want %v", v, err, want)
					return
				}
			}
		}()
	}
	wg.Wait()
}

func TestLowerTrainsInTheUsersGraph(t *testing.T) {
	for _, solver := range []G.Solver{
		G.NewVanillaSolver(G.WithLearnRate(0.05)), G.NewAdamSolver(G.WithLearnRate(0.02)),
	} {
		m := newNet()
		x := input(16)
		target := floats(t, x.Sum(1))
		g := G.NewGraph()
		in := G.NewMatrix(g, G.Float64, G.WithShape(16, 3), G.WithName("x"))
		want := G.NewVector(g, G.Float64, G.WithShape(16), G.WithName("target"))
		y, err := gorgonia.Lower(g, m, in)
		require.NoError(t, err)
		first, err := G.Slice(y, nil, G.S(0))
		require.NoError(t, err)
		cost := G.Must(G.Mean(G.Must(G.Square(G.Must(G.Sub(first, want))))))
		nodes := gorgonia.Nodes(g, m)
		_, err = G.Grad(cost, nodes...)
		require.NoError(t, err)
		var value G.Value
		G.Read(cost, &value)
		vm := G.NewTapeMachine(g, G.BindDualValues(nodes...))
		require.NoError(t, G.Let(in, dense(t, x)))
		require.NoError(t, G.Let(want, dense(t, stheno.New(target))))
		var losses []float64
		for range 200 {
			require.NoError(t, vm.RunAll())
			losses = append(losses, value.Data().(float64))
			require.NoError(t, solver.Step(G.NodesToValueGrads(nodes)))
			vm.Reset()
		}
		require.Less(t, losses[199], losses[0]/10)
		// The module was trained, not a copy of it.
		got := floats(t, m.Forward(x).Select(1, 0).Sub(stheno.New(target)).Square().Mean())
		require.InDelta(t, losses[199], got[0], losses[199])
	}
}

func TestLowerRefusesWhatMakesNoSense(t *testing.T) {
	g := G.NewGraph()
	m := newNet()
	node := func(t tensor.Dtype, shape ...int) *G.Node {
		return G.NewMatrix(g, t, G.WithShape(shape...), G.WithName(fmt.Sprint(t, shape)))
	}
	x, other := node(tensor.Float64, 4, 3), G.NewMatrix(G.NewGraph(), tensor.Float32, G.WithShape(4, 2))
	for text, err := range map[string]error{
		"graph or module is nil":                         second(gorgonia.Lower(nil, m, x)),
		"module is nil":                                  second(gorgonia.Lower(g, nil, x)),
		"is nil or a node of another graph":              second(gorgonia.Lower(g, m, nil)),
		"nil or a node of another graph":                 second(gorgonia.Lower(g, m, other)),
		"the input has 5 features, the weight expects 3": second(gorgonia.Lower(g, m, node(tensor.Float64, 4, 5))),
		"is not supported: dtype mismatch":               second(gorgonia.Lower(g, m, node(tensor.Int, 4, 2))),
	} {
		require.ErrorContains(t, err, text)
	}
	require.Empty(t, gorgonia.Nodes(nil, m))
}

func second[T any](_ T, err error) error { return err }

func TestValueGradsLetAStockSolverStep(t *testing.T) {
	m := newNet()
	x := input(16)
	target := x.Sum(1).Unsqueeze(1)
	solver := G.NewRMSPropSolver(G.WithLearnRate(0.01))
	vgs := gorgonia.ValueGrads(stheno.Parameters(m))
	var losses []float64
	for range 100 {
		stheno.ZeroGrad(m)
		loss := m.Forward(x).Sub(target).Square().Mean()
		require.NoError(t, loss.Backward())
		l, err := loss.Item()
		require.NoError(t, err)
		losses = append(losses, l)
		require.NoError(t, solver.Step(vgs))
	}
	require.Less(t, losses[99], losses[0]/2)
}

func TestApplyRunsGorgoniasOperations(t *testing.T) {
	g := G.NewGraph()
	n := G.Must(G.Tanh(G.NewVector(g, G.Float64, G.WithShape(2))))
	x := stheno.New([]float64{0.5, -1}).WithGrad()
	y := gorgonia.Apply(n.Op(), x.Mul(2))
	want := floats(t, x.Mul(2).Tanh())
	require.InDeltaSlice(t, want, floats(t, y), 1e-12)
	require.NoError(t, y.Sum().Backward())
	got := floats(t, x.Grad())
	x.ZeroGrad()
	require.NoError(t, x.Mul(2).Tanh().Sum().Backward())
	require.InDeltaSlice(t, floats(t, x.Grad()), got, 1e-12)
	require.ErrorIs(t, gorgonia.Apply(nil, x).Err(), stheno.ErrValue)
}

func dense(t *testing.T, v *stheno.Variable) G.Value {
	t.Helper()
	return G.NodeFromAny(G.NewGraph(), tensorOf(t, v)).Value()
}

func TestSaveLoadRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	m, n := newNet(), newNet()
	require.NoError(t, stheno.Save(path, m))
	require.NoError(t, stheno.To(n, stheno.Float32))
	require.NoError(t, stheno.Load(path, n))
	require.Equal(t, stheno.Float32, n.W1.DType())
	require.InDeltaSlice(t, floats(t, m.W1), floats(t, n.W1.To(stheno.Float64)), 1e-7)

	b, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, size := range []int{0, 7, 8, 20, len(b) - 1} {
		require.NoError(t, os.WriteFile(path, b[:size], 0o644))
		before := floats(t, n.W1.To(stheno.Float64))
		require.ErrorContains(t, stheno.Load(path, n), path)
		require.Equal(t, before, floats(t, n.W1.To(stheno.Float64)))
	}
	require.ErrorContains(t, stheno.Save(filepath.Join(t.TempDir(), "net.txt"), m), `unknown format ".txt"`)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")
}

func TestLoadStateDictTellsEverythingAndLoadsNothing(t *testing.T) {
	m := newNet()
	before := floats(t, m.B2)
	err := stheno.LoadStateDict(m, []stheno.NamedTensor{
		{Name: "w_1", Tensor: stheno.NewTensor(stheno.Float64, 8, 3)},
		{Name: "b1", Tensor: stheno.NewTensor(stheno.Float64, 9)},
		{Name: "w2", Tensor: stheno.NewTensor(stheno.Float64, 2, 8)},
		{Name: "b2", Tensor: stheno.NewTensor(stheno.Float64, 2)},
	})
	require.EqualError(t, err, "Error(s) in loading state_dict for net:"+
		"\n\tMissing key(s) in state_dict: \"w1\". "+
		"\n\tUnexpected key(s) in state_dict: \"w_1\". "+
		"\n\tsize mismatch for b1: copying a param with shape (9) from checkpoint, the shape in current model is (8)."+
		"\n\t(did the checkpoint mean \"w1\" by \"w_1\"?)")
	require.ErrorIs(t, err, stheno.ErrShape)
	require.Equal(t, before, floats(t, m.B2))
	require.NoError(t, stheno.LoadStateDict(m, []stheno.NamedTensor{
		{Name: "module.b2", Tensor: stheno.NewTensor(stheno.Float64, 2)},
	}, stheno.StripPrefix("module."), stheno.NonStrict()))
	require.Equal(t, []float64{0, 0}, floats(t, m.B2))
}

func tensorOf(t *testing.T, v *stheno.Variable) tensor.Tensor {
	t.Helper()
	return tensor.New(tensor.WithShape(v.Shape()...), tensor.WithBacking(floats(t, v)))
}

// TestLoweredWeightsAreNotTrusted: a solver of Gorgonia's writes the memory of a lowered
// module's parameters and tells nobody, so nothing may be kept of them.
func TestLoweredWeightsAreNotTrusted(t *testing.T) {
	gen := stheno.NewGenerator(5)
	conv := layers.NewConv2d(16, 16, 3, layers.Bias(false))
	x := stheno.FromTensor(gen.Normal(stheno.Float32, 0, 1, 1, 16, 8, 8))
	p := stheno.Compile(func(in ...*V) []*V { return []*V{conv.Forward(in[0])} })
	run := func() []float64 {
		out, err := p.Run(context.Background(), x)
		require.NoError(t, err)
		return stheno.Must(out[0].Tensor()).Floats()
	}
	before := run()

	g := G.NewGraph()
	in := G.NewTensor(g, tensor.Float32, 4, G.WithShape(1, 16, 8, 8), G.WithName("x"), G.WithInit(G.Ones()))
	y, err := gorgonia.Lower(g, conv, in)
	require.NoError(t, err)
	nodes := gorgonia.Nodes(g, conv)
	_, err = G.Grad(G.Must(G.Sum(y)), nodes...)
	require.NoError(t, err)
	vm := G.NewTapeMachine(g, G.BindDualValues(nodes...))
	defer vm.Close()
	require.NoError(t, vm.RunAll())
	require.NoError(t, G.NewVanillaSolver(G.WithLearnRate(0.1)).Step(G.NodesToValueGrads(nodes)))

	after := run()
	require.False(t, slices.Equal(before, after), "the program computed with old weights")
	defer debug.SetConvAlgorithm(debug.SetConvAlgorithm(debug.ConvNCHW))
	require.InDeltaSlice(t, stheno.Must(conv.Forward(x).Tensor()).Floats(), after, 1e-3)
}
