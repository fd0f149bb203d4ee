// SPDX-License-Identifier: MIT

package peer

import "slices"

// Median returns the middle of x, of an even number the mean of the two in the middle, of
// none 0.
func Median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}
