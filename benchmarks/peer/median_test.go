// SPDX-License-Identifier: MIT

package peer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/benchmarks/peer"
)

func TestMedian(t *testing.T) {
	require.Zero(t, peer.Median(nil))
	require.Equal(t, 2.0, peer.Median([]float64{9, 2, 1}))
	require.Equal(t, 3.0, peer.Median([]float64{4, 9, 2, 1}))
}
