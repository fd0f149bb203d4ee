// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// Tensor is plain data in host memory, as used by datasets and checkpoints. It has no operations;
// [FromTensor] returns a Variable.
type Tensor struct {
	data *storage.Buffer
	dims shape.Dims
	err  error
	draw *drawing // the draw of the elements, while a function is recorded
}

// TensorOf returns a Tensor that shares data. Writing to data changes the Tensor and every Variable
// over it; this must not be done between recording an operation on such a Variable and computing it.
// Use Clone for a copy. Without a shape, the Tensor has one dimension. If the length of data is not the
// shape's size, the Tensor carries an error; see [Tensor.Err].
func TensorOf[T Elem](data []T, shape ...int) *Tensor {
	if len(shape) == 0 && len(data) != 1 {
		shape = []int{len(data)}
	} else if shape == nil {
		shape = []int{1}
	}
	d, err := dims(shape)
	if err == nil && d.Size() != len(data) {
		err = &OpError{Op: "tensor", Text: fmt.Sprintf("%d elements given, shape %v has %d", len(data), d, d.Size()), Caller: caller(), Err: ErrShape}
	}
	if err != nil {
		return &Tensor{err: err}
	}
	t := &Tensor{data: storage.Of(data), dims: d}
	t.data.Share()
	return t
}

// ScalarOf returns a Tensor without dimensions, with the element x.
func ScalarOf[T Elem](x T) *Tensor { return &Tensor{data: storage.Of([]T{x})} }

// NewTensor returns a Tensor of zeros.
func NewTensor(t DType, shape ...int) *Tensor {
	d, err := dims(shape)
	if err == nil && !dtype.DType(t).Valid() {
		err = &OpError{Op: "tensor", Text: fmt.Sprintf("invalid dtype %d", uint8(t)), Caller: caller(), Err: ErrDType}
	}
	if err == nil {
		if room := storage.Room(d.Size() * dtype.DType(t).Size()); room != nil {
			err = &OpError{Op: "tensor", Text: room.Error(), Shapes: []Shape{d.Slice()}, Caller: caller(), Err: ErrValue}
		}
	}
	if err != nil {
		return &Tensor{err: err}
	}
	return &Tensor{data: storage.New(dtype.DType(t), d.Size()), dims: d}
}

// Err returns the error in the arguments of the function that made t. A nil Tensor and the zero value
// have an error too.
func (t *Tensor) Err() error {
	switch {
	case t == nil:
		return errNoTensor("is nil")
	case t.err == nil && t.data == nil:
		return errNoTensor("is the zero value; use TensorOf or NewTensor")
	}
	return t.err
}

func errNoTensor(text string) error {
	return &OpError{Op: "tensor", Text: "the Tensor " + text, Caller: caller(), Err: ErrValue}
}

// Shape returns the sizes of t's dimensions.
func (t *Tensor) Shape() Shape {
	if t == nil {
		return nil
	}
	return t.dims.Slice()
}

// Size returns the number of elements.
func (t *Tensor) Size() int {
	if t == nil || t.data == nil {
		return 0
	}
	return t.dims.Size()
}

// DType returns the element type.
func (t *Tensor) DType() DType {
	if t == nil || t.data == nil {
		return Float32
	}
	return DType(t.data.DType())
}

// Data returns t's elements, sharing memory. T must be t's element type. Since the caller may write
// them, operations that were recorded before on a Variable that shares memory with t, such as the
// parameters of a [StateDict], become [ErrStale]. To only read, use [Values] or [Tensor.Floats]; to
// write a parameter, use [Variable.Assign].
func Data[T Elem](t *Tensor) ([]T, error) {
	if err := t.Err(); err != nil {
		return nil, err
	}
	if want := dtype.Of[T](); want != t.data.DType() {
		return nil, fmt.Errorf("stheno: data: tensor is %v, asked for %v: %w", t.data.DType(), want, ErrDType)
	}
	t.data.Share()
	return storage.Host[T](t.data)
}

// Clone returns a copy of t.
func (t *Tensor) Clone() *Tensor {
	if t.Err() != nil {
		return t
	}
	c, err := t.data.Clone()
	return &Tensor{data: c, err: err, dims: t.dims, draw: t.draw}
}

