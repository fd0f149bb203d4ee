// SPDX-License-Identifier: MIT

package parity

import (
	"math"

	"github.com/stheno-go/stheno"
)

// one makes rows of functions of one Variable.
func one(with func(string, func(...*V) *V), rows map[string]func(v *V) *V) {
	for name, f := range rows {
		with(name, func(x ...*V) *V { return f(x[0]) })
	}
}

// Pointwise operations and reductions at sizes 0 and 1, and at NaN and infinities.
func init() {
	for _, size := range []string{"_empty", "_size1"} {
		one(smooth, map[string]func(*V) *V{
			"clamp" + size:    func(v *V) *V { return v.Clamp(-1, 0.5) },
			"softplus" + size: func(v *V) *V { return v.Softplus(1, 20) },
			"pow_2.5" + size:  func(v *V) *V { return v.Pow(2.5) },
		})
		smooth("pow_tensor"+size, func(x ...*V) *V { return x[0].Pow(x[1]) })
		smooth("where"+size, func(x ...*V) *V { return stheno.Where(x[0], x[1], x[2]) })
		smooth("minimum"+size, func(x ...*V) *V { return x[0].Minimum(x[1]) })
		smooth("maximum"+size, func(x ...*V) *V { return x[0].Maximum(x[1]) })
	}
	one(smooth, map[string]func(*V) *V{
		"add_number_special": func(v *V) *V { return v.Add(2.5) },
		"sub_number_special": func(v *V) *V { return v.Sub(2.5) },
		"mul_number_special": func(v *V) *V { return v.Mul(2.5) },
		"div_number_special": func(v *V) *V { return v.Div(2.5) },
		"number_div_special": func(v *V) *V { return v.Reciprocal().Mul(2.5) },
		"mul_inf_special":    func(v *V) *V { return v.Mul(math.Inf(1)) },
		"pow_number_special": func(v *V) *V { return stheno.Scalar(2.0).To(v.DType()).Pow(v) },
	})

	reduced := map[string]func(*V, ...int) *V{
		"sum": (*V).Sum, "mean": (*V).Mean, "prod": (*V).Prod, "amax": (*V).Max, "amin": (*V).Min, "logsumexp": (*V).LogSumExp,
		"var":    func(v *V, dims ...int) *V { return v.Var(1, dims...) },
		"std":    func(v *V, dims ...int) *V { return v.Std(1, dims...) },
		"cumsum": func(v *V, dims ...int) *V { return v.Cumsum(dims[0]) },
		"argmax": func(v *V, dims ...int) *V { return v.ArgMax(dims[0]) },
		"argmin": func(v *V, dims ...int) *V { return v.ArgMin(dims[0]) },
	}
	for name, f := range reduced {
		along := func(dim int) func(x ...*V) *V { return func(x ...*V) *V { return f(x[0], dim) } }
		index := name == "argmax" || name == "argmin"
		if !index {
			smooth(name+"_rows_special", along(1))
		}
		smooth(name+"_no_rows", along(1))
		switch name {
		case "logsumexp", "cumsum", "argmax", "argmin", "prod", "amax", "amin":
			smooth(name+"_one_column", along(1))
			if !index {
				smooth(name+"_scalar", along(0))
			}
		}
	}
	smooth("logsumexp_empty_axis", func(x ...*V) *V { return x[0].LogSumExp(0) })
	smooth("var_empty_axis", func(x ...*V) *V { return x[0].Var(1, 0) })
	for name, p := range map[string]float64{
		"norm2": 2, "norm1": 1, "norm3": 3, "norm0.5": 0.5, "norm-1": -1, "norm0": 0, "norminf": math.Inf(1), "norm-inf": math.Inf(-1),
	} {
		along := func(dims ...int) func(x ...*V) *V { return func(x ...*V) *V { return x[0].Norm(p, dims...) } }
		smooth(name+"_rows_special", along(1))
		smooth(name+"_inf_special", along(1))
		smooth(name+"_size1", along(1))
		smooth(name+"_empty", along(1))
		switch name {
		case "norm2", "norm1", "norminf":
		default:
			smooth(name+"_all", along())
			smooth(name+"_-1", along(-1))
		}
		if p >= 0 && p == math.Trunc(p) && !math.IsInf(p, 0) {
			smooth(name+"_empty_axis", along(0))
		}
	}
}

