// SPDX-License-Identifier: MIT

// Package access lets the packages beside the root reach the recorded node of a
// Variable: optimizers step its memory in place, loaders bind theirs. Users cannot.
package access

import "github.com/stheno-go/stheno/internal/record"

// Node returns the node inside a *stheno.Variable. The root package sets it.
var Node func(variable any) *record.Node
