// SPDX-License-Identifier: MIT

package layers_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
)

// lossMethods are the losses of a Variable and the structs whose zero value they equal.
var lossMethods = map[string]struct {
	method func(x, target *v) *v
	layer  stheno.Loss
	kind   targetKind
}{
	"mse":             {(*v).MSELoss, layers.MSELoss{}, floats},
	"l1":              {(*v).L1Loss, layers.L1Loss{}, floats},
	"smooth l1":       {func(x, y *v) *v { return x.SmoothL1Loss(y, 1) }, layers.SmoothL1Loss{}, floats},
	"smooth l1 0.25":  {func(x, y *v) *v { return x.SmoothL1Loss(y, 0.25) }, layers.SmoothL1Loss{Beta: new(0.25)}, floats},
	"smooth l1 0":     {func(x, y *v) *v { return x.SmoothL1Loss(y, 0) }, layers.SmoothL1Loss{Beta: new(0.0)}, floats},
	"huber":           {func(x, y *v) *v { return x.HuberLoss(y, 1) }, layers.HuberLoss{}, floats},
	"huber 0.25":      {func(x, y *v) *v { return x.HuberLoss(y, 0.25) }, layers.HuberLoss{Delta: new(0.25)}, floats},
	"bce":             {(*v).BinaryCrossEntropy, layers.BCELoss{}, floats},
	"bce with logits": {(*v).BinaryCrossEntropyWithLogits, layers.BCEWithLogitsLoss{}, floats},
	"kl div":          {(*v).KLDiv, layers.KLDivLoss{}, floats},
	"cross entropy":   {(*v).CrossEntropy, layers.CrossEntropyLoss{}, indices},
	"of shares":       {(*v).CrossEntropy, layers.CrossEntropyLoss{}, floats},
	"nll":             {(*v).NLLLoss, layers.NLLLoss{}, indices},
	"smooth l1 bad":   {func(x, y *v) *v { return x.SmoothL1Loss(y, -1) }, layers.SmoothL1Loss{Beta: new(-1.0)}, floats},
	"huber bad":       {func(x, y *v) *v { return x.HuberLoss(y, 0) }, layers.HuberLoss{Delta: new(0.0)}, floats},
}

type targetKind int

const (
	floats targetKind = iota
	indices
)

// TestLossesAreTheMethods checks that values are scalars, values and gradients have the same bits, and
// errors the same text.
func TestLossesAreTheMethods(t *testing.T) {
	g := stheno.NewGenerator(7)
	unit := func(d stheno.DType, shape ...int) *v {
		return stheno.FromTensor(g.Uniform(d, 0.05, 0.95, shape...)).WithGrad()
	}
	wrong := stheno.New([]float32{1, 2}).Add(stheno.Ones(3))
	require.Error(t, wrong.Err())
	for name, c := range lossMethods {
		t.Run(name, func(t *testing.T) {
			for _, d := range []stheno.DType{stheno.Float32, stheno.Float64} {
				x, one := unit(d, 4, 3, 2), unit(d, 3)
				targets, of1 := []*v{unit(d, 4, 3, 2), unit(stheno.Float64, 4, 3, 2)}, []*v{unit(d, 3)}
				if c.kind == indices {
					targets = []*v{stheno.New([]int64{0, 1, 2, -100, 1, 0, 2, 2}, 4, 2), stheno.New([]uint8{0, 1, 2, 2, 1, 0, 2, 2}, 4, 2)}
					of1 = []*v{stheno.Scalar[int64](2), stheno.Scalar[uint8](1), stheno.Scalar[int64](-100)}
				}
				for _, y := range targets {
					agree(t, func(x *v) *v { return c.method(x, y) }, func(x *v) *v { return c.layer.Forward(x, y) }, x)
				}
				for _, y := range of1 {
					agree(t, func(x *v) *v { return c.method(x, y) }, func(x *v) *v { return c.layer.Forward(x, y) }, one)
				}
				if y := c.method(x, targets[0]); y.Err() == nil {
					require.Empty(t, y.Shape())
					require.Equal(t, d, y.DType())
				}
			}
			x := stheno.Rand(4, 3)
			for _, y := range []*v{nil, wrong, stheno.Rand(3), stheno.Rand(4, 3, 1), stheno.Rand(3, 4), stheno.Scalar[float32](1), stheno.New([]int64{0, 1}), stheno.New([]bool{true}),
				stheno.New([]int64{0, 1, 2, 3}), stheno.New([]int64{0, 1, 2, -1}), stheno.Zeros(4, 3).To(stheno.Int64), stheno.Zeros(4, 3).To(stheno.Bool), stheno.Full(2, 4, 3)} {
				for _, x := range []*v{x, nil, wrong, stheno.Zeros(4, 3).To(stheno.Int64), stheno.Zeros(4, 3).To(stheno.Uint8), stheno.Zeros(4).To(stheno.Bool), stheno.Scalar[float32](1), stheno.Zeros(0, 3), stheno.Zeros(4, 0)} {
					agree(t, func(x *v) *v { return c.method(x, y) }, func(x *v) *v { return c.layer.Forward(x, y) }, x)
				}
			}
			for _, x := range []*v{nil, wrong} {
				require.Error(t, c.method(x, stheno.Rand(4, 3)).Err())
				require.Error(t, c.method(stheno.Rand(4, 3), x).Err())
			}
			whole := stheno.Zeros(4, 3).To(stheno.Int64)
			require.ErrorIs(t, c.method(whole, whole).Err(), stheno.ErrDType)
		})
	}
}

// agree compares a method with a module's Forward: values, gradients and errors.
func agree(t *testing.T, method, forward func(x *v) *v, x *v) {
	t.Helper()
	y, z := method(x), forward(x)
	if y.Err() != nil || z.Err() != nil {
		var a, b *stheno.OpError
		require.True(t, errors.As(y.Err(), &a) && errors.As(z.Err(), &b), "%v and %v", y.Err(), z.Err())
		require.Equal(t, [3]any{a.Op, a.Text, a.Err}, [3]any{b.Op, b.Text, b.Err})
		return
	}
	require.Equal(t, y.DType(), z.DType())
	require.Equal(t, y.Shape(), z.Shape())
	got, err := y.Tensor()
	want, err2 := z.Tensor()
	if err != nil || err2 != nil {
		require.EqualError(t, err, err2.Error())
		return
	}
	assert.True(t, sthenotest.Close(t, stheno.FromTensor(got), stheno.FromTensor(want), sthenotest.Tol{}))
	if !y.RequiresGrad() {
		return
	}
	a, b := stheno.Grad(method(x).Sum(), x)[0], stheno.Grad(forward(x).Sum(), x)[0]
	assert.True(t, sthenotest.Close(t, a, b, sthenotest.Tol{}))
}
