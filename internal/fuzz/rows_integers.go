// SPDX-License-Identifier: MIT

package main

import (
	"math"
	"slices"

	"github.com/stheno-go/stheno"
)

// integer returns a value that is no float, or a new leaf, which is like something that is
// there or of a shape of its own.
func (d *drawer) integer() int {
	if d.one(2) {
		if i := d.find(func(i int) bool { return !d.vals[i].DType().IsFloat() }); i >= 0 {
			return i
		}
	}
	shape := []int{1 + d.IntN(3), d.of(d.channels...)}
	if i := d.float(); i >= 0 && d.one(2) {
		shape = d.vals[i].Shape()
	}
	return d.leaf(d.integerKind(), false, shape...)
}

func (d *drawer) integerKind() Kind { return []Kind{Whole, Byte, Bit}[d.IntN(3)] }

// alike returns a value that is no float and broadcasts with i.
func (d *drawer) alike(i int) int {
	v := d.vals[i]
	if k := d.find(func(k int) bool { return !d.vals[k].DType().IsFloat() && d.broadcasts(d.vals[k].Shape(), v.Shape()) }); k >= 0 && d.one(2) {
		return k
	}
	shape := v.Shape()
	for k := range shape {
		if d.one(3) {
			shape[k] = 1
		}
	}
	return d.leaf(d.integerKind(), false, shape[d.IntN(len(shape)+1):]...)
}

func asByte(x *V) *V  { return x.To(stheno.Uint8) }
func asWhole(x *V) *V { return x.To(stheno.Int64) }

