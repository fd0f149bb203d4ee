// SPDX-License-Identifier: MIT

package roofline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/roofline"
)

func TestMeasure(t *testing.T) {
	r := roofline.Measure(1)
	require.Positive(t, r.Copy)
	if isa.Kernels.Set() != isa.Go {
		require.Greater(t, r.FLOPS, 1e9)
		require.Greater(t, r.Read, 1e8)
	}
}
