// SPDX-License-Identifier: MIT

// Package shape holds the fixed-size form of a tensor's shape that the inner
// rooms of stheno pass by value: comparable, hashable and free of allocation.
package shape

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Max is the largest number of dimensions a tensor may have.
const Max = 8

// Dims is a shape of up to Max dimensions. The zero value is the shape of a scalar, ().
// What is asked of it at each recorded operation takes a pointer: a value is copied whole.
type Dims struct {
	d [Max]int32
	n int8
}

// Of returns the Dims of the given sizes. It fails on a negative size, on more
// than Max dimensions and on more elements than Go can be asked to allocate.
func Of(sizes ...int) (Dims, error) {
	var s Dims
	if len(sizes) > Max {
		return s, fmt.Errorf("shape %v has %d dimensions, at most %d are supported", sizes, len(sizes), Max)
	}
	total := 1
	for i, size := range sizes {
		if size < 0 {
			return Dims{}, fmt.Errorf("shape %v has a negative size at dimension %d", sizes, i)
		}
		if size > math.MaxInt32 {
			return Dims{}, fmt.Errorf("shape %v: dimension %d is larger than %d", sizes, i, math.MaxInt32)
		}
		s.d[i] = int32(size)
		if size == 0 {
			continue
		}
		if total > most/size {
			return Dims{}, fmt.Errorf("shape %v has more elements than can be addressed", sizes)
		}
		total *= size
	}
	s.n = int8(len(sizes))
	return s, nil
}

// Must is Of for sizes that are known to be right.
func Must(sizes ...int) Dims {
	s, err := Of(sizes...)
	if err != nil {
		panic(err)
	}
	return s
}

// Len returns the number of dimensions.
func (s *Dims) Len() int { return int(s.n) }

// At returns the size of dimension i, 0 <= i < Len().
func (s *Dims) At(i int) int { return int(s.d[i]) }

// Last returns the size of dimension i counted from the end, Last(0) being the last.
func (s *Dims) Last(i int) int { return int(s.d[int(s.n)-1-i]) }

// Size returns the number of elements.
func (s *Dims) Size() int {
	size := 1
	for _, d := range s.d[:s.n] {
		size *= int(d)
	}
	return size
}

// Slice returns the sizes as a new slice.
func (s Dims) Slice() []int {
	sizes := make([]int, s.n)
	for i := range sizes {
		sizes[i] = int(s.d[i])
	}
	return sizes
}

// AppendKey appends head, which fits 48 bits, and a self-delimiting encoding of s.
// Keys are made at every step, so eight bytes are written at once.
func (s *Dims) AppendKey(b []byte, head uint64) []byte {
	b = binary.LittleEndian.AppendUint64(b, head|uint64(s.n)<<56)
	for i := 0; i < int(s.n); i += 2 {
		b = binary.LittleEndian.AppendUint64(b, uint64(uint32(s.d[i&(Max-1)]))|uint64(uint32(s.d[(i+1)&(Max-1)]))<<32)
	}
	return b
}

// String formats s as torch users write shapes in comments: (2,3), (5), ().
func (s Dims) String() string {
	b := []byte{'('}
	for i := range s.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(s.At(i)), 10)
	}
	return string(append(b, ')'))
}

// Check returns an error for what [Of] would not make: sizes that a dimension cannot hold,
// or more elements than can be addressed. Operations make their shapes without it.
func (s *Dims) Check() error {
	size := 1.0 // exact up to most and far beyond
	for _, d := range s.d[:s.n] {
		if d < 0 {
			return s.wrong()
		}
		if d > 0 {
			size *= float64(d)
		}
	}
	if size > most {
		return s.wrong()
	}
	return nil
}

func (s *Dims) wrong() error {
	for i, d := range s.d[:s.n] {
		if d < 0 {
			return fmt.Errorf("dimension %d of the result would be negative or larger than %d", i, math.MaxInt32)
		}
	}
	return fmt.Errorf("the result's shape %v has more elements than can be addressed", *s)
}

// cut returns size as it is kept: one that does not fit is -1, which [Dims.Check] finds.
func cut(size int) int32 {
	if size < 0 || size > math.MaxInt32 {
		return -1
	}
	return int32(size)
}

// Set returns s with dimension i of the given size.
func (s Dims) Set(i, size int) Dims {
	s.d[i] = cut(size)
	return s
}

// Remove returns s without dimension i.
func (s Dims) Remove(i int) Dims {
	copy(s.d[i:], s.d[i+1:])
	s.n--
	s.d[s.n] = 0
	return s
}

// Insert returns s with a new dimension of the given size before dimension i.
// The caller makes sure that s has fewer than Max dimensions.
func (s Dims) Insert(i, size int) Dims {
	copy(s.d[i+1:], s.d[i:s.n])
	s.d[i] = cut(size)
	s.n++
	return s
}

// Append returns s with one more dimension at the end.
func (s Dims) Append(size int) Dims { return s.Insert(s.Len(), size) }

// Head returns the first n dimensions, Tail the rest from n on.
func (s Dims) Head(n int) Dims {
	var h Dims
	copy(h.d[:], s.d[:n])
	h.n = int8(n)
	return h
}

// Tail returns the dimensions from n on.
func (s Dims) Tail(n int) Dims {
	var t Dims
	copy(t.d[:], s.d[n:s.n])
	t.n = s.n - int8(n)
	return t
}

// Concat returns the dimensions of s followed by those of t.
func (s Dims) Concat(t Dims) Dims {
	copy(s.d[s.n:], t.d[:t.n])
	s.n += t.n
	return s
}

// Broadcast returns the shape that a and b broadcast to by NumPy's rule.
func Broadcast(a, b Dims) (Dims, bool) {
	if a == b {
		return a, true
	}
	if a.n < b.n {
		a, b = b, a
	}
	shift := a.n - b.n
	for i := range b.n {
		x, y := a.d[i+shift], b.d[i]
		switch {
		case x == y || y == 1:
		case x == 1:
			a.d[i+shift] = y
		default:
			return Dims{}, false
		}
	}
	return a, true
}

// Axis turns a possibly negative axis into one in [0, n).
func Axis(axis, n int) (int, bool) {
	if axis < 0 {
		axis += n
	}
	return axis, axis >= 0 && axis < n
}

// Strides returns the row-major strides of s in elements.
func (s Dims) Strides() [Max]int {
	var st [Max]int
	step := 1
	for i := s.Len() - 1; i >= 0; i-- {
		st[i] = step
		step *= s.At(i)
	}
	return st
}
