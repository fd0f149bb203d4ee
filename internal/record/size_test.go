// SPDX-License-Identifier: MIT

package record

import (
	"math/bits"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestSizes holds what every recorded operation allocates to whole cache lines.
func TestSizes(t *testing.T) {
	if bits.UintSize < 64 {
		t.Skip("pointers are smaller here")
	}
	require.EqualValues(t, 128, unsafe.Sizeof(Node{}))
	require.EqualValues(t, 192, unsafe.Sizeof(small{}))
}
