// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// stored is a tensor of a state whose elements are read when they are needed.
type stored struct {
	name string
	dims shape.Dims
	err  error // the type is not supported
	read func() (*Tensor, error)
}

// source is a state, in a file or in memory.
type source struct {
	tensors []*stored // must be read in this order
	end     func() error
	close   func()
}

// newSource returns a source without a file to close. end may be nil.
func newSource(list []*stored, end func() error) *source {
	if end == nil {
		end = func() error { return nil }
	}
	return &source{list, end, func() {}}
}

// all reads all tensors.
func (s *source) all() ([]NamedTensor, error) {
	state := make([]NamedTensor, len(s.tensors))
	for i, e := range s.tensors {
		t, err := e.tensor()
		if err != nil {
			return nil, err
		}
		state[i] = NamedTensor{e.name, t}
	}
	return state, s.end()
}

// tensor returns the tensor, or one that carries the reason why it cannot be read.
func (s *stored) tensor() (*Tensor, error) {
	if s.err != nil {
		return &Tensor{err: s.err}, nil
	}
	return s.read()
}

// newStored returns a tensor of a file, whose bytes read returns.
func newStored(name, dtype string, sizes []int, read func() ([]byte, error)) *stored {
	s := &stored{name: name}
	if s.dims, s.err = shape.Of(sizes...); s.err == nil && safetensors.Size(dtype) == 0 {
		s.err = unsupported(dtype)
	}
	s.read = func() (*Tensor, error) {
		data, err := read()
		if err != nil {
			return nil, err
		}
		return decode(dtype, s.dims, data), nil
	}
	return s
}

// decode returns a tensor of a file; an unsupported one carries an error.
func decode(dtype string, dims shape.Dims, data []byte) *Tensor {
	for d, name := range safetensorNames {
		if name == dtype {
			t := &Tensor{data: storage.New(d, dims.Size()), dims: dims}
			copy(t.bytes(), data)
			return t
		}
	}
	b, err := widen(safetensors.Tensor{DType: dtype, Data: data}, dims.Size())
	if err != nil {
		return &Tensor{err: err}
	}
	return &Tensor{data: b, dims: dims}
}

func unsupported(dtype string) error {
	return fmt.Errorf("stheno: type %s is not supported: %w", dtype, ErrDType)
}
