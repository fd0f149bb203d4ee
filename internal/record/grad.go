// SPDX-License-Identifier: MIT

package record

import "github.com/stheno-go/stheno/internal/storage"

// gradient is the gradient of a leaf. Its memory outlives ZeroGrad, so that the next
// Backward writes into it; but not once a user holds it, who would see it change.
type gradient struct {
	data *storage.Buffer
	has  bool // false: data, if any, is spare memory
	lent bool // a user holds data
}

// Gradient returns the gradient of the leaf n, nil if there is none. The caller reads it, or
// steps it in place, and keeps nothing of it.
func (n *Node) Gradient() *storage.Buffer {
	if n.ext == nil || !n.ext.grad.has {
		return nil
	}
	return n.ext.grad.data
}

// LendGradient is Gradient for a user, who may keep it: from the next ZeroGrad on,
// gradients are written elsewhere.
func (n *Node) LendGradient() *storage.Buffer {
	g := n.Gradient()
	if g != nil {
		n.ext.grad.lent = true
	}
	return g
}

// SetGradient makes b the gradient of the leaf n.
func (n *Node) SetGradient(b *storage.Buffer) { n.extra().grad = gradient{data: b, has: true} }

// ZeroGradient drops the gradient of the leaf n.
func (n *Node) ZeroGradient() {
	if n.ext != nil {
		n.ext.grad.has = false
	}
}

// GradientMemory returns where to write a gradient of the leaf n. If n has one already, add
// is true, and what is written is to be added to it.
func (n *Node) GradientMemory() (b *storage.Buffer, add bool) {
	g := &n.extra().grad
	switch {
	case g.has:
		return storage.Unset(n.meta.DType, n.meta.Dims.Size()), true
	case g.data == nil || g.lent:
		g.data, g.lent = storage.Unset(n.meta.DType, n.meta.Dims.Size()), false
	}
	return g.data, false
}

// GradientWritten notes that the memory that GradientMemory returned holds a gradient, or
// that it was added to the one that n had.
func (n *Node) GradientWritten() {
	g := &n.ext.grad
	g.has = true
	g.data.Touch()
}
