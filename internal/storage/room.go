// SPDX-License-Identifier: MIT

package storage

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// unasked is up to how many bytes nobody is asked.
const unasked = 64 << 20

// physical is the machine's memory in bytes.
var physical = sync.OnceValue(memory)

// Room returns an error if that many bytes cannot be had: they are more than the machine's
// memory, or than what GOMEMLIMIT allows. Go ends a program that asks for too much.
func Room(bytes int) error {
	if bytes >= 0 && bytes <= unasked {
		return nil
	}
	limit := min(physical(), debug.SetMemoryLimit(-1))
	if bytes >= 0 && int64(bytes) <= limit {
		return nil
	}
	return fmt.Errorf("needs %d bytes of memory, limit is %d", uint(bytes), limit)
}
