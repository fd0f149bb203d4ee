// SPDX-License-Identifier: MIT

package resident

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		_, _, err := Memory()
		require.ErrorContains(t, err, "Linux only")
		return
	}
	const size = 64 << 20
	require.NoError(t, Reset())
	before, _, err := Memory()
	require.NoError(t, err)
	b := make([]byte, size)
	for i := 0; i < len(b); i += 1 << 10 {
		b[i] = 1
	}
	held, peak, err := Memory()
	require.NoError(t, err)
	require.Greater(t, held, before+size/2)
	require.GreaterOrEqual(t, peak+1<<20, held) // the kernel counts in batches
	runtime.KeepAlive(b)
	b = nil
	debug.FreeOSMemory()
	now, peak, err := Memory()
	require.NoError(t, err)
	require.Less(t, now, held-size/2)
	require.Greater(t, peak, held-size/8)
	require.NoError(t, Reset())
	_, peak, err = Memory()
	require.NoError(t, err)
	require.Less(t, peak, held-size/2, "the peak is forgotten")
}
