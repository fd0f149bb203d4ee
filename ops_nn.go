// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"math"
	"slices"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
)

// MatMul returns the matrix product (torch.matmul). Leading dimensions broadcast. A vector is a row on
// the left and a column on the right, and that dimension is removed from the result.
func (v *Variable) MatMul(w *Variable) *Variable {
	if w == nil || v.node().Err() != nil || w.n.Err() != nil {
		return v.record2(ops.MatMul, w)
	}
	v, w = promote(v, w)
	left, right := v.NDim() == 1, w.NDim() == 1
	switch {
	case v.NDim() == 0 || w.NDim() == 0:
		return new(Variable).fail("matmul", &ops.InferError{Text: "both arguments need to be at least 1D"}, v.node(), &w.n)
	case left && right:
		return v.Unsqueeze(0).record2(ops.MatMul, w.Unsqueeze(1)).Reshape()
	case left:
		return v.Unsqueeze(0).record2(ops.MatMul, w).Squeeze(-2)
	case right:
		return v.record2(ops.MatMul, w.Unsqueeze(1)).Squeeze(-1)
	case v.NDim() > 2 && w.NDim() == 2 && v.Size() > 0:
		// One product over all leading dimensions.
		sizes := v.Shape()
		y := v.Reshape(-1, sizes[len(sizes)-1]).record2(ops.MatMul, w)
		return y.Reshape(append(sizes[:len(sizes)-1], w.Dim(1))...)
	}
	return v.record2(ops.MatMul, w)
}

// Linear returns v wᵀ + b for v (…,in), w (out,in) and b (out), which may be nil.
func (v *Variable) Linear(w, b *Variable) *Variable {
	if b == nil {
		return v.record2(ops.Linear, w)
	}
	return v.record3(ops.Linear, w, b)
}

// Conv2dConfig holds the settings of a convolution. The zero value is torch's default: no padding,
// stride 1, dilation 1 and one group.
type Conv2dConfig struct {
	Stride, Padding, Dilation [2]int // of height and width
	Groups                    int
	Same                      bool // pad so that the output has the input's size; needs stride 1 and excludes Padding
}

// Conv2d returns the convolution (torch's cross-correlation) of v (N,C,H,W) with w
// (O,C/groups,KH,KW), plus b (O), which may be nil: (N,O,OH,OW). An input (C,H,W)
// gives (O,OH,OW).
func (v *Variable) Conv2d(w, b *Variable, c Conv2dConfig) *Variable {
	if v.node().Err() == nil && v.NDim() == 3 {
		return v.Unsqueeze(0).Conv2d(w, b, c).Squeeze(0)
	}
	o := ops.Conv2d{Stride: orOne(c.Stride), Dilation: orOne(c.Dilation), Groups: max(c.Groups, 1)}
	o.Pad = [4]int{c.Padding[0], c.Padding[1], c.Padding[0], c.Padding[1]}
	if c.Groups < 0 {
		o.Groups = c.Groups
	}
	if c.Same && w != nil && w.NDim() == 4 {
		if c.Padding != [2]int{} {
			return new(Variable).fail("conv2d", fmt.Errorf("padding='same' and padding %v exclude each other", c.Padding), v.node(), &w.n)
		}
		if o.Stride != [2]int{1, 1} {
			return new(Variable).fail("conv2d", fmt.Errorf("padding='same' is not supported for strided convolutions"), v.node(), &w.n)
		}
		for k := range 2 {
			if o.Dilation[k] > ops.Widest {
				break // an error of the operation
			}
			total := int64(o.Dilation[k]) * int64(w.Dim(2+k)-1)
			half := min(total/2, math.MaxInt32) // larger ones are an error of the operation
			o.Pad[k], o.Pad[2+k] = int(half), int(min(total-half, math.MaxInt32))
		}
	}
	return recordN(o, 2, v, w, b)
}

func orOne(p [2]int) [2]int {
	for i := range p {
		if p[i] == 0 {
			p[i] = 1
		}
	}
	return p
}

