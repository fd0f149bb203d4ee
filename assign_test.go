// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/gorgonia"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
	"github.com/stheno-go/stheno/trainers/optim"
)

// written are modules of which programs keep something that is made of the parameters.
var written = map[string]struct {
	make func() stheno.Module
	x    func() *V
}{
	"conv":            {func() stheno.Module { return layers.NewConv2d(16, 16, 3, layers.Padding(1)) }, picture(16)},
	"conv, few":       {func() stheno.Module { return layers.NewConv2d(3, 8, 3) }, picture(3)},
	"conv, 1×1":       {func() stheno.Module { return layers.NewConv2d(16, 32, 1) }, picture(16)},
	"conv, stride":    {func() stheno.Module { return layers.NewConv2d(16, 16, 3, layers.Stride(2)) }, picture(16)},
	"conv, groups":    {func() stheno.Module { return layers.NewConv2d(16, 16, 3, layers.Groups(16)) }, picture(16)},
	"conv, batchnorm": {convNorm(16), picture(16)},
	"conv, pool":      {func() stheno.Module { return &layers.Sequential{convNorm(16)(), layers.ReLU{}, layers.NewMaxPool2d(2)} }, picture(16)},
	"linear":          {func() stheno.Module { return layers.NewLinear(64, 32) }, func() *V { return stheno.Ones(8, 64) }},
	"norm":            {func() stheno.Module { return layers.NewLayerNorm([]int{64}) }, func() *V { return stheno.NewGenerator(1).Randn(4, 64) }},
	"embedding":       {func() stheno.Module { return layers.NewEmbedding(4, 8) }, func() *V { return stheno.New([]int64{0, 3, 1}) }},
}

func picture(channels int) func() *V {
	return func() *V { return stheno.NewGenerator(1).Randn(1, channels, 16, 16) }
}

func convNorm(channels int) func() stheno.Module {
	return func() stheno.Module {
		return &layers.Sequential{layers.NewConv2d(channels, channels, 3, layers.Padding(1)), layers.NewBatchNorm2d(channels)}
	}
}

// writers are the ways to write all floating-point state of a module: x becomes f(x).
var writers = map[string]func(t *testing.T, m stheno.Module, f func(float32) float32){
	"Assign": func(t *testing.T, m stheno.Module, f func(float32) float32) {
		for _, v := range append(stheno.Parameters(m), stheno.Buffers(m)...) {
			if v.DType() == stheno.Float32 {
				require.NoError(t, v.Assign(mapped(stheno.Must(v.Tensor()), f)))
			}
		}
	},
	"Data of StateDict": func(t *testing.T, m stheno.Module, f func(float32) float32) {
		for _, e := range stheno.Must(stheno.StateDict(m)) {
			if d, err := stheno.Data[float32](e.Tensor); err == nil {
				overwrite(d, f)
			}
		}
	},
	"Data of StateDict, reshaped": func(t *testing.T, m stheno.Module, f func(float32) float32) {
		for _, e := range stheno.Must(stheno.StateDict(m)) {
			if d, err := stheno.Data[float32](e.Tensor.Reshape(-1)); err == nil {
				overwrite(d, f)
			}
		}
	},
	"LoadStateDict": func(t *testing.T, m stheno.Module, f func(float32) float32) {
		state := stheno.Must(stheno.StateDict(m))
		for i, e := range state {
			if state[i].Tensor = e.Tensor.Clone(); e.Tensor.DType() == stheno.Float32 {
				state[i].Tensor = mapped(e.Tensor, f)
			}
		}
		require.NoError(t, stheno.LoadStateDict(m, state))
	},
	"ValueGrads": func(t *testing.T, m stheno.Module, f func(float32) float32) {
		var list []*V
		for _, v := range append(stheno.Parameters(m), stheno.Buffers(m)...) {
			if v.DType() == stheno.Float32 {
				list = append(list, v)
			}
		}
		for _, g := range gorgonia.ValueGrads(list) {
			overwrite(g.Value().Data().([]float32), f)
		}
	},
}

