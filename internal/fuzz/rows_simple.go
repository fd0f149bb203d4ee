// SPDX-License-Identifier: MIT

package main

import (
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

func init() {
	unary()
	numbers()
	binary()
	quotients()
	comparisons()
	views()
	reductions()
	integers()
}

// one draws an operation of one float operand without attributes.
func one(name string) func(d *drawer) bool {
	return func(d *drawer) bool { return d.step1(name, []int{d.float()}, nil) >= 0 }
}

func unary() {
	for name, f := range map[string]struct {
		code  string
		apply func(x *V) *V
		exact bool
		moves bool
	}{
		"relu":       {"$0.ReLU()", (*V).ReLU, true, true},
		"neg":        {"$0.Neg()", (*V).Neg, true, true},
		"abs":        {"$0.Abs()", (*V).Abs, true, true},
		"square":     {"$0.Square()", (*V).Square, true, false},
		"tanh":       {"$0.Tanh()", (*V).Tanh, false, false},
		"sigmoid":    {"$0.Sigmoid()", (*V).Sigmoid, false, false},
		"sin":        {"$0.Sin()", (*V).Sin, false, false},
		"cos":        {"$0.Cos()", (*V).Cos, false, false},
		"erf":        {"$0.Erf()", (*V).Erf, false, false},
		"sign":       {"$0.Add(0.07).Sign()", func(x *V) *V { return x.Add(0.07).Sign() }, true, true},
		"floor":      {"$0.Add(0.3).Floor()", func(x *V) *V { return x.Add(0.3).Floor() }, true, true},
		"round":      {"$0.Round()", (*V).Round, true, true},
		"logsigmoid": {"$0.LogSigmoid()", (*V).LogSigmoid, false, false},
		"softplus":   {"$0.Softplus(1, 20)", func(x *V) *V { return x.Softplus(1, 20) }, false, false},
		"exp":        {"$0.Sin().Exp()", func(x *V) *V { return x.Sin().Exp() }, false, false},
		"expm1":      {"$0.Sin().Expm1()", func(x *V) *V { return x.Sin().Expm1() }, false, false},
		"log":        {"$0.Abs().Add(0.5).Log()", func(x *V) *V { return x.Abs().Add(0.5).Log() }, false, false},
		"log1p":      {"$0.Abs().Log1p()", func(x *V) *V { return x.Abs().Log1p() }, false, false},
		"sqrt":       {"$0.Square().Add(1).Sqrt()", func(x *V) *V { return x.Square().Add(1).Sqrt() }, false, false},
		"rsqrt":      {"$0.Square().Add(1).Rsqrt()", func(x *V) *V { return x.Square().Add(1).Rsqrt() }, false, false},
		"reciprocal": {"$0.Square().Add(1).Reciprocal()", func(x *V) *V { return x.Square().Add(1).Reciprocal() }, false, false},
		"detach":     {"$0.Detach()", (*V).Detach, true, true},
		"gelu":       {"$0.GELU()", (*V).GELU, false, false},
		"elu":        {"$0.ELU(0.5)", func(x *V) *V { return x.ELU(0.5) }, false, false},
		"hardswish":  {"$0.Hardswish()", (*V).Hardswish, false, false},
		"silu":       {"$0.Sigmoid().Mul($0)", func(x *V) *V { return x.Sigmoid().Mul(x) }, false, false},
	} {
		w := 1
		if name == "relu" {
			w = 12
		}
		add(name, row{apply: func(_ *env, x []*V, _ *Node) *V { return f.apply(x[0]) }, code: f.code, draw: one(name), weight: w, exact: f.exact, moves: f.moves,
			saturates: map[string]float64{"tanh": 1, "sigmoid": 1, "silu": 1, "gelu": 1}[name]})
	}
}

// numbers are the operations with Go numbers, which differ from round to round.
func numbers() {
	for name, f := range map[string]struct {
		code  string
		apply func(x *V, c float64) *V
		list  []float64
	}{
		"add_number": {"$0.Add(%0)", func(x *V, c float64) *V { return x.Add(c) }, []float64{0.25, -1, 2}},
		"sub_number": {"$0.Sub(%0)", func(x *V, c float64) *V { return x.Sub(c) }, []float64{0.5, 1}},
		"mul_number": {"$0.Mul(%0)", func(x *V, c float64) *V { return x.Mul(c) }, []float64{0.5, -0.75, 2}},
		"div_number": {"$0.Div(%0)", func(x *V, c float64) *V { return x.Div(c) }, []float64{3, -2}},
		"max_number": {"$0.Maximum(%0)", func(x *V, c float64) *V { return x.Maximum(c) }, []float64{-0.25, 0.125}},
		"min_number": {"$0.Minimum(%0)", func(x *V, c float64) *V { return x.Minimum(c) }, []float64{0.75}},
	} {
		add(name, row{code: f.code, apply: func(e *env, x []*V, n *Node) *V { return f.apply(x[0], e.num(n, 0)) },
			draw: func(d *drawer) bool {
				return d.step1(name, []int{d.float()}, nil, f.list[d.IntN(len(f.list))]) >= 0
			}, weight: 1})
	}
	add("clamp", row{code: "$0.Clamp(%0, %1)", moves: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Clamp(n.Nums[0], n.Nums[1]) },
		draw:  func(d *drawer) bool { return d.step1("clamp", []int{d.float()}, nil, -0.5, 1.25) >= 0 }})
	add("pow_number", row{code: "$0.Abs().Add(0.5).Pow(%0)",
		apply: func(e *env, x []*V, n *Node) *V { return x[0].Abs().Add(0.5).Pow(e.num(n, 0)) },
		draw: func(d *drawer) bool {
			return d.step1("pow_number", []int{d.float()}, nil, []float64{2, 3, -1, 0.5, 1.5}[d.IntN(5)]) >= 0
		}})
	add("square_power", row{code: "$0.Pow(2)", apply: func(_ *env, x []*V, _ *Node) *V { return x[0].Pow(2) }, draw: one("square_power")})
}

