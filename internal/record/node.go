// SPDX-License-Identifier: MIT

// Package record holds what user code wrote down and nothing has computed yet: a
// node per operation, with its type and shape, and the canonical key under which
// a record's program is cached.
package record

import (
	"errors"
	"math"
	"slices"
	"unsafe"

	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// Flags of a node.
type Flags uint16

// The flags.
const (
	Grad    Flags = 1 << iota // a gradient flows into it
	Depends                   // something below it has a gradient, be it through Detach
	Keep                      // its value stays readable after Backward
	Retain                    // Backward leaves the record below it alone
	Severed                   // Backward took its inputs away
	Scalar                    // a leaf that is one number, a slot of the program
	Valued                    // computed: the value is in Data or, of a scalar, in Number
	Fresh                     // a slot whose number differs from run to run of a compiled function
	Seed                      // a slot that is the seed in each run of a compiled function
	Derives                   // the operation is a derivative
)

// Node is a leaf or one recorded operation. The garbage collector owns nodes;
// nothing is recycled under a user's hand.
type Node struct {
	op     ops.Op // nil: a leaf
	in     [4]*Node
	ext    *Ext
	number uint64 // of a scalar: the bits of the value
	mark   uint64 // of the last walk: its epoch, and what it found
	seen   uint32 // sum of the versions of the leaves among the inputs when recorded
	uses   uint8  // how often an operation was recorded of it, up to manyUses; of a leaf 0
	met    uint8  // how many of these a walk met
	meta   ops.Meta
	id     int32 // position in the last walk
	flags  Flags
	nin    uint8 // inputs in in; the others are in ext.more
	device storage.Device
}

// manyUses is what uses and met count up to.
const manyUses = 255

// Ext is what only some nodes have.
type Ext struct {
	Err    error
	Data   *storage.Buffer // of a leaf or of a computed node
	grad   gradient        // of a leaf
	Role   Role            // in a module
	done   bool            // Effect was applied
	Input  bool            // of a compiled function: in each run the memory is another
	Name   string          // of a parameter or buffer, from the walk of its module
	Draw   *Draw           // of a compiled function: in each run the memory holds other random numbers
	Effect func(value *storage.Buffer) error
	more   *[]*Node // inputs beyond the inline ones; nil: none
}

// Draw makes random numbers. Leaves that have the same Draw are the same numbers.
type Draw struct{ Make func() *storage.Buffer }

// Role is what a leaf is to the module whose field holds it.
type Role uint8

// The roles.
const (
	NoRole    Role = iota
	Parameter      // trained, unless frozen
	State          // saved with the module, not trained
)

// Extra returns n's rare fields, making room for them.
func (n *Node) Extra() *Ext {
	if n.ext == nil {
		n.ext = new(Ext)
	}
	return n.ext
}

// InitLeaf makes n a leaf over data.
func (n *Node) InitLeaf(data *storage.Buffer, dims shape.Dims) {
	n.meta = ops.Meta{Dims: dims, DType: data.DType()}
	n.device = data.Device()
	n.Extra().Data = data
}

// InitScalar makes n a slot for one number, given as its bits in type d.
func (n *Node) InitScalar(d dtype.DType, bits uint64) {
	n.meta.DType = d
	n.number = bits
	n.flags = Scalar
}

// Init1 records an operation of one input. Init1, Init2, Init3 and InitN report false where the
// record failed; the reason, unless an input brought it along, is the returned error.
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
		n.Extra().more = &more
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
		if a.ext != nil && a.ext.Err != nil {
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

// smooth reports whether a gradient passes from n to any input that wants one.
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

// version returns the version of n's data as a leaf, 0 for an operation.
func (n *Node) version() uint32 {
	if n.op == nil && n.ext != nil && n.ext.Data != nil {
		return uint32(n.ext.Data.Version())
	}
	return 0
}

// Len returns the number of inputs.
func (n *Node) Len() int {
	if int(n.nin) < len(n.in) || n.ext == nil || n.ext.more == nil {
		return int(n.nin)
	}
	return len(n.in) + len(*n.ext.more)
}

// In returns input i.
func (n *Node) In(i int) *Node {
	if i < len(n.in) {
		return n.in[i]
	}
	return (*n.ext.more)[i-len(n.in)]
}

// Meta returns what is known of input i; with it a Node is ops.Inputs.
func (n *Node) Meta(i int) *ops.Meta { return &n.In(i).meta }

// Op returns the operation, nil for a leaf.
func (n *Node) Op() ops.Op { return n.op }

// DType returns the element type.
func (n *Node) DType() dtype.DType { return n.meta.DType }

// Dims returns the shape.
func (n *Node) Dims() *shape.Dims { return &n.meta.Dims }

// Type returns type and shape.
func (n *Node) Type() ops.Meta { return n.meta }

// Device returns where the value is or will be.
func (n *Node) Device() storage.Device { return n.device }

// Has reports whether all flags f are set.
func (n *Node) Has(f Flags) bool { return n.flags&f == f }

// Set sets the flags f.
func (n *Node) Set(f Flags) { n.flags |= f }

// Clear clears the flags f.
func (n *Node) Clear(f Flags) { n.flags &^= f }

// IsLeaf reports whether n is no operation.
func (n *Node) IsLeaf() bool { return n.op == nil }

// Err returns the error that n carries.
func (n *Node) Err() error {
	if n.ext == nil {
		return nil
	}
	if d := n.ext.Data; d != nil && d.Retired() {
		return errRetired
	}
	return n.ext.Err
}

// Fail makes n carry err, or the first error among its inputs.
func (n *Node) Fail(err error) {
	for i := range n.Len() {
		if e := n.In(i).Err(); e != nil {
			err = e
			break
		}
	}
	*n = Node{ext: &Ext{Err: err}}
}

// Data returns the memory of a leaf or of a computed value, nil without one.
func (n *Node) Data() *storage.Buffer {
	if n.ext == nil {
		return nil
	}
	return n.ext.Data
}

// Address returns where the value of a leaf or of a computed node is.
func (n *Node) Address() unsafe.Pointer {
	if n.ext != nil && n.ext.Data != nil {
		return n.ext.Data.Ptr()
	}
	return unsafe.Pointer(&n.number)
}

// NumberAddress returns where the program is to write n's value if it is a scalar.
func (n *Node) NumberAddress() unsafe.Pointer { return unsafe.Pointer(&n.number) }

// HasEffect reports whether something is to happen once n is computed.
func (n *Node) HasEffect() bool { return n.ext != nil && n.ext.Effect != nil }

// Number returns the value of a scalar slot or of a computed scalar.
func (n *Node) Number() uint64 { return n.number }

// smallValue is as many bytes as a value may have to be allocated with its node's rare
// fields: the three make 192 bytes then, whole cache lines.
const smallValue = 64

// small is what a node with such a value has beside itself.
type small struct {
	ext  Ext
	data storage.Buffer
	room [smallValue / 8]uint64
}

// NewValue returns memory for n's value. It becomes the value when n is told that it
// is [Valued].
func (n *Node) NewValue() *storage.Buffer {
	size := n.meta.Dims.Size()
	if n.ext == nil && size*n.meta.DType.Size() <= smallValue {
		s := new(small)
		storage.Within(&s.data, n.meta.DType, size, unsafe.Pointer(&s.room))
		n.ext = &s.ext
		n.ext.Data = &s.data
		return n.ext.Data
	}
	x := n.Extra()
	x.Data = storage.Unset(n.meta.DType, size)
	return x.Data
}

// Known reports whether n's value can be read: it is a leaf's, or was computed.
func (n *Node) Known() bool { return n.op == nil || n.flags&Valued != 0 }

// IsOpen reports whether n is an input of a function that is being compiled, or random
// numbers that each run of it draws again.
func (n *Node) IsOpen() bool { return n.ext != nil && n.ext.Input }

// InitKnown makes n a leaf with the value of a, which is known. Memory is shared.
func (n *Node) InitKnown(a *Node) { n.InitLeaf(a.Own(), a.meta.Dims) }

// Own returns the memory of n's known value, which a number gets only now.
func (n *Node) Own() *storage.Buffer {
	x := n.Extra()
	if x.Data == nil {
		x.Data = storage.New(n.meta.DType, 1)
		copy(x.Data.Bytes(), unsafe.Slice((*byte)(unsafe.Pointer(&n.number)), 8))
	}
	return x.Data
}

// Spent reports whether a gradient can no longer pass through n, because Backward has
// already gone through what it is computed from.
func (n *Node) Spent() bool {
	for i := range n.Len() {
		if n.In(i).flags&(Severed|Grad) == Severed|Grad && n.smoothIn(i) {
			return true
		}
	}
	return false
}

// Sever takes the inputs away. A value that was kept stays.
func (n *Node) Sever() {
	n.in = [4]*Node{}
	if n.ext != nil {
		n.ext.more = nil
	}
	n.nin = 0
	n.flags |= Severed
}

// BecomeLeaf turns a computed node into a leaf with its value.
func (n *Node) BecomeLeaf() {
	n.Sever()
	n.op = nil
	n.flags &= Keep
}

// Applied reports whether n's effect was applied, and marks it so.
func (n *Node) Applied() bool {
	was := n.ext.done
	n.ext.done = true
	return was
}

// Bits returns the bits of v as a number of type d.
func Bits(d dtype.DType, v float64) uint64 {
	switch d {
	case dtype.Float32:
		return uint64(math.Float32bits(float32(v)))
	case dtype.Float64:
		return math.Float64bits(v)
	case dtype.Int64:
		return uint64(int64(v))
	case dtype.Uint8:
		return uint64(uint8(int64(v)))
	default:
		if v != 0 {
			return 1
		}
		return 0
	}
}

// Float returns the number of type d with the given bits.
func Float(d dtype.DType, bits uint64) float64 {
	switch d {
	case dtype.Float32:
		return float64(math.Float32frombits(uint32(bits)))
	case dtype.Float64:
		return math.Float64frombits(bits)
	default:
		return float64(int64(bits))
	}
}

// Replace gives the leaf n other data of its shape, and drops its gradient.
func (n *Node) Replace(data *storage.Buffer) {
	x := n.Extra()
	x.Data, x.grad = data, gradient{}
	n.meta.DType = data.DType()
}