func overwrite(d []float32, f func(float32) float32) {
	for i, v := range d {
		d[i] = f(v)
	}
}

func mapped(t *stheno.Tensor, f func(float32) float32) *stheno.Tensor {
	c := t.Clone()
	d, _ := stheno.Data[float32](c)
	overwrite(d, f)
	return c
}

// fresh returns what a new module with the values that m's state has by now computes.
func fresh(t *testing.T, create func() stheno.Module, m stheno.Module, x *V) *stheno.Tensor {
	other := create()
	stheno.Eval(other)
	state := stheno.Must(stheno.StateDict(m))
	for i := range state {
		state[i].Tensor = state[i].Tensor.Clone()
	}
	require.NoError(t, stheno.LoadStateDict(other, state))
	return stheno.Must(other.Forward(x).Tensor())
}

// TestWrittenParametersAreSeen checks that everything sees the new values after a module's memory is
// written, by any exported function.
func TestWrittenParametersAreSeen(t *testing.T) {
	half := func(v float32) float32 { return v/2 + 0.25 }
	for name, c := range written {
		for way, write := range writers {
			t.Run(name+"/"+way, func(t *testing.T) {
				stheno.Seed(1)
				m, x := c.make(), c.x()
				stheno.Eval(m)
				p := stheno.Compile(func(in ...*V) []*V { return []*V{m.Forward(in[0])} })
				compiled := func() *V { return stheno.Must(p.Run(context.Background(), x))[0] }
				before := stheno.Must(m.Forward(x).Tensor())
				sthenotest.Close(t, compiled(), before, exact)
				for range 2 {
					recorded := m.Forward(x)
					known := m.Forward(x)
					require.NoError(t, stheno.Run(known))
					write(t, m, half)
					want := fresh(t, c.make, m, x)
					require.NotEqual(t, before.Floats(), want.Floats())
					for range 2 {
						sthenotest.Close(t, m.Forward(x), want, exact)
						sthenotest.Close(t, compiled(), want, exact)
					}
					sthenotest.Close(t, known, before, exact)
					if _, err := recorded.Tensor(); assert.Error(t, err) {
						assert.ErrorIs(t, err, stheno.ErrStale)
					}
					before = want
				}
			})
		}
	}
}

