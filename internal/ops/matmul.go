// SPDX-License-Identifier: MIT

package ops

import (
	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/kernels/gemm"
	"github.com/stheno-go/stheno/internal/shape"
)

// MatMul multiplies matrices of shape (…,m,k) and (…,k,n); the leading
// dimensions broadcast. Operands may be transposed views.
var MatMul = matMul{}

type matMul struct{ plain }

func (matMul) Name() string { return "matmul" }

func (matMul) Infer(in Inputs) (Meta, error) {
	a, b := in.Meta(0), in.Meta(1)
	out := *a
	if a.DType != b.DType {
		return out, dtypeErrorf("operands have different types: %v and %v", a.DType, b.DType)
	}
	if a.DType == dtype.Bool {
		return out, dtypeErrorf("not defined for bool; convert with To first")
	}
	if a.Dims.Len() < 2 || b.Dims.Len() < 2 {
		return out, shapeErrorf("both operands need at least 2 dimensions here, got %v and %v", a.Dims, b.Dims)
	}
	if a.Dims.Last(0) != b.Dims.Last(1) {
		return out, shapeErrorf("mat1 and mat2 shapes cannot be multiplied (%dx%d and %dx%d)",
			a.Dims.Last(1), a.Dims.Last(0), b.Dims.Last(1), b.Dims.Last(0))
	}
	if a.Dims.Len() == 2 && b.Dims.Len() == 2 {
		out.Dims = out.Dims.Set(1, b.Dims.At(1))
		return out, nil
	}
	batch, ok := shape.Broadcast(a.Dims.Head(a.Dims.Len()-2), b.Dims.Head(b.Dims.Len()-2))
	if !ok {
		return out, shapeErrorf("leading dimensions of %v and %v do not broadcast", a.Dims, b.Dims)
	}
	out.Dims = batch.Append(a.Dims.Last(1)).Append(b.Dims.Last(0))
	return out, nil
}

// Accepts takes matrices whose rows or columns are contiguous.
func (matMul) Accepts(_ int, in Layout) bool {
	_, _, ok := matrix(in)
	return ok
}

// matrix reports whether the last two dimensions of l are a row-major matrix, or one
// that is transposed, and the distance between its rows.
func matrix(l Layout) (transposed bool, ld int, ok bool) {
	i := l.Dims.Len() - 2
	rows, cols := l.Dims.At(i), l.Dims.At(i+1)
	rowStep, colStep := l.Stride[i], l.Stride[i+1]
	switch {
	case (colStep == 1 || cols == 1) && (rowStep >= cols || rows == 1):
		return false, max(rowStep, cols, 1), true
	case (rowStep == 1 || rows == 1) && (colStep >= rows || cols == 1):
		return true, max(colStep, rows, 1), true
	}
	return false, 0, false
}

func (matMul) Kernel(out Meta, in []Layout) Kernel {
	switch out.DType {
	case dtype.Float32:
		return matMulKernel(out, in, multiplyFloats[float32])
	case dtype.Float64:
		return matMulKernel(out, in, multiplyFloats[float64])
	case dtype.Int64:
		return matMulKernel(out, in, kernels.IntMatMul[int64])
	default:
		return matMulKernel(out, in, kernels.IntMatMul[uint8])
	}
}

// multiplyFloats is c = a·b.
func multiplyFloats[T kernels.Float](transA, transB bool, m, n, k int, a []T, lda int, b []T, ldb int, c []T) {
	gemm.MatMul(transA, transB, m, n, k, 1, a, lda, b, ldb, 0, c, n)
}

func matMulKernel[T kernels.Number](out Meta, in []Layout, multiply func(transA, transB bool, m, n, k int, a []T, lda int, b []T, ldb int, c []T)) Kernel {
	ta, lda, _ := matrix(in[0])
	tb, ldb, _ := matrix(in[1])
	m, n, k := out.Dims.Last(1), out.Dims.Last(0), in[0].Dims.Last(0)
	aLen, bLen := extent(ta, m, k, lda), extent(tb, k, n, ldb)
	if out.Dims.Len() == 2 {
		return func(c *Call) error {
			multiply(ta, tb, m, n, k, vec[T](c.In[0], aLen), lda, vec[T](c.In[1], bLen), ldb, vec[T](c.Out, m*n))
			return nil
		}
	}
	batch := out.Dims.Head(out.Dims.Len() - 2)
	aAt, bAt := offsets(in[0], batch), offsets(in[1], batch)
	return func(c *Call) error {
		y := vec[T](c.Out, len(aAt)*m*n)
		for i := range aAt {
			multiply(ta, tb, m, n, k, vec[T](at[T](c.In[0], aAt[i]), aLen), lda,
				vec[T](at[T](c.In[1], bAt[i]), bLen), ldb, y[i*m*n:(i+1)*m*n])
		}
		return nil
	}
}

