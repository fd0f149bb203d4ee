// SPDX-License-Identifier: MIT

package datasets

import "fmt"

// Labelled is a Dataset that can return the classes of all samples without reading them, as [KFold]
// needs to stratify.
type Labelled interface {
	Dataset
	// Targets returns the class of every sample, as torch's attribute targets, or nil if they are not
	// known. The caller owns the slice.
	Targets() []int
}

// targets returns the classes of d's samples, or nil if they are not known.
func targets(d Dataset) []int {
	if d, ok := d.(Labelled); ok {
		return d.Targets()
	}
	return nil
}

// within returns an error if i is out of range.
func within(i, n int) error {
	if i < 0 || i >= n {
		return fmt.Errorf("datasets: index %d is out of range for %d samples", i, n)
	}
	return nil
}
