// SPDX-License-Identifier: MIT

package gemm

import "github.com/stheno-go/stheno/internal/kernels/par"

// MatMul is C = alpha·op(A)·op(B) + beta·C for row-major matrices, where op(A) is m×k,
// op(B) is k×n, and op is the transposition if the flag is set:
//
//	for i, j := range m, n {
//		sum := 0
//		for l := range k {
//			sum += op(A)[i,l] * op(B)[l,j]
//		}
//		C[i,j] = alpha*sum + beta*C[i,j]
//	}
//
// With beta 0, C is not read; with alpha 0, A and B are not. lda, ldb and ldc are the
// distances between rows.
func MatMul[T par.Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		scaleRows(m, n, beta, c, ldc)
		return
	}
	short := n == 1 && k <= 8 && m <= 64*plainProducts && !transA && (transB || ldb == 1)
	if short || m*n*k <= plainProducts {
		plain(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	p := newProduct[T]()
	p.t = TileFor[T]()
	p.transA, p.transB, p.m, p.n, p.k = transA, transB, m, n, k
	p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc = alpha, a, lda, b, ldb, beta, c, ldc
	switch {
	case m <= thinRows && (transB && k >= thinLength || !transB && n >= thinLength):
		p.thinRows()
	case n <= thinCols && (!transA && k >= thinLength || transA && m >= thinLength):
		p.thinCols()
	case p.isSmall():
		p.small()
	default:
		p.blocks()
	}
	p.close()
}

const (
	// plainProducts is the number of multiplications that plain loops do in the time that
	// preparing anything better takes.
	plainProducts = 128
	// With so few rows or columns of C, packing the other matrix does not pay if its
	// vectors are that long.
	thinRows   = 2
	thinCols   = 4
	thinLength = 64
)

// scaleRows is C = beta·C; with beta 0, C is not read.
func scaleRows[T par.Float](m, n int, beta T, c []T, ldc int) {
	if beta == 1 {
		return
	}
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// plain is [MatMul] element by element.
func plain[T par.Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	aRow, aCol, bRow, bCol := lda, 1, ldb, 1
	if transA {
		aRow, aCol = 1, lda
	}
	if transB {
		bRow, bCol = 1, ldb
	}
	if k == 1 {
		aCol, bRow = 1, 1
	}
	if n == 1 && aCol == 1 && bRow == 1 {
		column(m, alpha, a, aRow, b[:k], beta, c, ldc)
		return
	}
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		for j := range row {
			var sum T
			x, y := i*aRow, j*bCol
			for range k {
				sum += a[x] * b[y]
				x += aCol
				y += bRow
			}
			row[j] = mix(alpha*sum, beta, row[j])
		}
	}
}

// column is [MatMul] for a column b and rows of A that begin aRow elements apart.
func column[T par.Float](m int, alpha T, a []T, aRow int, b []T, beta T, c []T, ldc int) {
	if len(b) <= 2 && beta == 0 && ldc == 1 {
		v, c := alpha*b[0], c[:m]
		if len(b) == 1 {
			for i := range c {
				c[i] = v * a[i*aRow]
			}
			return
		}
		w := alpha * b[1]
		for i := range c {
			c[i] = v*a[i*aRow] + w*a[i*aRow+1]
		}
		return
	}
	for i := range m {
		var sum T
		x := a[i*aRow:][:len(b)]
		for l, v := range b {
			sum += x[l] * v
		}
		c[i*ldc] = mix(alpha*sum, beta, c[i*ldc])
	}
}

// mix is v + beta·c; with beta 0, c does not matter, not even if it is NaN.
func mix[T par.Float](v, beta, c T) T {
	if beta == 0 {
		return v
	}
	return v + beta*c
}
