// SPDX-License-Identifier: MIT

package record

import (
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/storage"
)

// Effect is what is to happen once an operation that is [ops.Effectful] is computed.
type Effect struct {
	State   [len(ops.State{})]*Node // leaves that are written; nil for none
	Numbers ops.Numbers
	op      ops.Effectful
	applied bool
}

// SetEffect notes an effect of n, whose operation is Effectful. The effect keeps the operation:
// n lets go of it once it is computed.
func (n *Node) SetEffect(e *Effect) {
	for _, leaf := range e.State {
		if leaf != nil {
			leaf.Own()
		}
	}
	e.op = n.op.(ops.Effectful)
	n.extra().effect = e
}

// HasEffect reports whether something is to happen once n is computed.
func (n *Node) HasEffect() bool { return n.ext != nil && n.ext.effect != nil }

// Apply lets n's effect happen with the result of a run, however often n is computed.
func (n *Node) Apply(result *storage.Buffer) error {
	e := n.ext.effect
	var s ops.State
	for i, leaf := range e.State {
		if leaf != nil {
			s[i] = leaf.Own()
		}
	}
	return e.op.Apply(result, s, e.Numbers)
}

// ApplyOnce is Apply for the first run that computes n; later ones have no effect.
func (n *Node) ApplyOnce(result *storage.Buffer) error {
	if n.ext.effect.applied {
		return nil
	}
	n.ext.effect.applied = true
	return n.Apply(result)
}