// integers are operations of values that are no floats, in the type that the name says. They
// are exact in every program.
func integers() {
	for name, f := range map[string]struct {
		code  string
		apply func(x *V) *V
	}{
		"whole_neg":    {"$0.To(stheno.Int64).Neg()", func(x *V) *V { return asWhole(x).Neg() }},
		"whole_abs":    {"$0.To(stheno.Int64).Abs()", func(x *V) *V { return asWhole(x).Abs() }},
		"whole_sign":   {"$0.To(stheno.Int64).Sign()", func(x *V) *V { return asWhole(x).Sign() }},
		"whole_relu":   {"$0.To(stheno.Int64).ReLU()", func(x *V) *V { return asWhole(x).ReLU() }},
		"whole_square": {"$0.To(stheno.Int64).Square()", func(x *V) *V { return asWhole(x).Square() }},
		"whole_cube":   {"$0.To(stheno.Int64).Pow(3)", func(x *V) *V { return asWhole(x).Pow(3) }},
		"byte_neg":     {"$0.To(stheno.Uint8).Neg()", func(x *V) *V { return asByte(x).Neg() }},
		"byte_square":  {"$0.To(stheno.Uint8).Square()", func(x *V) *V { return asByte(x).Square() }},
		"byte_sign":    {"$0.To(stheno.Uint8).Sign()", func(x *V) *V { return asByte(x).Sign() }},
		"byte_beyond":  {"$0.To(stheno.Uint8).Add(300)", func(x *V) *V { return asByte(x).Add(300) }},
		"byte_least":   {"$0.To(stheno.Uint8).Minimum(300)", func(x *V) *V { return asByte(x).Minimum(300) }},
		"byte_clamp":   {"$0.To(stheno.Uint8).Clamp(-7, 100)", func(x *V) *V { return asByte(x).Clamp(-7, 100) }},
		"whole_clamp":  {"$0.To(stheno.Int64).Clamp(-1, 100)", func(x *V) *V { return asWhole(x).Clamp(-1, 100) }},
		"whole_mod":    {"$0.To(stheno.Int64).Remainder(-3)", func(x *V) *V { return asWhole(x).Remainder(-3) }},
		"whole_over":   {"$0.To(stheno.Int64).FloorDivide(-2)", func(x *V) *V { return asWhole(x).FloorDivide(-2) }},
		"byte_over":    {"$0.To(stheno.Uint8).FloorDivide(7)", func(x *V) *V { return asByte(x).FloorDivide(7) }},
		"bit_not":      {"$0.Gt(1).Not()", func(x *V) *V { return x.Gt(1).Not() }},
	} {
		add(name, row{code: f.code, exact: true, moves: true, weight: 1,
			apply: func(_ *env, x []*V, _ *Node) *V { return f.apply(x[0]) },
			draw:  func(d *drawer) bool { return d.step1(name, []int{d.integer()}, nil) >= 0 }})
	}
	for name, f := range map[string]struct {
		code  string
		apply func(x, y *V) *V
	}{
		"whole_add":   {"$0.To(stheno.Int64).Add($1.To(stheno.Int64))", func(x, y *V) *V { return asWhole(x).Add(asWhole(y)) }},
		"whole_sub":   {"$0.To(stheno.Int64).Sub($1.To(stheno.Int64))", func(x, y *V) *V { return asWhole(x).Sub(asWhole(y)) }},
		"whole_mul":   {"$0.To(stheno.Int64).Mul($1.To(stheno.Int64))", func(x, y *V) *V { return asWhole(x).Mul(asWhole(y)) }},
		"whole_max":   {"$0.To(stheno.Int64).Maximum($1.To(stheno.Int64))", func(x, y *V) *V { return asWhole(x).Maximum(asWhole(y)) }},
		"whole_pow":   {"$0.To(stheno.Int64).Pow($1.To(stheno.Int64))", func(x, y *V) *V { return asWhole(x).Pow(asWhole(y)) }},
		"whole_rest":  {"$0.To(stheno.Int64).Remainder($1.To(stheno.Int64).Mul(2).Add(1))", func(x, y *V) *V { return asWhole(x).Remainder(asWhole(y).Mul(2).Add(1)) }},
		"whole_floor": {"$0.To(stheno.Int64).FloorDivide($1.To(stheno.Int64).Mul(2).Add(1))", func(x, y *V) *V { return asWhole(x).FloorDivide(asWhole(y).Mul(2).Add(1)) }},
		"byte_add":    {"$0.To(stheno.Uint8).Add($1.To(stheno.Uint8))", func(x, y *V) *V { return asByte(x).Add(asByte(y)) }},
		"byte_sub":    {"$0.To(stheno.Uint8).Sub($1.To(stheno.Uint8))", func(x, y *V) *V { return asByte(x).Sub(asByte(y)) }},
		"byte_mul":    {"$0.To(stheno.Uint8).Mul($1.To(stheno.Uint8))", func(x, y *V) *V { return asByte(x).Mul(asByte(y)) }},
		"bit_add":     {"$0.Gt(1).Add($1.Lt(1))", func(x, y *V) *V { return x.Gt(1).Add(y.Lt(1)) }},
		"bit_mul":     {"$0.Gt(0).Mul($1.Eq(1))", func(x, y *V) *V { return x.Gt(0).Mul(y.Eq(1)) }},
		"bit_max":     {"$0.Eq(1).Maximum($1.Ne(1))", func(x, y *V) *V { return x.Eq(1).Maximum(y.Ne(1)) }},
		"whole_where": {"stheno.Where($0.Gt(1), $0.To(stheno.Int64), $1.To(stheno.Int64))", func(x, y *V) *V { return stheno.Where(x.Gt(1), asWhole(x), asWhole(y)) }},
	} {
		add(name, row{code: f.code, exact: true, moves: true, weight: 1,
			apply: func(_ *env, x []*V, _ *Node) *V { return f.apply(x[0], x[1]) },
			draw: func(d *drawer) bool {
				x := d.integer()
				return d.step1(name, []int{x, d.alike(x)}, nil) >= 0
			}})
	}
	for name, f := range map[string]struct {
		code  string
		apply func(x *V, axes ...int) *V
	}{
		"whole_sum":     {"$0.Sum(#*)", (*V).Sum},
		"whole_prod":    {"$0.Clamp(0, 2).Prod(#*)", func(x *V, axes ...int) *V { return x.Clamp(0, 2).Prod(axes...) }},
		"whole_most":    {"$0.To(stheno.Int64).Max(#*)", func(x *V, axes ...int) *V { return asWhole(x).Max(axes...) }},
		"byte_least_of": {"$0.To(stheno.Uint8).Min(#*)", func(x *V, axes ...int) *V { return asByte(x).Min(axes...) }},
		"whole_all":     {"$0.All(#*)", (*V).All},
		"whole_any":     {"$0.Any(#*)", (*V).Any},
	} {
		add(name, row{code: f.code, exact: true, moves: true, weight: 1,
			apply: func(_ *env, x []*V, n *Node) *V { return f.apply(x[0], n.Ints...) },
			draw: func(d *drawer) bool {
				x := d.integer()
				axes := d.Perm(d.vals[x].NDim())
				return d.step1(name, []int{x}, axes[:d.IntN(len(axes)+1)]) >= 0
			}})
	}
	add("whole_cumsum", row{code: "$0.Cumsum(#0)", exact: true, moves: true, weight: 1,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Cumsum(n.Ints[0]) },
		draw: func(d *drawer) bool {
			x := d.integer()
			return d.vals[x].NDim() > 0 && d.step1("whole_cumsum", []int{x}, []int{d.IntN(d.vals[x].NDim())}) >= 0
		}})
	for name, to := range map[string]stheno.DType{"whole_matmul": stheno.Int64, "byte_matmul": stheno.Uint8} {
		add(name, row{code: "$0.To(stheno." + map[stheno.DType]string{stheno.Int64: "Int64", stheno.Uint8: "Uint8"}[to] + ").MatMul($1.Transpose(-1, 0))", exact: true, moves: true, weight: 1,
			apply: func(_ *env, x []*V, _ *Node) *V { return x[0].To(to).MatMul(x[1].To(to).Transpose(-1, 0)) },
			draw: func(d *drawer) bool {
				x := d.integer()
				if d.vals[x].NDim() == 0 {
					return false
				}
				shape := []int{1 + d.IntN(5), d.vals[x].Dim(-1)}
				return d.step1(name, []int{x, d.leaf(d.integerKind(), false, shape[d.IntN(2):]...)}, nil) >= 0
			}})
	}
	// What follows has a float beside an integer, or of one.
	add("scaled", row{code: "$0.Mul($1)", exact: true, weight: 2,
		apply: func(_ *env, x []*V, _ *Node) *V { return x[0].Mul(x[1]) },
		draw: func(d *drawer) bool {
			x := d.float()
			return x >= 0 && d.step1("scaled", []int{x, d.alike(x)}, nil) >= 0
		}})
	add("float_of", row{code: "$0.To(stheno.Float32)", exact: true, moves: true, weight: 2,
		apply: func(e *env, x []*V, _ *Node) *V { return x[0].To(e.float) },
		draw:  func(d *drawer) bool { return d.step1("float_of", []int{d.integer()}, nil) >= 0 }})
	add("remainder", row{code: "$0.Remainder($1.Abs().Add(0.5))", weight: 1,
		apply: func(_ *env, x []*V, _ *Node) *V { return x[0].Remainder(x[1].Abs().Add(0.5)) },
		draw: func(d *drawer) bool {
			x := d.float()
			return x >= 0 && d.step1("remainder", []int{x, d.like(x)}, nil) >= 0
		}})
	add("floor_divide", row{code: "$0.FloorDivide(%0)", moves: true, weight: 1,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].FloorDivide(n.Nums[0]) },
		draw: func(d *drawer) bool {
			return d.step1("floor_divide", []int{d.float()}, nil, []float64{0.75, -1.5}[d.IntN(2)]) >= 0
		}})
}

