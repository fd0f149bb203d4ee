// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/gorgonia"
)

func TestTorchsErrorTexts(t *testing.T) {
	x := leaf64(1, 2, 3)
	for _, c := range []struct {
		err  error
		text string
		kind error
	}{
		{x.Mul(2).Backward(), "grad can be implicitly created only for scalar outputs", stheno.ErrShape},
		{x.Mul(2).Backward(stheno.Ones(2)), "Mismatch in shape: grad_output[0] has a shape of (2) and output[0] has a shape of (3).", stheno.ErrShape},
		{stheno.Ones(1).Backward(), "element 0 of tensors does not require grad and does not have a grad_fn", stheno.ErrValue},
		{x.Detach().Sum().Backward(), "element 0 of tensors does not require grad and does not have a grad_fn", stheno.ErrValue},
		{x.Sum().Backward(nil), "the seed is nil", stheno.ErrValue},
		{x.Sum().Backward(stheno.Ones(), stheno.Ones()), "at most one seed", stheno.ErrValue},
		{twice(x.Sum()), "Trying to backward through the graph a second time", stheno.ErrFreed},
		{stheno.Grad(x.Sum(), stheno.Ones(3))[0].Err(), "One of the differentiated Tensors does not require grad", stheno.ErrValue},
		{stheno.Grad(x.Detach().Sum(), x)[0].Err(), "element 0 of tensors does not require grad", stheno.ErrValue},
		{x.MatMul(stheno.New([]float64{1, 2})).Err(), "shapes cannot be multiplied (1x3 and 2x1)", stheno.ErrShape},
		{stheno.New([]int64{1}).WithGrad().Err(), "only tensors of floating point dtype can require gradients", stheno.ErrDType},
		{x.Sum().WithGrad().Err(), "only a leaf", stheno.ErrValue},
		{x.Select(0, 3).Err(), "index 3 out of range for dimension 0 with size 3", stheno.ErrShape},
		{x.Sum(1).Err(), "Dimension out of range (expected to be in range of [-1, 0], but got 1)", stheno.ErrShape},
	} {
		require.Error(t, c.err)
		assert.ErrorContains(t, c.err, c.text)
		assert.ErrorIs(t, c.err, c.kind)
	}
}

func twice(v *V) error {
	if err := v.Backward(); err != nil {
		return err
	}
	return v.Backward()
}

type affine struct{ Weight, Bias *V }

func (a *affine) Forward(x *V) *V { return x.MatMul(a.Weight).Add(a.Bias) }

type nested struct {
	First, Second *affine
}

func (n *nested) Forward(x *V) *V { return n.Second.Forward(n.First.Forward(x)) }

func TestErrorsStickAndSayWhere(t *testing.T) {
	m := &nested{
		First:  &affine{stheno.NewParameter(stheno.NewTensor(stheno.Float32, 3, 4)), stheno.NewParameter(stheno.NewTensor(stheno.Float32, 4))},
		Second: &affine{stheno.NewParameter(stheno.NewTensor(stheno.Float32, 5, 2)), stheno.NewParameter(stheno.NewTensor(stheno.Float32, 2))},
	}
	require.Len(t, stheno.Parameters(m), 4)
	y := m.Forward(stheno.Ones(7, 3)).ReLU().Sum()
	err := y.Err()
	require.ErrorIs(t, err, stheno.ErrShape)
	assert.ErrorContains(t, err, "matmul")
	assert.ErrorContains(t, err, "(7,4), (5,2)")
	assert.ErrorContains(t, err, "second, autograd_errors_test.go:")
	var op *stheno.OpError
	require.ErrorAs(t, err, &op)
	assert.Equal(t, "matmul", op.Op)
	assert.Equal(t, "second", op.Path)
	assert.Equal(t, []stheno.Shape{{7, 4}, {5, 2}}, op.Shapes)

	// Every barrier returns the same error.
	_, e := y.Item()
	assert.Same(t, err, e)
	_, e = y.Tensor()
	assert.Same(t, err, e)
	_, e = stheno.Values[float32](y)
	assert.Same(t, err, e)
	assert.Same(t, err, y.Backward())
	assert.ErrorIs(t, stheno.Run(stheno.Ones(1).Add(1), y), stheno.ErrShape)
	assert.Contains(t, y.String(), "matmul")
}

