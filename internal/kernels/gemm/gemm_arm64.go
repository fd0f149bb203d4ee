// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package gemm

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at the fields of [Tile].

// The rates are those of two units for multiply-adds at 3 GHz.
var tileSets = map[isa.Set]*tiles{
	isa.NEON: {
		f32: &Tile[float32]{
			Rows: 8, Cols: 12, Rate: 20, Run: gemmTileF32NEON, Edge: gemmEdgeF32NEON, direct: gemmDirectF32NEON,
			lanes: 16, dot: dotF32NEON, axpy: axpyF32NEON,
			copyRows: copyRowsF32NEON, Square: 8, Transpose: transposeF32NEON,
		},
		f64: &Tile[float64]{
			Rows: 6, Cols: 8, Rate: 10, Run: gemmTileF64NEON, Edge: gemmEdgeF64NEON,
			lanes: 8, dot: dotF64NEON, axpy: axpyF64NEON,
			copyRows: copyRowsF64NEON, Square: 4, Transpose: transposeF64NEON,
		},
	},
}