// Pool2dConfig holds the settings of a pooling. Kernel must be set; the zero value of the rest is
// torch's default: no padding, a stride of the kernel size, dilation 1, and averages that divide by
// the number of elements. Dilation of an average pooling, and ExcludePad and Divisor of a maximum
// pooling, are errors.
type Pool2dConfig struct {
	Kernel, Stride, Padding, Dilation [2]int
	CeilMode                          bool // windows may extend beyond the padded input
	ExcludePad                        bool // averages exclude the padding (count_include_pad=False)
	Divisor                           int  // divisor of averages; 0: the number of elements (divisor_override)
}

func (v *Variable) pool(kind ops.PoolKind, c Pool2dConfig) *Variable {
	if c.Stride == [2]int{} {
		c.Stride = c.Kernel
	}
	return v.record1(ops.Pool2d{
		Kind: kind, Kernel2: c.Kernel, Stride: c.Stride, Pad: c.Padding, Dilation: orOne(c.Dilation),
		Ceil: c.CeilMode, ExcludePad: c.ExcludePad, Divisor: c.Divisor,
	})
}

// MaxPool2d returns the maximum of each window of v (…,H,W).
func (v *Variable) MaxPool2d(c Pool2dConfig) *Variable {
	if c.ExcludePad || c.Divisor != 0 {
		return new(Variable).fail("max_pool2d", fmt.Errorf("ExcludePad and Divisor are settings of averages, got %v and %d", c.ExcludePad, c.Divisor), v.node())
	}
	return v.pool(ops.MaxPool, c)
}

// AvgPool2d returns the mean of each window of v (…,H,W).
func (v *Variable) AvgPool2d(c Pool2dConfig) *Variable {
	if orOne(c.Dilation) != [2]int{1, 1} {
		return new(Variable).fail("avg_pool2d", fmt.Errorf("Dilation is not a setting of averages, got %v", c.Dilation), v.node())
	}
	return v.pool(ops.AvgPool, c)
}

// AdaptiveAvgPool2d returns the means of h×w windows that cover v (…,H,W). -1 stands for the size of v.
func (v *Variable) AdaptiveAvgPool2d(h, w int) *Variable {
	return v.record1(ops.Pool2d{Kind: ops.AdaptiveAvgPool, To: [2]int{h, w}})
}

// LayerNorm normalizes over the last dimensions, of the given sizes, to mean 0 and variance 1, and
// applies w and b of that shape, which may be nil.
func (v *Variable) LayerNorm(sizes []int, w, b *Variable, eps float64) *Variable {
	if v.node().Err() != nil {
		return v
	}
	s, k := v.Shape(), v.NDim()-len(sizes)
	if k < 0 || len(sizes) == 0 || !slices.Equal(s[k:], sizes) {
		return new(Variable).fail("layer_norm", fmt.Errorf("Given normalized_shape=%v, expected input with shape [*, %v], but got input of size %v", sizes, sizes, s), v.node())
	}
	if err := v.operands("layer_norm", v.node().Dims().Tail(k), operand{"weight", w}, operand{"bias", b}); err != nil {
		return err
	}
	n := Shape(sizes).Size()
	y := v.Reshape(v.Size()/max(n, 1), n).recordSlots(ops.RowNorm{}, dtype.Float64, eps).Reshape(s...)
	return y.affine(w, b)
}

// GroupNorm normalizes groups of channels of v (N,C,…) to mean 0 and variance 1, and applies w and b
// (C), which may be nil.
func (v *Variable) GroupNorm(groups int, w, b *Variable, eps float64) *Variable {
	if v.node().Err() != nil {
		return v
	}
	s := v.Shape()
	if len(s) < 2 || groups < 1 || s[1]%groups != 0 {
		return new(Variable).fail("group_norm", fmt.Errorf("Expected number of channels in input to be divisible by num_groups, but got input of shape %v and num_groups=%d", s, groups), v.node())
	}
	if err := v.operands("group_norm", shape.Dims{}.Append(s[1]), operand{"weight", w}, operand{"bias", b}); err != nil {
		return err
	}
	rows := s[0] * groups
	y := v.Reshape(rows, v.Size()/max(rows, 1)).recordSlots(ops.RowNorm{}, dtype.Float64, eps).Reshape(s...)
	return y.affine(w.perChannel(len(s)), b.perChannel(len(s)))
}

