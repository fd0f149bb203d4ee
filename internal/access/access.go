// SPDX-License-Identifier: MIT

// Package access lets the packages beside the root reach the recorded node of a
// Variable: optimizers step its memory in place, loaders bind theirs. Users cannot.
package access

import (
	"github.com/stheno-go/stheno/internal/dtype"
	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/program"
	"github.com/stheno-go/stheno/internal/record"
	"github.com/stheno-go/stheno/internal/shape"
	"github.com/stheno-go/stheno/internal/storage"
)

// Node returns the node inside a *stheno.Variable. The root package sets it.
var Node func(variable any) *record.Node

// Tensor returns what is inside a *stheno.Tensor; no Buffer if it carries an error. The
// root package sets it.
var Tensor func(tensor any) (*storage.Buffer, shape.Dims)

// Elements returns the elements of a *stheno.Tensor, sharing memory, nil if they are not of
// type T. Other than by stheno.Data, nobody takes them for written: the caller only reads
// them, or the tensor is new.
func Elements[T dtype.Elem](tensor any) []T {
	b, _ := Tensor(tensor)
	if b == nil || b.DType() != dtype.Of[T]() {
		return nil
	}
	x, _ := storage.Host[T](b) // a Tensor is in host memory
	return x
}

// Record records an operation of *stheno.Variables and returns its result. The root package
// sets it.
var Record func(op ops.Op, in ...any) any

// Compiled returns the newest compiled form of a *stheno.Program, nil before its first run.
// The root package sets it.
var Compiled func(program any) *program.Compiled

// BackwardProgram returns the program that Backward of a *stheno.Variable would run. The
// root package sets it.
var BackwardProgram func(loss any) (*program.Program, error)

// Strays returns an error about a leaf that the gradient of a *stheno.Variable reaches and
// that is no parameter or buffer of the owners: modules, or a *stheno.Variable. The root
// package sets it.
var Strays func(variable any, owners ...any) error

// FailedTensor returns a *stheno.Tensor that carries an error of kind err. The root package
// sets it.
var FailedTensor func(op string, err error, text string) any
