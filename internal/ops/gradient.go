// SPDX-License-Identifier: MIT

package ops

import (
	"math"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// float2 is a pointwise function of two float inputs of one shape or that
// broadcast, computed element by element: the factors that derivatives need.
type float2 struct {
	plain
	name string
	f    func(a, b float64) float64
	grad func(b *Builder, i int) *G.Node
}

var (
	// PassPositive is the second input where the first is positive or NaN, and zero
	// elsewhere, at zero as well: ReLU's gradient as torch has it.
	PassPositive = &float2{name: "pass_positive", f: func(y, dy float64) float64 {
		if y <= 0 {
			return 0
		}
		return dy
	}}
	// PowBase is the derivative of a^b in a: b·a^(b-1), and 0 where b is 0.
	PowBase = &float2{name: "pow_base", f: func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		switch b {
		case 0.5: // NaN at -Inf and -Inf at -0, as the square root
			return 0.5 / math.Sqrt(a)
		case 1.5:
			return 1.5 * math.Sqrt(a)
		}
		return b * math.Pow(a, b-1)
	}}
	// PowExponent is the derivative of a^b in b: a^b·log a, and 0 where a is 0 and b
	// is not negative.
	PowExponent = &float2{name: "pow_exponent", f: func(a, b float64) float64 {
		if a == 0 && b >= 0 {
			return 0
		}
		return math.Pow(a, b) * math.Log(a)
	}}
	// XLogY is a·log b, and 0 where a is 0, whatever b is.
	XLogY = &float2{name: "xlogy", f: func(a, b float64) float64 {
		if a == 0 && !math.IsNaN(b) {
			return 0
		}
		return a * math.Log(b)
	}}
	// MulSafe is a·b, and 0 where a is 0, whatever b is.
	MulSafe = &float2{name: "mul_safe", f: func(a, b float64) float64 {
		if a == 0 {
			return 0
		}
		return a * b
	}}
	// DivSafe is a/b, and 0 where b is 0.
	DivSafe = &float2{name: "div_safe", f: func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		return a / b
	}}
	// PassAbove is 1 where a > b or one is NaN, ½ where they are equal and 0
	// elsewhere: how the gradient of the maximum is shared out.
	PassAbove = &float2{name: "pass_above", f: func(a, b float64) float64 {
		switch {
		case a < b:
			return 0
		case a == b:
			return 0.5
		}
		return 1
	}}
)

func init() {
	PassPositive.grad = func(b *Builder, i int) *G.Node {
		if i == 0 {
			return b.Apply(ZerosLike, b.In[0])
		}
		return b.Apply(PassPositive, b.In[0], b.Dy)
	}
	PowBase.grad = func(b *Builder, i int) *G.Node {
		a, e := b.In[0], b.In[1]
		if i == 0 { // (e-1)·e·a^(e-2)
			return b.Mul(b.Dy, b.Apply(MulSafe, e, b.Apply(PowBase, a, b.Affine(e, 1, -1))))
		}
		// a^(e-1) + e·a^(e-1)·log a
		p := b.Apply(Pow, a, b.Affine(e, 1, -1))
		return b.Mul(b.Dy, b.Add(p, b.Apply(XLogY, b.Mul(e, p), a)))
	}
	PowExponent.grad = func(b *Builder, i int) *G.Node {
		a, e := b.In[0], b.In[1]
		if i == 0 {
			return PowBase.grad(b, 1) // the mixed derivative
		}
		return b.Mul(b.Dy, b.Apply(XLogY, b.Apply(PowExponent, a, e), a))
	}
	XLogY.grad = func(b *Builder, i int) *G.Node {
		if i == 0 {
			return b.Mul(b.Dy, b.Apply(Log, b.In[1]))
		}
		return b.Mul(b.Dy, b.Div(b.In[0], b.In[1]))
	}
	MulSafe.grad = func(b *Builder, i int) *G.Node { return b.Mul(b.Dy, b.In[1-i]) }
	DivSafe.grad = func(b *Builder, i int) *G.Node {
		if i == 0 {
			return b.Apply(DivSafe, b.Dy, b.In[1])
		}
		return b.Neg(b.Mul(b.Dy, b.Apply(DivSafe, b.Out, b.In[1])))
	}
	PassAbove.grad = func(b *Builder, i int) *G.Node { return b.Apply(ZerosLike, b.In[i]) }
}

func (o *float2) Name() string { return o.name }

func (o *float2) Infer(in Inputs) (Meta, error) {
	a, b := in.Meta(0), in.Meta(1)
	if a.DType != b.DType || !a.DType.IsFloat() {
		return *a, dtypeErrorf("expects two floats of one type, got %v and %v", a.DType, b.DType)
	}
	return broadcast(*a, a, b)
}

func (o *float2) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(o, out, in) }

func (o *float2) Step(out Meta, _ []Meta) Step {
	if out.DType == dtype.Float32 {
		return float2Step[float32](o)
	}
	return float2Step[float64](o)
}

func float2Step[T kernels.Float](o *float2) Step {
	if o == PassPositive {
		return passPositive[T]
	}
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[T](dst, n)
		a, b := src[0], src[1]
		for i := range d {
			d[i] = T(o.f(float64(*element[T](a, i)), float64(*element[T](b, i))))
		}
	}
}

func passPositive[T kernels.Float](dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
	d := vec[T](dst, n)
	if src[0].One || src[1].One {
		for i := range d {
			v := *element[T](src[1], i)
			if *element[T](src[0], i) <= 0 {
				v = 0
			}
			d[i] = v
		}
		return
	}
	kernels.ReluGrad(d, vec[T](src[0].Ptr, n), vec[T](src[1].Ptr, n))
}

// element returns element i of a lane.
func element[T any](l Lane, i int) *T {
	if l.One {
		return (*T)(l.Ptr)
	}
	return (*T)(at[T](l.Ptr, i))
}

func (o *float2) Smooth(int) bool { return true }

func (o *float2) Grad(b *Builder, i int) *G.Node { return b.SumTo(o.grad(b, i), b.Meta(i).Dims) }
