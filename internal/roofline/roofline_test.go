// SPDX-License-Identifier: MIT

package roofline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels"
	"github.com/stheno-go/stheno/internal/roofline"
)

func TestMeasure(t *testing.T) {
	r := roofline.Measure(1)
	require.Positive(t, r.Copy)
	if kernels.Implementation() != "generic" {
		require.Greater(t, r.FLOPS, 1e9)
		require.Greater(t, r.Read, 1e8)
	}
}
