// SPDX-License-Identifier: MIT

package ops

import "github.com/stheno-go/stheno/internal/storage"

// Effectful is an Op whose result moves a state that outlasts the record, as the statistics
// of a batch move the running ones. The Op itself stays a pure function: the record names the
// state, and whoever runs a program calls Apply, once for each record.
type Effectful interface {
	Op
	// Apply moves the state by the result, and counts the writes.
	Apply(result *storage.Buffer, s State, n Numbers) error
}

// State is the memory that an effect writes; nil for what is not there.
type State [3]*storage.Buffer

// Numbers are what an effect needs besides the result and the state.
type Numbers [2]float64
