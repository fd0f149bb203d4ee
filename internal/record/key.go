// SPDX-License-Identifier: MIT

package record

import (
	"encoding/binary"
	"slices"

	"github.com/stheno-go/stheno/internal/ops"
)

// Walk is a depth-first traversal of the record below some roots: it checks that
// the record can still be computed, orders the nodes, numbers the leaves by first
// use and writes the canonical key. It is scratch, used again and again.
//
// A node whose value is known is a leaf to the walk, unless a gradient is needed
// through it: then what it was computed from is gone through again.
type Walk struct {
	Key   []byte
	Order []*Node // inputs before the nodes that use them; those that are [Node.IsSlot] are given
	Hoist []*Node // constant sub-graphs that feed something with a gradient
	Kept  []*Node // besides the roots, what somebody will read later
	Again []Again // computed before, and not kept
	Err   error

	roots  []*Node
	path   []place
	shared []*Node            // several operations were recorded of them
	known  []*Node            // known, and a gradient is needed through them
	entire map[*Node]struct{} // known, and no leaves all the same
	wrt    []*Node            // derivatives with respect to them are under way
	redo   bool               // a node of entire was taken for a leaf
	open   bool               // a leaf [Node.IsOpen]
	epoch  uint64
}

// Again is a node that was computed before, in the walk of that epoch at that position,
// and must be computed again because its value was not kept.
type Again struct {
	Node  *Node
	Epoch uint64
	ID    int32
}

// Purpose is the first byte of a key.
type Purpose byte

// The purposes.
const (
	ToRead    Purpose = iota // values are needed
	ToDerive                 // the root's value and gradients
	ToCompile                // a program whose inputs are not known yet; nothing else is read later
)

var epoch uint64 // of the newest walk; 62 bits do not wrap. The caller of Read holds the lock.

// What a walk found, in the low bits of a node's mark.
const (
	slot    = 1 << iota // the node enters the program as a slot
	through             // a gradient is needed through the node
	step                // between the marks of two walks
)

// Epoch returns the number of the newest walk.
func (w *Walk) Epoch() uint64 { return w.epoch }

// Read walks the record below roots and seed, which may be nil. Walks mark the nodes
// they meet, so only one may be under way at a time.
func (w *Walk) Read(p Purpose, roots []*Node, seed *Node) {
	for w.read(p, roots, seed); w.redo && w.Err == nil; w.read(p, roots, seed) {
		if w.entire == nil {
			w.entire = map[*Node]struct{}{}
		}
		for _, n := range w.known {
			w.entire[n] = struct{}{}
		}
	}
	if len(w.entire) > 0 {
		clear(w.entire)
	}
}

func (w *Walk) read(p Purpose, roots []*Node, seed *Node) {
	epoch += step
	w.epoch = epoch
	w.Key = append(w.Key[:0], byte(p))
	if len(w.Order) > 0 {
		w.Reset()
	}
	w.Err, w.redo, w.open, w.roots = nil, false, false, roots
	for _, n := range roots {
		w.root(n, p == ToDerive)
	}
	if seed != nil {
		w.root(seed, false)
	}
	if p == ToCompile {
		clear(w.Kept)
		w.Kept = w.Kept[:0]
		return
	}
	if len(w.shared) > 0 {
		w.readers()
	}
	for _, n := range w.Kept {
		w.Key = appendID(append(w.Key, 0xfe), n.id)
	}
	if w.open {
		w.refuse(ErrOpen)
	}
}

// Reset lets go of the nodes of the last walk.
func (w *Walk) Reset() {
	clear(w.Order)
	w.Order, w.roots = w.Order[:0], nil
	clear(w.Kept)
	w.Kept = w.Kept[:0]
	if len(w.Hoist)+len(w.Again)+len(w.shared)+len(w.known)+len(w.wrt) == 0 {
		return
	}
	for _, list := range [...]*[]*Node{&w.Hoist, &w.shared, &w.known, &w.wrt} {
		clear(*list)
		*list = (*list)[:0]
	}
	clear(w.Again)
	w.Again = w.Again[:0]
}

