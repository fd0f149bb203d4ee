// SPDX-License-Identifier: MIT

package stheno_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

func TestCreationOfEachType(t *testing.T) {
	for _, d := range []stheno.DType{stheno.Float32, stheno.Float64, stheno.Int64, stheno.Uint8, stheno.Bool} {
		for text, v := range map[string]*V{
			"[0 0 0; 0 0 0]": stheno.ZerosOf(d, 2, 3),
			"[1 1 1; 1 1 1]": stheno.OnesOf(d, 2, 3),
			"[1 1; 1 1]":     stheno.FullOf(d, 1, 2, 2),
			"[1 0; 0 1]":     stheno.EyeOf(d, 2),
		} {
			require.Equal(t, d, v.DType())
			require.True(t, v.IsLeaf())
			var rows string
			x := stheno.Must(v.Tensor()).Floats()
			for i := range v.Dim(0) {
				if i > 0 {
					rows += "; "
				}
				row := fmt.Sprint(x[i*v.Dim(1) : (i+1)*v.Dim(1)])
				rows += row[1 : len(row)-1]
			}
			require.Equal(t, text, "["+rows+"]", "%v", d)
			for _, like := range []*V{stheno.ZerosLike(v), stheno.OnesLike(v), stheno.FullLike(v, 1)} {
				require.Equal(t, d, like.DType())
				require.Equal(t, v.Shape(), like.Shape())
			}
		}
	}
	x := stheno.RandnLike(stheno.ZerosOf(stheno.Float64, 50, 40))
	require.Equal(t, stheno.Float64, x.DType())
	assert.InDelta(t, 1, stheno.Must(x.Std(1).Item()), 0.1)
	assert.InDelta(t, 0.5, stheno.Must(stheno.RandLike(x).Mean().Item()), 0.05)
	// The precision is that of the type, not of float32.
	require.Equal(t, []float64{0, 0.1, 0.2}, stheno.Must(stheno.Values[float64](stheno.ArangeOf(stheno.Float64, 0, 0.3, 0.1)))[:3])
	require.InDeltaSlice(t, []float64{0, 1. / 3, 2. / 3, 1}, floats(t, stheno.LinspaceOf(stheno.Float64, 0, 1, 4)), 1e-15)
	require.Equal(t, []uint8{250, 252, 254}, stheno.Must(stheno.Values[uint8](stheno.ArangeOf(stheno.Uint8, 250, 255, 2))))
	require.Equal(t, []int64{3, 1, -1}, stheno.Must(stheno.Values[int64](stheno.ArangeOf(stheno.Int64, 3, -2, -2))))
	// A gradient flows into any of them.
	w := stheno.FullOf(stheno.Float64, 3, 2).WithGrad()
	require.NoError(t, w.Square().Sum().Backward())
	require.Equal(t, []float64{6, 6}, floats(t, w.Grad()))
}

func TestCreationOfNonsense(t *testing.T) {
	for text, v := range map[string]*V{
		"uint8 cannot represent 256": stheno.FullOf(stheno.Uint8, 256, 2),
		"uint8 cannot represent -1":  stheno.FullLike(stheno.ZerosOf(stheno.Uint8, 1), -1),
		"int64 cannot represent 0.5": stheno.FullOf(stheno.Int64, 0.5, 2),
		"int64 cannot represent NaN": stheno.FullOf(stheno.Int64, math.NaN(), 2),
		"cannot represent 9.22337":   stheno.FullOf(stheno.Int64, 0x1p63),
		"represent 300":              stheno.ArangeOf(stheno.Uint8, 0, 300, 1),
		"step sign":                  stheno.ArangeOf(stheno.Float32, 0, 1, -1),
		"step 0":                     stheno.ArangeOf(stheno.Float32, 0, 1, 0),
		"stop NaN":                   stheno.ArangeOf(stheno.Float64, 0, math.NaN(), 1),
		"shape [":                    stheno.ArangeOf(stheno.Float64, 0, 1e300, 1),
		"start -Inf":                 stheno.ArangeOf(stheno.Float64, math.Inf(-1), 0, 1),
		"not defined for bool":       stheno.ArangeOf(stheno.Bool, 0, 1, 1),
		"expects float32 or float64": stheno.LinspaceOf(stheno.Int64, 0, 1, 3),
		"n must be greater":          stheno.EyeOf(stheno.Int64, -1),
		"the Variable is nil":        stheno.ZerosLike(nil),
		"invalid dtype 99":           stheno.ZerosOf(99, 1),
	} {
		assert.ErrorContains(t, v.Err(), text)
	}
	assert.PanicsWithError(t, "no", func() { stheno.Must(1, errors.New("no")) })
}