// extent returns how many elements a rows×cols matrix spans in memory.
func extent(transposed bool, rows, cols, ld int) int {
	if transposed {
		rows, cols = cols, rows
	}
	if rows == 0 || cols == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

// offsets returns where the matrix of each batch entry begins in l.
func offsets(l Layout, batch shape.Dims) []int {
	lead := l
	lead.Dims = l.Dims.Head(l.Dims.Len() - 2)
	lead = BroadcastTo(lead, batch)
	list := make([]int, batch.Size())
	for i := range list {
		rest := i
		for d := batch.Len() - 1; d >= 0; d-- {
			list[i] += rest % batch.At(d) * lead.Stride[d]
			rest /= batch.At(d)
		}
	}
	return list
}

func (matMul) Smooth(int) bool { return true }

func (matMul) Grad(b *Builder, i int) *G.Node {
	if i == 0 {
		return b.SumTo(b.Apply(MatMul, b.Dy, b.Transpose(b.In[1])), b.Meta(0).Dims)
	}
	return b.SumTo(b.Apply(MatMul, b.Transpose(b.In[0]), b.Dy), b.Meta(1).Dims)
}

// Linear computes x Wᵀ + b of x (…,in), W (out,in) and, if there is a third
// input, b (out).
var Linear = linear{}

type linear struct{ plain }

func (linear) Name() string { return "linear" }

func (linear) Infer(in Inputs) (Meta, error) {
	x, w := in.Meta(0), in.Meta(1)
	out := *x
	if x.DType != w.DType || !x.DType.IsFloat() {
		return out, dtypeErrorf("input is %v, weight %v", x.DType, w.DType)
	}
	if w.Dims.Len() != 2 || x.Dims.Len() < 1 {
		return out, shapeErrorf("expects input (…,in) and weight (out,in), got %v and %v", x.Dims, w.Dims)
	}
	if x.Dims.Last(0) != w.Dims.At(1) {
		features := max(x.Dims.Last(0), 1)
		return out, shapeErrorf("mat1 and mat2 shapes cannot be multiplied (%dx%d and %dx%d): the input has %d features, the weight expects %d",
			x.Dims.Size()/features, x.Dims.Last(0), w.Dims.At(1), w.Dims.At(0), x.Dims.Last(0), w.Dims.At(1))
	}
	if in.Len() == 3 {
		if b := in.Meta(2); b.Dims.Len() != 1 || b.Dims.At(0) != w.Dims.At(0) || b.DType != x.DType {
			return out, shapeErrorf("bias is %v %v, weight %v expects %v (%d)", b.DType, b.Dims, w.Dims, x.DType, w.Dims.At(0))
		}
	}
	out.Dims = out.Dims.Set(out.Dims.Len()-1, w.Dims.At(0))
	return out, nil
}

func (linear) Kernel(out Meta, in []Layout) Kernel {
	return byFloat(out.DType, linearKernel[float32](in), linearKernel[float64](in))
}

func linearKernel[T kernels.Float](in []Layout) Kernel {
	k, n := in[1].Dims.At(1), in[1].Dims.At(0)
	m := 1
	for i := range in[0].Dims.Len() - 1 {
		m *= in[0].Dims.At(i)
	}
	if len(in) == 2 {
		return func(c *Call) error {
			gemm.MatMul(false, true, m, n, k, 1, vec[T](c.In[0], m*k), k, vec[T](c.In[1], n*k), k, 0, vec[T](c.Out, m*n), n)
			return nil
		}
	}
	return func(c *Call) error {
		y, bias := vec[T](c.Out, m*n), vec[T](c.In[2], n)
		if n == 1 {
			gemm.MatMul(false, true, m, 1, k, 1, vec[T](c.In[0], m*k), k, vec[T](c.In[1], k), k, 0, y, 1)
			kernels.AddScalar(y, y, bias[0])
			return nil
		}
		for i := range m {
			copy(y[i*n:(i+1)*n], bias)
		}
		gemm.MatMul(false, true, m, n, k, 1, vec[T](c.In[0], m*k), k, vec[T](c.In[1], n*k), k, 1, y, n)
		return nil
	}
}

func (linear) Smooth(int) bool { return true }

func (linear) Grad(b *Builder, i int) *G.Node {
	x, w := b.Meta(0), b.Meta(1)
	rows := 1
	for d := range x.Dims.Len() - 1 {
		rows *= x.Dims.At(d)
	}
	dy := b.Reshape(b.Dy, shape.Must(rows, w.Dims.At(0)))
	switch i {
	case 0:
		return b.Reshape(b.Apply(MatMul, dy, b.In[1]), x.Dims)
	case 1:
		return b.Apply(MatMul, b.Transpose(dy), b.Reshape(b.In[0], shape.Must(rows, w.Dims.At(1))))
	default:
		return b.Apply(Reduce{Kind: Sum, Axes: 1}, dy)
	}
}