// Products and shapes.
func init() {
	for _, s := range []string{"no_batch", "no_columns", "no_vector", "no_rows_vector", "vector_no_columns", "inner0_vector", "batch1",
		"no_batch_2d", "inner0_batch", "size1", "special"} {
		smooth("matmul_"+s, func(x ...*V) *V { return x[0].MatMul(x[1]) })
	}
	for _, s := range []string{"special", "no_rows", "no_inputs", "no_outputs", "vector", "size1"} {
		smooth("linear_"+s, func(x ...*V) *V { return x[0].Linear(x[1], x[2]) })
	}
	one(smooth, map[string]func(*V) *V{
		"reshape_empty":          func(v *V) *V { return v.Reshape(3, 0) },
		"flatten_1_empty":        func(v *V) *V { return v.Flatten(1) },
		"transpose_0_1_empty":    func(v *V) *V { return v.Transpose(0, 1) },
		"permute_2_0_1_empty":    func(v *V) *V { return v.Permute(2, 0, 1) },
		"squeeze_empty":          func(v *V) *V { return v.Squeeze() },
		"unsqueeze_0_empty":      func(v *V) *V { return v.Unsqueeze(0) },
		"expand_empty":           func(v *V) *V { return v.Expand(0, 3, 4) },
		"slice_1_empty":          func(v *V) *V { return v.Slice(1, 1, 3, 1) },
		"select_mid_empty":       func(v *V) *V { return v.Select(1, -2) },
		"narrow_empty":           func(v *V) *V { return v.Narrow(0, 0, 0) },
		"split_2_1_empty":        func(v *V) *V { return v.Split(1, 2)[1] },
		"pad_1_empty":            func(v *V) *V { return v.Pad(0, 1, 2) },
		"pad_rows_empty":         func(v *V) *V { return v.Pad(1.5, 0, 0, 0, 0, 1, 1) },
		"cat_same_twice_empty":   func(v *V) *V { return stheno.Cat(0, v, v) },
		"stack_same_twice_empty": func(v *V) *V { return stheno.Stack(1, v, v) },
		"reshape_1d_size1":       func(v *V) *V { return v.Reshape(-1) },
		"transpose_0_1_size1":    func(v *V) *V { return v.Transpose(0, 1) },
		"permute_1_0_size1":      func(v *V) *V { return v.Permute(1, 0) },
		"expand_size1":           func(v *V) *V { return v.Expand(3, 4) },
		"slice_1_size1":          func(v *V) *V { return v.Slice(1, 0, 1, 1) },
		"select_0_size1":         func(v *V) *V { return v.Select(0, 0) },
		"pad_1_size1":            func(v *V) *V { return v.Pad(0, 1, 2) },
		"cat_same_twice_size1":   func(v *V) *V { return stheno.Cat(0, v, v) },
		"pad_special":            func(v *V) *V { return v.Pad(math.Inf(-1), 1, 1) },
		"pad_nan_special":        func(v *V) *V { return v.Pad(math.NaN(), 1, 1) },
		"cat_special":            func(v *V) *V { return stheno.Cat(1, v, v) },
		"stack_special":          func(v *V) *V { return stheno.Stack(0, v, v) },
		"expand_special":         func(v *V) *V { return v.Expand(2, 4, 3) },
		"slice_special":          func(v *V) *V { return v.Slice(0, 1, 4, 1).Slice(1, 0, 3, 2) },
		"transpose_special":      func(v *V) *V { return v.Transpose(0, 1) },
		"split_special":          func(v *V) *V { return v.Split(0, 2)[1] },
		"one_hot_empty":          func(v *V) *V { return v.OneHot(5) },
		"one_hot_one_class":      func(v *V) *V { return v.OneHot(1) },
	})
	for _, s := range []string{"special", "no_columns"} {
		smooth("index_select_"+s, func(x ...*V) *V { return x[0].IndexSelect(0, x[1]) })
	}
	for _, s := range []string{"special", "empty", "size1"} {
		smooth("gather_"+s, func(x ...*V) *V { return x[0].Gather(1, x[1]) })
	}
}

