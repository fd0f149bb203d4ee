// SPDX-License-Identifier: MIT

package layers_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/sthenotest"
)

type v = stheno.Variable

// forward makes a row of a module that has no parameters.
func forward(m stheno.Module) func(x ...*v) *v {
	return func(x ...*v) *v { return m.Forward(x[0]) }
}

// activations has a row for each case act_… of the fixture. Each is checked on the
// special values too.
var activations = map[string]func(x ...*v) *v{
	"relu": forward(layers.ReLU{}), "relu6": func(x ...*v) *v { return layers.ReLU6{}.Forward(x[0].Mul(2)) },
	"leaky_relu": forward(layers.LeakyReLU{}), "leaky_relu_0.2": forward(layers.LeakyReLU{Slope: 0.2}),
	"elu": forward(layers.ELU{}), "elu_0.5": forward(layers.ELU{Alpha: 0.5}), "selu": forward(layers.SELU{}),
	"celu": forward(layers.CELU{}), "celu_2": forward(layers.CELU{Alpha: 2}),
	"gelu": forward(layers.GELU{}), "gelu_tanh": forward(layers.GELU{Tanh: true}), "silu": forward(layers.SiLU{}), "mish": forward(layers.Mish{}),
	"softplus": forward(layers.Softplus{}), "softplus_beta": forward(layers.Softplus{Beta: 2, Threshold: 3}), "softsign": forward(layers.Softsign{}),
	"hardtanh": forward(layers.Hardtanh{}), "hardtanh_-2_0.5": forward(layers.Hardtanh{Min: -2, Max: 0.5}),
	"hardsigmoid": forward(layers.Hardsigmoid{}), "hardswish": forward(layers.Hardswish{}),
	"hardshrink": forward(layers.Hardshrink{}), "hardshrink_1.5": forward(layers.Hardshrink{Lambda: 1.5}),
	"softshrink": forward(layers.Softshrink{}), "softshrink_1.5": forward(layers.Softshrink{Lambda: 1.5}),
	"tanhshrink": forward(layers.Tanhshrink{}), "threshold": forward(layers.Threshold{Limit: 0.5, Value: -7}),
	"log_sigmoid": forward(layers.LogSigmoid{}), "sigmoid": forward(layers.Sigmoid{}), "tanh": forward(layers.Tanh{}),
	"rrelu_eval": func(x ...*v) *v {
		m := &layers.RReLU{Lower: 0.1, Upper: 0.3}
		stheno.Eval(m)
		return m.Forward(x[0])
	},
	"glu": forward(layers.GLU{}), "glu_0": forward(layers.GLU{First: true}),
	"prelu_1":        prelu,
	"prelu_channels": prelu,
	"prelu_2d":       prelu,
	"softmax":        forward(layers.Softmax{Dim: 1}), "softmin": forward(layers.Softmin{Dim: 1}), "log_softmax": forward(layers.LogSoftmax{Dim: 1}),
}

func prelu(x ...*v) *v { return (&layers.PReLU{Weight: x[1]}).Forward(x[0]) }

func class(i int64) *int64 { return &i }

// at returns x[i], nil if there is none.
func at(x []*v, i int) *v {
	if i < len(x) {
		return x[i]
	}
	return nil
}

