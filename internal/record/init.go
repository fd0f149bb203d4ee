// SPDX-License-Identifier: MIT

package record

import (
	"errors"
	"slices"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// InitLeaf makes n a leaf over data.
func (n *Node) InitLeaf(data *storage.Buffer, dims shape.Dims) {
	n.meta = ops.Meta{Dims: dims, DType: data.DType()}
	n.device = data.Device()
	n.extra().data = data
}

// InitScalar makes n a slot for one number, given as its bits in type d.
func (n *Node) InitScalar(d dtype.DType, bits uint64) {
	n.meta.DType = d
	n.number = bits
	n.flags = Scalar
}

// Init1, Init2 and Init3 record an operation of that many inputs, InitN one of any number. They
// report false where the record failed; the reason, unless an input brought it along, is the
// returned error. The first three are InitN without its loop, which costs a step of small
// operations some per cent of its time.

// Init1 records an operation of one input.
func (n *Node) Init1(op ops.Op, a *Node) (bool, error) {
	n.op, n.nin = op, 1
	n.in[0] = a
	n.flags = a.flags & (Grad | Depends)
	n.seen = a.version()
	n.device = a.device
	return n.infer()
}

// Init2 records an operation of two inputs.
func (n *Node) Init2(op ops.Op, a, b *Node) (bool, error) {
	n.op, n.nin = op, 2
	n.in[0], n.in[1] = a, b
	n.flags = (a.flags | b.flags) & (Grad | Depends)
	n.seen = a.version() + b.version()
	n.device = a.device
	return n.infer()
}

// Init3 records an operation of three inputs.
func (n *Node) Init3(op ops.Op, a, b, c *Node) (bool, error) {
	n.op, n.nin = op, 3
	n.in[0], n.in[1], n.in[2] = a, b, c
	n.flags = (a.flags | b.flags | c.flags) & (Grad | Depends)
	n.seen = a.version() + b.version() + c.version()
	n.device = a.device
	return n.infer()
}

// InitN records an operation of any number of inputs.
func (n *Node) InitN(op ops.Op, in ...*Node) (bool, error) {
	n.op = op
	k := copy(n.in[:], in)
	if n.nin = uint8(k); k < len(in) {
		more := slices.Clone(in[k:])
		n.extra().more = &more
	}
	for _, a := range in {
		n.flags |= a.flags & (Grad | Depends)
		n.seen += a.version()
	}
	if len(in) > 0 {
		n.device = in[0].device
	}
	return n.infer()
}

// ErrDevice is returned for operands on different devices.
var ErrDevice = errors.New("stheno: device mismatch")

func (n *Node) infer() (bool, error) {
	for i := range n.Len() {
		a := n.In(i)
		if a.op != nil && a.uses < manyUses {
			a.uses++
		}
		if a.ext != nil && a.ext.err != nil {
			return false, nil
		}
		if a.device != n.device && !n.mixes(a) {
			return false, ErrDevice
		}
	}
	var err error
	if n.meta, err = n.op.Infer(n); err != nil {
		return false, err
	}
	if n.meta.Dims.Len() > 0 {
		if err = n.meta.Dims.Check(); err != nil {
			return false, ops.SizeError(err)
		}
	}
	if n.flags&Grad != 0 && !n.meta.DType.IsFloat() {
		n.flags &^= Grad
	}
	if n.flags&Grad != 0 && !n.smooth() {
		n.flags &^= Grad
	}
	return true, nil
}

// mixes reports whether input a may be on another device than those before it: a
// number goes with anything.
func (n *Node) mixes(a *Node) bool {
	if a.flags&Scalar != 0 {
		return true
	}
	if n.in[0].flags&Scalar != 0 && n.device == storage.CPU {
		n.device = a.device
		return true
	}
	return false
}

// smooth reports whether a gradient passes from n to any input that requires one.
func (n *Node) smooth() bool {
	if _, ok := n.op.(*Derivative); ok {
		return true
	}
	d, ok := n.op.(ops.Differentiable)
	if !ok {
		return false
	}
	for i := range n.Len() {
		if n.In(i).flags&Grad != 0 && d.Smooth(i) {
			return true
		}
	}
	return false
}

// smoothIn reports whether a gradient passes from n to its input i.
func (n *Node) smoothIn(i int) bool {
	switch op := n.op.(type) {
	case *Derivative:
		return true
	case ops.Differentiable:
		return op.Smooth(i)
	}
	return false
}