// Layers.
func init() {
	one(smooth, map[string]func(*V) *V{
		"softmax_no_columns":     func(v *V) *V { return v.Softmax(1) },
		"softmax_scalar":         func(v *V) *V { return v.Softmax(0) },
		"log_softmax_no_columns": func(v *V) *V { return v.LogSoftmax(1) },
		"log_softmax_scalar":     func(v *V) *V { return v.LogSoftmax(0) },
	})
	for name, c := range map[string]stheno.Conv2dConfig{
		"special": {Padding: [2]int{1, 1}}, "zero_special": {}, "unbatched": {Padding: [2]int{1, 1}}, "size1": {},
		"1xW": {Padding: [2]int{0, 1}}, "batch0_groups": {Groups: 2},
	} {
		smooth("conv2d_"+name, func(x ...*V) *V {
			if len(x) == 2 {
				return x[0].Conv2d(x[1], nil, c)
			}
			return x[0].Conv2d(x[1], x[2], c)
		})
	}
	k := func(n int) [2]int { return [2]int{n, n} }
	for kind, pool := range map[string]func(*V, stheno.Pool2dConfig) *V{"max": (*V).MaxPool2d, "avg": (*V).AvgPool2d} {
		for name, c := range map[string]stheno.Pool2dConfig{
			"all_special": {Kernel: k(2), Stride: k(1), Padding: k(1)}, "unbatched": {Kernel: k(2)}, "size1": {Kernel: k(1)},
			"no_batch": {Kernel: k(2)},
		} {
			smooth(kind+"_pool2d_"+name, func(x ...*V) *V { return pool(x[0], c) })
		}
	}
	for name, to := range map[string][2]int{"special": {3, 1}, "unbatched": {2, 2}, "size1": {1, 1}, "batch0": {2, 2}} {
		smooth("adaptive_avg_pool2d_"+name, func(x ...*V) *V { return x[0].AdaptiveAvgPool2d(to[0], to[1]) })
	}
	for name, training := range map[string]bool{
		"train_special": true, "eval_special": false, "eval_batch0": false, "eval_size1": false, "train_constant": true,
	} {
		f := func(x ...*V) *V {
			return x[0].BatchNorm(stheno.BatchNormState{
				Weight: x[1], Bias: x[2], Mean: x[3], Var: x[4], Eps: new(1e-5), Momentum: new(0.1), Training: training})
		}
		smooth("batch_norm_"+name, f)
	}
	smooth("layer_norm_special", func(x ...*V) *V { return x[0].LayerNorm([]int{3}, x[1], x[2], 1e-5) })
	smooth("layer_norm_batch0", func(x ...*V) *V { return x[0].LayerNorm([]int{4}, x[1], x[2], 1e-5) })
	smooth("layer_norm_size1", func(x ...*V) *V { return x[0].LayerNorm([]int{1}, x[1], x[2], 1e-5) })
	for name, eps := range map[string]float64{"special": 1e-5, "batch0": 1e-5, "one_each": 0.1} {
		smooth("group_norm_"+name, func(x ...*V) *V { return x[0].GroupNorm(2, x[1], x[2], eps) })
	}
	smooth("embedding_special", func(x ...*V) *V { return x[0].Embedding(x[1], nil) })
	for _, name := range []string{"empty", "scalar", "size1"} {
		smooth("embedding_"+name, func(x ...*V) *V { return x[1].Embedding(x[0], nil) })
	}
}
