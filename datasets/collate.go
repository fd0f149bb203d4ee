// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"unsafe"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
)

// DefaultCollate stacks samples of one shape and type along a new first dimension, as torch's
// default_collate. Either all samples have a Y or none, and all have the same names. The Batch has
// new memory and no Index.
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

// Clone returns a copy of b in new memory, which stays valid when the Loader continues. It computes
// recorded operations of b's Variables.
func (b Batch) Clone() (Batch, error) {
	c, err := b.each(func(v *stheno.Variable) (*stheno.Variable, error) {
		t, err := v.Tensor()
		return stheno.FromTensor(t), err
	})
	if err != nil {
		return Batch{}, fmt.Errorf("datasets: clone: %w", err)
	}
	c.Index = slices.Clone(b.Index)
	return c, nil
}

// To returns b with its Variables moved to a device.
func (b Batch) To(d stheno.Device) (Batch, error) {
	return b.each(func(v *stheno.Variable) (*stheno.Variable, error) {
		v = v.To(d)
		return v, v.Err()
	})
}

// each returns b with f applied to each Variable.
func (b Batch) each(f func(*stheno.Variable) (*stheno.Variable, error)) (Batch, error) {
	var err error
	apply := func(v *stheno.Variable) *stheno.Variable {
		if v == nil || err != nil {
			return nil
		}
		v, err = f(v)
		return v
	}
	c := Batch{X: apply(b.X), Y: apply(b.Y), Index: b.Index}
	if b.Named != nil {
		c.Named = map[string]*stheno.Variable{}
		for name, v := range b.Named {
			c.Named[name] = apply(v)
		}
	}
	if err != nil {
		return Batch{}, err
	}
	return c, nil
}

// putSample copies a sample to position at.
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
	f := forms{x: x, y: y}
	var named [][]byte
	for _, name := range slices.Sorted(maps.Keys(sample.Named)) {
		form, bytes, err := inside(sample.Named[name])
		if err == nil && form.none {
			err = errors.New("the tensor is nil")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		f.named, named = append(f.named, namedForm{name, form}), append(named, bytes)
	}
	if ok, err := s.place(at, &f); !ok || err != nil {
		return err
	}
	copy(s.x.at(at), xBytes)
	copy(s.y.at(at), yBytes)
	for i, b := range named {
		copy(s.named[i].at(at), b)
	}
	return nil
}

// putRow copies row number row of x and y to position at.
func (s *slot) putRow(at int, x, y *stheno.Tensor, row int) error {
	fx, xBytes, err := insideRow(x, row)
	if err != nil {
		return fmt.Errorf("X: %w", err)
	}
	fy, yBytes, err := insideRow(y, row)
	if err != nil {
		return fmt.Errorf("Y: %w", err)
	}
	if ok, err := s.place(at, &forms{x: fx, y: fy}); !ok || err != nil {
		return err
	}
	copy(s.x.at(at), xBytes)
	copy(s.y.at(at), yBytes)
	return nil
}

// putPicture writes a picture and its class to position at.
func (s *slot) putPicture(at int, img *transforms.Image, class int) error {
	c, h, w := img.Shape()
	if c*h*w == 0 {
		return errors.New("the image has no pixels")
	}
	dims := shape.Dims{}.Insert(0, w).Insert(0, h).Insert(0, c) // an Image cannot overflow
	x := form{dims: dims, dtype: dtype.Uint8}
	if img.IsFloat() {
		x.dtype = dtype.Float32
	}
	if ok, err := s.place(at, &forms{x: x, y: form{dtype: dtype.Int64}}); !ok || err != nil {
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
		return form{}, nil, errors.New("the tensor is the zero value")
	}
	b, err := data.Bytes()
	return form{dims: dims, dtype: data.DType()}, b, err
}

// insideRow returns form and elements of one row of t.
func insideRow(t *stheno.Tensor, row int) (form, []byte, error) {
	f, b, err := inside(t)
	if err != nil || f.none {
		return f, b, err
	}
	if f.dims.Len() == 0 || row < 0 || row >= f.dims.At(0) {
		return f, nil, fmt.Errorf("no row %d in a tensor of shape %v", row, f.dims)
	}
	f.dims = f.dims.Tail(1)
	size := f.dims.Size() * f.dtype.Size()
	return f, b[row*size:][:size], nil
}

// stack returns the batch of the samples in s, or an error if their forms differ.
func (s *slot) stack() (Batch, error) {
	if len(s.odd) > 0 {
		return Batch{}, s.differ()
	}
	n := len(s.index)
	v := new(variables)
	s.live = v
	b := Batch{X: s.x.variable(&v.x, n), Y: s.y.variable(&v.y, n), Index: s.index}
	if len(s.named) > 0 {
		v.named, b.Named = make([]ownVariable, len(s.named)), map[string]*stheno.Variable{}
		for i, f := range s.forms.named {
			b.Named[f.name] = s.named[i].variable(&v.named[i], n)
		}
	}
	return b, nil
}

// differ returns the error of the first sample whose forms differ from those of sample 0. The forms
// of the slot depend on which worker was first; the error does not.
func (s *slot) differ() error {
	of := func(at int) *forms {
		for i := range s.odd {
			if s.odd[i].at == at {
				return &s.odd[i].forms
			}
		}
		return &s.forms
	}
	first := of(0)
	for at := range s.index {
		f := of(at)
		if f.x != first.x {
			return errForms("X", first.x, f.x, at)
		}
		if f.y != first.y {
			return errForms("Y", first.y, f.y, at)
		}
		if len(f.named) != len(first.named) {
			return errNames(first, f, at)
		}
		for i, n := range f.named {
			if n.name != first.named[i].name {
				return errNames(first, f, at)
			}
			if n != first.named[i] {
				return errForms(n.name, first.named[i].form, n.form, at)
			}
		}
	}
	return errors.New("samples are not like one that was skipped")
}

func errNames(first, f *forms, at int) error {
	names := func(f *forms) (list []string) {
		for _, n := range f.named {
			list = append(list, n.name)
		}
		return list
	}
	return fmt.Errorf("each sample of a batch must have the same names: sample 0 has %q, sample %d has %q", names(first), at, names(f))
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
