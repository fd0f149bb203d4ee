// SPDX-License-Identifier: MIT

package record

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/ops"
)

// Walk is a depth-first traversal of the record below some roots: it checks that
// the record can still be computed, orders the nodes, numbers the leaves by first
// use and writes the canonical key. It is scratch, used again and again.
type Walk struct {
	Key    []byte
	Order  []*Node // inputs before the nodes that use them
	Leaves []*Node
	Hoist  []*Node // constant sub-graphs that feed something with a gradient
	Err    error
	path   []step
	epoch  uint64
}

var epoch uint64 // of the newest walk; 64 bits do not wrap. The caller of Begin holds the lock.

// Begin starts a walk. header is the first byte of the key. Walks mark the nodes
// they meet, so only one may be under way at a time.
func (w *Walk) Begin(header byte) {
	epoch++
	w.epoch = epoch
	w.Key = append(w.Key[:0], header)
	w.Reset()
	w.Err = nil
}

// Reset lets go of the nodes of the last walk.
func (w *Walk) Reset() {
	clear(w.Order)
	clear(w.Leaves)
	clear(w.Hoist)
	w.Order, w.Leaves, w.Hoist = w.Order[:0], w.Leaves[:0], w.Hoist[:0]
}

// Root visits the record below n and notes in the key that n is wanted.
func (w *Walk) Root(n *Node) {
	w.visit(n)
	w.Key = appendID(append(w.Key, 0xff), n.id)
}

// ID returns the position of n in Order.
func (n *Node) ID() int { return int(n.id) }

// stays marks in the key a leaf that [Node.Stays].
const stays = 1 << 7

// Stays tells whether the leaf n is likely to be there again in the next run, as the
// parameters of a module are: what is made of it is worth keeping.
func (n *Node) Stays() bool {
	return n.op == nil && n.ext != nil && n.ext.Data != nil && (n.ext.Role != NoRole || n.flags&Grad != 0)
}

// input tells whether n enters a program as a slot: it is a leaf, or was computed
// and then cut off from its inputs.
func (n *Node) input() bool { return n.op == nil || n.flags&(Severed|Valued) == Severed|Valued }

// IsInput is input for the other rooms.
func (n *Node) IsInput() bool { return n.input() }

// visit walks the record below n, inputs before the nodes that use them. It keeps the
// path in a list of its own, because a record can be deeper than a stack.
func (w *Walk) visit(n *Node) {
	if n.mark == w.epoch || !w.enter(n) {
		return
	}
	i, inputs := 0, n.Len()
	for {
		if i < inputs {
			in := n.In(i)
			i++
			if in.mark == w.epoch {
				continue
			}
			if n.flags&Depends != 0 && in.flags&Depends == 0 && in.op != nil && !in.input() {
				w.Hoist = append(w.Hoist, in)
			}
			if w.enter(in) {
				w.path = append(w.path, step{n, i})
				n, i, inputs = in, 0, in.Len()
			}
			continue
		}
		w.leave(n)
		last := len(w.path) - 1
		if last < 0 {
			return
		}
		n, i = w.path[last].n, w.path[last].next
		inputs = n.Len()
		w.path[last].n = nil
		w.path = w.path[:last]
	}
}

// step is a node on the path from a root, and its next input to be visited.
type step struct {
	n    *Node
	next int
}

// enter marks n as met and tells whether it has inputs that come first. The key gets an
// entry for a leaf; the entries of leaves and of operations differ in their first byte.
func (w *Walk) enter(n *Node) bool {
	n.mark = w.epoch
	if n.input() {
		if e := n.Err(); e != nil && w.Err == nil {
			w.Err = e
		}
		n.id = int32(len(w.Order))
		w.Order = append(w.Order, n)
		w.Leaves = append(w.Leaves, n)
		kind := byte(n.flags & (Grad | Scalar))
		if n.Stays() {
			kind |= stays
		}
		w.Key = append(w.Key, 1, byte(n.meta.DType), kind, byte(n.device))
		w.Key = n.meta.Dims.AppendKey(w.Key)
		return false
	}
	if n.flags&Severed != 0 {
		if w.Err == nil {
			w.Err = fmt.Errorf("%w: the value of %s is gone after Backward; call Keep before it to read the value, or Retain to compute again", ErrFreed, n.op.Name())
		}
		return false
	}
	return true
}

// leave appends one entry to the key for the operation n, after those of its inputs.
func (w *Walk) leave(n *Node) {
	n.id = int32(len(w.Order))
	w.Order = append(w.Order, n)
	inputs := n.Len()
	key := append(w.Key, 2, byte(n.flags&(Keep|Grad)), byte(inputs), byte(inputs>>8), byte(inputs>>16), byte(inputs>>24))
	key = append(key, n.op.Name()...)
	key = append(key, 0)
	key = n.op.AppendAttrs(key)
	var seen uint64
	for i := range inputs {
		in := n.In(i)
		seen += in.version()
		key = appendID(key, in.id)
	}
	if n.ext != nil && n.ext.Effect != nil {
		key = append(key, 3)
	}
	w.Key = key
	if seen != n.seen && w.Err == nil {
		w.Err = fmt.Errorf("%w: an input of %s changed after it was recorded; record it again, or call Keep before Backward to read its value later", ErrStale, n.op.Name())
	}
}

func appendID(b []byte, id int32) []byte {
	return append(b, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
}

var _ ops.Inputs = (*Node)(nil)
