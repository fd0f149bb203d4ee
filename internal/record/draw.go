// SPDX-License-Identifier: MIT

package record

import (
	"sync/atomic"

	"github.com/stheno-go/stheno/internal/storage"
)

// Draw is how a leaf's random numbers came about. A function that is compiled and draws some
// is to draw others in each run.
type Draw struct {
	Again  func(*storage.Buffer) // fills memory with the next numbers
	serial uint64
}

// draws counts the Draws of the process.
var draws atomic.Uint64

// NewDraw returns the Draw of numbers that again has just made.
func NewDraw(again func(*storage.Buffer)) *Draw { return &Draw{again, draws.Add(1)} }

// Draws returns how many there were so far.
func Draws() uint64 { return draws.Load() }

// DrawnSince tells whether n's value is random numbers that were drawn when there had been so
// many draws already, and nobody has written since.
func (n *Node) DrawnSince(draws uint64) bool {
	return n.op == nil && n.ext != nil && n.ext.Drawn != nil && n.ext.Drawn.serial > draws &&
		n.ext.Role == NoRole && n.ext.Data.Version() == 0
}
