// SPDX-License-Identifier: MIT

package parity

import (
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// forward makes a row of a module that has no parameters.
func forward(m stheno.Module) func(x ...*V) *V {
	return func(x ...*V) *V { return m.Forward(x[0]) }
}

// activations has a row for each case act_… of the fixture. Each is checked on the
// special values too.
var activations = map[string]func(x ...*V) *V{
	"relu": forward(layers.ReLU{}), "relu6": func(x ...*V) *V { return layers.ReLU6{}.Forward(x[0].Mul(2)) },
	"leaky_relu": forward(layers.LeakyReLU{}), "leaky_relu_0.2": forward(layers.LeakyReLU{Slope: new(0.2)}),
	"elu": forward(layers.ELU{}), "elu_0.5": forward(layers.ELU{Alpha: new(0.5)}), "selu": forward(layers.SELU{}),
	"celu": forward(layers.CELU{}), "celu_2": forward(layers.CELU{Alpha: new(2.0)}),
	"gelu": forward(layers.GELU{}), "gelu_tanh": forward(layers.GELU{Tanh: true}), "silu": forward(layers.SiLU{}), "mish": forward(layers.Mish{}),
	"softplus": forward(layers.Softplus{}), "softplus_beta": forward(layers.Softplus{Beta: new(2.0), Threshold: new(3.0)}), "softsign": forward(layers.Softsign{}),
	"hardtanh": forward(layers.Hardtanh{}), "hardtanh_-2_0.5": forward(layers.Hardtanh{Min: new(-2.0), Max: new(0.5)}),
	"hardsigmoid": forward(layers.Hardsigmoid{}), "hardswish": forward(layers.Hardswish{}),
	"hardshrink": forward(layers.Hardshrink{}), "hardshrink_1.5": forward(layers.Hardshrink{Lambda: new(1.5)}),
	"softshrink": forward(layers.Softshrink{}), "softshrink_1.5": forward(layers.Softshrink{Lambda: new(1.5)}),
	"tanhshrink": forward(layers.Tanhshrink{}), "threshold": forward(layers.Threshold{Limit: 0.5, Value: -7}),
	"log_sigmoid": forward(layers.LogSigmoid{}), "sigmoid": forward(layers.Sigmoid{}), "tanh": forward(layers.Tanh{}),
	"rrelu_eval": func(x ...*V) *V {
		m := &layers.RReLU{Lower: new(0.1), Upper: new(0.3)}
		stheno.Eval(m)
		return m.Forward(x[0])
	},
	"glu": forward(layers.GLU{}), "glu_0": forward(layers.GLU{Dim: new(0)}),
	"prelu_1":        prelu,
	"prelu_channels": prelu,
	"prelu_2d":       prelu,
	"softmax":        forward(layers.NewSoftmax(1)), "softmin": forward(layers.NewSoftmin(1)), "log_softmax": forward(layers.NewLogSoftmax(1)),
}

func prelu(x ...*V) *V { return (&layers.PReLU{Weight: x[1]}).Forward(x[0]) }

func class(i int64) *int64 { return &i }

// at returns x[i], nil if there is none.
func at(x []*V, i int) *V {
	if i < len(x) {
		return x[i]
	}
	return nil
}

// losses has a row for each loss of the fixture without its reduction.
var losses = map[string]func(r layers.Reduction, x []*V) stheno.Loss{
	"mse":           func(r layers.Reduction, _ []*V) stheno.Loss { return layers.MSELoss{Reduction: r} },
	"l1":            func(r layers.Reduction, _ []*V) stheno.Loss { return layers.L1Loss{Reduction: r} },
	"smooth_l1":     func(r layers.Reduction, _ []*V) stheno.Loss { return layers.SmoothL1Loss{Reduction: r} },
	"smooth_l1_0.5": func(r layers.Reduction, _ []*V) stheno.Loss { return layers.SmoothL1Loss{Beta: new(0.5), Reduction: r} },
	"huber":         func(r layers.Reduction, _ []*V) stheno.Loss { return layers.HuberLoss{Reduction: r} },
	"huber_0.7":     func(r layers.Reduction, _ []*V) stheno.Loss { return layers.HuberLoss{Delta: new(0.7), Reduction: r} },
	"bce":           bce, "bce_weight": bce, "bce_edges": bce,
	"bce_logits": bceLogits, "bce_logits_weight": bceLogits, "bce_logits_large": bceLogits,
	"bce_logits_pos_weight": func(r layers.Reduction, x []*V) stheno.Loss {
		return layers.BCEWithLogitsLoss{PosWeight: x[2], Reduction: r}
	},
	"bce_logits_both": func(r layers.Reduction, x []*V) stheno.Loss {
		return layers.BCEWithLogitsLoss{Weight: x[2], PosWeight: x[3], Reduction: r}
	},
	"nll": nll, "nll_weight": nll, "nll_4d": nll,
	"nll_ignore": func(r layers.Reduction, _ []*V) stheno.Loss {
		return layers.NLLLoss{IgnoreIndex: class(2), Reduction: r}
	},
	"nll_ignore_weight": nll,
	"ce":                ce(0), "ce_large": ce(0), "ce_1d": ce(0), "ce_weight": ce(0), "ce_ignore": ce(0), "ce_ignore_all": ce(0),
	"ce_ignore_2": func(r layers.Reduction, _ []*V) stheno.Loss {
		return layers.CrossEntropyLoss{IgnoreIndex: class(2), Reduction: r}
	},
	"ce_smooth": ce(0.1), "ce_smooth_ignore": ce(0.1), "ce_smooth_weight_ignore": ce(0.1),
	"ce_probs": ce(0), "ce_probs_weight": ce(0), "ce_probs_smooth_weight": ce(0.1),
	"ce_4d": ce(0), "ce_4d_weight_smooth": ce(0.2), "ce_4d_probs": ce(0),
	"kl_div": kl(false), "kl_div_zero_target": kl(false), "kl_div_log_target": kl(true),
}

func bce(r layers.Reduction, x []*V) stheno.Loss {
	return layers.BCELoss{Weight: at(x, 2), Reduction: r}
}

func bceLogits(r layers.Reduction, x []*V) stheno.Loss {
	return layers.BCEWithLogitsLoss{Weight: at(x, 2), Reduction: r}
}

func nll(r layers.Reduction, x []*V) stheno.Loss {
	return layers.NLLLoss{Weight: at(x, 2), Reduction: r}
}

func ce(smoothing float64) func(r layers.Reduction, x []*V) stheno.Loss {
	return func(r layers.Reduction, x []*V) stheno.Loss {
		return layers.CrossEntropyLoss{Weight: at(x, 2), LabelSmoothing: smoothing, Reduction: r}
	}
}

func kl(logTarget bool) func(r layers.Reduction, x []*V) stheno.Loss {
	return func(r layers.Reduction, _ []*V) stheno.Loss {
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

// Layer returns how a case of an activation or a loss is computed, and which of them it
// is; nil if it is neither.
func Layer(name string) (f func(x ...*V) *V, group string) {
	if act, ok := strings.CutPrefix(name, "act_"); ok {
		return activations[plain(act)], "activations"
	}
	cut := strings.LastIndex(name, "_")
	if cut < 0 {
		return nil, ""
	}
	make, ok := losses[plain(name[:cut])]
	if !ok {
		return nil, ""
	}
	r := reductions[name[cut+1:]]
	return func(x ...*V) *V { return make(r, x).Forward(x[0], x[1]) }, "losses"
}

// layerBound64 is 1e-10, except where torch's float64 kernel has a constant in float32:
// the 1/6 of hardsigmoid's gradient, the 1e-12 of that of the binary cross-entropy.
func layerBound64(name string) float64 {
	if strings.HasPrefix(name, "act_hardsigmoid") || strings.HasPrefix(name, "bce_edges") || strings.HasPrefix(name, "bce_special") {
		return 5e-8
	}
	return 1e-10
}