// root visits the record below n and notes in the key that n is needed.
func (w *Walk) root(n *Node, derive bool) {
	if derive && n.flags&Severed != 0 {
		w.spent(n)
	}
	w.visit(n, derive)
	w.Key = appendID(append(w.Key, 0xff), n.id)
}

// readers adds to Kept what operations outside the walk were recorded of too: they are
// likely to be computed later.
func (w *Walk) readers() {
	for _, n := range w.shared {
		n.met = 0
	}
	for _, n := range w.Order {
		if n.mark&slot != 0 {
			continue
		}
		for i := range n.Len() {
			if in := n.In(i); in.met < manyUses {
				in.met++
			}
		}
	}
	for _, n := range w.shared {
		if n.met < n.uses && n.flags&(Keep|Valued) == 0 && !slices.Contains(w.roots, n) {
			w.Kept = append(w.Kept, n)
		}
	}
}

// ID returns the position of n in Order.
func (n *Node) ID() int { return int(n.id) }

// What the key notes beside a node's flags.
const (
	stays  = 1 << 15 // a leaf that [Node.Stays]
	effect = 1 << 15 // an operation that [Node.HasEffect]
)

// IsSlot reports whether n entered the program of the last walk as a slot.
func (n *Node) IsSlot() bool { return n.mark&slot != 0 }

// IsInput reports whether there is nothing below n: it is a leaf, or was computed and then
// cut off from its inputs.
func (n *Node) IsInput() bool { return n.op == nil || n.flags&(Severed|Valued) == Severed|Valued }

// place is a node on the path from a root.
type place struct {
	n     *Node
	next  int  // its next input to be visited
	fresh bool // it was not computed before
	twice bool // it has its entry, and is gone through again for the sake of a gradient
}

// visit walks the record below n, inputs before the nodes that use them. It keeps the
// path in a list of its own, because a record can be deeper than a stack. derive tells
// that a gradient is needed through n.
func (w *Walk) visit(n *Node, derive bool) {
	at, ok := w.enter(n, derive, true)
	if !ok {
		return
	}
	inputs := at.n.Len()
	for {
		if at.next < inputs {
			n := at.n
			in := n.In(at.next)
			if in.op == nil && n.flags&Derives == 0 { // most are
				at.next++
				if in.mark < w.epoch {
					in.mark = w.epoch
					w.leaf(in)
				}
				continue
			}
			derive := n.mark&through != 0
			if n.flags&Derives != 0 || in.flags&(Severed|Grad) == Severed|Grad {
				derive = w.input(n, at.next, derive)
			}
			at.next++
			if in.mark < w.epoch && n.flags&Depends != 0 && in.flags&Depends == 0 && in.op != nil && !in.IsInput() {
				w.Hoist = append(w.Hoist, in)
			}
			if next, ok := w.enter(in, derive, at.fresh); ok {
				w.path = append(w.path, at)
				at, inputs = next, in.Len()
			}
			continue
		}
		if !at.twice {
			w.leave(at.n)
		}
		last := len(w.path) - 1
		if last < 0 {
			return
		}
		at = w.path[last]
		inputs = at.n.Len()
		w.path[last].n = nil
		w.path = w.path[:last]
	}
}

// input looks at input i of n, before it is visited: whether a gradient is needed through
// it, and gone.
func (w *Walk) input(n *Node, i int, derive bool) bool {
	in := n.In(i)
	if n.flags&Derives != 0 { // the gradient of input 0 is part of the value; input 2 is where it ends
		switch i {
		case 0:
			derive = true
			w.wrt = append(w.wrt, n.In(2))
		case 1:
			w.wrt = w.wrt[:len(w.wrt)-1]
		case 2:
			return false
		}
	}
	if derive && in.flags&(Severed|Grad) == Severed|Grad && n.smoothIn(i) && !slices.Contains(w.wrt, in) {
		w.spent(in)
	}
	return derive
}

