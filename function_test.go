// SPDX-License-Identifier: MIT

package stheno_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/sthenotest"
)

// sinh is written by a user: of float64, with a derivative that can be derived again.
var sinh = &stheno.Function{
	Name: "sinh",
	Forward: func(y *stheno.Tensor, x ...*stheno.Tensor) error {
		to, err := stheno.Data[float64](y)
		if err != nil {
			return err
		}
		for i, v := range x[0].Floats() {
			to[i] = math.Sinh(v)
		}
		return nil
	},
	Backward: func(dy, _ *V, x ...*V) []*V {
		return []*V{dy.Mul(x[0].Exp().Add(x[0].Neg().Exp()).Mul(0.5))}
	},
}

// rows is x times w, a row each, with a result of another shape.
var rows = &stheno.Function{
	Name: "rows",
	Result: func(x ...*V) (stheno.DType, stheno.Shape, error) {
		if len(x) != 2 || x[0].NDim() != 2 || x[1].NDim() != 1 || x[0].Dim(1) != x[1].Dim(0) {
			return 0, nil, errors.New("want (N,C) and (C)")
		}
		return x[0].DType(), stheno.Shape{x[0].Dim(0)}, nil
	},
	Forward: func(y *stheno.Tensor, x ...*stheno.Tensor) error {
		to, err := stheno.Data[float64](y)
		a, w := x[0].Floats(), x[1].Floats()
		for i := range to {
			to[i] = 0
			for j, v := range w {
				to[i] += a[i*len(w)+j] * v
			}
		}
		return err
	},
	Backward: func(dy, _ *V, x ...*V) []*V {
		return []*V{dy.Unsqueeze(1).Mul(x[1]), dy.Unsqueeze(1).Mul(x[0]).Sum(0)}
	},
}

func TestFunctions(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		x := stheno.New([]float64{-1, 0, 0.5, 2, 3, -0.25}, 2, 3).WithGrad()
		w := stheno.New([]float64{0.3, -2, 1}).WithGrad()
		f := func(x ...*V) *V { return rows.Apply(sinh.Apply(x[0]).Transpose(0, 1).Reshape(2, 3), x[1]).Square() }
		sthenotest.GradCheck(t, f, x, w)
		// The second derivative of sinh is sinh.
		g := stheno.Grad(sinh.Apply(x).Sum(), x)[0]
		sthenotest.Close(t, stheno.Grad(g.Sum(), x)[0], sinh.Apply(x), sthenotest.Tol{Rel: 1e-12, Abs: 1e-12})
		// Compiled, beside the library's own operations.
		p := stheno.Compile(func(in ...*V) []*V { return []*V{f(in...), stheno.Grad(f(in[0], w).Sum(), w)[0]} })
		got, err := p.Run(context.Background(), x, w)
		require.NoError(t, err)
		own := x.Exp().Sub(x.Neg().Exp()).Mul(0.5).Transpose(0, 1).Reshape(2, 3).MatMul(w).Square()
		sthenotest.Close(t, got[0], own, sthenotest.Tol{Rel: 1e-12, Abs: 1e-12})
		sthenotest.Close(t, got[1], stheno.Grad(own.Sum(), w)[0], sthenotest.Tol{Rel: 1e-12, Abs: 1e-12})
	})
}

func TestFunctionErrors(t *testing.T) {
	x := stheno.New([]float64{1, 2}).WithGrad()
	captured := stheno.New([]float64{3, 4})
	make1 := func(f func(f *stheno.Function)) *stheno.Function {
		g := &stheno.Function{Name: "mine", Forward: func(y *stheno.Tensor, x ...*stheno.Tensor) error { return nil }}
		f(g)
		return g
	}
	gradient := func(b func(dy, y *V, x ...*V) []*V) *stheno.Function {
		return make1(func(f *stheno.Function) { f.Backward = b })
	}
	for text, f := range map[string]*stheno.Function{
		"the Function is nil": nil,
		"has no Forward":      {},
		"mine: bad values": make1(func(f *stheno.Function) {
			f.Forward = func(*stheno.Tensor, ...*stheno.Tensor) error { return errors.New("bad values") }
		}),
		"panic at function_test.go": make1(func(f *stheno.Function) {
			f.Forward = func(_ *stheno.Tensor, x ...*stheno.Tensor) error { _ = x[7]; return nil }
		}),
		"mine: do not fit": make1(func(f *stheno.Function) {
			f.Result = func(...*V) (stheno.DType, stheno.Shape, error) { return 0, nil, errors.New("do not fit") }
		}),
		"not an element type": make1(func(f *stheno.Function) {
			f.Result = func(...*V) (stheno.DType, stheno.Shape, error) { return 77, nil, nil }
		}),
		"negative size": make1(func(f *stheno.Function) {
			f.Result = func(...*V) (stheno.DType, stheno.Shape, error) { return 0, stheno.Shape{-1}, nil }
		}),
		"0 gradients for 1 operands":    gradient(func(_, _ *V, _ ...*V) []*V { return nil }),
		"a gradient of float64 () for":  gradient(func(dy, _ *V, _ ...*V) []*V { return []*V{dy.Sum()} }),
		"make it an operand":            gradient(func(dy, _ *V, _ ...*V) []*V { return []*V{dy.Mul(captured)} }),
		"do not broadcast":              gradient(func(dy, _ *V, _ ...*V) []*V { return []*V{dy.Add(stheno.Ones(3))} }),
		"return it as a further output": gradient(func(dy, _ *V, _ ...*V) []*V { _, err := dy.Item(); return []*V{stheno.Failed("mine", err, "%v", err)} }),
	} {
		require.NotPanics(t, func() {
			y := f.Apply(x)
			err := stheno.Run(y)
			if err == nil {
				err = y.Sum().Backward()
			}
			if assert.Error(t, err, text) {
				assert.ErrorContains(t, err, text)
			}
		}, text)
	}
	// No gradient: as if it were constant.
	flat := make1(func(*stheno.Function) {})
	require.False(t, flat.Apply(x).RequiresGrad())
	zero := gradient(func(_, _ *V, _ ...*V) []*V { return []*V{nil} })
	require.NoError(t, zero.Apply(x).Add(x).Sum().Backward())
	require.Equal(t, []float64{1, 1}, floats(t, x.Grad()))
}
