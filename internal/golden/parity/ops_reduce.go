// SPDX-License-Identifier: MIT

package parity

import (
	"math"

	"github.com/stheno-go/stheno"
)

// axes are the suffixes of the reductions' cases and the dimensions they stand for.
var axes = map[string][]int{
	"_all": nil, "_0": {0}, "_1": {1}, "_-1": {-1}, "_0_2": {0, 2}, "_-2_-1": {-2, -1}, "_0_1_2": {0, 1, 2},
}

// keep gives a result of reducing v over dims its dimensions back, with size 1.
func keep(y, v *V, dims []int) *V {
	if len(dims) == 0 {
		return y.Reshape(1, 1, 1)
	}
	at := make([]int, len(dims))
	for i, d := range dims {
		at[i] = (d + v.NDim()) % v.NDim()
	}
	return y.Unsqueeze(at...)
}

// reduction adds the rows of a reduction for the given suffixes, "_keep" included.
func reduction(name, tail string, f func(v *V, dims ...int) *V, with ...string) {
	for _, s := range with {
		dims := axes[s]
		smooth(name+s+tail, func(x ...*V) *V { return f(x[0], dims...) })
	}
}

func reductionKeep(name, tail string, f func(v *V, dims ...int) *V, with ...string) {
	for _, s := range with {
		dims := axes[s]
		smooth(name+s+tail+"_keep", func(x ...*V) *V { return keep(f(x[0], dims...), x[0], dims) })
	}
}

// Reductions.
func init() {
	every := []string{"_all", "_0", "_1", "_-1", "_0_2", "_-2_-1", "_0_1_2"}
	for name, f := range map[string]func(*V, ...int) *V{"sum": (*V).Sum, "mean": (*V).Mean} {
		reduction(name, "", f, every...)
		reductionKeep(name, "", f, every...)
		smooth(name+"_scalar", func(x ...*V) *V { return f(x[0]) })
		smooth(name+"_size1", func(x ...*V) *V { return f(x[0], 1) })
		smooth(name+"_empty", func(x ...*V) *V { return f(x[0]) })
		smooth(name+"_empty_axis", func(x ...*V) *V { return f(x[0], 0) })
	}
	for tail, correction := range map[string]int{"": 1, "_biased": 0} {
		variance := func(v *V, dims ...int) *V { return v.Var(correction, dims...) }
		std := func(v *V, dims ...int) *V { return v.Std(correction, dims...) }
		reduction("var", tail, variance, every...)
		reductionKeep("var", tail, variance, "_all", "_1", "_-2_-1")
		reduction("std", tail, std, every...)
		reductionKeep("std", tail, std, "_all", "_1", "_-2_-1")
		smooth("var_size1"+tail, func(x ...*V) *V { return variance(x[0], 1) })
		smooth("std_size1"+tail, func(x ...*V) *V { return std(x[0], 1) })
	}
	for _, o := range []struct {
		name string
		f    func(*V, ...int) *V
		arg  func(*V, int) *V
	}{{"max", (*V).Max, (*V).ArgMax}, {"min", (*V).Min, (*V).ArgMin}} {
		reduction(o.name, "", o.f, "_all", "_0", "_1", "_-1")
		reductionKeep(o.name, "", o.f, "_0", "_1", "_-1")
		rough(o.name+"_all_ties", func(x ...*V) *V { return o.f(x[0]) })
		smooth(o.name+"_size1", func(x ...*V) *V { return o.f(x[0], 1) })
		// torch.max with a dimension gives the whole gradient to the first largest
		// element, where ours and torch.amax share it.
		rough(o.name+"_ties", func(x ...*V) *V { return x[0].Gather(1, o.arg(x[0], 1).Unsqueeze(1)).Squeeze(1) })
		for _, dim := range []string{"_0", "_1", "_-1"} {
			at := func(x ...*V) *V { return o.arg(x[0], axes[dim][0]) }
			rough(o.name+dim+"_index", at)
			rough("arg"+o.name+dim, at)
		}
		rough("arg"+o.name+"_all", func(x ...*V) *V { return o.arg(x[0].Flatten(0), 0) })
		rough("arg"+o.name+"_1_keep", func(x ...*V) *V { return o.arg(x[0], 1).Unsqueeze(1) })
		rough("arg"+o.name+"_ties", func(x ...*V) *V { return o.arg(x[0], 1) })
		rough("arg"+o.name+"_special", func(x ...*V) *V { return o.arg(x[0], 1) })

		reduction("a"+o.name, "", o.f, every...)
		reductionKeep("a"+o.name, "", o.f, "_0_2")
		rough("a"+o.name+"_ties", func(x ...*V) *V { return o.f(x[0], 1) })
		rough("a"+o.name+"_special", func(x ...*V) *V { return o.f(x[0], 1) })
	}
	reduction("logsumexp", "", (*V).LogSumExp, every[1:]...)
	reductionKeep("logsumexp", "", (*V).LogSumExp, "_1")
	smooth("logsumexp_large", func(x ...*V) *V { return x[0].LogSumExp(1) })
	smooth("logsumexp_special", func(x ...*V) *V { return x[0].LogSumExp(1) })
	for name, p := range map[string]float64{"norm2": 2, "norm1": 1, "norminf": math.Inf(1)} {
		f := func(v *V, dims ...int) *V { return v.Norm(p, dims...) }
		reduction(name, "", f, "_all", "_0", "_-1", "_0_2")
		reductionKeep(name, "", f, "_1")
	}
	rough("norm2_at_zero", func(x ...*V) *V { return x[0].Norm(2) })
	reduction("prod", "", (*V).Prod, "_all", "_0", "_1", "_-1")
	reductionKeep("prod", "", (*V).Prod, "_1")
	smooth("prod_zeros", func(x ...*V) *V { return x[0].Prod(1) })
	smooth("prod_all_zero", func(x ...*V) *V { return x[0].Prod() })
	smooth("prod_empty_axis", func(x ...*V) *V { return x[0].Prod(1) })
	for _, dim := range []string{"_0", "_1", "_-1"} {
		smooth("cumsum"+dim, func(x ...*V) *V { return x[0].Cumsum(axes[dim][0]) })
	}
	smooth("cumsum_empty", func(x ...*V) *V { return x[0].Cumsum(0) })

	for name, log := range map[string]bool{"softmax": false, "log_softmax": true} {
		f := func(dim int) func(x ...*V) *V {
			return func(x ...*V) *V {
				if log {
					return x[0].LogSoftmax(dim)
				}
				return x[0].Softmax(dim)
			}
		}
		for s, dim := range map[string]int{
			"_0": 0, "_1": 1, "_2": 2, "_-1": -1, "_-2": -2, "_1d": 0, "_size1": 1, "_empty": 1, "_4d": 1, "_large": 1, "_special": 1,
		} {
			smooth(name+s, f(dim))
		}
	}
}

