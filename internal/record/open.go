// SPDX-License-Identifier: MIT

package record

import "github.com/stheno-go/stheno/internal/storage"

// Draw makes random numbers. Leaves that have the same Draw are the same numbers.
type Draw struct{ Make func() *storage.Buffer }

// Open makes the leaf n an input of a function that is being compiled: each run gives it
// other memory, which d makes unless it is nil.
func (n *Node) Open(d *Draw) {
	x := n.extra()
	x.open, x.draw = true, d
}

// Close takes back what Open did: n is the same in all runs.
func (n *Node) Close() { n.ext.open, n.ext.draw = false, nil }

// IsOpen reports whether each run of the function that is being compiled gives n other memory.
func (n *Node) IsOpen() bool { return n.ext != nil && n.ext.open }

// Draw returns what makes the numbers of an open leaf, nil if they are given.
func (n *Node) Draw() *Draw {
	if n.ext == nil {
		return nil
	}
	return n.ext.draw
}
