// SPDX-License-Identifier: MIT

package parity

import (
	"math"

	"github.com/stheno-go/stheno"
)

// Arithmetic, comparison and functions of one variable.
func init() {
	type two struct {
		name string
		f    func(a *V, b any) *V
	}
	for _, o := range []two{{"add", (*V).Add}, {"sub", (*V).Sub}, {"mul", (*V).Mul}, {"div", (*V).Div}} {
		f := func(x ...*V) *V { return o.f(x[0], x[1]) }
		for _, s := range []string{"", "_outer", "_rank", "_rank_left", "_scalar_tensor", "_size1", "_empty", "_special"} {
			smooth(o.name+s, f)
		}
		smooth(o.name+"_number", func(x ...*V) *V { return o.f(x[0], 2.5) })
		smooth(o.name+"_self", func(x ...*V) *V { return o.f(x[0], x[0]) })
	}
	smooth("number_add", func(x ...*V) *V { return x[0].Add(2.5) })
	smooth("number_sub", func(x ...*V) *V { return x[0].Neg().Add(2.5) })
	smooth("number_mul", func(x ...*V) *V { return x[0].Mul(2.5) })
	smooth("number_div", func(x ...*V) *V { return x[0].Reciprocal().Mul(2.5) })

	for name, p := range map[string]float64{"2": 2, "0.5": .5, "3": 3, "-1": -1, "0": 0, "1": 1, "2.5": 2.5} {
		f := func(x ...*V) *V { return x[0].Pow(p) }
		smooth("pow_"+name, f)
		smooth("pow_"+name+"_special", f)
	}
	pow := func(x ...*V) *V { return x[0].Pow(x[1]) }
	smooth("pow_tensor", pow)
	smooth("pow_tensor_broadcast", pow)
	smooth("pow_tensor_special", pow)
	smooth("number_pow", func(x ...*V) *V { return stheno.Scalar(2.0).To(x[0].DType()).Pow(x[0]) })

	for _, o := range []two{{"eq", (*V).Eq}, {"ne", (*V).Ne}, {"lt", (*V).Lt}, {"le", (*V).Le}, {"gt", (*V).Gt}, {"ge", (*V).Ge}} {
		f := func(x ...*V) *V { return o.f(x[0], x[1]) }
		for _, s := range []string{"", "_broadcast", "_empty", "_special"} {
			rough(o.name+s, f)
		}
		rough(o.name+"_number", func(x ...*V) *V { return o.f(x[0], 1.0) })
	}
	for _, o := range []two{{"minimum", (*V).Minimum}, {"maximum", (*V).Maximum}} {
		f := func(x ...*V) *V { return o.f(x[0], x[1]) }
		for _, s := range []string{"", "_broadcast", "_special"} {
			smooth(o.name+s, f)
		}
		rough(o.name+"_ties", f)
	}
	where := func(x ...*V) *V { return stheno.Where(x[0], x[1], x[2]) }
	smooth("where", where)
	smooth("where_broadcast", where)
	smooth("where_number", func(x ...*V) *V { return stheno.Where(x[0], x[1], -1.5) })
	smooth("where_special", func(x ...*V) *V { return stheno.Where(x[0].Gt(0), x[0], x[1]) })

	unary := map[string]func(*V) *V{
		"neg": (*V).Neg, "exp": (*V).Exp, "log": (*V).Log, "log1p": (*V).Log1p, "expm1": (*V).Expm1, "sqrt": (*V).Sqrt,
		"rsqrt": (*V).Rsqrt, "reciprocal": (*V).Reciprocal, "abs": (*V).Abs, "sign": (*V).Sign, "sin": (*V).Sin,
		"cos": (*V).Cos, "tan": (*V).Tan, "tanh": (*V).Tanh, "sigmoid": (*V).Sigmoid, "erf": (*V).Erf, "floor": (*V).Floor,
		"ceil": (*V).Ceil, "round": (*V).Round, "relu": (*V).ReLU, "square": (*V).Square,
	}
	for name, op := range unary {
		f := func(x ...*V) *V { return op(x[0]) }
		kinks := name == "sign" || name == "floor" || name == "ceil" || name == "round" // no gradient flows at all
		for _, s := range []string{"", "_scalar", "_empty", "_special"} {
			add(name+s, Row{F: f, Kinks: kinks})
		}
		if name == "sign" || name == "abs" || name == "relu" || name == "sqrt" {
			rough(name+"_at_zero", f)
		}
	}
	softplus := func(x ...*V) *V { return x[0].Softplus(1, 20) }
	smooth("softplus", softplus)
	smooth("softplus_special", softplus)
	for name, limits := range map[string][2]float64{"clamp": {-1, .5}, "clamp_min": {-.5, math.Inf(1)}, "clamp_max": {math.Inf(-1), .5}, "clamp_special": {-1, 1}} {
		smooth(name, func(x ...*V) *V { return x[0].Clamp(limits[0], limits[1]) })
	}
	rough("clamp_at_bounds", func(x ...*V) *V { return x[0].Clamp(-1, 1) })
}
