// SPDX-License-Identifier: MIT

//go:build !amd64 || purego

package planes

// detect finds nothing but Go code.
func detect() []*implementation { return nil }
