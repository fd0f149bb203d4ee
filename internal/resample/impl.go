// SPDX-License-Identifier: MIT

package resample

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// implementation is a set of kernels for one kind of processor.
type implementation struct {
	name string
	// horizontal does rowsAtOnce rows of w RGB pixels, as horizontalGeneric does one.
	// It reads up to slack bytes after a row's last weighted pixel and writes as many
	// after the row.
	horizontal func(dst *uint8, dstStride int, src *uint8, srcStride, w, pairs int, first *int32, packed *int16)
	// vertical does n >= width bytes of one row, as verticalGeneric. It reads 2*pairs
	// rows, and those must be there.
	vertical func(dst, src *uint8, stride, n, pairs int, packed *int16)
	width    int
}

const (
	rowsAtOnce = 4
	slack      = 16 // bytes that horizontal may touch after what it needs
	unrolled   = 4  // pairs of weights that horizontal has own loops for
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

// Use makes all resizing run on one implementation and returns what undoes it.
func Use(name string) (restore func(), err error) {
	i := slices.IndexFunc(found, func(f *implementation) bool { return f.name == name })
	if i < 0 {
		return nil, fmt.Errorf("resample: no implementation %q here; have %v", name, Implementations())
	}
	old := chosen.Swap(found[i])
	return func() { chosen.Store(old) }, nil
}
