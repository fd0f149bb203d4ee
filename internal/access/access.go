// SPDX-License-Identifier: MIT

// Package access lets the packages beside the root reach the recorded node of a
// Variable: optimizers step its memory in place, loaders bind theirs. Users cannot.
package access

import (
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// Node returns the node inside a *stheno.Variable. The root package sets it.
var Node func(variable any) *record.Node

// Tensor returns what is inside a *stheno.Tensor; no Buffer if it carries an error. The
// root package sets it.
var Tensor func(tensor any) (*storage.Buffer, shape.Dims)
