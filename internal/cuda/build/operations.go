// SPDX-License-Identifier: MIT

package build

// one returns an operation of one instruction.
func one(inst string) Operation {
	return func(k *Kernel, in []Value) Value { return k.Op(F32, inst, in...) }
}

// Operations that round as the CPU does.
var (
	Add  = one("add.rn.f32")
	Sub  = one("sub.rn.f32")
	Mul  = one("mul.rn.f32")
	Div  = one("div.rn.f32")
	Sqrt = one("sqrt.rn.f32")
	Neg  = one("neg.f32")
)

// Relu is max(x, 0). A NaN stays, which max.f32 would drop.
func Relu(k *Kernel, in []Value) Value {
	return k.Op(F32, "selp.f32", Float(0), in[0], k.Op(Pred, "setp.le.f32", in[0], Float(0)))
}

// Affine is a·x+b, rounded twice.
func Affine(a, b float32) Operation {
	return func(k *Kernel, in []Value) Value {
		return k.Op(F32, "add.rn.f32", k.Op(F32, "mul.rn.f32", in[0], Float(a)), Float(b))
	}
}

// Exp is e^x, to about 3 units in the last place. 2^t of t = x·log2(e) is corrected by what the
// product loses.
func Exp(k *Kernel, in []Value) Value {
	const log2e, low, ln2 = 1.4426950408889634, 1.925963033500011e-8, 0.6931471805599453
	x := in[0]
	t := k.Op(F32, "mul.rn.f32", x, Float(log2e))
	rest := k.Op(F32, "fma.rn.f32", x, Float(log2e), k.Op(F32, "neg.f32", t))
	rest = k.Op(F32, "fma.rn.f32", x, Float(low), rest)
	y := k.Op(F32, "ex2.approx.f32", t)
	z := k.Op(F32, "fma.rn.f32", y, k.Op(F32, "mul.rn.f32", rest, Float(ln2)), y)
	// Beyond 80 the correction may be NaN.
	p := k.Op(Pred, "setp.lt.f32", k.Op(F32, "abs.f32", x), Float(80))
	return k.Op(F32, "selp.f32", z, y, p)
}

// Sigmoid is 1/(1+e^-x).
func Sigmoid(k *Kernel, in []Value) Value {
	e := Exp(k, []Value{k.Op(F32, "neg.f32", in[0])})
	return k.Op(F32, "div.rn.f32", Float(1), k.Op(F32, "add.rn.f32", e, Float(1)))
}
