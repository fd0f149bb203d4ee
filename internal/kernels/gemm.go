// SPDX-License-Identifier: MIT

package kernels

// Gemm is C = alpha·op(A)·op(B) + beta·C for row-major matrices, where op(A) is m×k,
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
// With beta 0, C is not read. lda, ldb and ldc are the distances between rows.
func Gemm[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 || alpha == 0 {
		scaleRows(m, n, beta, c, ldc)
		return
	}
	if m*n*k > smallGemm && gemmFast(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) {
		return
	}
	if m*n*k <= parallelGemm || m == 1 {
		gemmRows(transA, transB, 0, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	gemmParallel(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

const (
	smallGemm    = 4096    // multiplications below which packing does not pay
	parallelGemm = 1 << 16 // and below which a second thread does not
)

func scaleRows[T Float](m, n int, beta T, c []T, ldc int) {
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		switch beta {
		case 0:
			clear(row)
		case 1:
			return
		default:
			MulScalar(row, row, beta)
		}
	}
}

func gemmParallel[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	const rows = 8
	Parallel((m+rows-1)/rows, int64(m)*int64(n)*int64(k)/2, func(i int) {
		gemmRows(transA, transB, i*rows, min((i+1)*rows, m), n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	})
}

// gemmRows computes rows from … to-1 without packing. Every element is one sum over
// l in order, or four interleaved ones where both rows are contiguous.
func gemmRows[T Float](transA, transB bool, from, to, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	if transB && !transA {
		for i := from; i < to; i++ {
			row := c[i*ldc : i*ldc+n]
			x := a[i*lda : i*lda+k]
			for j := range row {
				v := alpha * dot(x, b[j*ldb:j*ldb+k])
				if beta != 0 {
					v += beta * row[j]
				}
				row[j] = v
			}
		}
		return
	}
	if n == 1 && !transB || transB {
		gemmElements(transA, transB, from, to, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	scaleRows(to-from, n, beta, c[from*ldc:], ldc)
	for i := from; i < to; i++ {
		row := c[i*ldc : i*ldc+n]
		for l := range k {
			v := alpha
			if transA {
				v *= a[l*lda+i]
			} else {
				v *= a[i*lda+l]
			}
			axpy(row, v, b[l*ldb:l*ldb+n])
		}
	}
}

// gemmElements is the definition, element by element.
func gemmElements[T Float](transA, transB bool, from, to, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	aRow, aCol, bRow, bCol := lda, 1, ldb, 1
	if transA {
		aRow, aCol = 1, lda
	}
	if transB {
		bRow, bCol = 1, ldb
	}
	for i := from; i < to; i++ {
		for j := range n {
			var sum T
			x, y := i*aRow, j*bCol
			for range k {
				sum += a[x] * b[y]
				x += aCol
				y += bRow
			}
			sum *= alpha
			if beta != 0 {
				sum += beta * c[i*ldc+j]
			}
			c[i*ldc+j] = sum
		}
	}
}

// dot is Σ x[i]·y[i].
func dot[T Float](x, y []T) T {
	y = y[:len(x)]
	if len(x) < 4 {
		var s T
		for i, v := range x {
			s += v * y[i]
		}
		return s
	}
	var s0, s1, s2, s3 T
	for len(x) >= 4 && len(y) >= 4 {
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		s0 += v * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// axpy is y[i] += a·x[i].
func axpy[T Float](y []T, a T, x []T) {
	x = x[:len(y)]
	for i := range y {
		y[i] += a * x[i]
	}
}
