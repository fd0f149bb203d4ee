// SPDX-License-Identifier: MIT

package planes

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// implementation is a set of kernels for one kind of processor.
type implementation struct {
	name string
	// split does n >= width pixels as splitGeneric without mirror, mirror as with it. They
	// read slack bytes behind the last pixel.
	split, mirror func(red, green, blue *float32, src *uint8, n int, k *float32)
}

const (
	width = 8 // pixels that assembly does at once
	slack = 4
)

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

// Use makes one implementation the one that RGB.Set takes from now on and returns what
// undoes it.
func Use(name string) (restore func(), err error) {
	i := slices.IndexFunc(found, func(f *implementation) bool { return f.name == name })
	if i < 0 {
		return nil, fmt.Errorf("planes: no implementation %q here; have %v", name, Implementations())
	}
	old := chosen.Swap(found[i])
	return func() { chosen.Store(old) }, nil
}
