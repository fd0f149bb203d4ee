// SPDX-License-Identifier: MIT

package ops

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/dtype"
)

// Function is an operation of a user's. Its address tells it apart from others: whoever
// holds the operation holds the address.
type Function struct {
	Label      string
	Result     func(in Inputs) (Meta, error)
	Compute    func(c *Call, out Meta, in []Meta) error
	Derivative func(b *Builder, i int) (*G.Node, error) // nil: there is none
}

// Name implements [Op].
func (f *Function) Name() string { return f.Label }

// AppendAttrs implements [Op].
func (f *Function) AppendAttrs(b []byte) []byte { return fmt.Appendf(b, "%p", f) }

// Infer implements [Op].
func (f *Function) Infer(in Inputs) (Meta, error) { return f.Result(in) }

// Kernel implements [Op].
func (f *Function) Kernel(out Meta, in []Layout) Kernel {
	metas := make([]Meta, len(in))
	for i, l := range in {
		metas[i] = l.Meta
	}
	return func(c *Call) error { return f.Compute(c, out, metas) }
}

// Smooth implements [Differentiable].
func (f *Function) Smooth(int) bool { return f.Derivative != nil }

// Grad implements [Differentiable].
func (f *Function) Grad(b *Builder, i int) *G.Node {
	if b.err != nil {
		return nil
	}
	n, err := f.Derivative(b, i)
	if err != nil {
		b.err = err
		return nil
	}
	if n == nil {
		return b.Apply(ZerosLike, b.In[i])
	}
	return n
}

// Constant is one number of type D, given as its bits. Its operand only says in which graph
// it is.
type Constant struct {
	D    dtype.DType
	Bits uint64
}

// Name implements [Op].
func (Constant) Name() string { return "constant" }

// AppendAttrs implements [Op].
func (o Constant) AppendAttrs(b []byte) []byte {
	return binary.LittleEndian.AppendUint64(append(b, byte(o.D)), o.Bits)
}

// Infer implements [Op].
func (o Constant) Infer(Inputs) (Meta, error) { return Meta{DType: o.D}, nil }

// Kernel implements [Op].
func (o Constant) Kernel(Meta, []Layout) Kernel {
	return func(c *Call) error {
		copy(unsafe.Slice((*byte)(c.Out), o.D.Size()), unsafe.Slice((*byte)(unsafe.Pointer(&o.Bits)), o.D.Size()))
		return nil
	}
}