func binary() {
	for name, f := range map[string]struct {
		code   string
		apply  func(x, y *V) *V
		weight int
		exact  bool
		moves  bool
	}{
		"add":     {"$0.Add($1)", func(x, y *V) *V { return x.Add(y) }, 12, true, false},
		"sub":     {"$0.Sub($1)", func(x, y *V) *V { return x.Sub(y) }, 3, true, false},
		"mul":     {"$0.Mul($1)", func(x, y *V) *V { return x.Mul(y) }, 10, true, false},
		"div":     {"$0.Div($1.Square().Add(1))", func(x, y *V) *V { return x.Div(y.Square().Add(1)) }, 2, false, false},
		"maximum": {"$0.Maximum($1)", func(x, y *V) *V { return x.Maximum(y) }, 2, true, true},
		"minimum": {"$0.Minimum($1)", func(x, y *V) *V { return x.Minimum(y) }, 2, true, true},
		"pow":     {"$0.Abs().Add(0.5).Pow($1.Sin())", func(x, y *V) *V { return x.Abs().Add(0.5).Pow(y.Sin()) }, 1, false, false},
		"mse":     {"$0.MSELoss($1)", func(x, y *V) *V { return x.MSELoss(y) }, 1, false, false},
		"bce": {"layers.BCELoss{Reduction: layers.None}.Forward($0.Sin().Mul(0.4).Add(0.5), $1.Cos().Square())",
			func(x, y *V) *V {
				return layers.BCELoss{Reduction: layers.None}.Forward(x.Sin().Mul(0.4).Add(0.5), y.Cos().Square())
			}, 1, false, false},
		"bce_with_logits": {"layers.BCEWithLogitsLoss{Reduction: layers.None}.Forward($0, $1.Cos().Square())",
			func(x, y *V) *V {
				return layers.BCEWithLogitsLoss{Reduction: layers.None}.Forward(x, y.Cos().Square())
			}, 1, false, false},
		"where_greater": {"stheno.Where($0.Gt($1), $0, $1.Mul(0.5))", func(x, y *V) *V { return stheno.Where(x.Gt(y), x, y.Mul(0.5)) }, 2, false, true},
	} {
		add(name, row{code: f.code, apply: func(_ *env, x []*V, _ *Node) *V { return f.apply(x[0], x[1]) }, weight: f.weight, exact: f.exact, moves: f.moves,
			draw: func(d *drawer) bool {
				x := d.float()
				if x < 0 {
					return false
				}
				in := []int{x, d.like(x)}
				if d.one(2) {
					slices.Reverse(in)
				}
				return d.step1(name, in, nil) >= 0
			}})
	}
}

