// SPDX-License-Identifier: MIT

package ops

import (
	"fmt"
	"math"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/shape"
)

// ReduceKind says what a reduction computes.
type ReduceKind uint8

// The reductions.
const (
	Sum ReduceKind = iota
	Mean
	Prod
	Max
	Min
	Norm // the root of the sum of squares
	All
	Any
	reduceKinds
)

var reduceNames = [reduceKinds]string{"sum", "mean", "prod", "max", "min", "norm", "all", "any"}

// Reduce computes one value from the elements along some axes.
type Reduce struct {
	Kind ReduceKind
	Axes uint8 // bit i: axis i is reduced
	Keep bool  // a reduced axis stays, with size 1
}

// Reducer is an operation that can end a chain of pointwise ones.
type Reducer interface {
	Op
	// FullReduce returns how to reduce everything of in to one value, or nil.
	FullReduce(in Meta) *FullReduce
}

// Name implements [Op].
func (o Reduce) Name() string { return reduceNames[o.Kind] }

// String describes the reduction.
func (o Reduce) String() string { return fmt.Sprintf("%s%v", reduceNames[o.Kind], o.axes()) }

func (o Reduce) axes() []int {
	list := []int{}
	for i := range shape.Max {
		if o.Axes>>i&1 == 1 {
			list = append(list, i)
		}
	}
	return list
}

// AppendAttrs implements [Op].
func (o Reduce) AppendAttrs(b []byte) []byte {
	keep := byte(0)
	if o.Keep {
		keep = 1
	}
	return append(b, byte(o.Kind), o.Axes, keep)
}

// Infer implements [Op]. Sums of integers and booleans are int64.
func (o Reduce) Infer(in Inputs) (Meta, error) {
	m := *in.Meta(0)
	out := Meta{DType: m.DType}
	switch o.Kind {
	case Sum, Prod:
		if !m.DType.IsFloat() {
			out.DType = dtype.Int64
		}
	case Mean, Norm:
		if !m.DType.IsFloat() {
			return m, dtypeErrorf("input dtype should be floating point, got %v", m.DType)
		}
	case All, Any:
		if m.DType != dtype.Bool {
			return m, dtypeErrorf("expects bool, got %v", m.DType)
		}
	}
	for i := range m.Dims.Len() {
		switch {
		case o.Axes>>i&1 == 0:
			out.Dims = out.Dims.Append(m.Dims.At(i))
		case (o.Kind == Max || o.Kind == Min) && m.Dims.At(i) == 0:
			return m, shapeErrorf("expected reduction dim %d to have non-zero size, got %v", i, m.Dims)
		case o.Keep:
			out.Dims = out.Dims.Append(1)
		}
	}
	return out, nil
}

// kept returns the shape with reduced axes of size 1.
func (o Reduce) kept(in shape.Dims) shape.Dims {
	for i := range in.Len() {
		if o.Axes>>i&1 == 1 {
			in = in.Set(i, 1)
		}
	}
	return in
}

// count returns how many elements make one result.
func (o Reduce) count(in shape.Dims) int {
	n := 1
	for i := range in.Len() {
		if o.Axes>>i&1 == 1 {
			n *= in.At(i)
		}
	}
	return n
}

// FullReduce implements [Reducer] for sums, means and norms of floats.
func (o Reduce) FullReduce(in Meta) *FullReduce {
	if o.Kind > Mean && o.Kind != Norm || !in.DType.IsFloat() || resultSize(in.Dims, o.Axes) != 1 {
		return nil
	}
	n := in.Dims.Size()
	if in.DType == dtype.Float32 {
		return fullReduce[float32](o.Kind, n)
	}
	return fullReduce[float64](o.Kind, n)
}

func fullReduce[T kernels.Float](kind ReduceKind, n int) *FullReduce {
	partial := kernels.SumAll[T]
	if kind == Norm {
		partial = kernels.SquareSum[T]
	}
	return &FullReduce{
		Partial: func(src unsafe.Pointer, n int) float64 { return partial(vec[T](src, n)) },
		Finish: func(dst unsafe.Pointer, sum float64) {
			switch kind {
			case Mean:
				sum /= float64(n)
			case Norm:
				sum = math.Sqrt(sum)
			}
			*(*T)(dst) = T(sum)
		},
	}
}

// Smooth implements [Differentiable].
func (o Reduce) Smooth(int) bool { return o.Kind < All }

// Grad implements [Differentiable].
func (o Reduce) Grad(b *Builder, _ int) *G.Node {
	in := b.Meta(0).Dims
	dy := b.Expand(b.Reshape(b.Dy, o.kept(in)), in)
	switch o.Kind {
	case Sum:
		return dy
	case Mean:
		return b.Affine(dy, 1/float64(o.count(in)), 0)
	case Prod:
		// The product of the others, by which a zero among them does no harm.
		return b.Mul(dy, b.Apply(ProdOfOthers{Axes: o.Axes}, b.In[0]))
	case Norm: // 0 where it is 0
		return b.Mul(dy, b.Apply(DivSafe, b.In[0], b.Expand(b.Reshape(b.Out, o.kept(in)), in)))
	default: // shared among the winners, as torch.amax does
		y := b.Expand(b.Reshape(b.Out, o.kept(in)), in)
		won := b.Apply(Cast{b.Meta(0).DType}, b.Apply(Eq, b.In[0], y))
		return b.Mul(dy, b.Div(won, b.Expand(b.SumAxes(won, o.Axes), in)))
	}
}
