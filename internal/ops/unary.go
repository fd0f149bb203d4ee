// SPDX-License-Identifier: MIT

package ops

import (
	"math"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
)

// Unary is a pointwise function of one input, a float if there are no loops for others.
type Unary struct {
	plain
	name string
	f32  func(dst, a []float32)
	f64  func(dst, a []float64)
	i64  func(dst, a []int64)
	u8   func(dst, a []uint8)
	grad func(b *Builder) *G.Node
}

// The pointwise functions. The derivative of each is below, in init, because it is
// made of others.
var (
	Neg    = &Unary{name: "neg", f32: kernels.Neg[float32], f64: kernels.Neg[float64], i64: kernels.Neg[int64], u8: kernels.Neg[uint8]}
	Exp    = &Unary{name: "exp", f32: kernels.Exp[float32], f64: kernels.Exp[float64]}
	Expm1  = &Unary{name: "expm1", f32: kernels.Expm1[float32], f64: kernels.Expm1[float64]}
	Log    = &Unary{name: "log", f32: kernels.Log[float32], f64: kernels.Log[float64]}
	Log1p  = &Unary{name: "log1p", f32: kernels.Log1p[float32], f64: kernels.Log1p[float64]}
	Sqrt   = &Unary{name: "sqrt", f32: kernels.Sqrt[float32], f64: kernels.Sqrt[float64]}
	Rsqrt  = &Unary{name: "rsqrt", f32: kernels.Rsqrt[float32], f64: kernels.Rsqrt[float64]}
	Recip  = &Unary{name: "reciprocal", f32: kernels.Recip[float32], f64: kernels.Recip[float64]}
	Square = &Unary{name: "square", f32: kernels.Square[float32], f64: kernels.Square[float64], i64: kernels.Square[int64], u8: kernels.Square[uint8]}
	Abs    = &Unary{name: "abs", f32: kernels.Abs[float32], f64: kernels.Abs[float64], i64: kernels.Abs[int64], u8: copySlice[uint8]}
	Sign   = &Unary{name: "sign", f32: kernels.Sign[float32], f64: kernels.Sign[float64], i64: kernels.Sign[int64], u8: kernels.Sign[uint8]}
	Sin    = &Unary{name: "sin", f32: kernels.Sin[float32], f64: kernels.Sin[float64]}
	Cos    = &Unary{name: "cos", f32: kernels.Cos[float32], f64: kernels.Cos[float64]}
	Tan    = &Unary{name: "tan", f32: kernels.Tan[float32], f64: kernels.Tan[float64]}
	Tanh   = &Unary{name: "tanh", f32: kernels.Tanh[float32], f64: kernels.Tanh[float64]}
	// LogSigmoid is log(sigmoid(x)), without overflow.
	LogSigmoid = &Unary{name: "log_sigmoid", f32: kernels.LogSigmoid[float32], f64: kernels.LogSigmoid[float64]}
	Sigmoid    = &Unary{name: "sigmoid", f32: kernels.Sigmoid[float32], f64: kernels.Sigmoid[float64]}
	Erf        = &Unary{name: "erf", f32: kernels.Erf[float32], f64: kernels.Erf[float64]}
	Relu       = &Unary{name: "relu", f32: kernels.Relu[float32], f64: kernels.Relu[float64], i64: kernels.Relu[int64], u8: copySlice[uint8]}
	Floor      = &Unary{name: "floor", f32: kernels.Floor[float32], f64: kernels.Floor[float64], i64: copySlice[int64], u8: copySlice[uint8]}
	Ceil       = &Unary{name: "ceil", f32: kernels.Ceil[float32], f64: kernels.Ceil[float64], i64: copySlice[int64], u8: copySlice[uint8]}
	Round      = &Unary{name: "round", f32: kernels.Round[float32], f64: kernels.Round[float64], i64: copySlice[int64], u8: copySlice[uint8]}
	Trunc      = &Unary{name: "trunc", f32: kernels.Trunc[float32], f64: kernels.Trunc[float64]}
	Identity   = &Unary{name: "identity", f32: copySlice[float32], f64: copySlice[float64]}
)

