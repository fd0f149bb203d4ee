// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"slices"
	"sort"

	"github.com/stheno-go/stheno/internal/absent"
)

// Subset returns the samples of d at the given indices, in that order, as
// torch.utils.data.Subset. An index may come more than once; one that d does not have is
// an error. A subset of [Pictures], [Decoder], [Rows] is one too.
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

// Concat returns the samples of all lists, one after another, as
// torch.utils.data.ConcatDataset. If all are [Pictures], [Decoder] or [Rows], so is what
// it returns. Classes stay the numbers that they are: lists whose classes differ want a
// TargetTransform.
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
