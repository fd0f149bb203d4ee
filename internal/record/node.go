// SPDX-License-Identifier: MIT

// Package record holds what user code wrote down and nothing has computed yet: a
// node per operation, with its type and shape, and the canonical key under which
// a record's program is cached.
package record

import (
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
	Depends                   // something below it has a gradient, even through Detach
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
	ext    *extra
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

// extra is what only some nodes have. Each idea has a file of methods: data.go, grad.go,
// effect.go, role.go, open.go.
type extra struct {
	err    error
	data   *storage.Buffer // of a leaf or of a computed node
	grad   gradient        // of a leaf
	role   Role            // in a module
	open   bool            // of a compiled function: in each run the memory is another
	name   string          // of a parameter or buffer, from the walk of its module
	draw   *Draw           // of an open leaf: what makes its numbers
	effect *Effect
	more   *[]*Node // inputs beyond the inline ones; nil: none
}

// extra returns n's rare fields, making room for them.
func (n *Node) extra() *extra {
	if n.ext == nil {
		n.ext = new(extra)
	}
	return n.ext
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
	if d := n.ext.data; d != nil && d.Retired() {
		return errRetired
	}
	return n.ext.err
}

// Fail makes n carry err, or the first error among its inputs.
func (n *Node) Fail(err error) {
	for i := range n.Len() {
		if e := n.In(i).Err(); e != nil {
			err = e
			break
		}
	}
	*n = Node{ext: &extra{err: err}}
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
