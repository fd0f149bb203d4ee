// SPDX-License-Identifier: MIT

package datasets

import "fmt"

// Labelled is a Dataset that knows the class of every sample without reading any: what
// [KFold] divides evenly.
type Labelled interface {
	Dataset
	// Targets returns the class of every sample, as torch's attribute targets, or nil if
	// they are not known. The caller may keep and change the slice.
	Targets() []int
}

// targets returns the classes of d's samples, nil if it does not know them.
func targets(d Dataset) []int {
	if d, ok := d.(Labelled); ok {
		return d.Targets()
	}
	return nil
}

// within returns an error for an index that no sample has.
func within(i, n int) error {
	if i < 0 || i >= n {
		return fmt.Errorf("datasets: no sample %d; there are %d", i, n)
	}
	return nil
}
