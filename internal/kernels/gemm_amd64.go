// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package kernels

// gemmFast reports that there is no assembly.
func gemmFast[T Float](_, _ bool, _, _, _ int, _ T, _ []T, _ int, _ []T, _ int, _ T, _ []T, _ int) bool {
	return false
}