// losses has a row for each loss of the fixture without its reduction.
var losses = map[string]func(r layers.Reduction, x []*v) stheno.Loss{
	"mse":           func(r layers.Reduction, _ []*v) stheno.Loss { return layers.MSELoss{Reduction: r} },
	"l1":            func(r layers.Reduction, _ []*v) stheno.Loss { return layers.L1Loss{Reduction: r} },
	"smooth_l1":     func(r layers.Reduction, _ []*v) stheno.Loss { return layers.SmoothL1Loss{Reduction: r} },
	"smooth_l1_0.5": func(r layers.Reduction, _ []*v) stheno.Loss { return layers.SmoothL1Loss{Beta: 0.5, Reduction: r} },
	"huber":         func(r layers.Reduction, _ []*v) stheno.Loss { return layers.HuberLoss{Reduction: r} },
	"huber_0.7":     func(r layers.Reduction, _ []*v) stheno.Loss { return layers.HuberLoss{Delta: 0.7, Reduction: r} },
	"bce":           bce, "bce_weight": bce, "bce_edges": bce,
	"bce_logits": bceLogits, "bce_logits_weight": bceLogits, "bce_logits_large": bceLogits,
	"bce_logits_pos_weight": func(r layers.Reduction, x []*v) stheno.Loss {
		return layers.BCEWithLogitsLoss{PosWeight: x[2], Reduction: r}
	},
	"bce_logits_both": func(r layers.Reduction, x []*v) stheno.Loss {
		return layers.BCEWithLogitsLoss{Weight: x[2], PosWeight: x[3], Reduction: r}
	},
	"nll": nll, "nll_weight": nll, "nll_4d": nll,
	"nll_ignore": func(r layers.Reduction, _ []*v) stheno.Loss {
		return layers.NLLLoss{IgnoreIndex: class(2), Reduction: r}
	},
	"nll_ignore_weight": nll,
	"ce":                ce(0), "ce_large": ce(0), "ce_1d": ce(0), "ce_weight": ce(0), "ce_ignore": ce(0), "ce_ignore_all": ce(0),
	"ce_ignore_2": func(r layers.Reduction, _ []*v) stheno.Loss {
		return layers.CrossEntropyLoss{IgnoreIndex: class(2), Reduction: r}
	},
	"ce_smooth": ce(0.1), "ce_smooth_ignore": ce(0.1), "ce_smooth_weight_ignore": ce(0.1),
	"ce_probs": ce(0), "ce_probs_weight": ce(0), "ce_probs_smooth_weight": ce(0.1),
	"ce_4d": ce(0), "ce_4d_weight_smooth": ce(0.2), "ce_4d_probs": ce(0),
	"kl_div": kl(false), "kl_div_zero_target": kl(false), "kl_div_log_target": kl(true),
}

func bce(r layers.Reduction, x []*v) stheno.Loss {
	return layers.BCELoss{Weight: at(x, 2), Reduction: r}
}

func bceLogits(r layers.Reduction, x []*v) stheno.Loss {
	return layers.BCEWithLogitsLoss{Weight: at(x, 2), Reduction: r}
}

func nll(r layers.Reduction, x []*v) stheno.Loss {
	return layers.NLLLoss{Weight: at(x, 2), Reduction: r}
}

func ce(smoothing float64) func(r layers.Reduction, x []*v) stheno.Loss {
	return func(r layers.Reduction, x []*v) stheno.Loss {
		return layers.CrossEntropyLoss{Weight: at(x, 2), LabelSmoothing: smoothing, Reduction: r}
	}
}

func kl(logTarget bool) func(r layers.Reduction, x []*v) stheno.Loss {
	return func(r layers.Reduction, _ []*v) stheno.Loss {
		return layers.KLDivLoss{LogTarget: logTarget, Reduction: r}
	}
}

var reductions = map[string]layers.Reduction{"none": layers.None, "mean": layers.Mean, "sum": layers.Sum, "batchmean": layers.BatchMean}

// plain is the name of a case without what its values are.
func plain(name string) string {
	for _, values := range []string{"_special", "_empty", "_size1"} {
		name = strings.TrimSuffix(name, values)
	}
	return name
}

// caseOf returns how a case of the fixture is computed, nil if it is not a layer's.
func caseOf(name string) func(x ...*v) *v {
	if act, ok := strings.CutPrefix(name, "act_"); ok {
		return activations[plain(act)]
	}
	cut := strings.LastIndex(name, "_")
	if cut < 0 {
		return nil
	}
	make, ok := losses[plain(name[:cut])]
	if !ok {
		return nil
	}
	r := reductions[name[cut+1:]]
	return func(x ...*v) *v { return make(r, x).Forward(x[0], x[1]) }
}

func TestEveryCaseHasARow(t *testing.T) {
	for _, name := range golden.Load(t, "ops").Names() {
		for _, prefix := range []string{"act_", "mse_", "l1_", "smooth_l1_", "huber_", "bce_", "nll_", "ce_", "kl_div_"} {
			if strings.HasPrefix(name, prefix) {
				require.NotNil(t, caseOf(name), name)
			}
		}
	}
}

func TestLayersEqualTorch(t *testing.T) {
	for _, machine := range []struct {
		name string
		make func(*gorgonia.ExprGraph) gorgonia.VM
	}{{"stheno", nil}, {"gorgonia", func(g *gorgonia.ExprGraph) gorgonia.VM { return gorgonia.NewTapeMachine(g) }}} {
		stheno.UseMachine(machine.make)
		for _, name := range golden.Load(t, "ops").Names() {
			f := caseOf(name)
			if f == nil {
				continue
			}
			t.Run(machine.name+"/"+name, func(t *testing.T) {
				// float32: torch's own float32 and float64 differ by 9e-7 here.
				equalTorch(t, name, "f32", f, 1e-5)
				equalTorch(t, name, "f64", f, tolerance64(name))
			})
		}
	}
	stheno.UseMachine(nil)
}

