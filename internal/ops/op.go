// SPDX-License-Identifier: MIT

// Package ops is the catalogue of operations. Each operation is a small value
// with a name, its attributes, a rule for the output's type and shape, a kernel
// and, where it has one, a symbolic derivative that builds Gorgonia nodes.
//
// Every operation is a pure function with one output and no state: that is what
// lets equal nodes be merged, records be evaluated twice and gradients be built
// symbolically. One adapter, [Node], puts any of them into a Gorgonia graph.
package ops

import (
	"encoding/binary"
	"math"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/shape"
)

// Meta is what is known of a value before it is computed.
type Meta struct {
	Dims  shape.Dims
	DType dtype.DType
}

// Inputs gives Infer the operands. It is an interface over whatever holds them
// (a recorded node, graph nodes), so that inference copies and allocates nothing.
type Inputs interface {
	Len() int
	Meta(i int) *Meta
}

// Op is an operation.
type Op interface {
	// Name is the operation's name in errors, dumps and keys, such as "conv2d".
	Name() string
	// AppendAttrs appends every attribute in a layout from which operations that
	// differ can be told apart. Two operations with equal names and attributes
	// are the same function.
	AppendAttrs(b []byte) []byte
	// Infer returns the output's type and shape, or an error that says what was
	// given and what was wanted.
	Infer(in Inputs) (Meta, error)
	// Kernel prepares the computation for one shape. All inputs are contiguous,
	// except those that a [Strided] operation accepted otherwise.
	Kernel(out Meta, in []Layout) Kernel
}

// Infer returns what op makes of in. Shapes other than the first operand's are checked:
// few operations look out for sizes that are too large.
func Infer(op Op, in Inputs) (Meta, error) {
	m, err := op.Infer(in)
	if err == nil && (in.Len() == 0 || m.Dims != in.Meta(0).Dims) {
		if err = m.Dims.Check(); err != nil {
			err = SizeError(err)
		}
	}
	return m, err
}

// SizeError makes the answer of [shape.Dims.Check] an error of an operation.
func SizeError(err error) error { return shapeErrorf("%v", err) }

// Differentiable is an Op with a symbolic derivative.
type Differentiable interface {
	Op
	// Smooth reports whether the output has a derivative in input i.
	Smooth(i int) bool
	// Grad returns the gradient node of input i: its shape and type are those of
	// the input.
	Grad(b *Builder, i int) *G.Node
}

// Viewer is an Op whose output can share its input's memory.
type Viewer interface {
	Op
	// View returns the output's layout over the input's memory, or false where
	// that layout cannot express it.
	View(out Meta, in Layout) (Layout, bool)
}

// Strided is an Op whose kernel reads some layouts that are not contiguous.
type Strided interface {
	Op
	Accepts(i int, in Layout) bool
}

// Kernel computes one value.
type Kernel func(c *Call) error

// KernelError is what a kernel found wrong with the values it was given.
type KernelError struct {
	Op   string
	Path string // of the module whose parameter the operation reads, if it is known
	Err  error
}

func (e *KernelError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *KernelError) Unwrap() error { return e.Err }

// Call holds the addresses of one execution: of the first element of the output
// and of each input.
type Call struct {
	Out unsafe.Pointer
	In  []unsafe.Pointer
}

// Layout is how a value lies in memory, in elements.
type Layout struct {
	Meta
	Stride [shape.Max]int
	Offset int
}

// Contiguous returns the row-major layout of m.
func Contiguous(m Meta) Layout { return Layout{Meta: m, Stride: m.Dims.Strides()} }

// IsContiguous reports whether l is row-major without holes. Dimensions of size 1
// may have any stride.
func (l *Layout) IsContiguous() bool {
	step := 1
	for i := l.Dims.Len() - 1; i >= 0; i-- {
		if l.Dims.At(i) != 1 && l.Stride[i] != step {
			return false
		}
		step *= l.Dims.At(i)
	}
	return true
}

// vec returns the n elements of type T that begin at p.
func vec[T any](p unsafe.Pointer, n int) []T { return unsafe.Slice((*T)(p), n) }

// at returns the address i elements of type T behind p.
func at[T any](p unsafe.Pointer, i int) unsafe.Pointer {
	var zero T
	return unsafe.Add(p, i*int(unsafe.Sizeof(zero)))
}

// byFloat picks the kernel for a float type.
func byFloat(d dtype.DType, f32, f64 Kernel) Kernel {
	if d == dtype.Float32 {
		return f32
	}
	return f64
}

// plain is embedded by operations without attributes.
type plain struct{}

// AppendAttrs appends nothing.
func (plain) AppendAttrs(b []byte) []byte { return b }

// appendInt and appendFloat write attributes in a fixed layout.
func appendInt[T int | int64](b []byte, values ...T) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

func appendFloat(b []byte, values ...float64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

func nan() float64 { return math.NaN() }