func copySlice[T any](dst, a []T) { copy(dst, a) }

func init() {
	zero := func(b *Builder) *G.Node { return b.Apply(ZerosLike, b.In[0]) }
	Neg.grad = func(b *Builder) *G.Node { return b.Neg(b.Dy) }
	Exp.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Out) }
	Expm1.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Apply(Exp, b.In[0])) } // not Out+1, which far below 0 has lost all bits
	Log.grad = func(b *Builder) *G.Node { return b.Div(b.Dy, b.In[0]) }
	Log1p.grad = func(b *Builder) *G.Node { return b.Div(b.Dy, b.Affine(b.In[0], 1, 1)) }
	Sqrt.grad = func(b *Builder) *G.Node { return b.Div(b.Dy, b.Affine(b.Out, 2, 0)) }
	Rsqrt.grad = func(b *Builder) *G.Node { // -y³/2
		return b.Mul(b.Dy, b.Affine(b.Mul(b.Square(b.Out), b.Out), -0.5, 0))
	}
	Recip.grad = func(b *Builder) *G.Node { return b.Neg(b.Mul(b.Dy, b.Square(b.Out))) }
	Square.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Affine(b.In[0], 2, 0)) }
	Abs.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Apply(Sign, b.In[0])) }
	Sign.grad, Floor.grad, Ceil.grad, Round.grad, Trunc.grad = zero, zero, zero, zero, zero
	Sin.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Apply(Cos, b.In[0])) }
	Cos.grad = func(b *Builder) *G.Node { return b.Neg(b.Mul(b.Dy, b.Apply(Sin, b.In[0]))) }
	Tan.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Affine(b.Square(b.Out), 1, 1)) }
	Tanh.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Affine(b.Square(b.Out), -1, 1)) }
	Sigmoid.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Mul(b.Out, b.Affine(b.Out, -1, 1))) }
	LogSigmoid.grad = func(b *Builder) *G.Node { return b.Mul(b.Dy, b.Apply(Sigmoid, b.Neg(b.In[0]))) }
	Erf.grad = func(b *Builder) *G.Node { // 2/√π exp(-x²)
		return b.Mul(b.Dy, b.Affine(b.Apply(Exp, b.Neg(b.Square(b.In[0]))), 2/math.Sqrt(math.Pi), 0))
	}
	Relu.grad = func(b *Builder) *G.Node { return b.Apply(PassPositive, b.Out, b.Dy) }
	Identity.grad = func(b *Builder) *G.Node { return b.Dy }
}

// Name implements [Op].
func (u *Unary) Name() string { return u.name }

// Infer implements [Op].
func (u *Unary) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	if d := m.DType; d == dtype.Bool || d == dtype.Int64 && u.i64 == nil || d == dtype.Uint8 && u.u8 == nil {
		return m, dtypeErrorf("not defined for %v; convert with To first", m.DType)
	}
	return m, nil
}

// Kernel implements [Op].
func (u *Unary) Kernel(out Meta, in []Layout) Kernel { return pointwiseKernel(u, out, in) }

// Step implements [Pointwise].
func (u *Unary) Step(out Meta, _ []Meta) Step {
	switch out.DType {
	case dtype.Float32:
		return unaryStep(u.f32)
	case dtype.Float64:
		return unaryStep(u.f64)
	case dtype.Int64:
		return unaryStep(u.i64)
	default:
		return unaryStep(u.u8)
	}
}

// Smooth implements [Differentiable].
func (u *Unary) Smooth(int) bool { return u.grad != nil }

// Grad implements [Differentiable].
func (u *Unary) Grad(b *Builder, _ int) *G.Node { return u.grad(b) }

func unaryStep[S, D any](f func(dst []D, a []S)) Step {
	return func(dst unsafe.Pointer, src *[maxLanes]Lane, _, n int) {
		d := vec[D](dst, n)
		if src[0].One {
			f(d[:1], vec[S](src[0].Ptr, 1))
			spread(d)
			return
		}
		f(d, vec[S](src[0].Ptr, n))
	}
}

// spread copies the first element to all.
func spread[T any](d []T) {
	for i := range d {
		d[i] = d[0]
	}
}
