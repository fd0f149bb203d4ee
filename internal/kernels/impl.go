// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// implementation is a set of kernels for one kind of processor.
type implementation struct {
	name string
	f32  *tile[float32] // nil: no assembly
	f64  *tile[float64]

	blocked  *blockedKernels // of blocked convolutions, nil: those in Go
	vectors  *vectorKernels  // of loops over elements, likewise
	channels *channelKernels // of batch norm and pooling in blocked memory, likewise
}

var generic = &implementation{name: "generic"}

// found holds what this processor can run, the slowest first; chosen is the one in use.
var (
	found  = append([]*implementation{generic}, detect()...)
	chosen atomic.Pointer[implementation]
)

func init() { chosen.Store(found[len(found)-1]) }

// Implementations returns the names of the implementations that this processor can
// run, the slowest first.
func Implementations() []string {
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = f.name
	}
	return names
}

// Implementation returns the name of the one in use.
func Implementation() string { return chosen.Load().name }

// Use makes all kernels run on one implementation and returns what undoes it.
func Use(name string) (restore func(), err error) {
	i := slices.IndexFunc(found, func(f *implementation) bool { return f.name == name })
	if i < 0 {
		return nil, fmt.Errorf("kernels: no implementation %q here; have %v", name, Implementations())
	}
	old := chosen.Swap(found[i])
	return func() { chosen.Store(old) }, nil
}
