// SPDX-License-Identifier: MIT

package storage

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stheno-go/stheno/internal/dtype"
)

// TestUnset: memory that is not zeroed is aligned, as long as asked for, and lives as long
// as its Buffer.
func TestUnset(t *testing.T) {
	var list []*Buffer
	for _, n := range []int{0, 1, 100, 255, 256, 257, 10_000, 1 << 20} {
		b := Unset(dtype.Float32, n)
		assert.Equal(t, n, b.Len())
		if n*4 >= Align {
			assert.Zero(t, uintptr(b.HostPointer())%Align, "%d elements", n)
		}
		for i := range elements[float32](b) {
			elements[float32](b)[i] = float32(i)
		}
		list = append(list, b)
	}
	runtime.GC()
	elements[float32](Unset(dtype.Float32, 1<<20))[0] = 1
	for _, b := range list {
		for i, v := range elements[float32](b) {
			if v != float32(i) {
				t.Fatalf("element %d of %d is %v", i, b.Len(), v)
			}
		}
	}
}
