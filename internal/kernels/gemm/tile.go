// SPDX-License-Identifier: MIT

package gemm

import (
	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

//go:generate go run -C ../../asm ./gemm

// Tile holds the kernels a product of matrices is made of, for one element type and
// processor. Only run is always there, and nil
// stands for Go.
type Tile[T par.Float] struct {
	Rows, Cols int // the size of a tile of C; a panel has as many rows of A or columns of B
	Rate       int // multiplications a nanosecond, roughly; 0 stands for 1

	// run computes a tile of C from panels of A and B, or adds to it:
	//
	//	for i, j := range rows, cols {
	//		sum := 0
	//		for l := range k {
	//			sum += a[l*rows+i] * b[l*cols+j]
	//		}
	//		c[i*ldc+j] = sum, or += sum
	//	}
	Run func(k int, a, b, c *T, ldc int, add bool)

	// edge is run for the first height rows and width columns of a tile.
	Edge func(height, width, k int, a, b, c *T, ldc int, add bool)

	// direct computes rows × width elements of C, or adds to them, from operands as they lie
	// in memory. rows is 4, 8 or 12, width at most cols. Nil: there is none.
	//
	//	c[i*ldc+j] = Σ_{l < k} a[i*aRow+l*aStep] * b[l*bStep+j], or += that
	direct func(rows, width, k int, a *T, aRow, aStep int, b *T, bStep int, c *T, ldc int, add bool)

	// Dot is Σ x[i]·y[i], axpy is y[i] += a·x[i], for n > 0 that is a multiple of lanes.
	lanes int
	dot   func(n int, x, y *T) T
	axpy  func(n int, a T, x, y *T)

	// copyRows is [packRows] for w up to cols, copyWhole for w = used = cols.
	copyRows  func(n int, src *T, ld int, dst *T, w, used int)
	copyWhole func(n int, src *T, ld int, dst *T)

	// transpose is dst[l*w+i] = src[i*ld+l] for i < square and l < blocks*square.
	Square    int
	Transpose func(blocks int, src *T, ld int, dst *T, w int)
}

// tiles are the kernels of one instruction set.
type tiles struct {
	f32 *Tile[float32]
	f64 *Tile[float64]
}

var tileTable = isa.NewTable(&isa.Kernels, &tiles{tileGo32, tileGo64}, tileSets)

// TileFor returns the kernels for T of the set in use.
func TileFor[T par.Float]() *Tile[T] {
	t := tileTable.Get()
	if k, ok := any(t.f32).(*Tile[T]); ok {
		return k
	}
	k, _ := any(t.f64).(*Tile[T])
	return k
}

// packRows is dst[l*w+i] = src[l*ld+i] for l < kc and i < used; for i from used to w-1
// it is 0.
func packRows[T par.Float](dst, src []T, ld, kc, w, used int) {
	if kc == 0 {
		return
	}
	dst, src = dst[:kc*w], src[:(kc-1)*ld+used]
	if t := TileFor[T](); used > 0 {
		switch {
		case t.copyRows != nil && w <= t.Cols:
			t.copyRows(kc, &src[0], ld, &dst[0], w, used)
			return
		case t.copyWhole != nil && w == t.Cols && used == w:
			t.copyWhole(kc, &src[0], ld, &dst[0])
			return
		}
	}
	for l := range kc {
		to := dst[l*w : (l+1)*w]
		clear(to[copy(to, src[l*ld:l*ld+used]):])
	}
}

// PackColumns is dst[l*w+i] = src[i*ld+l] for l < kc and i < used; if used < w, it sets
// the rest of dst to 0.
func PackColumns[T par.Float](dst, src []T, ld, kc, w, used int) {
	if used < w {
		clear(dst)
	}
	if used == 0 || kc == 0 {
		return
	}
	src = src[:(used-1)*ld+kc]
	if t := TileFor[T](); t.Transpose != nil && used >= t.Square && kc >= t.Square {
		PackSquares(t, dst[:(kc-1)*w+used], src, ld, kc, w, used)
		return
	}
	i := 0
	for ; i+4 <= used; i += 4 {
		a, b, c, d := src[i*ld:][:kc], src[(i+1)*ld:][:kc], src[(i+2)*ld:][:kc], src[(i+3)*ld:][:kc]
		to := dst[i:]
		for l, v := range a {
			q := to[l*w : l*w+4 : l*w+4]
			q[0], q[1], q[2], q[3] = v, b[l], c[l], d[l]
		}
	}
	for ; i < used; i++ {
		for l, v := range src[i*ld:][:kc] {
			dst[l*w+i] = v
		}
	}
}

// PackSquares is PackColumns for at least one square each way. Where they do not fit,
// the last squares overlap those before.
func PackSquares[T par.Float](t *Tile[T], dst, src []T, ld, kc, w, used int) {
	for i := 0; i < used; i += t.Square {
		i := min(i, used-t.Square)
		t.Transpose(kc/t.Square, &src[i*ld], ld, &dst[i], w)
		if kc%t.Square != 0 {
			l := kc - t.Square
			t.Transpose(1, &src[i*ld+l], ld, &dst[l*w+i], w)
		}
	}
}

// Dot is Σ x[i]·y[i].
func Dot[T par.Float](x, y []T) T {
	y = y[:len(x)]
	var s0, s1, s2, s3 T
	if len(x) >= vectorFrom {
		if t := TileFor[T](); t.dot != nil {
			n := len(x) &^ (t.lanes - 1)
			s0 = t.dot(n, &x[0], &y[0])
			x, y = x[n:], y[n:]
		}
	}
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

// Axpy is y[i] += a·x[i].
func Axpy[T par.Float](y []T, a T, x []T) {
	x = x[:len(y)]
	if len(y) >= vectorFrom {
		if t := TileFor[T](); t.axpy != nil {
			n := len(y) &^ (t.lanes - 1)
			t.axpy(n, a, &x[0], &y[0])
			x, y = x[n:], y[n:]
		}
	}
	for i := range y {
		y[i] += a * x[i]
	}
}

// vectorFrom is the length from which a call of assembly pays; no vector has more lanes.
const vectorFrom = 16