// TestGradientsAreDerivatives compares the gradients with central differences, in
// float64, where there is a derivative.
func TestGradientsAreDerivatives(t *testing.T) {
	fix, checked := golden.Load(t, "ops"), 0
	for _, name := range fix.Names() {
		f := caseOf(name)
		if f == nil || !fix.Has(name+"/f64/seed") || strings.Contains(name, "_special") || strings.Contains(name, "_edges") {
			continue
		}
		var in []*v
		for i := 0; fix.Has(name + "/f64/in" + string(rune('0'+i))); i++ {
			x := stheno.Var(tensor(t, fix.Get(t, name+"/f64/in"+string(rune('0'+i)))))
			if fix.Has(name + "/f64/grad" + string(rune('0'+i))) {
				x = x.WithGrad()
			}
			in = append(in, x)
		}
		t.Run(name, func(t *testing.T) { sthenotest.GradCheck(t, f, in...) })
		checked++
	}
	require.Greater(t, checked, 200)
}

// tolerance64 is 1e-10, except where torch's float64 kernel has a constant in float32:
// the 1/6 of hardsigmoid's gradient, the 1e-12 of that of the binary cross-entropy.
func tolerance64(name string) float64 {
	if strings.HasPrefix(name, "act_hardsigmoid") || strings.HasPrefix(name, "bce_edges") || strings.HasPrefix(name, "bce_special") {
		return 5e-8
	}
	return 1e-10
}

func equalTorch(t *testing.T, name, dt string, f func(x ...*v) *v, tol float64) {
	fix := golden.Load(t, "ops")
	key := name + "/" + dt + "/"
	var in []*v
	for i := 0; fix.Has(key + "in" + string(rune('0'+i))); i++ {
		x := stheno.Var(tensor(t, fix.Get(t, key+"in"+string(rune('0'+i)))))
		if fix.Has(key + "grad" + string(rune('0'+i))) {
			x = x.WithGrad()
		}
		in = append(in, x)
	}
	y := f(in...)
	require.NoError(t, y.Err(), fix.Note(name))
	if fix.Has(key + "seed") {
		require.NoError(t, y.Backward(stheno.Var(tensor(t, fix.Get(t, key+"seed")))), fix.Note(name))
	}
	near(t, fix.Get(t, key+"out"), y, tol, name+" "+dt+" out: "+fix.Note(name))
	for i, x := range in {
		if g := key + "grad" + string(rune('0'+i)); fix.Has(g) {
			require.NotNil(t, x.Grad(), "%s: input %d has no gradient", name, i)
			want, got := fix.Get(t, g), x.Grad()
			if strings.HasSuffix(name, "_special") { // at NaN torch's vectorised and plain kernels disagree
				got = stheno.Where(x.Eq(x), got, stheno.Var(tensor(t, want)))
			}
			near(t, want, got, tol, name+" "+dt+" grad: "+fix.Note(name))
		}
	}
}

// near compares a Variable with what torch computed; NaN and infinities must be equal.
func near(t *testing.T, want *golden.Tensor, got *v, tol float64, what string) {
	t.Helper()
	x, err := got.Tensor()
	require.NoError(t, err, what)
	require.Equal(t, len(want.Shape), len(x.Shape()), what)
	for i, d := range want.Shape {
		require.Equal(t, d, x.Shape()[i], what)
	}
	if want.DType == "I64" {
		ints, err := stheno.Values[int64](got)
		require.NoError(t, err)
		require.Equal(t, want.Int64s(t), ints, what)
		return
	}
	ws := want.Float64s(t)
	for i, g := range x.Floats() {
		w := ws[i]
		if w == g || math.IsNaN(w) && math.IsNaN(g) {
			continue
		}
		require.LessOrEqual(t, math.Abs(g-w), tol*math.Max(1, math.Abs(w)), "%s: element %d: got %v, want %v", what, i, g, w)
	}
}

func tensor(t *testing.T, g *golden.Tensor) *stheno.Tensor {
	shape := g.Shape
	var x *stheno.Tensor
	switch g.DType {
	case "F32":
		x = stheno.TensorOf(g.Float32s(t))
	case "F64":
		x = stheno.TensorOf(g.Float64s(t))
	case "I64":
		x = stheno.TensorOf(g.Int64s(t))
	default:
		x = stheno.TensorOf(g.Bools(t))
	}
	return x.Reshape(shape...)
}
