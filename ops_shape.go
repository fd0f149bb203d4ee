// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
)

// Reshape returns v's elements in another shape of the same size. One dimension may be -1: it is
// inferred from the others.
func (v *Variable) Reshape(sizes ...int) *Variable {
	if v.node().Err() != nil {
		return v
	}
	to, err := resolve(v.Size(), sizes)
	if err != nil {
		return new(Variable).fail("reshape", err, v.node())
	}
	if to == *v.node().Dims() {
		return v
	}
	return v.record1(ops.Reshape{To: to})
}

// Flatten flattens the dimensions from start to the last into one.
func (v *Variable) Flatten(start int) *Variable {
	if v.node().Err() != nil {
		return v
	}
	if v.NDim() == 0 {
		return v.Reshape(1)
	}
	axis, err := v.axis("flatten", start)
	if err != nil {
		return err
	}
	sizes := v.Shape()
	joined := Shape(sizes[axis:]).Size()
	return v.Reshape(append(sizes[:axis], joined)...)
}

// axis returns axis i counted from the front, or a failed Variable.
func (v *Variable) axis(op string, i int) (int, *Variable) {
	if v.node().Err() != nil {
		return 0, v
	}
	a, ok := shape.Axis(i, v.NDim())
	if !ok {
		n := max(v.NDim(), 1)
		return 0, new(Variable).fail(op, fmt.Errorf("Dimension out of range (expected to be in range of [%d, %d], but got %d)", -n, n-1, i), v.node())
	}
	return a, nil
}

// scalarAlong reports whether v is a scalar and dim is valid for one: as in torch, a scalar counts as a
// vector of one element.
func (v *Variable) scalarAlong(dim int) bool {
	return v.node().Err() == nil && v.NDim() == 0 && (dim == 0 || dim == -1)
}

// axes returns the set of the given axes; none stands for all.
func (v *Variable) axes(op string, list []int) (uint8, *Variable) {
	if v.node().Err() != nil {
		return 0, v
	}
	if len(list) == 0 {
		return 1<<v.NDim() - 1, nil
	}
	var set uint8
	for _, i := range list {
		if v.scalarAlong(i) {
			continue
		}
		a, err := v.axis(op, i)
		if err != nil {
			return 0, err
		}
		if set>>a&1 == 1 {
			return 0, new(Variable).fail(op, fmt.Errorf("dim %d appears multiple times in the list of dims", a), v.node())
		}
		set |= 1 << a
	}
	return set, nil
}

// Transpose exchanges dimensions i and j.
func (v *Variable) Transpose(i, j int) *Variable {
	a, err := v.axis("transpose", i)
	if err != nil {
		return err
	}
	b, err := v.axis("transpose", j)
	if err != nil {
		return err
	}
	return v.record1(ops.Swap(v.NDim(), a, b))
}

// T returns the transpose of a matrix.
func (v *Variable) T() *Variable {
	if v.node().Err() == nil && v.NDim() != 2 {
		return new(Variable).fail("t", fmt.Errorf("expects a tensor with 2 dimensions, but self is %dD", v.NDim()), v.node())
	}
	return v.Transpose(0, 1)
}

// Permute reorders the dimensions: dimension i of the result is dimension order[i] of v.
func (v *Variable) Permute(order ...int) *Variable {
	set, err := v.axes("permute", order)
	if err != nil {
		return err
	}
	if len(order) != v.NDim() || set != 1<<v.NDim()-1 {
		return new(Variable).fail("permute", fmt.Errorf("order %v does not name each of the %d dimensions once", order, v.NDim()), v.node())
	}
	var p ops.Permute
	for i, from := range order {
		a, _ := shape.Axis(from, v.NDim())
		p.Order[i] = int8(a)
	}
	return v.record1(p)
}

// Squeeze removes those of the given dimensions whose size is 1; none stands for all.
func (v *Variable) Squeeze(list ...int) *Variable {
	set, err := v.axes("squeeze", list)
	if err != nil {
		return err
	}
	sizes := []int{}
	for i, d := range v.Shape() {
		if d != 1 || set>>i&1 == 0 {
			sizes = append(sizes, d)
		}
	}
	return v.Reshape(sizes...)
}

