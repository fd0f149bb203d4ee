// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
	"github.com/stheno-go/stheno/trainers/optim"
)

// every has fields of every kind that the walk knows.
type every struct {
	A, Again *layers.Linear // one layer under two names
	Scale    *V             // variables come before modules
	List     []stheno.Module
	Map      map[string]*layers.Linear
	Array    [2]*layers.Linear
	Value    layers.Linear
	Tagged   *layers.Linear `stheno:"my_name"`
	Any      any
	Without  *layers.Linear `stheno:"-"`
	Scratch  *V             `stheno:",nonpersistent"`
	Data     *V             `stheno:",constant"` // neither a parameter nor a buffer
	Number   int
	Cycle    *every
	*base
	note string
}

type base struct{ Offset *V }

func (e *every) Forward(x *V) *V { return e.A.Forward(x) }

func newEvery() *every {
	one := func() *layers.Linear { return layers.NewLinear(1, 1, layers.Bias(false)) }
	shared := one()
	e := &every{
		A: shared, Again: shared, Scale: stheno.Ones(1).WithGrad(), List: []stheno.Module{one(), layers.ReLU{}, nil, one()},
		Map: map[string]*layers.Linear{"b": one(), "a": one()}, Array: [2]*layers.Linear{one(), nil}, Value: *one(), Tagged: one(), Any: one(),
		Without: one(), Scratch: stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 1)), Data: stheno.Ones(1),
		base: &base{stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 1))}, note: "not looked into",
	}
	e.Cycle = e
	return e
}

func TestTheWalkNamesAsTorch(t *testing.T) {
	e := newEvery()
	require.NoError(t, stheno.Check(e))
	var names []string
	for name := range stheno.NamedParameters(e) {
		names = append(names, name)
	}
	assert.Equal(t, "scale a.weight list.0.weight list.3.weight map.a.weight map.b.weight array.0.weight value.weight my_name.weight any.weight", strings.Join(names, " "))
	assert.Len(t, stheno.Parameters(e), 10)
	names = nil
	for name := range stheno.NamedBuffers(e) {
		names = append(names, name)
	}
	assert.Equal(t, "scratch offset", strings.Join(names, " "))
	state, err := stheno.StateDict(e)
	require.NoError(t, err)
	names = nil
	for _, entry := range state {
		names = append(names, entry.Name)
	}
	assert.Equal(t, "scale a.weight again.weight list.0.weight list.3.weight map.a.weight map.b.weight array.0.weight value.weight my_name.weight any.weight offset", strings.Join(names, " "))
	names = nil
	for name, m := range stheno.NamedModules(e) {
		names = append(names, fmt.Sprintf("%s:%T", name, m))
	}
	assert.Equal(t, ":*stheno_test.every", names[0])
	assert.Contains(t, names, "list.1:layers.ReLU")
	assert.NotContains(t, strings.Join(names, " "), "again")
	assert.Equal(t, "my_name.weight", e.Tagged.Weight.Name())

	var order []string
	require.NoError(t, stheno.Visit(layers.Sequential{layers.Sequential{layers.ReLU{}}, layers.Tanh{}}, func(m any) { order = append(order, fmt.Sprintf("%T", m)) }))
	assert.Equal(t, "layers.ReLU layers.Sequential layers.Tanh layers.Sequential", strings.Join(order, " "))
}

type hidden struct {
	Seen *layers.Linear
	fc   []*layers.Linear
}

func (h *hidden) Forward(x *V) *V { return h.fc[0].Forward(h.Seen.Forward(x)) }

type clash struct {
	FC, Fc *layers.Linear
}

func (c *clash) Forward(x *V) *V { return x }

type dotted struct {
	W *V `stheno:"a.b"`
}

func (d *dotted) Forward(x *V) *V { return x }

func TestWhatTheWalkCannotNameIsAnErrorEverywhere(t *testing.T) {
	one := func() *layers.Linear { return layers.NewLinear(1, 1) }
	for text, m := range map[string]stheno.Module{
		"stheno: fc: unexported field holds parameters; export it or tag it `stheno:\"-\"`":    &hidden{one(), []*layers.Linear{one()}},
		"stheno: fc.weight: two parameters have this name; rename one with a tag `stheno:":     &clash{one(), one()},
		"stheno: W: parameter name can't contain \".\", got \"a.b\"":                           &dotted{stheno.Ones(1).WithGrad()},
		"stheno: 1.fc: unexported field holds parameters; export it or tag it `stheno:\"-\"`":  layers.Sequential{one(), &hidden{one(), []*layers.Linear{one()}}},
		"stheno: 0.fc.bias: two parameters have this name; rename one with a tag `stheno:\"na": layers.Sequential{&clash{one(), one()}},
	} {
		require.ErrorContains(t, stheno.Check(m), text)
		_, err := stheno.StateDict(m)
		require.ErrorContains(t, err, text)
		_, err = stheno.Summary(m, 1, 1)
		require.ErrorContains(t, err, text)
		require.ErrorContains(t, stheno.Save(t.TempDir()+"/m.safetensors", m), text)
		require.ErrorContains(t, stheno.LoadStateDict(m, nil), text)
		require.ErrorContains(t, stheno.To(m, stheno.Float64), text)
		// A loop that asks for nothing of this does not train half a model either.
		require.ErrorContains(t, optim.NewSGD(stheno.Parameters(m), 1e-3, optim.SGDConfig{}).Step(), text)
	}
	for _, m := range []any{nil, (*hidden)(nil), 3, "module"} {
		require.NotPanics(t, func() {
			assert.Equal(t, m == nil, stheno.Check(m) != nil)
			stheno.Train(m)
			stheno.Freeze(m)
			stheno.ZeroGrad(m)
			_, _ = stheno.StateDict(m)
		})
	}
}

