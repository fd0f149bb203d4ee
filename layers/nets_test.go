// SPDX-License-Identifier: MIT

package layers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/trainers/optim"
)

// block and residual are the fixture's residual network.
type block struct {
	Conv1, Conv2 *layers.Conv2d
	BN1, BN2     *layers.BatchNorm2d
	Downsample   layers.Sequential
}

func (b *block) Forward(x *v) *v {
	y := b.BN1.Forward(b.Conv1.Forward(x)).ReLU()
	return b.BN2.Forward(b.Conv2.Forward(y)).Add(b.Downsample.Forward(x)).ReLU()
}

type residual struct {
	Conv  *layers.Conv2d
	BN    *layers.BatchNorm2d
	Block *block
	FC    *layers.Linear
}

func (r *residual) Forward(x *v) *v {
	x = r.Block.Forward(r.BN.Forward(r.Conv.Forward(x)).ReLU())
	return r.FC.Forward(x.AdaptiveAvgPool2d(1, 1).Flatten(1))
}

// nets are the fixture's six networks.
var nets = map[string]struct {
	model func() stheno.Module
	loss  stheno.Loss
	lr    float64
}{
	"linear":   {func() stheno.Module { return layers.NewLinear(3, 1) }, layers.MSELoss{}, 0.05},
	"logistic": {func() stheno.Module { return layers.NewLinear(4, 1) }, layers.BCEWithLogitsLoss{}, 0.1},
	"mlp": {func() stheno.Module {
		return layers.Sequential{layers.NewLinear(5, 16), layers.Tanh{}, layers.NewLinear(16, 3)}
	}, layers.CrossEntropyLoss{}, 0.1},
	"conv": {func() stheno.Module {
		return layers.Sequential{
			layers.NewConv2d(1, 4, 3, layers.Padding(1)), layers.ReLU{}, layers.NewMaxPool2d(2),
			layers.NewConv2d(4, 6, 3, layers.Stride(2), layers.Padding(1)), layers.NewBatchNorm2d(6), layers.ReLU{},
			layers.Flatten{}, layers.NewLinear(24, 3),
		}
	}, layers.CrossEntropyLoss{}, 0.05},
	"residual": {func() stheno.Module {
		conv := func(in, out, k int, o ...layers.ConvOption) *layers.Conv2d {
			return layers.NewConv2d(in, out, k, append(o, layers.Bias(false))...)
		}
		return &residual{
			Conv: conv(3, 4, 3, layers.Padding(1)), BN: layers.NewBatchNorm2d(4),
			Block: &block{
				Conv1: conv(4, 6, 3, layers.Stride(2), layers.Padding(1)), BN1: layers.NewBatchNorm2d(6),
				Conv2: conv(6, 6, 3, layers.Padding(1)), BN2: layers.NewBatchNorm2d(6),
				Downsample: layers.Sequential{conv(4, 6, 1, layers.Stride(2)), layers.NewBatchNorm2d(6)},
			},
			FC: layers.NewLinear(6, 5),
		}
	}, layers.CrossEntropyLoss{LabelSmoothing: 0.1}, 0.05},
	"norm_mlp": {func() stheno.Module {
		return layers.Sequential{
			layers.NewLinear(6, 12), layers.NewLayerNorm([]int{12}), layers.GELU{}, layers.NewDropout(0),
			layers.NewLinear(12, 12), layers.NewLayerNorm([]int{12}), layers.GELU{}, layers.NewLinear(12, 4),
		}
	}, layers.CrossEntropyLoss{}, 0.05},
}

func TestNetsTrainAsTorch(t *testing.T) {
	for name := range nets {
		t.Run(name+"/f32", func(t *testing.T) { trainNet(t, name, "f32", stheno.Float32, 1e-5) })
		t.Run(name+"/f64", func(t *testing.T) { trainNet(t, name, "f64", stheno.Float64, 1e-10) })
	}
}

func trainNet(t *testing.T, name, dt string, dtype stheno.DType, tol float64) {
	f := golden.Load(t, "nets")
	n := nets[name]
	m := n.model()
	var state []stheno.NamedTensor
	prefix := name + "/init/"
	for _, key := range f.Keys(prefix) {
		state = append(state, stheno.NamedTensor{Name: strings.TrimPrefix(key, prefix), Tensor: tensor(t, f.Get(t, key))})
	}
	require.NoError(t, stheno.LoadStateDict(m, state), "the keys are torch's")
	require.NoError(t, stheno.To(m, dtype))
	opt := optim.NewSGD(stheno.Parameters(m), optim.SGDConfig{LR: n.lr, Momentum: 0.9})
	xs, ys := stheno.Var(tensor(t, f.Get(t, name+"/x"))), stheno.Var(tensor(t, f.Get(t, name+"/y")))
	want := f.Get(t, name+"/"+dt+"/losses").Float64s(t)
	for step, w := range want {
		x, y := xs.Select(0, step).To(dtype), ys.Select(0, step)
		if y.DType().IsFloat() {
			y = y.To(dtype)
		}
		loss := n.loss.Forward(stheno.Call(m, x), y)
		opt.ZeroGrad()
		require.NoError(t, loss.Backward())
		require.NoError(t, opt.Step())
		got, err := loss.Item()
		require.NoError(t, err)
		require.InDelta(t, w, got, tol, "loss of step %d", step)
	}
	final, err := stheno.StateDict(m)
	require.NoError(t, err)
	for _, e := range final {
		near(t, f.Get(t, name+"/"+dt+"/final/"+e.Name), stheno.Var(e.Tensor), 10*tol, e.Name)
	}
	stheno.Eval(m)
	near(t, f.Get(t, name+"/"+dt+"/eval"), stheno.Call(m, xs.Select(0, 0).To(dtype)), 10*tol, "evaluation")
}