// Products.
func init() {
	for _, s := range []string{"1x1", "1x2", "2x1", "2x2", "3x2", "2x3", "3x3", "1x3", "3x1", "4x4", "4x4_broadcast", "4x3_broadcast",
		"one_row", "inner1", "inner0", "rows0", "17"} {
		smooth("matmul_"+s, func(x ...*V) *V { return x[0].MatMul(x[1]) })
	}
	smooth("matmul_left_transposed", func(x ...*V) *V { return x[0].T().MatMul(x[1]) })
	smooth("matmul_right_transposed", func(x ...*V) *V { return x[0].MatMul(x[1].T()) })
	linear := func(x ...*V) *V { return x[0].Linear(x[1], x[2]) }
	smooth("linear", linear)
	smooth("linear_3d", linear)
	smooth("linear_no_bias", func(x ...*V) *V { return x[0].Linear(x[1], nil) })
}

// Shapes and indices.
func init() {
	for name, f := range map[string]func(v *V) *V{
		"reshape":            func(v *V) *V { return v.Reshape(4, 6) },
		"reshape_minus1":     func(v *V) *V { return v.Reshape(3, -1) },
		"reshape_1d":         func(v *V) *V { return v.Reshape(-1) },
		"reshape_ones":       func(v *V) *V { return v.Reshape(1, 2, 1, 12) },
		"reshape_transposed": func(v *V) *V { return v.Transpose(0, 1).Reshape(6, 4) },
		"flatten":            func(v *V) *V { return v.Flatten(0) },
		"flatten_1":          func(v *V) *V { return v.Flatten(1) },
		"flatten_0_1":        func(v *V) *V { return v.Reshape(-1, v.Dim(2)) },
		"flatten_-2_-1":      func(v *V) *V { return v.Flatten(-2) },
		"transpose_0_1":      func(v *V) *V { return v.Transpose(0, 1) },
		"transpose_-1_-2":    func(v *V) *V { return v.Transpose(-1, -2) },
		"transpose_0_2":      func(v *V) *V { return v.Transpose(0, 2) },
		"permute_2_0_1":      func(v *V) *V { return v.Permute(2, 0, 1) },
		"permute_-1_1_0":     func(v *V) *V { return v.Permute(-1, 1, 0) },
		"unsqueeze_0":        func(v *V) *V { return v.Unsqueeze(0) },
		"unsqueeze_2":        func(v *V) *V { return v.Unsqueeze(2) },
		"unsqueeze_-1":       func(v *V) *V { return v.Unsqueeze(-1) },
		"slice_1":            func(v *V) *V { return v.Slice(1, 1, 3, 1) },
		"slice_steps":        func(v *V) *V { return v.Slice(0, 0, 2, 2).Slice(1, 1, 3, 2).Slice(2, 0, 4, 3) },
		"slice_negative":     func(v *V) *V { return v.Slice(0, -1, 2, 1).Slice(1, 0, -1, 1).Slice(2, -3, -1, 1) },
		"slice_empty":        func(v *V) *V { return v.Slice(1, 2, 2, 1) },
		"slice_past_end":     func(v *V) *V { return v.Slice(1, 1, 100, 1) },
		"select_0":           func(v *V) *V { return v.Select(0, 1) },
		"select_-1":          func(v *V) *V { return v.Select(-1, -1) },
		"select_mid":         func(v *V) *V { return v.Select(1, -2) },
		"narrow":             func(v *V) *V { return v.Narrow(2, 1, 2) },
		"split_2_0":          func(v *V) *V { return v.Split(1, 2)[0] },
		"split_2_1":          func(v *V) *V { return v.Split(1, 2)[1] },
		"split_sizes_0":      func(v *V) *V { return v.Narrow(-1, 0, 1) },
		"split_sizes_1":      func(v *V) *V { return v.Narrow(-1, 1, 3) },
		"chunk_3_0":          func(v *V) *V { return v.Split(2, 2)[0] },
		"chunk_3_1":          func(v *V) *V { return v.Split(2, 2)[1] },
		"pad_1":              func(v *V) *V { return v.Pad(0, 1, 2) },
		"pad_2":              func(v *V) *V { return v.Pad(0, 1, 0, 2, 1) },
		"pad_3":              func(v *V) *V { return v.Pad(0, 0, 1, 1, 0, 2, 0) },
		"pad_value":          func(v *V) *V { return v.Pad(1.5, 1, 1, 0, 2) },
		"pad_crop":           func(v *V) *V { return v.Pad(0, -1, 2, 1, -1) },
		"flip": func(v *V) *V {
			return v.IndexSelect(0, stheno.Arange(1, -1, -1)).IndexSelect(2, stheno.Arange(3, -1, -1))
		},
		"squeeze":           func(v *V) *V { return v.Squeeze() },
		"squeeze_0":         func(v *V) *V { return v.Squeeze(0) },
		"squeeze_-2":        func(v *V) *V { return v.Squeeze(-2) },
		"squeeze_not_1":     func(v *V) *V { return v.Squeeze(1) },
		"squeeze_to_scalar": func(v *V) *V { return v.Squeeze() },
		"expand":            func(v *V) *V { return v.Expand(2, 3, 4) },
		"expand_minus1":     func(v *V) *V { return v.Expand(2, -1, 4) },
		"expand_scalar":     func(v *V) *V { return v.Expand(2, 3) },
		"expand_to_empty":   func(v *V) *V { return v.Expand(0, 3) },
		"one_hot":           func(v *V) *V { return v.OneHot(5) },
		"one_hot_2d":        func(v *V) *V { return v.OneHot(3) },
		"cat_one":           func(v *V) *V { return stheno.Cat(0, v) },
		"cat_same_twice":    func(v *V) *V { return stheno.Cat(0, v, v) },
	} {
		smooth(name, func(x ...*V) *V { return f(x[0]) })
	}
	for name, dim := range map[string]int{"cat_0": 0, "cat_1": 1, "cat_-1": -1, "cat_empty": 1} {
		smooth(name, func(x ...*V) *V { return stheno.Cat(dim, x...) })
	}
	for name, dim := range map[string]int{"stack_0": 0, "stack_1": 1, "stack_-1": -1, "stack_scalars": 0} {
		smooth(name, func(x ...*V) *V { return stheno.Stack(dim, x...) })
	}
	for name, dim := range map[string]int{"index_select_0": 0, "index_select_-1": -1, "index_select_empty": 1} {
		smooth(name, func(x ...*V) *V { return x[0].IndexSelect(dim, x[1]) })
	}
	for name, dim := range map[string]int{"gather_0": 0, "gather_1": 1, "gather_-1": -1, "gather_smaller": 1} {
		smooth(name, func(x ...*V) *V { return x[0].Gather(dim, x[1]) })
	}
}
