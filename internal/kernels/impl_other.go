// SPDX-License-Identifier: MIT

//go:build !amd64 || purego

package kernels

// detect finds nothing but Go code.
func detect() []*implementation { return nil }

func transpose8[T Float](_, _ []T, _, _, _ int) int { return 0 }
