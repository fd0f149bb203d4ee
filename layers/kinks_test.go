// SPDX-License-Identifier: MIT

package layers_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/layers"
)

// kinks are the functions of fixture kinks.
var kinks = map[string]func(a *v) *v{
	"relu": (*v).ReLU, "relu6": layers.ReLU6{}.Forward, "leaky_relu": layers.LeakyReLU{}.Forward, "elu": layers.ELU{}.Forward,
	"elu_0.5": layers.ELU{Alpha: new(0.5)}.Forward, "selu": layers.SELU{}.Forward, "celu": layers.CELU{}.Forward, "celu_2": layers.CELU{Alpha: new(2.0)}.Forward,
	"gelu": layers.GELU{}.Forward, "gelu_tanh": layers.GELU{Tanh: true}.Forward, "silu": layers.SiLU{}.Forward, "mish": layers.Mish{}.Forward,
	"softplus": layers.Softplus{}.Forward, "softplus_2_3": layers.Softplus{Beta: new(2.0), Threshold: new(3.0)}.Forward, "softsign": layers.Softsign{}.Forward,
	"hardtanh": layers.Hardtanh{}.Forward, "hardsigmoid": layers.Hardsigmoid{}.Forward, "hardswish": layers.Hardswish{}.Forward,
	"hardshrink": layers.Hardshrink{}.Forward, "softshrink": layers.Softshrink{}.Forward, "tanhshrink": layers.Tanhshrink{}.Forward,
	"threshold": layers.Threshold{Limit: 0.5, Value: -7}.Forward, "log_sigmoid": layers.LogSigmoid{}.Forward,
	"sigmoid": (*v).Sigmoid, "tanh": (*v).Tanh, "exp": (*v).Exp, "expm1": (*v).Expm1, "log": (*v).Log, "log1p": (*v).Log1p,
	"sqrt": (*v).Sqrt, "rsqrt": (*v).Rsqrt, "reciprocal": (*v).Reciprocal, "square": (*v).Square, "abs": (*v).Abs, "erf": (*v).Erf,
	"sin": (*v).Sin, "cos": (*v).Cos, "tan": (*v).Tan, "clamp": func(a *v) *v { return a.Clamp(-1, 2) },
	"pow_2": power(2), "pow_3": power(3), "pow_0.5": power(0.5), "pow_1.5": power(1.5), "pow_-1": power(-1), "pow_0": power(0), "pow_1": power(1),
	"exp2":             func(a *v) *v { return stheno.Scalar(2.0).To(a.DType()).Pow(a) },
	"mse":              against(0, layers.MSELoss{Reduction: layers.None}),
	"l1":               against(0, layers.L1Loss{Reduction: layers.None}),
	"huber":            against(0, layers.HuberLoss{Reduction: layers.None}),
	"huber_3":          against(0, layers.HuberLoss{Delta: new(3.0), Reduction: layers.None}),
	"smooth_l1":        against(0, layers.SmoothL1Loss{Reduction: layers.None}),
	"smooth_l1_0.5":    against(0, layers.SmoothL1Loss{Beta: new(0.5), Reduction: layers.None}),
	"bce_0.0":          against(0, layers.BCELoss{Reduction: layers.None}),
	"bce_0.25":         against(0.25, layers.BCELoss{Reduction: layers.None}),
	"bce_1.0":          against(1, layers.BCELoss{Reduction: layers.None}),
	"bce_logits_0":     against(0, layers.BCEWithLogitsLoss{Reduction: layers.None}),
	"bce_logits_0.25":  against(0.25, layers.BCEWithLogitsLoss{Reduction: layers.None}),
	"bce_logits_1_pos": against(1, layers.BCEWithLogitsLoss{PosWeight: stheno.New([]float32{3}), Reduction: layers.None}),
	"kl_div":           against(0.25, layers.KLDivLoss{Reduction: layers.None}),
	"nll": func(a *v) *v {
		return layers.NLLLoss{Reduction: layers.None}.Forward(both(a), second(a))
	},
	"ce": func(a *v) *v {
		return layers.CrossEntropyLoss{Reduction: layers.None}.Forward(both(a), second(a))
	},
	"ce_smooth_weight": func(a *v) *v {
		w := stheno.New([]float32{1, 3}).To(a.DType())
		return layers.CrossEntropyLoss{Weight: w, LabelSmoothing: 0.25, Reduction: layers.None}.Forward(both(a), second(a))
	},
	"ce_soft": func(a *v) *v {
		return layers.CrossEntropyLoss{Reduction: layers.None}.Forward(both(a), stheno.Full(0.5, a.Size(), 2).To(a.DType()))
	},
	"softmax":     func(a *v) *v { return both(a).Softmax(1).Select(1, 0) },
	"log_softmax": func(a *v) *v { return both(a).LogSoftmax(1).Select(1, 0) },
	"logsumexp":   func(a *v) *v { return both(a).LogSumExp(1) },
}

func power(p float64) func(a *v) *v { return func(a *v) *v { return a.Pow(p) } }

func against(target float64, l stheno.Loss) func(a *v) *v {
	return func(a *v) *v { return l.Forward(a, stheno.Full(target, a.Shape()...).To(a.DType())) }
}

func both(a *v) *v { return stheno.Stack(1, a, a.Neg()) }

func second(a *v) *v { return stheno.Full(1, a.Size()).To(stheno.Int64) }

// besideTorch lists the intended differences: torch's float64 kernels have a constant in float32,
// or give NaN a finite gradient, or give NaN for large inputs.
func besideTorch(name, key string, at float64) (tol float64, any bool) {
	unit := strings.HasPrefix(name, "bce_") && !strings.HasPrefix(name, "bce_logits")
	lu := name == "selu" || strings.HasPrefix(name, "elu") || strings.HasPrefix(name, "celu")
	switch {
	case key == "out":
	case key == "grad0" && (unit || name == "hardsigmoid"):
		return 5e-8, false
	case at != at:
		return 0, true
	case key == "second0":
		return 1e-11, lu && at == 0 || name == "mish" && at > 100 || name == "softplus" && at == 20
	}
	return 1e-11, false
}

func TestKinks(t *testing.T) {
	fix := golden.Load(t, "kinks")
	for _, name := range fix.Names() {
		require.NotNil(t, kinks[name], name)
		t.Run(name, func(t *testing.T) {
			points := fix.Get(t, name+"/in0").Float64s(t)
			x := stheno.New(points).WithGrad()
			y := kinks[name](x)
			g := stheno.Grad(y.Sum(), x)[0]
			second := stheno.New(make([]float64, len(points)))
			if g.RequiresGrad() {
				second = stheno.Grad(g.Sum(), x)[0]
			}
			for key, value := range map[string]*v{"out": y, "grad0": g, "second0": second} {
				if !fix.Has(name + "/" + key) {
					continue
				}
				got := stheno.Must(value.Tensor()).Floats()
				for i, want := range fix.Get(t, name+"/"+key).Float64s(t) {
					tol, any := besideTorch(name, key, points[i])
					same := got[i] == want || got[i] != got[i] && want != want || math.Abs(got[i]-want) <= 1e-14+tol*math.Abs(want)
					assert.True(t, same || any, "%s at %v: got %v, want %v", key, points[i], got[i], want)
				}
			}
		})
	}
}