func TestErrorsOfKernelsComeOutAtTheBarrier(t *testing.T) {
	onEachMachine(t, func(t *testing.T) {
		index := stheno.New([]int64{0, 5})
		table := stheno.New(make([]float32, 6), 3, 2).WithGrad()
		for name, y := range map[string]*V{
			"embedding":     table.Embedding(index, nil),
			"index_select":  table.IndexSelect(0, index),
			"gather":        table.Gather(0, index.Unsqueeze(0)),
			"one_hot":       index.OneHot(3),
			"negative":      table.IndexSelect(0, stheno.New([]int64{-1})),
			"cross_entropy": table.Narrow(0, 0, 2).CrossEntropy(index),
		} {
			require.NoError(t, y.Err(), name)
			_, err := y.Tensor()
			require.Error(t, err, name)
			assert.Contains(t, err.Error(), "stheno: ", name)
		}
		sum := table.Mul(2).Sum() // and the library still works
		require.NoError(t, sum.Backward())
	})
}

// nonsense are calls that must give an error, and do so for a failed operand too.
var nonsense = map[string]func(x *V) *V{
	"add nil":           func(x *V) *V { return x.Add(nil) },
	"add nil variable":  func(x *V) *V { return x.Add((*V)(nil)) },
	"add text":          func(x *V) *V { return x.Add("1") },
	"add shape":         func(x *V) *V { return x.Add(stheno.Ones(7)) },
	"and float":         func(x *V) *V { return x.And(x) },
	"and nil":           func(x *V) *V { return x.And(nil) },
	"not float":         func(x *V) *V { return x.Not() },
	"where nil":         func(x *V) *V { return stheno.Where(nil, x, x) },
	"where float":       func(x *V) *V { return stheno.Where(x, x, x) },
	"where without x":   func(x *V) *V { return stheno.Where(x.Gt(0), nil, x) },
	"where without y":   func(x *V) *V { return stheno.Where(x.Gt(0), x, nil) },
	"clamp NaN":         func(x *V) *V { return x.Clamp(math.NaN(), 1) },
	"matmul nil":        func(x *V) *V { return x.MatMul(nil) },
	"matmul scalar":     func(x *V) *V { return x.MatMul(stheno.Scalar(1.0)) },
	"matmul shape":      func(x *V) *V { return x.MatMul(x) },
	"matmul batch":      func(x *V) *V { return stheno.Ones(2, 3, 4).MatMul(stheno.Ones(3, 4, 5)).Add(x) },
	"linear nil":        func(x *V) *V { return x.Linear(nil, nil) },
	"linear nil weight": func(x *V) *V { return x.Linear(nil, stheno.Ones(1)) },
	"linear shape":      func(x *V) *V { return x.Linear(stheno.Ones(4, 5), nil) },
	"linear bias":       func(x *V) *V { return x.Linear(stheno.Ones(4, 3), stheno.Ones(5)) },
	"conv nil":          func(x *V) *V { return x.Conv2d(nil, nil, stheno.Conv2dConfig{}) },
	"conv 2-D":          func(x *V) *V { return x.Conv2d(stheno.Ones(1, 1, 1, 1), nil, stheno.Conv2dConfig{}) },
	"conv small":        func(x *V) *V { return img(x).Conv2d(stheno.Ones(1, 1, 5, 5), nil, stheno.Conv2dConfig{}) },
	"conv stride": func(x *V) *V {
		return img(x).Conv2d(stheno.Ones(1, 1, 1, 1), nil, stheno.Conv2dConfig{Stride: [2]int{-1, 1}})
	},
	"conv groups":        func(x *V) *V { return img(x).Conv2d(stheno.Ones(1, 1, 1, 1), nil, stheno.Conv2dConfig{Groups: -2}) },
	"conv groups uneven": func(x *V) *V { return img(x).Conv2d(stheno.Ones(3, 1, 1, 1), nil, stheno.Conv2dConfig{Groups: 2}) },
	"conv padding": func(x *V) *V {
		return img(x).Conv2d(stheno.Ones(1, 1, 1, 1), nil, stheno.Conv2dConfig{Padding: [2]int{-1, 0}})
	},
	"conv dilation": func(x *V) *V {
		return img(x).Conv2d(stheno.Ones(1, 1, 1, 1), nil, stheno.Conv2dConfig{Dilation: [2]int{-1, 1}})
	},
	"conv bias":         func(x *V) *V { return img(x).Conv2d(stheno.Ones(1, 1, 1, 1), stheno.Ones(2), stheno.Conv2dConfig{}) },
	"conv channels":     func(x *V) *V { return img(x).Conv2d(stheno.Ones(1, 2, 1, 1), nil, stheno.Conv2dConfig{}) },
	"conv empty kernel": func(x *V) *V { return img(x).Conv2d(stheno.Ones(1, 1, 0, 1), nil, stheno.Conv2dConfig{}) },
	"conv same strided": func(x *V) *V {
		return img(x).Conv2d(stheno.Ones(1, 1, 1, 1), nil, stheno.Conv2dConfig{Same: true, Stride: [2]int{2, 2}})
	},
	"pool zero":         func(x *V) *V { return x.MaxPool2d(stheno.Pool2dConfig{}) },
	"pool large":        func(x *V) *V { return x.AvgPool2d(stheno.Pool2dConfig{Kernel: [2]int{9, 9}}) },
	"pool stride":       func(x *V) *V { return x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{1, 1}, Stride: [2]int{-1, 1}}) },
	"pool half stride":  func(x *V) *V { return x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{1, 1}, Stride: [2]int{0, 1}}) },
	"pool padding":      func(x *V) *V { return x.MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{2, 2}, Padding: [2]int{2, 2}}) },
	"pool 1-D":          func(x *V) *V { return x.Flatten(0).MaxPool2d(stheno.Pool2dConfig{Kernel: [2]int{1, 1}}) },
	"adaptive zero":     func(x *V) *V { return x.AdaptiveAvgPool2d(0, 1) },
	"adaptive negative": func(x *V) *V { return x.AdaptiveAvgPool2d(-2, 1) },
	"batch norm 1-D":    func(x *V) *V { return x.Flatten(0).BatchNorm(stheno.BatchNormState{Training: true}) },
	"batch norm one":    func(x *V) *V { return x.Slice(0, 0, 1, 1).BatchNorm(stheno.BatchNormState{Training: true}) },
	"batch norm weight": func(x *V) *V {
		return x.BatchNorm(stheno.BatchNormState{Weight: stheno.Ones(9), Bias: stheno.Ones(9), Training: true})
	},
	"batch norm var":  func(x *V) *V { return x.BatchNorm(stheno.BatchNormState{Mean: stheno.Ones(3), Var: stheno.Ones(7)}) },
	"batch norm mean": func(x *V) *V { return x.BatchNorm(stheno.BatchNormState{Mean: stheno.Ones(7), Var: stheno.Ones(7)}) },
	"batch norm eval 1-D": func(x *V) *V {
		return x.Flatten(0).BatchNorm(stheno.BatchNormState{Mean: stheno.Ones(7), Var: stheno.Ones(7)})
	},
	"layer norm nothing":  func(x *V) *V { return x.LayerNorm(nil, nil, nil, 1e-5) },
	"layer norm shape":    func(x *V) *V { return x.LayerNorm([]int{7}, nil, nil, 1e-5) },
	"layer norm weight":   func(x *V) *V { return x.LayerNorm([]int{3}, stheno.Ones(7), nil, 1e-5) },
	"group norm zero":     func(x *V) *V { return x.GroupNorm(0, nil, nil, 1e-5) },
	"group norm 2 of 3":   func(x *V) *V { return x.GroupNorm(2, nil, nil, 1e-5) },
	"group norm weight":   func(x *V) *V { return x.GroupNorm(3, stheno.Ones(7), nil, 1e-5) },
	"dropout 2":           func(x *V) *V { return x.Dropout(2) },
	"dropout NaN":         func(x *V) *V { return x.Dropout(math.NaN()) },
	"embedding nil":       func(x *V) *V { return x.Embedding(nil, nil) },
	"embedding float":     func(x *V) *V { return x.Embedding(x, nil) },
	"embedding padding":   func(x *V) *V { return x.Embedding(stheno.New([]int64{0}), new(2)) },
	"cross entropy nil":   func(x *V) *V { return x.CrossEntropy(nil) },
	"cross entropy shape": func(x *V) *V { return x.CrossEntropy(stheno.New([]int64{0})) },
	"cross entropy float": func(x *V) *V { return x.CrossEntropy(stheno.Ones(2)) },
	"mse nil":             func(x *V) *V { return x.MSELoss(nil) },
	"l1 shape":            func(x *V) *V { return x.L1Loss(stheno.Ones(3)) },
	"mse of ints":         func(x *V) *V { return ints(x).MSELoss(x) },
	"smooth l1 below 0":   func(x *V) *V { return x.SmoothL1Loss(x, -1) },
	"huber 0":             func(x *V) *V { return x.HuberLoss(x, 0) },
	"huber NaN":           func(x *V) *V { return x.HuberLoss(x, math.NaN()) },
	"bce shape":           func(x *V) *V { return x.BinaryCrossEntropy(stheno.Ones(2, 3, 1)) },
	"bce logits shape":    func(x *V) *V { return x.BinaryCrossEntropyWithLogits(stheno.Ones(1, 3)) },
	"kl div shape":        func(x *V) *V { return x.KLDiv(stheno.Ones(1)) },
	"nll float":           func(x *V) *V { return x.NLLLoss(x) },
	"nll shape":           func(x *V) *V { return x.NLLLoss(stheno.New([]int64{0})) },
	"prelu nil":           func(x *V) *V { return x.PReLU(nil) },
	"prelu shape":         func(x *V) *V { return x.PReLU(stheno.Ones(2)) },
	"prelu int":           func(x *V) *V { return x.PReLU(stheno.Scalar[int64](1)) },
	"rrelu bounds":        func(x *V) *V { return x.RReLU(1, 0, true) },
	"rrelu NaN":           func(x *V) *V { return x.RReLU(math.NaN(), 1, false) },
	"celu 0":              func(x *V) *V { return x.CELU(0) },
	"hardtanh bounds":     func(x *V) *V { return x.Hardtanh(1, 1) },
	"hardtanh 0.5 of int": func(x *V) *V { return ints(x).Hardtanh(0, 0.5) },
	"hardtanh inf of int": func(x *V) *V { return ints(x).Hardtanh(0, math.Inf(1)) },
	"threshold of int":    func(x *V) *V { return ints(x).Threshold(0.5, 0) },
	"threshold of bool":   func(x *V) *V { return x.Gt(1).Threshold(0, 0) },
	"relu of bool":        func(x *V) *V { return x.Gt(1).ReLU() },
	"softshrink below 0":  func(x *V) *V { return x.Softshrink(-1) },
	"softshrink NaN":      func(x *V) *V { return x.Softshrink(math.NaN()) },
	"gelu of int":         func(x *V) *V { return ints(x).GELU() },
	"glu odd":             func(x *V) *V { return x.GLU(1) },
	"glu dim":             func(x *V) *V { return x.GLU(2) },
	"softmin dim":         func(x *V) *V { return x.Softmin(-3) },
	"softmax dim":         func(x *V) *V { return x.Softmax(2) },
	"log softmax int":     func(x *V) *V { return ints(x).LogSoftmax(0) },
	"sum dim":             func(x *V) *V { return x.Sum(7) },
	"sum twice":           func(x *V) *V { return x.Sum(0, 0) },
	"mean int":            func(x *V) *V { return ints(x).Mean() },
	"max of nothing":      func(x *V) *V { return none(x).Max() },
	"min of nothing":      func(x *V) *V { return none(x).Min(0) },
	"argmax of nothing":   func(x *V) *V { return none(x).ArgMax(0) },
	"argmin dim":          func(x *V) *V { return x.ArgMin(2) },
	"var int":             func(x *V) *V { return ints(x).Var(1) },
	"std dim":             func(x *V) *V { return x.Std(1, 4) },
	"norm NaN":            func(x *V) *V { return x.Norm(math.NaN()) },
	"norm int":            func(x *V) *V { return ints(x).Norm(2) },
	"cumsum dim":          func(x *V) *V { return x.Cumsum(2) },
	"softmax int":         func(x *V) *V { return ints(x).Softmax(0) },
	"sub of a mask":       func(x *V) *V { return x.Sub(x.Gt(0)) },
	"a mask's sub":        func(x *V) *V { return x.Gt(0).Sub(1) },
	"neg of a mask":       func(x *V) *V { return x.Gt(0).Neg() },
	"pow of masks":        func(x *V) *V { return x.Gt(0).Pow(x.Gt(0)) },
	"matmul of masks":     func(x *V) *V { return x.Gt(0).MatMul(x.Gt(0).T()) },
	"pow -1 of int":       func(x *V) *V { return ints(x).Pow(-1) },
	"clamp text":          func(x *V) *V { return x.Clamp("0", 1) },
	"clamp nil":           func(x *V) *V { return x.Clamp(nil, nil) },
	"reshape size":        func(x *V) *V { return x.Reshape(5) },
	"reshape two free":    func(x *V) *V { return x.Reshape(-1, -1) },
	"reshape zero":        func(x *V) *V { return x.Reshape(0, -1) },
	"reshape negative":    func(x *V) *V { return x.Reshape(-2, 3) },
	"reshape overflow":    func(x *V) *V { return x.Reshape(math.MaxInt, 2, 3) },
	"reshape 9-D":         func(x *V) *V { return x.Reshape(1, 1, 1, 1, 1, 1, 1, 2, 3) },
	"flatten dim":         func(x *V) *V { return x.Flatten(9) },
	"transpose dim":       func(x *V) *V { return x.Transpose(0, 2) },
	"t of 3-D":            func(x *V) *V { return x.Unsqueeze(0).T() },
	"permute few":         func(x *V) *V { return x.Permute(0) },
	"permute none":        func(x *V) *V { return x.Permute() },
	"permute twice":       func(x *V) *V { return x.Permute(0, 0) },
	"permute dim":         func(x *V) *V { return x.Permute(0, 5) },
	"squeeze dim":         func(x *V) *V { return x.Squeeze(5) },
	"unsqueeze dim":       func(x *V) *V { return x.Unsqueeze(5) },
	"unsqueeze twice":     func(x *V) *V { return x.Unsqueeze(0, 0) },
	"unsqueeze many":      func(x *V) *V { return x.Unsqueeze(0, 1, 2, 3, 4, 5, 6) },
	"expand":              func(x *V) *V { return x.Expand(4, 3) },
	"expand negative":     func(x *V) *V { return x.Expand(-5, 2, 3) },
	"expand new -1":       func(x *V) *V { return x.Expand(-1, 2, 3) },
	"expand fewer":        func(x *V) *V { return x.Expand(3) },
	"expand 9-D":          func(x *V) *V { return x.Expand(1, 1, 1, 1, 1, 1, 1, 2, 3) },
	"slice dim":           func(x *V) *V { return x.Slice(2, 0, 1, 1) },
	"slice step":          func(x *V) *V { return x.Slice(0, 0, 1, 0) },
	"slice back":          func(x *V) *V { return x.Slice(0, 0, 1, -1) },
	"narrow":              func(x *V) *V { return x.Narrow(0, 1, 2) },
	"narrow negative":     func(x *V) *V { return x.Narrow(0, 0, -1) },
	"narrow before":       func(x *V) *V { return x.Narrow(0, -5, 1) },
	"narrow overflow":     func(x *V) *V { return x.Narrow(0, 1, math.MaxInt) },
	"select":              func(x *V) *V { return x.Select(0, 2) },
	"select before":       func(x *V) *V { return x.Select(0, -3) },
	"split zero":          func(x *V) *V { return x.Split(0, 0)[0] },
	"split dim":           func(x *V) *V { return x.Split(9, 1)[0] },
	"cat dim":             func(x *V) *V { return stheno.Cat(5, x, x) },
	"cat nil":             func(x *V) *V { return stheno.Cat(0, x, nil) },
	"cat nil first":       func(x *V) *V { return stheno.Cat(0, nil, x) },
	"cat shape":           func(x *V) *V { return stheno.Cat(0, x, stheno.Ones(2, 4)) },
	"cat rank":            func(x *V) *V { return stheno.Cat(0, x, stheno.Ones(2)) },
	"cat scalars":         func(x *V) *V { return stheno.Cat(0, x.Sum(), x.Sum()) },
	"stack nil":           func(x *V) *V { return stheno.Stack(0, x, nil) },
	"stack nil first":     func(x *V) *V { return stheno.Stack(0, nil, x) },
	"stack shape":         func(x *V) *V { return stheno.Stack(0, x, stheno.Ones(1)) },
	"stack dim":           func(x *V) *V { return stheno.Stack(9, x, x) },
	"pad odd":             func(x *V) *V { return x.Pad(0, 1) },
	"pad many":            func(x *V) *V { return x.Pad(0, 1, 1, 1, 1, 1, 1) },
	"pad all away":        func(x *V) *V { return x.Pad(0, -2, -2) },
	"pad overflow":        func(x *V) *V { return x.Pad(0, math.MaxInt, 1) },
	"index select nil":    func(x *V) *V { return x.IndexSelect(0, nil) },
	"index select float":  func(x *V) *V { return x.IndexSelect(0, x) },
	"index select 2-D":    func(x *V) *V { return x.IndexSelect(0, stheno.New([]int64{0}, 1, 1)) },
	"index select dim":    func(x *V) *V { return x.IndexSelect(2, stheno.New([]int64{0})) },
	"gather nil":          func(x *V) *V { return x.Gather(0, nil) },
	"gather shape":        func(x *V) *V { return x.Gather(0, stheno.New([]int64{0, 0, 0, 0}, 1, 4)) },
	"gather rank":         func(x *V) *V { return x.Gather(0, stheno.New([]int64{0})) },
	"one hot of floats":   func(x *V) *V { return x.OneHot(2) },
	"one hot none":        func(x *V) *V { return ints(x).OneHot(0) },
	"one hot many":        func(x *V) *V { return ints(x).OneHot(math.MaxInt) },
	"to nil":              func(x *V) *V { return x.To(nil) },
	"to no type":          func(x *V) *V { return x.To(stheno.DType(99)) },
	"to no device":        func(x *V) *V { return x.To(stheno.CUDA(77)) },
	"grad of constant":    func(x *V) *V { return stheno.Grad(x.Detach().Sum(), x)[0] },
	"grad of nil":         func(x *V) *V { return stheno.Grad(nil, x)[0] },
	"grad to nil":         func(x *V) *V { return stheno.Grad(x.Sum(), nil)[0] },
	"apply nil":           func(x *V) *V { return gorgonia.Apply(nil, x) },
}

