// SPDX-License-Identifier: MIT

package gemm

import (
	"unsafe"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

var (
	tileGo32 = &Tile[float32]{Rows: 4, Cols: 16, Run: tileGo[float32]}
	tileGo64 = &Tile[float64]{Rows: 4, Cols: 16, Run: tileGo[float64]}
)

// tileGo is [Tile] in Go, for 4 rows and 16 columns: 4×2 sums at a time stay in
// registers.
func tileGo[T par.Float](k int, pa, pb, pc *T, ldc int, add bool) {
	const rows, cols = 4, 16
	c := unsafe.Slice(pc, (rows-1)*ldc+cols)
	for j := 0; j < cols; j += 2 {
		a, b := unsafe.Slice(pa, k*rows), unsafe.Slice(pb, k*cols)[j:]
		var c00, c01, c10, c11, c20, c21, c30, c31 T
		for len(a) >= rows && len(b) >= 2 {
			b0, b1 := b[0], b[1]
			c00 += a[0] * b0
			c01 += a[0] * b1
			c10 += a[1] * b0
			c11 += a[1] * b1
			c20 += a[2] * b0
			c21 += a[2] * b1
			c30 += a[3] * b0
			c31 += a[3] * b1
			a, b = a[rows:], b[min(cols, len(b)):]
		}
		for i, s := range [rows][2]T{{c00, c01}, {c10, c11}, {c20, c21}, {c30, c31}} {
			out := c[i*ldc+j : i*ldc+j+2]
			if add {
				s[0] += out[0]
				s[1] += out[1]
			}
			out[0], out[1] = s[0], s[1]
		}
	}
}
