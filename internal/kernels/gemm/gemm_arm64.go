// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package gemm

import "github.com/stheno-go/stheno/internal/isa"

// What these compute is written at the fields of [Tile].

//go:noescape
func gemmTileF32NEON(k int, a, b, c *float32, ldc int, add bool)

//go:noescape
func gemmTileF64NEON(k int, a, b, c *float64, ldc int, add bool)

//go:noescape
func gemmEdgeF32NEON(height, width, k int, a, b, c *float32, ldc int, add bool)

//go:noescape
func gemmEdgeF64NEON(height, width, k int, a, b, c *float64, ldc int, add bool)

//go:noescape
func gemmDirectF32NEON(rows, width, k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, ldc int, add bool)

//go:noescape
func dotF32NEON(n int, x, y *float32) (sum float32)

//go:noescape
func dotF64NEON(n int, x, y *float64) (sum float64)

//go:noescape
func axpyF32NEON(n int, a float32, x, y *float32)

//go:noescape
func axpyF64NEON(n int, a float64, x, y *float64)

//go:noescape
func copyRowsF32NEON(n int, src *float32, ld int, dst *float32, w, used int)

//go:noescape
func copyRowsF64NEON(n int, src *float64, ld int, dst *float64, w, used int)

//go:noescape
func transposeF32NEON(blocks int, src *float32, ld int, dst *float32, w int)

//go:noescape
func transposeF64NEON(blocks int, src *float64, ld int, dst *float64, w int)

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
