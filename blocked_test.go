// SPDX-License-Identifier: MIT

package stheno_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/sthenotest"
)

// imageNet is a small network whose values lie in blocked memory here: convolutions,
// batch norms with ReLU, with a residual and with neither, and each kind of pooling. c
// channels do not fill blocks.
func imageNet(c int, x *V, leaves map[string]*V) *V {
	weight := func(name string, shape ...int) *V {
		if leaves[name] == nil {
			scale := 1.0
			if len(shape) == 4 {
				scale = 0.2
			}
			leaves[name] = stheno.FromTensor(stheno.Must(stheno.Randn(shape...).Mul(scale).Tensor())).WithGrad()
		}
		return leaves[name]
	}
	same := stheno.Conv2dConfig{Stride: [2]int{1, 1}, Padding: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}
	norm := func(v *V, name string) *V {
		return v.BatchNorm(stheno.BatchNormState{Weight: weight(name+".w", c), Bias: weight(name+".b", c), Eps: new(1e-5), Training: true})
	}
	pool := stheno.Pool2dConfig{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}
	v := norm(x.Conv2d(weight("conv1", c, x.Dim(1), 3, 3), nil, same), "bn1").ReLU().MaxPool2d(pool)
	w := norm(v.Conv2d(weight("conv2", c, c, 3, 3), nil, same), "bn2").ReLU()
	w = norm(w.Conv2d(weight("conv3", c, c, 3, 3), nil, same), "bn3").Add(v).ReLU()
	w = w.Conv2d(weight("conv4", c, c, 3, 3), nil, same)
	w = w.BatchNorm(stheno.BatchNormState{Eps: new(1e-5), Training: true}).AvgPool2d(pool)
	w = norm(w, "bn5").Conv2d(weight("conv6", c, c, 3, 3), nil, same).AdaptiveAvgPool2d(1, 1)
	return w.Flatten(1).MatMul(weight("head", c, 3)).Square().Mean()
}

func TestBlockedNetOnEachMachine(t *testing.T) {
	for _, c := range []int{16, 20} {
		var want map[string]*stheno.Tensor
		onEachMachine(t, func(t *testing.T) {
			stheno.Seed(1)
			leaves := map[string]*V{"x": stheno.FromTensor(stheno.Must(stheno.Randn(2, 3, 13, 15).Tensor())).WithGrad()}
			loss := imageNet(c, leaves["x"], leaves)
			require.NoError(t, loss.Backward())
			got := map[string]*stheno.Tensor{"loss": stheno.Must(loss.Tensor())}
			for name, leaf := range leaves {
				got[name] = stheno.Must(leaf.Grad().Tensor())
			}
			if want == nil {
				want = got
				return
			}
			for name := range want {
				sthenotest.Close(t, got[name], want[name], sthenotest.Tol{Rel: 1e-4, Abs: 1e-5})
			}
		})
	}
}

// TestSumOfTwoConvolutions: each could take the sum into its epilogue, and only one may.
func TestSumOfTwoConvolutions(t *testing.T) {
	stheno.Seed(1)
	x, w, u := stheno.Randn(2, 16, 7, 9), stheno.Randn(16, 16, 3, 3), stheno.Randn(16, 16, 1, 1)
	same := stheno.Conv2dConfig{Padding: [2]int{1, 1}}
	sum := func() *V { return x.Conv2d(w, nil, same).Add(x.Conv2d(u, nil, stheno.Conv2dConfig{})) }
	for name, f := range map[string]func() *V{
		"sum": sum, "sum twice": func() *V { return sum().Add(sum().ReLU().Conv2d(u, nil, stheno.Conv2dConfig{})) },
		"relu": func() *V { return sum().ReLU() },
	} {
		want := []float32(nil)
		onEachMachine(t, func(t *testing.T) {
			got, err := stheno.Values[float32](f())
			require.NoError(t, err)
			if want == nil {
				want = got
			}
			require.InDeltaSlice(t, want, got, 1e-2, name)
		})
	}
}
