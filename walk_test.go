// SPDX-License-Identifier: MIT

package stheno_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

type (
	stage   int
	title   string
	kept    struct{ drop *layers.Dropout }
	keptMap struct{ all map[string]*layers.Dropout }
	keptAny struct{ act any }
	keptVal struct{ drop layers.Dropout }
	odd     struct{ M map[float64]stheno.Module }
	byValue struct{ Drop layers.Dropout }
	plain   struct{ X *V }
	copied  struct{ W V }
	listed  struct {
		Enc *layers.Linear
		all []stheno.Module // Enc again
	}
	ordered struct {
		I map[stage]*layers.Linear
		U map[uint8]stheno.Module
		S map[title]stheno.Module
		A [2][2]*layers.Linear
		P **layers.Linear
		N map[string][]*layers.Linear
	}
	first struct {
		Linear layers.Linear
		Alias  *layers.Linear // of Linear, which lies where first does
	}
)

func one() *layers.Linear { return layers.NewLinear(1, 1, layers.Bias(false)) }

func TestMapsArraysAndPointersAreWalkedInOrder(t *testing.T) {
	p, drop := one(), layers.NewDropout(0.5)
	m := &ordered{
		I: map[stage]*layers.Linear{10: one(), 9: one(), -1: one()}, U: map[uint8]stheno.Module{200: one(), 3: drop},
		S: map[title]stheno.Module{"b": one(), "a": one()}, A: [2][2]*layers.Linear{{one(), nil}, {nil, one()}}, P: &p,
		N: map[string][]*layers.Linear{"x": {one(), one()}},
	}
	require.NoError(t, stheno.Check(m))
	var names []string
	for name := range stheno.NamedParameters(m) {
		names = append(names, strings.TrimSuffix(name, ".weight"))
	}
	require.Equal(t, "i.-1 i.9 i.10 u.200 s.a s.b a.0.0 a.1.1 p n.x.0 n.x.1", strings.Join(names, " "))
	require.NoError(t, stheno.Eval(m))
	x := stheno.Ones(4)
	require.Same(t, x, drop.Forward(x), "evaluation reaches modules under integers")

	f := &first{Linear: *one()}
	f.Alias = &f.Linear
	state, err := stheno.StateDict(f)
	require.NoError(t, err)
	require.Len(t, state, 2, "a struct and its first field have one address")
}

func TestWhatIsHiddenIsSaid(t *testing.T) {
	drop := func() *layers.Dropout { return layers.NewDropout(0.5) }
	for text, m := range map[string]any{
		"drop: unexported field holds a layers.Dropout":                            &kept{drop()},
		"all: unexported field holds a layers.Dropout":                             &keptMap{map[string]*layers.Dropout{"a": drop()}},
		"act: unexported field holds a layers.Dropout":                             &keptAny{layers.Sequential{drop()}},
		"drop: unexported field holds a layers.Dropout, which has a training mode": &keptVal{*drop()},
		"m: a map with keys of type float64 holds a layers.Dropout":                &odd{map[float64]stheno.Module{0.5: drop()}},
		"m: a map with keys of type float64 holds parameters":                      &odd{map[float64]stheno.Module{0.5: one()}},
		"a layers.Dropout is held by value":                                        byValue{*drop()},
		"0: a layers.Dropout is held by value":                                     []any{*drop()},
		"x: neither a parameter nor a buffer":                                      &plain{stheno.Ones(2)},
		"w: a Variable is held by value":                                           &copied{},
		"can't be empty or contain \".\", got \"a.b\"":                             map[string]*layers.Linear{"a.b": one()},
		"can't be empty or contain \".\", got \"\"":                                map[string]*layers.Linear{"": one()},
	} {
		require.ErrorContains(t, stheno.Check(m), text)
		require.ErrorContains(t, stheno.Eval(m), text)
		require.ErrorContains(t, stheno.Train(m), text)
		list := stheno.Parameters(m)
		require.NotEmpty(t, list)
		require.ErrorContains(t, list[len(list)-1].Err(), text)
		_, err := stheno.StateDict(m)
		require.ErrorContains(t, err, text)
	}
	// Even so, the mode is set wherever it can be.
	for _, m := range []any{&kept{drop()}, &keptMap{map[string]*layers.Dropout{"a": drop()}}, &keptVal{*drop()}} {
		require.Error(t, stheno.Eval(m))
	}
	k := &kept{drop()}
	require.Error(t, stheno.Eval(k))
	x := stheno.Ones(4)
	require.Same(t, x, k.drop.Forward(x))
	// What has a name elsewhere is not hidden, nor is what has nothing to find.
	l := &listed{Enc: one()}
	l.all = []stheno.Module{l.Enc, layers.ReLU{}}
	require.NoError(t, stheno.Check(l))
	require.NoError(t, stheno.Check(&keptAny{layers.ReLU{}}))
	require.NoError(t, stheno.Check(&plain{stheno.NewBuffer(stheno.NewTensor(stheno.Float32, 1))}))
	require.NoError(t, stheno.Check(&plain{stheno.Ones(2).Mul(2)}), "a result is no state")
	require.NoError(t, stheno.Check(layers.CrossEntropyLoss{Weight: stheno.Ones(2)}))
}

func TestParametersOfAFunctionAreSaid(t *testing.T) {
	inner := one()
	m := layers.Sequential{one(), stheno.ModuleFunc(func(x *V) *V { return inner.Forward(x) })}
	require.NoError(t, stheno.Check(m), "a function cannot be looked into")
	require.ErrorContains(t, stheno.Check(m, stheno.Ones(2, 1)), "requires a gradient and is not a parameter")
	require.NoError(t, stheno.Check(layers.Sequential{one(), inner}, stheno.Ones(2, 1).WithGrad()))
	stheno.Freeze(inner)
	require.NoError(t, stheno.Check(m, stheno.Ones(2, 1)), "what is frozen is not meant to be trained")
	require.ErrorIs(t, stheno.Check(one(), stheno.Ones(2, 3)), stheno.ErrShape)
}

func TestFrozenLeavesStayParameters(t *testing.T) {
	m := &plain{stheno.Ones(2).WithGrad()}
	require.Len(t, stheno.Parameters(m), 1)
	stheno.Freeze(m)
	require.NoError(t, stheno.Check(m))
	require.Len(t, stheno.Parameters(m), 1)
	stheno.Unfreeze(m)
	require.True(t, m.X.RequiresGrad())
}