// operand is an operand of a normalization besides its input; it may be nil.
type operand struct {
	name string
	v    *Variable
}

// operands returns an error if one of list does not have the shape want and v's type. It would
// broadcast and might enlarge the result.
func (v *Variable) operands(op string, want shape.Dims, list ...operand) *Variable {
	for _, o := range list {
		switch w := o.v; {
		case w == nil:
		case w.n.Err() != nil:
			return w
		case *w.n.Dims() != want:
			return new(Variable).fail(op, fmt.Errorf("%s should have shape %v for input %v, got %v", o.name, want, v.Shape(), w.Shape()), v.node(), &w.n)
		case w.DType() != v.DType():
			return new(Variable).fail(op, &ops.InferError{DType: true, Text: fmt.Sprintf("%s should be %v as the input, got %v", o.name, v.DType(), w.DType())}, v.node(), &w.n)
		}
	}
	return nil
}

// affine returns v·w + b, where w and b may be nil.
func (v *Variable) affine(w, b *Variable) *Variable {
	if w != nil {
		v = v.Mul(w)
	}
	if b != nil {
		v = v.Add(b)
	}
	return v
}

// perChannel returns v (C) in the shape (C,1,…) that broadcasts over n-D images.
func (v *Variable) perChannel(n int) *Variable {
	if v == nil || v.node().Err() != nil {
		return v
	}
	sizes := []int{v.Size()}
	for range n - 2 {
		sizes = append(sizes, 1)
	}
	return v.Reshape(sizes...)
}

// Dropout sets each element to zero with probability p and scales the others by 1/(1-p). The random
// numbers are fixed when the operation is recorded, so that computing it again gives the same result; a
// [Program] draws new ones in each run.
func (v *Variable) Dropout(p float64) *Variable {
	if !(p >= 0 && p <= 1) {
		return Failed("dropout", ErrValue, "dropout probability has to be between 0 and 1, but got %v", p)
	}
	if p == 0 {
		return v
	}
	g := DefaultGenerator()
	seed, stream, recording := g.take()
	s, t := slot(dtype.Int64, seed), slot(dtype.Int64, stream)
	if !g.fixed() {
		s.Set(record.Seed)
		t.Set(record.Fresh)
	}
	if recording != nil {
		recording.used++
	}
	return v.recordNodes(ops.Dropout{}, slot(dtype.Float64, record.Bits(dtype.Float64, p)), s, t)
}

// Embedding returns the rows of v (entries,dim) at index, which is int64 of any shape (…). Shape:
// (…,dim). padding is a row without gradient, counted from the end if it is negative; nil: none.
func (v *Variable) Embedding(index *Variable, padding *int) *Variable {
	if v.node().Err() != nil {
		return v
	}
	if index == nil || index.n.Err() != nil {
		return v.record2(ops.IndexSelect{}, index)
	}
	if v.NDim() != 2 {
		return new(Variable).fail("embedding", &ops.InferError{Text: "'weight' must be 2-D"}, v.node(), &index.n)
	}
	frozen := 0 // counted from 1
	if n := v.Dim(0); padding != nil {
		if *padding < -n || *padding >= n {
			return new(Variable).fail("embedding", fmt.Errorf("Padding_idx must be within num_embeddings, got %d of %d", *padding, n), v.node())
		}
		frozen = (*padding+n)%n + 1
	}
	rows := v.record2(ops.IndexSelect{Frozen: frozen}, index.Reshape(-1))
	return rows.Reshape(append(index.Shape(), v.Dim(1))...)
}