// TestSlicesHeld: elements that somebody has had once may be written at any time.
func TestSlicesHeld(t *testing.T) {
	for name, c := range written {
		stheno.Seed(1)
		m, x := c.make(), c.x()
		stheno.Eval(m)
		var held [][]float32
		for _, e := range stheno.Must(stheno.StateDict(m)) {
			if d, err := stheno.Data[float32](e.Tensor); err == nil {
				held = append(held, d)
			}
		}
		for range 3 {
			sthenotest.Close(t, m.Forward(x), fresh(t, c.make, m, x), exact)
			for _, d := range held {
				overwrite(d, func(v float32) float32 { return 0.5*v + 0.125 })
			}
		}
		sthenotest.Close(t, m.Forward(x), fresh(t, c.make, m, x), exact)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	// A parameter over a slice that the user made.
	data := make([]float32, 16*16*9)
	w, x := stheno.NewParameter(stheno.TensorOf(data, 16, 16, 3, 3)), stheno.Ones(1, 16, 8, 8)
	for i := range 3 {
		overwrite(data, func(float32) float32 { return float32(i) })
		assert.Equal(t, float64(i)*16*16*9*36, item(x.Conv2d(w, nil, stheno.Conv2dConfig{}).Sum()))
	}
}

// TestNewCopies: New has a copy of its data, TensorOf the data itself.
func TestNewCopies(t *testing.T) {
	data := []float64{1, 2}
	x, y := stheno.New(data), stheno.FromTensor(stheno.TensorOf(data))
	data[0] = 10
	sthenotest.Close(t, x, []float64{1, 2}, exact)
	sthenotest.Close(t, y, []float64{10, 2}, exact)
	z := stheno.Must(x.Tensor())
	stheno.Must(stheno.Data[float64](z))[1] = 7
	sthenotest.Close(t, x, []float64{1, 2}, exact)
}

// TestReadingCostsNoPacking: what the library itself reads is kept packed as before.
func TestReadingCostsNoPacking(t *testing.T) {
	stheno.Seed(1)
	m := convNorm(16)()
	stheno.Eval(m)
	x := picture(16)()
	item(m.Forward(x).Sum())
	require.NoError(t, stheno.Save(filepath.Join(t.TempDir(), "m.safetensors"), m))
	require.NoError(t, stheno.Save(filepath.Join(t.TempDir(), "m.pth"), m))
	stheno.Must(stheno.Summary(m, 1, 16, 16, 16))
	opt := optim.NewAdam(stheno.Parameters(m), 0.1, optim.AdamConfig{})
	require.NoError(t, m.Forward(x).Sum().Backward())
	require.NoError(t, opt.Step())
	require.NoError(t, opt.LoadState(opt.State()))
	for _, v := range append(stheno.Parameters(m), stheno.Buffers(m)...) {
		stheno.Must(v.Tensor())
		stheno.Must(v.Detach().Tensor())
		_ = v.String()
		require.NoError(t, v.Assign(stheno.Must(v.Tensor())))
		assert.False(t, access.Node(v).Data().Shared(), v.Name())
	}
}

func TestAssign(t *testing.T) {
	w := stheno.NewParameter(stheno.TensorOf([]float64{1, 2}))
	y := w.Mul(2)
	require.NoError(t, w.Assign(stheno.TensorOf([]float64{3, 4})))
	sthenotest.Close(t, w, []float64{3, 4}, exact)
	require.ErrorIs(t, y.Sum().Backward(), stheno.ErrStale)
	require.NoError(t, w.Mul(w).Sum().Backward())
	sthenotest.Close(t, w.Grad(), []float64{6, 8}, exact)
	assert.True(t, w.RequiresGrad() && w.IsLeaf())

	// An optimizer continues with the new values and its own state.
	opt := optim.NewSGD([]*V{w}, 0.5, optim.SGDConfig{})
	require.NoError(t, w.Assign(stheno.TensorOf([]float64{10, 10})))
	require.NoError(t, opt.Step())
	sthenotest.Close(t, w, []float64{7, 6}, exact)
	// A gradient is a leaf too.
	require.NoError(t, w.Grad().Assign(stheno.TensorOf([]float64{1, 1})))
	require.NoError(t, opt.Step())
	sthenotest.Close(t, w, []float64{6.5, 5.5}, exact)
	// Its own memory, and that of another view.
	require.NoError(t, w.Assign(stheno.Must(stheno.StateDict(&struct{ W *V }{w}))[0].Tensor))
	sthenotest.Close(t, w, []float64{6.5, 5.5}, exact)
	require.NoError(t, w.Detach().Assign(stheno.TensorOf([]float64{1, 2})))
	sthenotest.Close(t, w, []float64{1, 2}, exact)
	// Numbers, and values that have become leaves.
	s := stheno.Scalar(2.0).WithGrad()
	require.NoError(t, s.Assign(stheno.ScalarOf(5.0)))
	assert.Equal(t, 5.0, item(s))
	mean := stheno.New([]float64{1, 3}).Mean()
	assert.Equal(t, 2.0, item(mean))
	use := mean.Mul(2)
	require.NoError(t, mean.Assign(stheno.ScalarOf(7.0)))
	assert.Equal(t, 7.0, item(mean))
	_, err := use.Item()
	require.ErrorIs(t, err, stheno.ErrStale)

	for text, c := range map[string]struct {
		v    *V
		t    *stheno.Tensor
		kind error
	}{
		"the variable is nil":                            {nil, stheno.ScalarOf(1.0), stheno.ErrValue},
		"the tensor is nil":                              {w, nil, stheno.ErrValue},
		"the variable is the result of mul; only leaves": {w.Mul(2), stheno.TensorOf([]float64{1, 2}), stheno.ErrValue},
		"the variable has shape (2), the tensor (3)":     {w, stheno.TensorOf([]float64{1, 2, 3}), stheno.ErrShape},
		"the variable has shape (2), the tensor (1)":     {w, stheno.TensorOf([]float64{1}), stheno.ErrShape},
		"the variable is float64, the tensor float32":    {w, stheno.TensorOf([]float32{1, 2}), stheno.ErrDType},
		"invalid for input":                              {w, stheno.TensorOf([]float64{1, 2}).Reshape(3), stheno.ErrShape},
		"dtype there is no":                              {w, stheno.NewTensor(99, 2), stheno.ErrDType},
		"shapes cannot be multiplied":                    {stheno.Ones(2, 3).MatMul(stheno.Ones(2, 3)), stheno.ScalarOf(1.0), stheno.ErrShape},
	} {
		err := c.v.Assign(c.t)
		require.ErrorIs(t, err, c.kind, text)
		if text != "dtype there is no" {
			assert.ErrorContains(t, err, text)
		}
	}
	sthenotest.Close(t, w, []float64{1, 2}, exact)
}

// TestInitializersFillParameters is how a network gets other weights.
func TestInitializersFillParameters(t *testing.T) {
	c := layers.NewConv2d(3, 4, 3)
	opt := optim.NewSGD(stheno.Parameters(c), 1, optim.SGDConfig{})
	require.NoError(t, stheno.Visit(c, func(m any) {
		if c, ok := m.(*layers.Conv2d); ok {
			require.NoError(t, c.Weight.Assign(layers.Fill(0.5, c.Weight.Shape()...)))
			require.NoError(t, c.Bias.Assign(layers.Fill(1, c.Bias.Shape()...)))
		}
	}))
	assert.Equal(t, 4*(1+0.5*27), item(c.Forward(stheno.Ones(1, 3, 3, 3)).Sum()))
	require.NoError(t, c.Forward(stheno.Ones(1, 3, 3, 3)).Sum().Backward())
	require.NoError(t, opt.Step())
	sthenotest.Close(t, c.Bias, make([]float32, 4), exact)
}

// TestProgramsOfSharedMemory: many goroutines run a program over parameters that
// somebody may write; each packs for itself.
func TestProgramsOfSharedMemory(t *testing.T) {
	m, x := convNorm(16)(), picture(16)()
	stheno.Eval(m)
	for _, e := range stheno.Must(stheno.StateDict(m)) {
		_, _ = stheno.Data[float32](e.Tensor)
	}
	want := stheno.Must(m.Forward(x).Tensor())
	p := stheno.Compile(func(in ...*V) []*V { return []*V{m.Forward(in[0])} })
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				out, err := p.Run(context.Background(), x)
				if assert.NoError(t, err) {
					sthenotest.Close(t, out[0], want, exact)
				}
				for _, e := range stheno.Must(stheno.StateDict(m)) { // reading only
					_, _ = stheno.Data[float32](e.Tensor)
				}
			}
		})
	}
	wg.Wait()
}

// TestSolversStepTheModule: Gorgonia's solvers write through what ValueGrads lends.
func TestSolversStepTheModule(t *testing.T) {
	c, x := layers.NewConv2d(16, 16, 3), picture(16)()
	item(c.Forward(x).Sum())
	solver := G.NewVanillaSolver(G.WithLearnRate(0.01))
	values := gorgonia.ValueGrads(stheno.Parameters(c))
	for range 3 {
		stheno.ZeroGrad(c)
		require.NoError(t, c.Forward(x).Sum().Backward())
		require.NoError(t, solver.Step(values))
		sthenotest.Close(t, c.Forward(x), fresh(t, func() stheno.Module { return layers.NewConv2d(16, 16, 3) }, c, x), exact)
	}
	held := values[0].Value().(tensor.Tensor).Data().([]float32)
	item(c.Forward(x).Sum())
	overwrite(held, func(float32) float32 { return 0 })
	sthenotest.Close(t, c.Forward(x), fresh(t, func() stheno.Module { return layers.NewConv2d(16, 16, 3) }, c, x), exact)
}
