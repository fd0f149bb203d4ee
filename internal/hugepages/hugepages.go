// SPDX-License-Identifier: MIT

// Package hugepages asks the system for large pages behind large blocks of memory. Kernels
// go through many planes at once, and each page of 4 KB that they touch needs an entry in
// the processor's table of translations.
package hugepages

import "unsafe"

// size is that of a large page, from is the number of bytes from which a block is worth
// asking: less has hardly a whole page in it.
const size, from = 2 << 20, 4 << 20

// Advise asks for large pages for the whole ones within n bytes at p. It is best done
// before they are touched. It is a wish: a system that cannot does nothing.
func Advise(p unsafe.Pointer, n int) {
	if n < from {
		return
	}
	skip := int(-uintptr(p) & (size - 1))
	advise(unsafe.Slice((*byte)(unsafe.Add(p, skip)), (n-skip)/size*size))
}
