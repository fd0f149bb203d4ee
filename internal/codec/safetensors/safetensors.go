// SPDX-License-Identifier: MIT

// Package safetensors reads and writes the safetensors file format: a
// little-endian uint64 with the length of a JSON header, the header, and the
// bytes of every tensor one after the other without gaps.
//
// The package moves bytes only; it knows nothing of tensors with arithmetic.
// The bytes of a tensor are little-endian and in row-major order.
//
// [Decode] and [Encode] work on files in memory, [Reader] on files of any size.
package safetensors

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The element types whose size is known.
const (
	F64        = "F64"
	F32        = "F32"
	F16        = "F16"
	BF16       = "BF16"
	F8E4M3     = "F8_E4M3"
	F8E5M2     = "F8_E5M2"
	F8E8M0     = "F8_E8M0"
	F8E4M3FNUZ = "F8_E4M3FNUZ"
	F8E5M2FNUZ = "F8_E5M2FNUZ"
	I64        = "I64"
	I32        = "I32"
	I16        = "I16"
	I8         = "I8"
	U64        = "U64"
	U32        = "U32"
	U16        = "U16"
	U8         = "U8"
	Bool       = "BOOL"
	C64        = "C64"  // complex, of two float32
	C128       = "C128" // only in PyTorch's files
	C32        = "C32"
)

// sizes are the bytes of one element.
var sizes = map[string]int{
	F64: 8, F32: 4, F16: 2, BF16: 2, F8E4M3: 1, F8E5M2: 1, F8E8M0: 1, F8E4M3FNUZ: 1, F8E5M2FNUZ: 1,
	I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, Bool: 1, C64: 8, C128: 16, C32: 4,
}

// MaxHeader is the longest header in bytes that is read or written. It is the
// limit of the reference implementation.
const MaxHeader = 100_000_000

// MaxRank is the largest number of dimensions of a tensor. The format has no
// limit; 64 is that of PyTorch and NumPy and keeps a hostile header small in
// memory.
const MaxRank = 64

// ErrFormat is wrapped by every error about the content of a file, read or
// about to be written. Errors of the underlying reader or writer do not wrap it.
var ErrFormat = errors.New("safetensors: bad file")

// Tensor is one named array of a file.
type Tensor struct {
	Name  string
	DType string // one of the constants F64 to C32, or another that the file names
	Shape []int  // empty for a scalar
	Data  []byte // little-endian, row-major
}

// File is the content of a safetensors file.
type File struct {
	Tensors  []Tensor          // in the order of their bytes in the file
	Metadata map[string]string // the header's __metadata__, nil if there is none
}

// Lookup returns the tensor of that name, or nil.
func (f *File) Lookup(name string) *Tensor {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i]
		}
	}
	return nil
}

// Sort orders the tensors by the width of their elements, widest first, and
// then by name. In this order, that of the Python library, every tensor starts
// at a multiple of its element size, which readers that map a file like.
func (f *File) Sort() {
	slices.SortStableFunc(f.Tensors, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(Size(b.DType), Size(a.DType)), cmp.Compare(a.Name, b.Name))
	})
}

// Size returns the number of bytes of one element, or 0 for an unknown dtype.
func Size(dtype string) int { return sizes[dtype] }

// intern returns the constant equal to dtype, so that a decoded file does not
// hold one string a tensor.
func intern(dtype string) string {
	for d := range sizes {
		if d == dtype {
			return d
		}
	}
	return dtype
}

// byteCount returns the bytes that a tensor of this dtype and shape has.
func byteCount(name, dtype string, shape []int) (int64, error) {
	size := max(1, Size(dtype))
	if len(shape) > MaxRank {
		return 0, bad("tensor %s has %d dimensions; at most %d are read", quote(name), len(shape), MaxRank)
	}
	n := int64(size)
	for i, d := range shape {
		if d < 0 {
			return 0, bad("tensor %s has shape %s; dimension %d is negative", quote(name), dims(shape), i)
		}
		if d > 0 && n > math.MaxInt64/int64(d) {
			return 0, bad("tensor %s has shape %s of %s, which overflows 64 bits", quote(name), dims(shape), dtype)
		}
		n *= int64(d)
	}
	return n, nil
}

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrFormat}, args...)...)
}

// quote shortens long names: they come from files that nobody has checked.
func quote(name string) string {
	const most = 100
	if len(name) > most {
		return strconv.Quote(name[:most]) + "..."
	}
	return strconv.Quote(name)
}

// dims prints a shape as (2, 3).
func dims(shape []int) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.Itoa(d)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