// enter marks n as met and reports whether its inputs come first. The key gets an entry for
// a leaf; the entries of leaves and of operations differ in their first byte. fresh tells
// that what uses n was not computed before.
func (w *Walk) enter(n *Node, derive, fresh bool) (at place, ok bool) {
	derive = derive && n.flags&Grad != 0
	if n.mark >= w.epoch {
		if !derive || n.mark&through != 0 {
			return at, false
		}
		return place{n: n, twice: true}, w.deepen(n)
	}
	before, id := n.mark, n.id
	n.mark = w.epoch
	if derive {
		n.mark |= through
	}
	if w.isLeaf(n, derive) {
		w.leaf(n)
		return at, false
	}
	if n.flags&Severed != 0 {
		w.gone(n)
		return at, false
	}
	if before != 0 && fresh && !derive {
		w.Again = append(w.Again, Again{n, before &^ (step - 1), id})
	}
	return place{n: n, fresh: before == 0}, true
}

// deepen notes that a gradient is needed through n after all, and reports whether its inputs
// are to be visited again for that.
func (w *Walk) deepen(n *Node) bool {
	n.mark |= through
	if n.mark&slot != 0 {
		if n.IsInput() {
			return false
		}
		w.known, w.redo = append(w.known, n), true
	}
	return true
}

// isLeaf reports whether n is to be a slot of the program.
func (w *Walk) isLeaf(n *Node, derive bool) bool {
	if n.op == nil || n.flags&Valued == 0 {
		return n.op == nil
	}
	if derive && n.flags&Severed == 0 {
		w.known = append(w.known, n)
		return false
	}
	_, entire := w.entire[n]
	return !entire
}

// leaf appends one entry to the key for a leaf.
func (w *Walk) leaf(n *Node) {
	n.mark |= slot
	n.id = int32(len(w.Order))
	w.Order = append(w.Order, n)
	kind := n.flags & (Grad | Scalar)
	if n.op != nil {
		kind = 0
	}
	if x := n.ext; x != nil {
		if x.err != nil || x.data != nil && x.data.Retired() {
			w.refuse(n.Err())
		}
		if x.open {
			w.open = true
		}
		if n.op == nil && x.stays(n.flags) {
			kind |= stays
		}
	}
	w.Key = n.meta.Dims.AppendKey(w.Key, 1|uint64(kind)<<8|uint64(n.meta.DType)<<24|uint64(n.device)<<32)
}

// leave appends one entry to the key for the operation n, after those of its inputs.
func (w *Walk) leave(n *Node) {
	n.id = int32(len(w.Order))
	w.Order = append(w.Order, n)
	if n.flags&(Keep|Valued) == Keep && !slices.Contains(w.roots, n) {
		w.Kept = append(w.Kept, n)
	}
	if n.uses > 1 {
		w.shared = append(w.shared, n)
	}
	inputs := n.Len()
	head := 2 | uint64(n.flags&Grad)<<8 | uint64(inputs)<<24
	if n.HasEffect() {
		head |= effect << 8
	}
	key := append(binary.LittleEndian.AppendUint64(w.Key, head), n.op.Name()...)
	key = n.op.AppendAttrs(append(key, 0))
	var seen uint32
	for i := range inputs {
		in := n.In(i)
		seen += in.version()
		key = appendID(key, in.id)
	}
	w.Key = key
	if seen != n.seen {
		w.stale(n, n.mark&through != 0)
	}
}

// appendID appends a number in a self-delimiting encoding, which is short for small numbers.
func appendID(b []byte, id int32) []byte {
	if id < 1<<7 {
		return append(b, byte(id))
	}
	return binary.AppendUvarint(b, uint64(id))
}

var _ ops.Inputs = (*Node)(nil)