// quotients divides by a leaf, which is never 0: what fills up a block would be.
func quotients() {
	add("div_leaf", row{code: "$0.Div($1)", apply: func(_ *env, x []*V, _ *Node) *V { return x[0].Div(x[1]) },
		draw: func(d *drawer) bool { return d.quotient(d.float()) >= 0 }})
	add("log_leaf", row{code: "$0.Add($1.Log())", apply: func(_ *env, x []*V, _ *Node) *V { return x[0].Add(x[1].Log()) },
		draw: func(d *drawer) bool {
			x := d.float()
			return x >= 0 && d.step1("log_leaf", []int{x, d.leaf(Positive, false, d.vals[x].Shape()...)}, nil) >= 0
		}})
}

// quotient divides x by a leaf of its shape, or one that broadcasts.
func (d *drawer) quotient(x int) int {
	if x < 0 {
		return -1
	}
	shape := d.vals[x].Shape()
	for k := range shape {
		if d.one(6) {
			shape[k] = 1
		}
	}
	return d.step1("div_leaf", []int{x, d.leaf(Positive, false, shape...)}, nil)
}

// comparisons are operations that make booleans and read them.
func comparisons() {
	add("where", row{code: "stheno.Where($0.Lt(%0).Xor($1.Ge(0)), $1, $2)", moves: true, exact: true,
		apply: func(_ *env, x []*V, n *Node) *V {
			return stheno.Where(x[0].Lt(n.Nums[0]).Xor(x[1].Ge(0)), x[1], x[2])
		},
		draw: func(d *drawer) bool {
			x := d.float()
			return x >= 0 && d.step1("where", []int{x, d.like(x), d.like(x)}, nil, 0.125) >= 0
		}})
	add("where_number", row{code: "stheno.Where($0.Le($1).Not().Or($1.Eq(0)), $0, %0)", moves: true, exact: true,
		apply: func(_ *env, x []*V, n *Node) *V {
			return stheno.Where(x[0].Le(x[1]).Not().Or(x[1].Eq(0)), x[0], n.Nums[0])
		},
		draw: func(d *drawer) bool {
			x := d.float()
			return x >= 0 && d.step1("where_number", []int{x, d.like(x)}, nil, 1) >= 0
		}})
	add("mask", row{code: "$0.Gt($1).And($1.Ne(0.75)).To(stheno.Float32)", moves: true, exact: true,
		apply: func(e *env, x []*V, _ *Node) *V { return x[0].Gt(x[1]).And(x[1].Ne(0.75)).To(e.float) },
		draw: func(d *drawer) bool {
			x := d.float()
			return x >= 0 && d.step1("mask", []int{x, d.like(x)}, nil) >= 0
		}})
	add("truncate", row{code: "$0.Add(0.3).To(stheno.Int64).To(stheno.Float32)", moves: true, exact: true, weight: 1,
		apply: func(e *env, x []*V, _ *Node) *V { return x[0].Add(0.3).To(stheno.Int64).To(e.float) }, draw: one("truncate")})
	add("double", row{code: "$0.To(stheno.Float64)", moves: true, exact: true,
		apply: func(_ *env, x []*V, _ *Node) *V { return x[0].To(stheno.Float64) }, draw: one("double")})
	add("single", row{code: "$0.To(stheno.Float32)", exact: true,
		apply: func(e *env, x []*V, _ *Node) *V { return x[0].To(e.float) }, draw: one("single")})
}

