// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"slices"
	"unsafe"

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
	return slices.Clone(storage.View[T](b)), nil
}

// Tensor returns a copy of v's value, computing it if needed.
func (v *Variable) Tensor() (*Tensor, error) {
	b, err := v.value()
	if err != nil {
		return nil, err
	}
	c := storage.New(b.DType(), b.Len())
	copy(c.Bytes(), b.Bytes())
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
		bits = bitsOf(d)
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
	b := storage.New(v.node().DType(), 1)
	number := v.node().Number()
	copy(b.Bytes(), unsafe.Slice((*byte)(unsafe.Pointer(&number)), 8))
	return b, nil
}

// bitsOf returns the first element of b, in the low bytes.
func bitsOf(b *storage.Buffer) (bits uint64) {
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&bits)), 8), b.Bytes()[:b.DType().Size()])
	return bits
}
