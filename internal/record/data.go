// SPDX-License-Identifier: MIT

package record

import (
	"unsafe"

	"github.com/stheno-go/stheno/internal/storage"
)

// version returns the version of n's data as a leaf, 0 for an operation.
func (n *Node) version() uint32 {
	if n.op == nil && n.ext != nil && n.ext.data != nil {
		return uint32(n.ext.data.Version())
	}
	return 0
}

// Data returns the memory of a leaf or of a computed value, nil without one.
func (n *Node) Data() *storage.Buffer {
	if n.ext == nil {
		return nil
	}
	return n.ext.data
}

// Address returns where the value of a leaf or of a computed node is.
func (n *Node) Address() unsafe.Pointer {
	if n.ext != nil && n.ext.data != nil {
		return n.ext.data.HostPointer()
	}
	return unsafe.Pointer(&n.number)
}

// NumberAddress returns where the program is to write n's value if it is a scalar.
func (n *Node) NumberAddress() unsafe.Pointer { return unsafe.Pointer(&n.number) }

// Number returns the value of a scalar slot or of a computed scalar.
func (n *Node) Number() uint64 { return n.number }

// smallValue is as many bytes as a value may have to be allocated with its node's rare
// fields: the three make 192 bytes then, whole cache lines.
const smallValue = 64

// small is what a node with such a value has beside itself.
type small struct {
	ext  extra
	data storage.Buffer
	room [smallValue / 8]uint64
}

// NewValue returns memory for n's value. It becomes the value when n is notified that it
// is [Valued].
func (n *Node) NewValue() *storage.Buffer {
	size := n.meta.Dims.Size()
	if n.ext == nil && size*n.meta.DType.Size() <= smallValue {
		s := new(small)
		storage.Within(&s.data, n.meta.DType, size, unsafe.Pointer(&s.room))
		n.ext = &s.ext
		n.ext.data = &s.data
		return n.ext.data
	}
	x := n.extra()
	x.data = storage.Unset(n.meta.DType, size)
	return x.data
}

// Known reports whether n's value can be read: it is a leaf's, or was computed.
func (n *Node) Known() bool { return n.op == nil || n.flags&Valued != 0 }

// InitKnown makes n a leaf with the value of a, which is known. Memory is shared.
func (n *Node) InitKnown(a *Node) { n.InitLeaf(a.Own(), a.meta.Dims) }

// Own returns the memory of n's known value, which a number gets only now.
func (n *Node) Own() *storage.Buffer {
	x := n.extra()
	if x.data == nil {
		x.data = storage.Number(n.meta.DType, n.number)
	}
	return x.data
}

// Replace gives the leaf n other data of its shape, and drops its gradient.
func (n *Node) Replace(data *storage.Buffer) {
	x := n.extra()
	x.data, x.grad = data, gradient{}
	n.meta.DType = data.DType()
}
