// SPDX-License-Identifier: MIT

package datasets_test

import (
	"iter"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// address returns where a leaf's memory is.
func address(v *stheno.Variable) uintptr { return uintptr(access.Node(v).Data().HostPointer()) }

// batchList is a BatchSampler of the same batches in each epoch.
type batchList [][]int

func (b batchList) Batches(int) iter.Seq[[]int] { return slices.Values(b) }

func (b batchList) Len() int { return len(b) }
