// SPDX-License-Identifier: MIT

package hugepages

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// advised reports whether the system noted the wish for the page at address a.
func advised(t *testing.T, a uintptr) bool {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	if !strings.Contains(string(maps), "VmFlags:") {
		t.Skip("/proc/self/smaps does not tell what was wished for")
	}
	inside := false
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		if n, _ := fmt.Sscanf(line, "%x-%x ", &from, &to); n == 2 {
			inside = from <= a && a < to
		} else if inside && strings.HasPrefix(line, "VmFlags:") {
			return strings.Contains(line, " hg")
		}
	}
	t.Fatalf("no mapping of %x", a)
	return false
}

// TestAdvise: whole large pages of a large block are asked for, the memory keeps what it
// held, and blocks without such a page are left alone.
func TestAdvise(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip(err)
	}
	b := make([]byte, 8<<20)
	for i := range b {
		b[i] = byte(i)
	}
	for _, n := range []int{0, 1, from - 1} {
		Advise(unsafe.Pointer(&b[1]), n)
	}
	Advise(nil, 0)
	p := uintptr(unsafe.Pointer(&b[0]))
	inner := (p + size - 1) &^ (size - 1)
	Advise(unsafe.Pointer(&b[1]), len(b)-1)
	require.True(t, advised(t, inner+size), "after Advise")
	for i := range b {
		if b[i] != byte(i) {
			assert.Equal(t, byte(i), b[i], "byte %d", i)
			break
		}
	}
}
