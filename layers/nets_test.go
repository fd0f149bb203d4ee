// SPDX-License-Identifier: MIT

package layers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/golden"
	"github.com/stheno-go/stheno/internal/golden/parity"
)

func TestNetsTrainAsTorch(t *testing.T) {
	require.Len(t, parity.Nets, len(golden.Load(t, "nets").Names()))
	for name := range parity.Nets {
		for _, dtype := range []stheno.DType{stheno.Float32, stheno.Float64} {
			t.Run(name+"/"+dtype.String(), func(t *testing.T) {
				for _, c := range parity.Net(name, dtype) {
					require.True(t, c.Passed(), c)
				}
			})
		}
	}
}
