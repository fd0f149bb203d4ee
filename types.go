// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// Elem is the constraint of the Go types of a tensor's elements.
type Elem interface {
	~float32 | ~float64 | ~int64 | ~uint8 | ~bool
}

// DType is the type of a tensor's elements.
type DType uint8

// The element types.
const (
	Float32 = DType(dtype.Float32)
	Float64 = DType(dtype.Float64)
	Int64   = DType(dtype.Int64)
	Uint8   = DType(dtype.Uint8)
	Bool    = DType(dtype.Bool)
)

// String returns torch's name of the type, such as float32.
func (d DType) String() string { return dtype.DType(d).String() }

// IsFloat reports whether d is float32 or float64. Only these have gradients.
func (d DType) IsFloat() bool { return dtype.DType(d).IsFloat() }

// Shape is the sizes of a tensor's dimensions, outermost first. It is empty for a scalar.
type Shape []int

// Size returns the number of elements.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// String formats s as (2,3).
func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = strconv.Itoa(d)
	}
	return "(" + strings.Join(parts, ",") + ")"
}

// Device is the device of a tensor. The zero value is the CPU.
type Device int

// CPU is host memory.
const CPU = Device(storage.CPU)

// CUDA returns GPU number i, from 0. Moving a tensor there is [ErrNoCUDA] in a program built without
// the tag cuda or without a driver, and [ErrDevice] if there is no such GPU.
func CUDA(i int) Device {
	if i < 0 {
		return Device(i)
	}
	return Device(min(i, math.MaxInt-1) + 1)
}

// CUDAAvailable reports whether this program can use a GPU.
func CUDAAvailable() bool { return cudaDevices() > 0 }

// String returns torch's name of the device, such as cpu or cuda:0.
func (d Device) String() string {
	switch {
	case d == CPU:
		return "cpu"
	case d < CPU:
		return fmt.Sprintf("cuda:%d", int(d))
	}
	return fmt.Sprintf("cuda:%d", d-1)
}

// maxDevice is the last Device of a buffer.
const maxDevice = Device(math.MaxUint8)

// missing returns the reason why d cannot be used, and the kind of error; nil if it can.
func (d Device) missing() (text string, kind error) {
	switch {
	case d < CPU || d > maxDevice:
		return fmt.Sprintf("%v is not a device; GPUs are numbered from 0 to %d", d, maxDevice-1), ErrDevice
	case int(d) > cudaDevices():
		return fmt.Sprintf("%v cannot be used; build with -tags cuda on a machine with an NVIDIA driver", d), ErrNoCUDA
	}
	return "", nil
}

// dims returns a shape in its internal form.
func dims(sizes []int) (shape.Dims, error) {
	d, err := shape.Of(sizes...)
	if err != nil {
		return d, &OpError{Op: "tensor", Text: err.Error(), Caller: caller(), Err: ErrShape}
	}
	return d, nil
}
