// SPDX-License-Identifier: MIT

package kernels

import "math"

// Integer lists the element types that wrap around.
type Integer interface{ ~int64 | ~uint8 }

// IntPow is a to the power b, wrapped around. Where b is negative it is 1/a to that power,
// cut to an integer: ±1 of ±1, and 0 of all others, 0 among them.
func IntPow[T Integer](a, b T) T {
	if b < 0 {
		switch {
		case a == 1, a == ^T(0) && b%2 == 0:
			return 1
		case a == ^T(0): // -1
			return a
		}
		return 0
	}
	p := T(1)
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			p *= a
		}
		a *= a
	}
	return p
}

// IntRemainder is a - b·⌊a/b⌋, which has the sign of b; b is not 0.
func IntRemainder[T Integer](a, b T) T {
	r := a % b
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

// IntFloorDivide is ⌊a/b⌋; b is not 0.
func IntFloorDivide[T Integer](a, b T) T {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// Remainder is a - b·⌊a/b⌋, which has the sign of b; NaN of b = 0.
func Remainder[T Float](a, b T) T {
	r := T(math.Mod(float64(a), float64(b)))
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

// FloorDivide is ⌊a/b⌋ by way of the remainder, as Python and torch have it: the quotient
// itself may have been rounded up to a whole number.
func FloorDivide[T Float](a, b T) T {
	if b == 0 {
		return a / b
	}
	r := T(math.Mod(float64(a), float64(b)))
	q := (a - r) / b
	if r != 0 && (r < 0) != (b < 0) {
		q--
	}
	if q == 0 {
		return T(math.Copysign(0, float64(a/b)))
	}
	whole := T(math.Floor(float64(q)))
	if q-whole > 0.5 {
		whole++
	}
	return whole
}

// IntMatMul is c = a·b of a (m,k) and b (k,n), either maybe transposed, as [gemm.MatMul] has it.
func IntMatMul[T Integer](transA, transB bool, m, n, k int, a []T, lda int, b []T, ldb int, c []T) {
	rowA, colA, rowB, colB := lda, 1, ldb, 1
	if transA {
		rowA, colA = 1, lda
	}
	if transB {
		rowB, colB = 1, ldb
	}
	rows(m, n*k, func(i int) {
		y := c[i*n : (i+1)*n]
		clear(y)
		for l := range k {
			x := a[i*rowA+l*colA]
			for j := range y {
				y[j] += x * b[l*rowB+j*colB]
			}
		}
	})
}

// CumsumWhole is dst[o,k,i] = Σ_{j≤k} src[o,j,i], wrapped around.
func CumsumWhole[T Integer](dst, src []T, outer, n, inner int) {
	for o := range outer {
		d, s := dst[o*n*inner:(o+1)*n*inner], src[o*n*inner:(o+1)*n*inner]
		copy(d, s[:min(inner, len(s))])
		for i := inner; i < len(d); i++ {
			d[i] = d[i-inner] + s[i]
		}
	}
}
