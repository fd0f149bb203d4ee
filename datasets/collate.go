// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
)

// DefaultCollate stacks samples of one shape and type on a first dimension, as torch's
// default_collate does. All have a Y or none has. The Batch has memory of its own and no
// Index.
func DefaultCollate(samples []Sample) (Batch, error) {
	if len(samples) == 0 {
		return Batch{}, errors.New("datasets: default_collate: there are no samples")
	}
	s := newSlot()
	s.begin(0, make([]int, len(samples)), false)
	for at, sample := range samples {
		if err := s.putSample(at, sample); err != nil {
			return Batch{}, fmt.Errorf("datasets: default_collate: sample %d: %w", at, err)
		}
	}
	b, err := s.stack()
	if err != nil {
		return Batch{}, fmt.Errorf("datasets: %w", err)
	}
	b.Index = nil
	return b, nil
}

// Clone returns a copy of b in memory of its own, which stays valid when the Loader goes
// on. It computes what b's Variables have recorded.
func (b Batch) Clone() (Batch, error) {
	c := Batch{Index: slices.Clone(b.Index)}
	for _, part := range []struct{ to, from **stheno.Variable }{{&c.X, &b.X}, {&c.Y, &b.Y}} {
		if *part.from == nil {
			continue
		}
		t, err := (*part.from).Tensor()
		if err != nil {
			return Batch{}, fmt.Errorf("datasets: clone: %w", err)
		}
		*part.to = stheno.FromTensor(t)
	}
	return c, nil
}

// putSample copies a sample to place at.
func (s *slot) putSample(at int, sample Sample) error {
	x, xBytes, err := inside(sample.X)
	if err != nil {
		return fmt.Errorf("X: %w", err)
	}
	y, yBytes, err := inside(sample.Y)
	if err != nil {
		return fmt.Errorf("Y: %w", err)
	}
	if x.none {
		return errors.New("default_collate: batch must contain tensors; found a Sample whose X is <nil>")
	}
	if ok, err := s.place(at, x, y); !ok {
		return err
	}
	copy(s.x.at(at), xBytes)
	copy(s.y.at(at), yBytes)
	return nil
}

// putRow copies row number row of x and y to place at.
func (s *slot) putRow(at int, x, y *stheno.Tensor, row int) error {
	fx, xBytes, err := insideRow(x, row)
	if err != nil {
		return fmt.Errorf("X: %w", err)
	}
	fy, yBytes, err := insideRow(y, row)
	if err != nil {
		return fmt.Errorf("Y: %w", err)
	}
	if ok, err := s.place(at, fx, fy); !ok {
		return err
	}
	copy(s.x.at(at), xBytes)
	copy(s.y.at(at), yBytes)
	return nil
}

// putPicture writes a picture and its class to place at.
func (s *slot) putPicture(at int, img *transforms.Image, class int) error {
	c, h, w := img.Shape()
	if c*h*w == 0 {
		return errors.New("the image has no pixels")
	}
	dims := shape.Dims{}.Insert(0, w).Insert(0, h).Insert(0, c) // an Image fits
	x := form{dims: dims, dtype: dtype.Uint8}
	if img.IsFloat() {
		x.dtype = dtype.Float32
	}
	if ok, err := s.place(at, x, form{dtype: dtype.Int64}); !ok {
		return err
	}
	*(*int64)(unsafe.Pointer(&s.y.at(at)[0])) = int64(class)
	if b := s.x.at(at); x.dtype == dtype.Uint8 {
		return img.CopyBytes(b)
	} else {
		return img.CopyTo(unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), dims.Size()))
	}
}

// inside returns form and elements of t, which may be nil.
func inside(t *stheno.Tensor) (form, []byte, error) {
	if t == nil {
		return form{none: true}, nil, nil
	}
	data, dims := access.Tensor(t)
	if data == nil {
		if err := t.Err(); err != nil {
			return form{}, nil, err
		}
		return form{}, nil, errors.New("the tensor was not made by a function of stheno")
	}
	return form{dims: dims, dtype: data.DType()}, data.Bytes(), nil
}

// insideRow returns form and elements of one row of t.
func insideRow(t *stheno.Tensor, row int) (form, []byte, error) {
	f, b, err := inside(t)
	if err != nil || f.none {
		return f, b, err
	}
	if f.dims.Len() == 0 || row < 0 || row >= f.dims.At(0) {
		return f, nil, fmt.Errorf("there is no row %d in a tensor of shape %v", row, f.dims)
	}
	f.dims = f.dims.Tail(1)
	size := f.dims.Size() * f.dtype.Size()
	return f, b[row*size:][:size], nil
}

// stack returns the batch of the samples in s, an error if they differ in form.
func (s *slot) stack() (Batch, error) {
	if len(s.odd) > 0 {
		return Batch{}, s.differ()
	}
	n := len(s.index)
	v := new(variables)
	s.live = v
	return Batch{X: s.x.variable(&v.x, &v.xBuf, n), Y: s.y.variable(&v.y, &v.yBuf, n), Index: s.index}, nil
}

// differ returns the error of the first sample that is not like sample 0. Which form
// the slot has depends on who came first, the error does not.
func (s *slot) differ() error {
	forms := func(at int) (x, y form) {
		for _, o := range s.odd {
			if o.at == at {
				return o.x, o.y
			}
		}
		return s.x.form, s.y.form
	}
	x0, y0 := forms(0)
	for at := range s.index {
		x, y := forms(at)
		if x != x0 {
			return errForms("X", x0, x, at)
		}
		if y != y0 {
			return errForms("Y", y0, y, at)
		}
	}
	return errors.New("samples are not like one that was skipped")
}

func errForms(part string, first, f form, at int) error {
	switch {
	case first.none || f.none:
		return fmt.Errorf("%s: each element in list of batch should be of equal size: there is one at only one of entry 0 and entry %d", part, at)
	case first.dims != f.dims:
		return fmt.Errorf("%s: stack expects each tensor to be equal size, but got %v at entry 0 and %v at entry %d", part, list(first.dims), list(f.dims), at)
	default:
		return fmt.Errorf("%s: stack expects tensors of one dtype, but got %v at entry 0 and %v at entry %d", part, first.dtype, f.dtype, at)
	}
}

func errDims(d shape.Dims) error {
	return fmt.Errorf("a tensor of shape %v leaves no dimension for the batch, at most %d are supported", d, shape.Max)
}

// list formats a shape as torch does: [2, 3].
func list(d shape.Dims) string {
	b := []byte{'['}
	for i := range d.Len() {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = fmt.Append(b, d.At(i))
	}
	return string(append(b, ']'))
}
