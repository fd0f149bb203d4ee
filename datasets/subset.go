// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"slices"
	"sort"

	"github.com/stheno-go/stheno/internal/absent"
)

// Subset returns the samples of d at the given indices, in this order, as torch.utils.data.Subset.
// Indices may repeat. If d implements [Pictures], [Decoder] or [Rows], the result does too.
func Subset(d Dataset, indices []int) (Dataset, error) {
	if absent.Is(d) {
		return nil, fmt.Errorf("datasets: subset: no dataset")
	}
	n := d.Len()
	for at, i := range indices {
		if i < 0 || i >= n {
			return nil, fmt.Errorf("datasets: subset: index %d at position %d: the dataset has %d samples", i, at, n)
		}
	}
	return subset(d, slices.Clone(indices)), nil
}

func subset(d Dataset, indices []int) Dataset {
	return view{[]Dataset{d}, len(indices), func(i int) (int, int) { return 0, indices[i] }}.dataset()
}

// Concat returns the concatenation of lists, as torch.utils.data.ConcatDataset. If all implement
// [Pictures], [Decoder] or [Rows], the result does too. Classes are not renumbered: lists with
// different classes need a TargetTransform.
func Concat(lists ...Dataset) (Dataset, error) {
	if len(lists) == 0 {
		return nil, fmt.Errorf("datasets: concat: datasets should not be an empty iterable")
	}
	ends := make([]int, len(lists))
	n := 0
	for p, d := range lists {
		if absent.Is(d) {
			return nil, fmt.Errorf("datasets: concat: no dataset at position %d", p)
		}
		n += d.Len()
		ends[p] = n
	}
	return view{slices.Clone(lists), n, func(i int) (int, int) {
		part := sort.SearchInts(ends, i+1)
		if part > 0 {
			i -= ends[part-1]
		}
		return part, i
	}}.dataset(), nil
}