func views() {
	add("reshape", row{code: "$0.Reshape(#*)", moves: true, exact: true, weight: 4,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Reshape(n.Ints...) },
		draw: func(d *drawer) bool {
			x := d.float()
			return x >= 0 && d.step1("reshape", []int{x}, d.factors(d.vals[x].Size())) >= 0
		}})
	add("flatten", row{code: "$0.Flatten(#0)", moves: true, exact: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Flatten(n.Ints[0]) },
		draw:  func(d *drawer) bool { return d.step1("flatten", []int{d.float()}, []int{d.IntN(3)}) >= 0 }})
	add("permute", row{code: "$0.Permute(#*)", moves: true, exact: true, weight: 4,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Permute(n.Ints...) },
		draw: func(d *drawer) bool {
			x := d.float()
			return x >= 0 && d.step1("permute", []int{x}, d.Perm(d.vals[x].NDim())) >= 0
		}})
	add("transpose", row{code: "$0.Transpose(#0, #1)", moves: true, exact: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Transpose(n.Ints[0], n.Ints[1]) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			return x >= 0 && d.step1("transpose", []int{x}, []int{k, -1}) >= 0
		}})
	add("unsqueeze", row{code: "$0.Unsqueeze(#0)", moves: true, exact: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Unsqueeze(n.Ints[0]) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			return x >= 0 && d.step1("unsqueeze", []int{x}, []int{k}) >= 0
		}})
	add("squeeze", row{code: "$0.Squeeze()", moves: true, exact: true, weight: 1,
		apply: func(_ *env, x []*V, _ *Node) *V { return x[0].Squeeze() }, draw: one("squeeze")})
	// What makes several elements of one, here and below, does not only move: where
	// rounding makes them differ, anything may win.
	add("expand", row{code: "$0.Expand(#*)", exact: true, weight: 3,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Expand(n.Ints...) },
		draw: func(d *drawer) bool {
			x := d.float()
			if x < 0 {
				return false
			}
			to := d.vals[x].Shape()
			for i := range to {
				if to[i] == 1 {
					to[i] = 1 + d.IntN(4)
				}
			}
			if len(to) < 4 && d.one(2) {
				to = append([]int{1 + d.IntN(3)}, to...)
			}
			return d.step1("expand", []int{x}, to) >= 0
		}})
	add("slice", row{code: "$0.Slice(#0, #1, #2, #3)", moves: true, exact: true, weight: 5,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Slice(n.Ints[0], n.Ints[1], n.Ints[2], n.Ints[3]) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			if x < 0 {
				return false
			}
			dim := d.vals[x].Dim(k)
			start := d.IntN(dim)
			return d.step1("slice", []int{x}, []int{k, start, start + 1 + d.IntN(dim-start), 1 + d.IntN(2)}) >= 0
		}})
	add("select", row{code: "$0.Select(#0, #1)", moves: true, exact: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Select(n.Ints[0], n.Ints[1]) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			return x >= 0 && d.step1("select", []int{x}, []int{k, d.IntN(d.vals[x].Dim(k))}) >= 0
		}})
	add("split", row{code: "$0.Split(#0, #1)[#2]", moves: true, exact: true,
		apply: func(_ *env, x []*V, n *Node) *V {
			parts := x[0].Split(n.Ints[0], n.Ints[1])
			return parts[min(n.Ints[2], len(parts)-1)]
		},
		draw: func(d *drawer) bool {
			x, k := d.axis()
			if x < 0 || d.vals[x].Dim(k) < 2 {
				return false
			}
			size := 1 + d.IntN(d.vals[x].Dim(k))
			return d.step1("split", []int{x}, []int{k, size, d.IntN((d.vals[x].Dim(k) + size - 1) / size)}) >= 0
		}})
	add("pad", row{code: "$0.Pad(%0, #*)", exact: true, weight: 3,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Pad(n.Nums[0], n.Ints...) },
		draw: func(d *drawer) bool {
			x := d.float()
			if x < 0 {
				return false
			}
			var pads []int
			for range d.IntN(min(d.vals[x].NDim(), 3) + 1) {
				pads = append(pads, d.IntN(5)-1, d.IntN(3))
			}
			return d.step1("pad", []int{x}, pads, float64(d.of(0, 0, 0, 1))) >= 0
		}})
	add("cat", row{code: "stheno.Cat(#0, $*)", exact: true, weight: 4,
		apply: func(_ *env, x []*V, n *Node) *V { return stheno.Cat(n.Ints[0], x...) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			if x < 0 {
				return false
			}
			in := []int{x}
			for range 1 + d.IntN(2) {
				y := d.findFloat(func(v *V) bool { return fits(v, d.vals[x], k) })
				if d.one(3) {
					shape := d.vals[x].Shape()
					shape[k] = 1 + d.IntN(4)
					y = d.leaf(Normal, false, shape...)
				}
				in = append(in, y)
			}
			return d.step1("cat", in, []int{k}) >= 0
		}})
	add("pieces", row{exact: true, weight: 4, draw: (*drawer).pieces})
	add("stack", row{code: "stheno.Stack(#0, $*)", exact: true, weight: 1,
		apply: func(_ *env, x []*V, n *Node) *V { return stheno.Stack(n.Ints[0], x...) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			if x < 0 || d.vals[x].NDim() > 4 {
				return false
			}
			return d.step1("stack", []int{x, d.leaf(Normal, false, d.vals[x].Shape()...), x}, []int{k}) >= 0
		}})
}

