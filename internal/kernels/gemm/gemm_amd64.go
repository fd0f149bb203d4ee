// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package gemm

import "github.com/stheno-go/stheno/internal/isa"

//go:generate go run -C ../_asm . -out ../gemm/gemm_amd64.s

// What these compute is written at the fields of [Tile].

//go:noescape
func gemmTileF32AVX512(k int, a, b, c *float32, ldc int, add bool)

//go:noescape
func gemmTileF64AVX512(k int, a, b, c *float64, ldc int, add bool)

//go:noescape
func gemmTileF32AVX2(k int, a, b, c *float32, ldc int, add bool)

//go:noescape
func gemmTileF64AVX2(k int, a, b, c *float64, ldc int, add bool)

//go:noescape
func gemmEdgeF32AVX512(height, width, k int, a, b, c *float32, ldc int, add bool)

//go:noescape
func gemmEdgeF64AVX512(height, width, k int, a, b, c *float64, ldc int, add bool)

//go:noescape
func gemmEdgeF32AVX2(height, width, k int, a, b, c *float32, ldc int, add bool)

//go:noescape
func gemmEdgeF64AVX2(height, width, k int, a, b, c *float64, ldc int, add bool)

//go:noescape
func gemmDirectF32AVX512(rows, width, k int, a *float32, aRow, aStep int, b *float32, bStep int, c *float32, ldc int, add bool)

//go:noescape
func gemmDirectF64AVX512(rows, width, k int, a *float64, aRow, aStep int, b *float64, bStep int, c *float64, ldc int, add bool)

//go:noescape
func dotF32AVX512(n int, x, y *float32) (sum float32)

//go:noescape
func dotF64AVX512(n int, x, y *float64) (sum float64)

//go:noescape
func dotF32AVX2(n int, x, y *float32) (sum float32)

//go:noescape
func dotF64AVX2(n int, x, y *float64) (sum float64)

//go:noescape
func axpyF32AVX512(n int, a float32, x, y *float32)

//go:noescape
func axpyF64AVX512(n int, a float64, x, y *float64)

//go:noescape
func axpyF32AVX2(n int, a float32, x, y *float32)

//go:noescape
func axpyF64AVX2(n int, a float64, x, y *float64)

//go:noescape
func copyRowsF32AVX512(n int, src *float32, ld int, dst *float32, w, used int)

//go:noescape
func copyRowsF64AVX512(n int, src *float64, ld int, dst *float64, w, used int)

//go:noescape
func copyRowsF32AVX2(n int, src *float32, ld int, dst *float32)

//go:noescape
func copyRowsF64AVX2(n int, src *float64, ld int, dst *float64)

//go:noescape
func transposeF32AVX2(blocks int, src *float32, ld int, dst *float32, w int)

//go:noescape
func transposeF64AVX2(blocks int, src *float64, ld int, dst *float64, w int)

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
