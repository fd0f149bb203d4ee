// SPDX-License-Identifier: MIT

//go:build !linux

package emulated

// thread returns one value for all threads: contexts are not told apart by thread here.
func thread() int { return 0 }