// pieces are several slices of one value, apart or not, that come together again: their
// gradients are put together at once.
func (d *drawer) pieces() bool {
	x, k := d.axis()
	if x < 0 || d.vals[x].Dim(k) < 3 {
		return false
	}
	dim, n := d.vals[x].Dim(k), 3+d.IntN(3)
	var parts []int
	for i := range n {
		from := i * dim / n
		to := max((i+1)*dim/n, from+1)
		if d.one(3) {
			from, to = 0, dim
		}
		step := d.of(1, 1, 2)
		y := d.step1("slice", []int{x}, []int{k, from, to, step})
		if d.one(2) {
			y = d.step1("square", []int{y}, nil)
		}
		parts = append(parts, y)
	}
	d.Shuffle(n, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return d.step1("cat", parts, []int{k}) >= 0
}

// fits reports whether x and y have the same shape but for dimension k.
func fits(x, y *V, k int) bool {
	if x.NDim() != y.NDim() {
		return false
	}
	for i := range x.NDim() {
		if i != k && x.Dim(i) != y.Dim(i) {
			return false
		}
	}
	return true
}

// axis returns a float value that is not a scalar, and one of its dimensions.
func (d *drawer) axis() (x, k int) {
	x = d.findFloat(func(v *V) bool { return v.NDim() > 0 })
	if x < 0 {
		return x, 0
	}
	return x, d.IntN(d.vals[x].NDim())
}

// factors returns a shape of that many elements.
func (d *drawer) factors(n int) []int {
	var list []int
	for range d.IntN(4) {
		var divisors []int
		for k := 1; k <= min(n, 64); k++ {
			if n%k == 0 {
				divisors = append(divisors, k)
			}
		}
		k := d.of(divisors...)
		list = append(list, k)
		n /= k
	}
	return append(list, n)
}

func reductions() {
	for name, f := range map[string]struct {
		apply  func(x *V, axes ...int) *V
		code   string
		weight int
		exact  bool
	}{
		"sum":       {(*V).Sum, "$0.Sum(#*)", 4, true},
		"mean":      {(*V).Mean, "$0.Mean(#*)", 5, false},
		"max":       {(*V).Max, "$0.Max(#*)", 2, true},
		"min":       {(*V).Min, "$0.Min(#*)", 1, true},
		"logsumexp": {(*V).LogSumExp, "$0.LogSumExp(#*)", 1, false},
		"var":       {func(x *V, axes ...int) *V { return x.Var(0, axes...) }, "$0.Var(0, #*)", 1, false},
		"std":       {func(x *V, axes ...int) *V { return x.Std(0, axes...) }, "$0.Std(0, #*)", 1, false},
		"norm":      {func(x *V, axes ...int) *V { return x.Norm(2, axes...) }, "$0.Norm(2, #*)", 1, false},
		"norm1":     {func(x *V, axes ...int) *V { return x.Norm(1, axes...) }, "$0.Norm(1, #*)", 1, true},
		"norm3":     {func(x *V, axes ...int) *V { return x.Norm(3, axes...) }, "$0.Norm(3, #*)", 1, false},
		"prod":      {func(x *V, axes ...int) *V { return x.Sin().Add(0.5).Prod(axes...) }, "$0.Sin().Add(0.5).Prod(#*)", 1, false},
	} {
		add(name, row{code: f.code, weight: f.weight, exact: f.exact,
			apply: func(_ *env, x []*V, n *Node) *V { return f.apply(x[0], n.Ints...) },
			draw: func(d *drawer) bool {
				x := d.float()
				if x < 0 {
					return false
				}
				axes := d.Perm(d.vals[x].NDim())
				axes = axes[:d.IntN(len(axes)+1)]
				if d.vals[x].NDim() == 4 && d.one(2) {
					axes = [][]int{{2, 3}, {0, 2, 3}, {1}, {1, 2, 3}}[d.IntN(4)]
				}
				if name == "prod" && d.vals[x].Size() > 30 {
					return false // float32 ends somewhere
				}
				return d.step1(name, []int{x}, axes) >= 0
			}})
	}
	add("cumsum", row{code: "$0.Cumsum(#0)", exact: true, weight: 1,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Cumsum(n.Ints[0]) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			return x >= 0 && d.step1("cumsum", []int{x}, []int{k}) >= 0
		}})
	for name, f := range map[string]struct {
		apply func(x *V, k int) *V
		code  string
	}{
		"softmax":    {(*V).Softmax, "$0.Softmax(#0)"},
		"logsoftmax": {(*V).LogSoftmax, "$0.LogSoftmax(#0)"},
	} {
		add(name, row{code: f.code, saturates: 1, apply: func(_ *env, x []*V, n *Node) *V { return f.apply(x[0], n.Ints[0]) },
			draw: func(d *drawer) bool {
				x, k := d.axis()
				return x >= 0 && d.step1(name, []int{x}, []int{k}) >= 0
			}})
	}
}
