// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"

	"github.com/stheno-go/stheno/internal/storage"
)

// Assign copies t into the memory of the leaf v. Use it to write a parameter, a running statistic, a
// gradient or data in place. The change is visible to everything that shares the memory, such as
// optimizers and programs of [Compile]. Operations that were recorded on v before and not yet computed
// become [ErrStale]. t must have v's shape and type. v must not be used by another goroutine at the
// same time.
//
//	err := conv.Weight.Assign(layers.KaimingNormal(layers.KaimingConfig{}, conv.Weight.Shape()...))
//
// If v is the result of an operation, Assign returns an error.
func (v *Variable) Assign(t *Tensor) error {
	refuse := func(kind error, format string, args ...any) error {
		return &OpError{Op: "assign", Text: fmt.Sprintf(format, args...), Path: v.module(), Caller: caller(), Err: kind}
	}
	switch {
	case v == nil:
		return refuse(ErrValue, "the variable is nil")
	case v.node().Err() != nil:
		return v.node().Err()
	case t != nil && t.err != nil:
		return t.err
	case t == nil || t.data == nil:
		return refuse(ErrValue, "the tensor is nil")
	case v.node().IsOpen():
		return refuse(ErrValue, "the variable is an input of a function that is being compiled")
	case !v.node().IsLeaf():
		return refuse(ErrValue, "the variable is the result of %s; only leaves can be written", v.node().Op().Name())
	case t.dims != *v.node().Dims():
		return refuse(ErrShape, "the variable has shape %v, the tensor %v", v.Shape(), t.Shape())
	case t.DType() != v.DType():
		return refuse(ErrDType, "the variable is %v, the tensor %v", v.DType(), t.DType())
	}
	b := v.node().Own()
	return storage.Copy(b, t.data)
}

// module returns the path of the module whose parameter v is.
func (v *Variable) module() string {
	if v == nil {
		return ""
	}
	return modulePath(v.node())
}