// Unsqueeze inserts dimensions of size 1 at the given positions in the result.
func (v *Variable) Unsqueeze(list ...int) *Variable {
	if v.node().Err() != nil {
		return v
	}
	n := v.NDim() + len(list)
	if n > shape.Max {
		return new(Variable).fail("unsqueeze", fmt.Errorf("the result would have %d dimensions, at most %d are supported", n, shape.Max), v.node())
	}
	sizes := make([]int, n)
	for _, i := range list {
		a, ok := shape.Axis(i, n)
		if !ok || sizes[a] != 0 {
			return new(Variable).fail("unsqueeze", fmt.Errorf("Dimension out of range or repeated (expected to be in range of [%d, %d], but got %v)", -n, n-1, list), v.node())
		}
		sizes[a] = -1
	}
	k := 0
	for i := range sizes {
		if sizes[i] == -1 {
			sizes[i] = 1
			continue
		}
		sizes[i] = v.Dim(k)
		k++
	}
	return v.Reshape(sizes...)
}

// Expand repeats dimensions of size 1 to the given sizes; -1 keeps a size. Additional sizes add leading
// dimensions.
func (v *Variable) Expand(sizes ...int) *Variable {
	if v.node().Err() != nil {
		return v
	}
	sizes = append([]int(nil), sizes...)
	for i := range sizes {
		if k := i - (len(sizes) - v.NDim()); sizes[i] == -1 && k >= 0 {
			sizes[i] = v.Dim(k)
		}
	}
	to, err := shape.Of(sizes...)
	if err != nil {
		return new(Variable).fail("expand", err, v.node())
	}
	return v.record1(ops.Expand{To: to})
}

// Slice returns elements start, start+step, … below stop along dim. Negative start and stop count from
// the end; both are clipped to the size of dim.
func (v *Variable) Slice(dim, start, stop, step int) *Variable {
	a, err := v.axis("slice", dim)
	if err != nil {
		return err
	}
	if step <= 0 {
		return new(Variable).fail("slice", fmt.Errorf("slice step must be positive, got %d", step), v.node())
	}
	size := v.Dim(a)
	start, stop = clip(start, size), clip(stop, size)
	step = min(step, max(size, 1)) // a larger step gives only the first element too
	n := max(0, (stop-start+step-1)/step)
	d := *v.node().Dims()
	o := ops.Slice{To: d.Set(a, n), Start: d, Step: d}
	for i := range d.Len() {
		o.Start, o.Step = o.Start.Set(i, 0), o.Step.Set(i, 1)
	}
	o.Start, o.Step = o.Start.Set(a, start), o.Step.Set(a, step)
	return v.record1(o)
}

func clip(i, size int) int {
	if i < 0 {
		i += size
	}
	return min(max(i, 0), size)
}

// Narrow returns length elements along dim, beginning at start.
func (v *Variable) Narrow(dim, start, length int) *Variable {
	a, err := v.axis("narrow", dim)
	if err != nil {
		return err
	}
	if start < 0 {
		start += v.Dim(a)
	}
	if start < 0 || length < 0 || length > v.Dim(a)-start {
		return new(Variable).fail("narrow", fmt.Errorf("start (%d) + length (%d) exceeds dimension size (%d)", start, length, v.Dim(a)), v.node())
	}
	return v.Slice(a, start, start+length, 1)
}

// Select returns element i along dim, and removes the dimension.
func (v *Variable) Select(dim, i int) *Variable {
	a, err := v.axis("select", dim)
	if err != nil {
		return err
	}
	size := v.Dim(a)
	if i < -size || i >= size {
		return new(Variable).fail("select", fmt.Errorf("index %d out of range for dimension %d with size %d", i, dim, size), v.node())
	}
	return v.Narrow(a, (i+size)%size, 1).Squeeze(a)
}

// Split splits dim into pieces of the given size; the last one may be smaller.
func (v *Variable) Split(dim, size int) []*Variable {
	a, err := v.axis("split", dim)
	if err != nil {
		return []*Variable{err}
	}
	if size <= 0 {
		return []*Variable{new(Variable).fail("split", fmt.Errorf("split_size must be positive, got %d", size), v.node())}
	}
	var parts []*Variable
	for at := 0; at < v.Dim(a) || at == 0; at += size {
		parts = append(parts, v.Slice(a, at, at+size, 1))
	}
	return parts
}

// Cat concatenates xs along dim. All other dimensions must agree. xs are converted to the widest of
// their types.
func Cat(dim int, xs ...*Variable) *Variable {
	if len(xs) == 0 {
		return Failed("cat", ErrValue, "expected a non-empty list of Tensors")
	}
	if xs[0] == nil {
		return Failed("cat", ErrValue, "variable 0 is nil")
	}
	a, err := xs[0].axis("cat", dim)
	if err != nil {
		return err
	}
	return recordN(ops.Cat{Axis: a}, len(xs), widest(xs)...)
}

