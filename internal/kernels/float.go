// SPDX-License-Identifier: MIT

// Package kernels holds loops over slices. It knows no graph. What is added
// up is split by problem size only, never by the number of workers, and sums have a
// fixed order: results have the same bits for any number of threads.
package kernels

import "github.com/stheno-go/stheno/internal/kernels/par"

// Float lists the element types that carry gradients.
type Float = par.Float

// Number lists the element types that can be added.
type Number interface {
	~float32 | ~float64 | ~int64 | ~uint8
}
