// SPDX-License-Identifier: MIT

// Package dtype names the element types of tensors and their promotion.
package dtype

import "reflect"

// DType is the type of a tensor's elements. The order is that of the public constants.
type DType uint8

// The element types.
const (
	Float32 DType = iota
	Float64
	Int64
	Uint8
	Bool
	count
)

// Elem lists the Go types that are elements of a tensor.
type Elem interface {
	~float32 | ~float64 | ~int64 | ~uint8 | ~bool
}

var table = [count]struct {
	name string
	size int
	rank int // of promotion: the higher one wins
}{
	Float32: {"float32", 4, 3},
	Float64: {"float64", 8, 4},
	Int64:   {"int64", 8, 2},
	Uint8:   {"uint8", 1, 1},
	Bool:    {"bool", 1, 0},
}

// Of returns the DType of a Go element type.
func Of[T Elem]() DType {
	var zero T
	switch any(zero).(type) {
	case float32:
		return Float32
	case float64:
		return Float64
	case int64:
		return Int64
	case uint8:
		return Uint8
	case bool:
		return Bool
	}
	switch reflect.TypeFor[T]().Kind() { // a named type
	case reflect.Float32:
		return Float32
	case reflect.Float64:
		return Float64
	case reflect.Int64:
		return Int64
	case reflect.Bool:
		return Bool
	default:
		return Uint8
	}
}

// Valid reports whether d is one of the element types.
func (d DType) Valid() bool { return d < count }

// Size returns the bytes of one element.
func (d DType) Size() int { return table[d].size }

// String returns torch's name of the type without its prefix: float32, int64, …
func (d DType) String() string {
	if d >= count {
		return "invalid"
	}
	return table[d].name
}

// IsFloat reports whether d can carry a gradient.
func (d DType) IsFloat() bool { return d <= Float64 }

// Promote returns the type of the result of an operation on a and b.
func Promote(a, b DType) DType {
	if table[a].rank >= table[b].rank {
		return a
	}
	return b
}