func TestHooksOfAnyModule(t *testing.T) {
	lin, act := layers.NewLinear(2, 2), stheno.ModuleFunc((*V).Neg)
	inner := layers.Sequential{lin, act}
	outer := layers.Sequential{inner, layers.ReLU{}}
	var seen []string
	note := func(name string) stheno.Hook {
		return func(m stheno.Module, x, y *V) *V {
			seen = append(seen, fmt.Sprint(name, x.Shape(), y.Shape()))
			return nil
		}
	}
	var remove []func()
	for name, m := range map[string]stheno.Module{"linear": lin, "func": act, "inner": inner, "outer": outer, "relu": layers.ReLU{}} {
		remove = append(remove, stheno.RegisterForwardHook(m, note(name)))
	}
	require.NoError(t, stheno.Run(stheno.Call(outer, stheno.Ones(3, 2))))
	assert.Equal(t, []string{"linear(3,2) (3,2)", "func(3,2) (3,2)", "inner(3,2) (3,2)", "relu(3,2) (3,2)", "outer(3,2) (3,2)"}, seen)
	for _, f := range remove {
		f()
		f()
	}
	seen = nil
	stheno.Call(outer, stheno.Ones(3, 2))
	assert.Empty(t, seen)
	require.NotPanics(t, func() {
		stheno.RegisterForwardHook(nil, note("nil"))()
		stheno.RegisterForwardHook(lin, nil)()
		require.ErrorIs(t, stheno.Call(nil, stheno.Ones(1)).Err(), stheno.ErrValue)
	})
}

func TestFreezeTrainToAndSummary(t *testing.T) {
	m := layers.Sequential{layers.NewConv2d(3, 8, 3, layers.Padding(1)), layers.NewBatchNorm2d(8), layers.ReLU{}, layers.NewMaxPool2d(2), layers.Flatten{}, layers.NewLinear(8*4*4, 10)}
	stheno.Freeze(m[0])
	got, err := stheno.Summary(m, 2, 3, 8, 8)
	require.NoError(t, err)
	assert.Equal(t, strings.TrimLeft(`
module  type         output     parameters  multiplications
0       Conv2d       (2,8,8,8)  224         27648
1       BatchNorm2d  (2,8,8,8)  16          0
5       Linear       (2,10)     1290        2560
1530 parameters, 1306 of them trained; 30208 multiplications for input (2,3,8,8), output (2,10)
`, "\n"), got)
	sthenotest.Close(t, m[1].(*layers.BatchNorm2d).RunningMean, make([]float32, 8), exact) // nothing was computed

	require.NoError(t, m.Forward(stheno.Ones(2, 3, 8, 8)).Sum().Backward())
	assert.Nil(t, m[0].(*layers.Conv2d).Weight.Grad())
	assert.NotNil(t, m[5].(*layers.Linear).Weight.Grad())
	stheno.Unfreeze(m)
	require.NoError(t, m.Forward(stheno.Ones(2, 3, 8, 8)).Sum().Backward())
	assert.NotNil(t, m[0].(*layers.Conv2d).Weight.Grad())
	stheno.ZeroGrad(m)
	assert.Nil(t, m[0].(*layers.Conv2d).Weight.Grad())

	require.NoError(t, stheno.To(m, stheno.Float64))
	assert.Equal(t, stheno.Float64, m[5].(*layers.Linear).Weight.DType())
	assert.Equal(t, stheno.Int64, m[1].(*layers.BatchNorm2d).NumBatchesTracked.DType())
	require.NoError(t, m.Forward(stheno.Ones(2, 3, 8, 8).To(stheno.Float64)).Sum().Backward())
	require.ErrorIs(t, stheno.To(m, stheno.Int64), stheno.ErrDType)
	require.ErrorIs(t, stheno.To(m, stheno.CUDA(0)), stheno.ErrNoCUDA)
	require.ErrorIs(t, stheno.Ones(1).To(stheno.CUDA(0)).Err(), stheno.ErrNoCUDA)
}

// TestDevicesThatAreNone checks that invalid devices are distinguished from the CPU.
func TestDevicesThatAreNone(t *testing.T) {
	for i, name := range map[int]string{-1: "cuda:-1", math.MinInt: fmt.Sprintf("cuda:%d", math.MinInt), 255: "cuda:255", 256: "cuda:256", 300: "cuda:300", math.MaxInt: fmt.Sprintf("cuda:%d", math.MaxInt-1)} {
		d := stheno.CUDA(i)
		require.NotEqual(t, stheno.CPU, d)
		require.Equal(t, name, d.String())
		require.ErrorIs(t, stheno.Ones(1).To(d).Err(), stheno.ErrDevice)
		require.ErrorContains(t, stheno.Ones(1).To(d).Err(), name)
		require.ErrorIs(t, stheno.To(layers.NewLinear(1, 1), d), stheno.ErrDevice)
		require.ErrorIs(t, stheno.To(layers.ReLU{}, d), stheno.ErrDevice, "a module without parameters")
	}
	require.Equal(t, stheno.Device(0), stheno.CPU)
	require.ErrorIs(t, stheno.To(layers.ReLU{}, stheno.CUDA(0)), stheno.ErrNoCUDA)
	require.ErrorIs(t, stheno.To(layers.ReLU{}, stheno.Int64), stheno.ErrDType)
	require.NoError(t, stheno.To(layers.NewLinear(1, 1), stheno.CPU))
}