// widest returns xs, converted to the widest of their types.
func widest(xs []*Variable) []*Variable {
	to, same := xs[0].n.DType(), true
	for _, x := range xs {
		if x == nil || x.n.Err() != nil {
			return xs
		}
		same = same && x.n.DType() == to
		to = dtype.Promote(to, x.n.DType())
	}
	if same {
		return xs
	}
	out := make([]*Variable, len(xs))
	for i, x := range xs {
		out[i] = x.To(DType(to))
	}
	return out
}

// Stack concatenates xs, which must have the same shape, along a new dimension.
func Stack(dim int, xs ...*Variable) *Variable {
	rows := make([]*Variable, len(xs))
	for i, x := range xs {
		if x == nil {
			return Failed("stack", ErrValue, "variable %d is nil", i)
		}
		if x.n.Err() == nil && xs[0].n.Err() == nil && *x.n.Dims() != *xs[0].n.Dims() {
			return Failed("stack", ErrShape, "stack expects each tensor to be equal size, but got %v at entry 0 and %v at entry %d", xs[0].Shape(), x.Shape(), i)
		}
		rows[i] = x.Unsqueeze(dim)
	}
	return Cat(dim, rows...)
}

// Pad pads v with value: pads are the numbers of elements before and after each dimension, the last
// dimension first (torch.nn.functional.pad, mode constant). Negative numbers remove elements. For
// integers, value is truncated, and is an error if it is out of range.
func (v *Variable) Pad(value float64, pads ...int) *Variable {
	if v.node().Err() != nil {
		return v
	}
	if d := v.DType(); d == Uint8 && !(value >= 0 && value < 256) || d == Int64 && !(value >= -1<<63 && value < 1<<63) {
		return Failed("pad", ErrValue, "the number %v is out of the range of %v", value, d)
	}
	if len(pads)%2 != 0 || len(pads)/2 > v.NDim() {
		return new(Variable).fail("pad", fmt.Errorf("padding %v must have two numbers for each of at most %d dimensions", pads, v.NDim()), v.node())
	}
	var p ops.Pad
	for k := 0; k < len(pads); k += 2 {
		axis := v.NDim() - 1 - k/2
		before, after := pads[k], pads[k+1]
		if size := v.Dim(axis); min(before, after) < -size || size+min(before, 0)+min(after, 0) < 0 {
			return new(Variable).fail("pad", fmt.Errorf("padding %d and %d removes more than the size %d of dimension %d", before, after, size, axis), v.node())
		}
		if before < 0 || after < 0 {
			v = v.Slice(axis, max(-before, 0), v.Dim(axis)-max(-after, 0), 1)
		}
		p.Before[axis], p.After[axis] = max(before, 0), max(after, 0)
	}
	if record.Bits(v.node().DType(), value) != 0 {
		return v.recordSlots(p, v.node().DType(), value)
	}
	o, err := p.Zeros(*v.node().Dims())
	if err != nil {
		return new(Variable).fail("pad", err, v.node())
	}
	return v.record1(o)
}

// IndexSelect returns the elements along dim at index, which is 1-D int64.
func (v *Variable) IndexSelect(dim int, index *Variable) *Variable {
	a, err := v.axis("index_select", dim)
	if err != nil {
		return err
	}
	return v.record2(ops.IndexSelect{Axis: a}, index)
}

// Gather returns a Variable of index's shape, whose elements are those of v with the position along dim
// replaced by the element of index (torch.gather). In other dimensions index may be smaller than v.
func (v *Variable) Gather(dim int, index *Variable) *Variable {
	a, err := v.axis("gather", dim)
	if err != nil {
		return err
	}
	if index != nil && index.NDim() == v.NDim() {
		for i := range v.NDim() {
			if i != a && index.Dim(i) < v.Dim(i) {
				v = v.Narrow(i, 0, index.Dim(i))
			}
		}
	}
	return v.record2(ops.Gather{Axis: a}, index)
}

// OneHot returns the one-hot encoding of int64 classes 0 … classes-1, as int64 with a new last
// dimension.
func (v *Variable) OneHot(classes int) *Variable {
	if v.node().Err() == nil && classes <= 0 {
		return Failed("one_hot", ErrValue, "num_classes should be positive, got %d", classes)
	}
	return v.record1(ops.OneHot{Classes: classes})
}
