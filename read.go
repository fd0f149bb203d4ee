// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"slices"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/storage"
)

// Must returns x, or panics if err is not nil. It is for tests, examples and scripts:
//
//	fmt.Println(stheno.Must(loss.Item()), stheno.Must(stheno.Values[float32](y)))
func Must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// Values returns a copy of v's elements, computing them if needed. T must be v's element type.
func Values[T Elem](v *Variable) ([]T, error) {
	b, err := v.value()
	if err != nil {
		return nil, err
	}
	if want := dtype.Of[T](); want != b.DType() {
		return nil, fmt.Errorf("stheno: values: variable is %v, asked for %v: %w", b.DType(), want, ErrDType)
	}
	x, err := storage.Host[T](b)
	return slices.Clone(x), err
}

// Tensor returns a copy of v's value, computing it if needed.
func (v *Variable) Tensor() (*Tensor, error) {
	b, err := v.value()
	if err != nil {
		return nil, err
	}
	c, err := b.Clone()
	if err != nil {
		return nil, err
	}
	return &Tensor{data: c, dims: *v.node().Dims()}, nil
}

// Item returns the only element of v as a float64, computing it if needed.
func (v *Variable) Item() (float64, error) {
	if err := v.compute(); err != nil {
		return 0, err
	}
	if v.Size() != 1 {
		return 0, fmt.Errorf("stheno: item: a Tensor with %d elements cannot be converted to Scalar: %w", v.Size(), ErrShape)
	}
	bits := v.node().Number()
	if d := v.node().Data(); d != nil {
		var err error
		if bits, err = d.First(); err != nil {
			return 0, err
		}
	}
	return record.Float(v.node().DType(), bits), nil
}

// compute makes v's value available.
func (v *Variable) compute() error {
	if err := v.node().Err(); err != nil {
		return err
	}
	if v.node().IsOpen() {
		return runError(record.ErrOpen)
	}
	if v.node().Known() {
		return nil
	}
	return Run(v)
}

// value returns v's memory, computing it if needed.
func (v *Variable) value() (*storage.Buffer, error) {
	if err := v.compute(); err != nil {
		return nil, err
	}
	if d := v.node().Data(); d != nil {
		return d, nil
	}
	return storage.Number(v.node().DType(), v.node().Number()), nil
}
