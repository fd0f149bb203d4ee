// SPDX-License-Identifier: MIT

package record

import (
	"math"

	"github.com/stheno-go/stheno/internal/dtype"
)

// Bits returns the bits of v as a number of type d.
func Bits(d dtype.DType, v float64) uint64 {
	switch d {
	case dtype.Float32:
		return uint64(math.Float32bits(float32(v)))
	case dtype.Float64:
		return math.Float64bits(v)
	case dtype.Int64:
		return uint64(int64(v))
	case dtype.Uint8:
		return uint64(uint8(int64(v)))
	default:
		if v != 0 {
			return 1
		}
		return 0
	}
}

// Float returns the number of type d with the given bits.
func Float(d dtype.DType, bits uint64) float64 {
	switch d {
	case dtype.Float32:
		return float64(math.Float32frombits(uint32(bits)))
	case dtype.Float64:
		return math.Float64frombits(bits)
	default:
		return float64(int64(bits))
	}
}
