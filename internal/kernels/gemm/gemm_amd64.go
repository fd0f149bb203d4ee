// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package gemm

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at the fields of [Tile].

var tileSets = map[isa.Set]*tiles{
	isa.AVX2: {
		f32: &Tile[float32]{
			Rows: 6, Cols: 16, Rate: 40, Run: gemmTileF32AVX2, Edge: gemmEdgeF32AVX2,
			lanes: 8, dot: dotF32AVX2, axpy: axpyF32AVX2,
			copyWhole: copyRowsF32AVX2, Square: 8, Transpose: transposeF32AVX2,
		},
		f64: &Tile[float64]{
			Rows: 6, Cols: 8, Rate: 20, Run: gemmTileF64AVX2, Edge: gemmEdgeF64AVX2,
			lanes: 4, dot: dotF64AVX2, axpy: axpyF64AVX2,
			copyWhole: copyRowsF64AVX2, Square: 4, Transpose: transposeF64AVX2,
		},
	},
	isa.AVX512: {
		f32: &Tile[float32]{
			Rows: 12, Cols: 32, Rate: 50, Run: gemmTileF32AVX512, Edge: gemmEdgeF32AVX512, direct: gemmDirectF32AVX512,
			lanes: 16, dot: dotF32AVX512, axpy: axpyF32AVX512,
			copyRows: copyRowsF32AVX512, Square: 8, Transpose: transposeF32AVX2,
		},
		f64: &Tile[float64]{
			Rows: 12, Cols: 16, Rate: 25, Run: gemmTileF64AVX512, Edge: gemmEdgeF64AVX512, direct: gemmDirectF64AVX512,
			lanes: 8, dot: dotF64AVX512, axpy: axpyF64AVX512,
			copyRows: copyRowsF64AVX512, Square: 4, Transpose: transposeF64AVX2,
		},
	},
}