// Reshape returns t in another shape of the same size, sharing memory. One dimension may be -1: it is
// inferred from the others.
func (t *Tensor) Reshape(sizes ...int) *Tensor {
	if t.Err() != nil {
		return t
	}
	to, err := resolve(t.dims.Size(), sizes)
	if err != nil {
		return &Tensor{err: &OpError{Op: "reshape", Text: err.Error(), Shapes: []Shape{t.Shape()}, Caller: caller(), Err: ErrShape}}
	}
	return &Tensor{data: t.data, dims: to, draw: t.draw}
}

// elements returns t's elements, of type T. A Tensor is in host memory, so there is no error.
func elements[T Elem](t *Tensor) []T {
	x, _ := storage.Host[T](t.data)
	return x
}

// bytes is elements as bytes.
func (t *Tensor) bytes() []byte {
	b, _ := t.data.Bytes()
	return b
}

// float returns element i as a float64, for printing and comparing.
func (t *Tensor) float(i int) float64 {
	switch t.data.DType() {
	case dtype.Float32:
		return float64(elements[float32](t)[i])
	case dtype.Float64:
		return elements[float64](t)[i]
	case dtype.Int64:
		return float64(elements[int64](t)[i])
	default:
		return record.Float(dtype.Uint8, uint64(t.bytes()[i]))
	}
}

// Floats returns a copy of t's elements as float64.
func (t *Tensor) Floats() []float64 {
	if t.Err() != nil {
		return nil
	}
	out := make([]float64, t.Size())
	for i := range out {
		out[i] = t.float(i)
	}
	return out
}

const (
	printAll  = 1000 // a tensor of more elements is abbreviated,
	printEdge = 3    // with this many elements at each end of a dimension
)

// String formats the elements, with brackets around each dimension.
func (t *Tensor) String() string {
	if err := t.Err(); err != nil {
		return "<" + err.Error() + ">"
	}
	var s strings.Builder
	t.format(&s, 0, 0)
	return s.String()
}

func (t *Tensor) format(s *strings.Builder, axis, at int) {
	if axis == t.dims.Len() {
		s.WriteString(t.element(at))
		return
	}
	size, step := t.dims.At(axis), 1
	for i := axis + 1; i < t.dims.Len(); i++ {
		step *= t.dims.At(i)
	}
	s.WriteByte('[')
	for i := 0; i < size; i++ {
		if i > 0 {
			if axis == t.dims.Len()-1 {
				s.WriteByte(' ')
			} else {
				s.WriteString("\n" + strings.Repeat(" ", axis+1))
			}
		}
		if t.Size() > printAll && size > 2*printEdge && i == printEdge {
			s.WriteString("...")
			i = size - printEdge - 1
			continue
		}
		t.format(s, axis+1, at+i*step)
	}
	s.WriteByte(']')
}

func (t *Tensor) element(i int) string {
	switch t.data.DType() {
	case dtype.Bool:
		return strconv.FormatBool(t.bytes()[i] != 0)
	case dtype.Int64:
		return strconv.FormatInt(elements[int64](t)[i], 10)
	default:
		return strconv.FormatFloat(t.float(i), 'g', 4, 64)
	}
}

// resolve returns the shape of n elements for sizes, one of which may be -1.
func resolve(n int, sizes []int) (shape.Dims, error) {
	sizes = slices.Clone(sizes)
	free, rest := -1, 1
	for i, size := range sizes {
		switch {
		case size == -1 && free >= 0:
			return shape.Dims{}, fmt.Errorf("only one dimension can be inferred, got %v", sizes)
		case size == -1:
			free = i
		case size < 0:
			return shape.Dims{}, fmt.Errorf("invalid shape dimension %d in %v", size, sizes)
		default:
			rest *= size
		}
	}
	if free >= 0 {
		if rest == 0 || n%rest != 0 {
			return shape.Dims{}, fmt.Errorf("shape '%v' is invalid for input of size %d", sizes, n)
		}
		sizes[free] = n / rest
	}
	to, err := shape.Of(sizes...)
	if err == nil && to.Size() != n {
		err = fmt.Errorf("shape '%v' is invalid for input of size %d", sizes, n)
	}
	return to, err
}