// byteOf is x modulo 256.
func byteOf(x float64) float64 { return rest(x, 256) }

// rest is x modulo y, with the sign of y.
func rest(x, y float64) float64 { return x - y*math.Floor(x/y) }

// power is the whole power of whole numbers.
func power(x, y float64) float64 {
	if y < 0 && math.Abs(x) != 1 {
		return 0
	}
	return math.Pow(x, y)
}

// wholes defines the operations of integers.
func wholes() {
	id := func(x float64) float64 { return x }
	for name, f := range map[string]func(x float64) float64{
		"whole_neg": func(x float64) float64 { return -x }, "whole_abs": math.Abs, "whole_sign": sign,
		"whole_relu": func(x float64) float64 { return max(x, 0) }, "whole_square": square, "whole_cube": func(x float64) float64 { return x * x * x },
		"byte_neg":    func(x float64) float64 { return byteOf(-x) },
		"byte_square": func(x float64) float64 { return byteOf(square(byteOf(x))) },
		"byte_sign":   func(x float64) float64 { return sign(byteOf(x)) },
		"byte_beyond": func(x float64) float64 { return byteOf(x + 300) },
		"byte_least":  func(x float64) float64 { return min(byteOf(x), 44) },
		"byte_clamp":  func(x float64) float64 { return min(byteOf(x), 100) },
		"whole_clamp": func(x float64) float64 { return min(max(x, -1), 100) },
		"whole_mod":   func(x float64) float64 { return rest(x, -3) }, "whole_over": func(x float64) float64 { return math.Floor(x / -2) },
		"byte_over": func(x float64) float64 { return math.Floor(byteOf(x) / 7) },
		"bit_not":   func(x float64) float64 { return truth(!(x > 1)) }, "float_of": id,
	} {
		reference[name] = func(_ *env, x []array, _ *Node) array { return x[0].each(f) }
	}
	for name, f := range map[string]func(x, y float64) float64{
		"whole_add": func(x, y float64) float64 { return x + y }, "whole_sub": func(x, y float64) float64 { return x - y },
		"whole_mul": func(x, y float64) float64 { return x * y }, "whole_max": math.Max, "whole_pow": power,
		"whole_rest":  func(x, y float64) float64 { return rest(x, 2*y+1) },
		"whole_floor": func(x, y float64) float64 { return math.Floor(x / (2*y + 1)) },
		"byte_add":    func(x, y float64) float64 { return byteOf(x + y) },
		"byte_sub":    func(x, y float64) float64 { return byteOf(x - y) },
		"byte_mul":    func(x, y float64) float64 { return byteOf(byteOf(x) * byteOf(y)) },
		"bit_add":     func(x, y float64) float64 { return truth(x > 1 || y < 1) },
		"bit_mul":     func(x, y float64) float64 { return truth(x > 0 && y == 1) },
		"bit_max":     func(x, y float64) float64 { return truth(x == 1 || y != 1) },
		"whole_where": func(x, y float64) float64 { return []float64{y, x}[int(truth(x > 1))] },
		"scaled":      func(x, y float64) float64 { return x * y },
		"remainder":   func(x, y float64) float64 { return rest(x, math.Abs(y)+0.5) },
	} {
		reference[name] = func(_ *env, x []array, _ *Node) array { return x[0].zip(x[1], f) }
	}
	reference["floor_divide"] = func(_ *env, x []array, n *Node) array {
		return x[0].each(func(v float64) float64 { return math.Floor(v / n.Nums[0]) })
	}
	for name, f := range map[string]func(x []float64) float64{
		"whole_sum": sum, "whole_most": slices.Max[[]float64],
		"whole_prod": func(x []float64) float64 {
			p := 1.0
			for _, v := range x {
				p *= min(max(v, 0), 2)
			}
			return p
		},
		"byte_least_of": func(x []float64) float64 {
			least := 255.0
			for _, v := range x {
				least = min(least, byteOf(v))
			}
			return least
		},
		"whole_all": func(x []float64) float64 { return truth(!slices.Contains(x, 0)) },
		"whole_any": func(x []float64) float64 {
			return truth(slices.ContainsFunc(x, func(v float64) bool { return v != 0 }))
		},
	} {
		reference[name] = func(_ *env, x []array, n *Node) array { return x[0].reduce(n.Ints, f) }
	}
	reference["whole_cumsum"] = func(e *env, x []array, n *Node) array { return reference["cumsum"](e, x, n) }
	product := func(x []array) array {
		y := x[1]
		if len(y.shape) == 2 {
			y = y.permute([]int{1, 0})
		}
		return x[0].matmul(y)
	}
	reference["whole_matmul"] = func(_ *env, x []array, _ *Node) array { return product(x) }
	reference["byte_matmul"] = func(_ *env, x []array, _ *Node) array { return product(x).each(byteOf) }
}