func img(x *V) *V  { return x.Reshape(1, 1, 2, 3) }
func ints(x *V) *V { return x.To(stheno.Int64) }
func none(x *V) *V { return x.Slice(0, 0, 0, 1) }

func TestNonsenseIsAnErrorAndNoPanic(t *testing.T) {
	for name, f := range nonsense {
		t.Run(name, func(t *testing.T) {
			x := stheno.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3).WithGrad()
			require.NotPanics(t, func() {
				y := f(x)
				require.NotNil(t, y)
				require.Error(t, y.Err())
				var op *stheno.OpError
				if assert.ErrorAs(t, y.Err(), &op) {
					assert.NotNil(t, op.Err, "an error has a kind")
					assert.Contains(t, op.Caller, "autograd_errors_test.go")
				}
			})
			require.NotPanics(t, func() {
				failed := stheno.Failed("earlier", stheno.ErrValue, "went wrong")
				y := f(failed)
				require.Error(t, y.Err())
				_ = fmt.Sprint(y, y.Shape(), y.Size(), y.Dim(0), y.DType())
			})
		})
	}
}

func TestNonsenseAtCreation(t *testing.T) {
	for name, f := range map[string]func() *V{
		"size":          func() *V { return stheno.New([]float32{1, 2}, 3) },
		"negative":      func() *V { return stheno.New([]float32{1, 2}, -1, -2) },
		"zeros":         func() *V { return stheno.Zeros(-1) },
		"overflow":      func() *V { return stheno.Zeros(math.MaxInt, 2) },
		"too large":     func() *V { return stheno.Zeros(math.MaxInt) },
		"9-D":           func() *V { return stheno.Zeros(1, 1, 1, 1, 1, 1, 1, 1, 1) },
		"arange step":   func() *V { return stheno.Arange(0, 10, 0) },
		"arange sign":   func() *V { return stheno.Arange(0, 10, -1) },
		"arange span":   func() *V { return stheno.Arange(math.MinInt, math.MaxInt, 1) },
		"linspace":      func() *V { return stheno.Linspace(0, 1, -1) },
		"linspace size": func() *V { return stheno.Linspace(0, 1, math.MaxInt) },
		"memory":        func() *V { return stheno.Zeros(math.MaxInt32, math.MaxInt32/2) },
		"var nil":       func() *V { return stheno.FromTensor(nil) },
		"parameter nil": func() *V { return stheno.NewParameter(nil) },
		"parameter int": func() *V { return stheno.NewParameter(stheno.NewTensor(stheno.Int64, 2)) },
		"buffer nil":    func() *V { return stheno.NewBuffer(nil) },
		"no type":       func() *V { return stheno.FromTensor(stheno.NewTensor(stheno.DType(99), 2)) },
		"random":        func() *V { return stheno.Randn(-1) },
		"random ints":   func() *V { return stheno.FromTensor(stheno.NewGenerator(1).Uniform(stheno.Int64, 0, 1, 2)) },
		"stack nothing": func() *V { return stheno.Stack(0) },
		"cat nothing":   func() *V { return stheno.Cat(0) },
		"seed":          func() *V { return stheno.Ones(2, -3) },
	} {
		t.Run(name, func(t *testing.T) {
			require.NotPanics(t, func() {
				v := f()
				require.Error(t, v.Err())
				assert.Error(t, v.Backward())
				_ = fmt.Sprint(v)
			})
		})
	}
	require.NotPanics(t, func() {
		assert.Error(t, stheno.Run(nil))
		assert.NoError(t, stheno.Run())
		_, err := stheno.Values[int64](stheno.Ones(2))
		assert.ErrorIs(t, err, stheno.ErrDType)
		_, err = stheno.Ones(2).Item()
		assert.ErrorIs(t, err, stheno.ErrShape)
	})
}
