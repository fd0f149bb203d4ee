// SPDX-License-Identifier: MIT

package gemm

import "github.com/stheno-go/stheno/internal/kernels/par"

// Products with very few rows or columns of C use each element of the large matrix
// very few times: they read it where it is. The small matrix is laid out so that its
// vectors of length k are contiguous.

const (
	thinBlock = 2048 // elements of a sum of rows that one chunk computes
	thinDots  = 1 << 16
	thinRate  = 8 // multiplications a nanosecond
)

// thinRows is the product for few rows.
func (p *product[T]) thinRows() {
	if p.transA {
		s := par.Scratch[T](p.m * p.k)
		defer par.GiveBack(s)
		packColumnsOf(*s, p.a, p.lda, p.k, p.m)
		p.a, p.lda = *s, p.k
	}
	if p.transB {
		par.Parallel(p.dotChunks(p.n), p.thinNanos(), p.dotCols)
	} else {
		par.Parallel((p.n+thinBlock-1)/thinBlock, p.thinNanos(), p.addRows)
	}
}

// thinCols is the product for few columns.
func (p *product[T]) thinCols() {
	if !p.transB {
		s := par.Scratch[T](p.n * p.k)
		defer par.GiveBack(s)
		packColumnsOf(*s, p.b, p.ldb, p.k, p.n)
		p.b, p.ldb = *s, p.k
	}
	if !p.transA {
		par.Parallel(p.dotChunks(p.m), p.thinNanos(), p.dotRows)
		return
	}
	s := par.Scratch[T](p.m)
	p.pa = *s
	for p.j = 0; p.j < p.n; p.j++ {
		par.Parallel((p.m+thinBlock-1)/thinBlock, p.thinNanos()/int64(p.n), p.addCols)
	}
	par.GiveBack(s)
}

func (p *product[T]) thinNanos() int64 {
	return int64(p.m) * int64(p.n) * int64(p.k) / thinRate
}

// dotChunks returns how many chunks n vectors of length k make, and keeps their size.
func (p *product[T]) dotChunks(n int) int {
	p.high = max(1, thinDots/p.k)
	return (n + p.high - 1) / p.high
}

func (p *product[T]) thinDotRows(chunk int) {
	for i := chunk * p.high; i < min((chunk+1)*p.high, p.m); i++ {
		p.dots(i, 0, p.n)
	}
}

func (p *product[T]) thinDotCols(chunk int) {
	for j := chunk * p.high; j < min((chunk+1)*p.high, p.n); j++ {
		for i := range p.m {
			p.dots(i, j, j+1)
		}
	}
}

// dots computes columns from … to-1 of row i.
func (p *product[T]) dots(i, from, to int) {
	x := p.a[i*p.lda : i*p.lda+p.k]
	for j := from; j < to; j++ {
		c := &p.c[i*p.ldc+j]
		*c = mix(p.alpha*Dot(x, p.b[j*p.ldb:j*p.ldb+p.k]), p.beta, *c)
	}
}

func (p *product[T]) thinAddRows(chunk int) {
	from, to := chunk*thinBlock, min((chunk+1)*thinBlock, p.n)
	for i := range p.m {
		scaleRows(1, to-from, p.beta, p.c[i*p.ldc+from:], p.ldc)
	}
	for l := range p.k {
		for i := range p.m {
			Axpy(p.c[i*p.ldc+from:i*p.ldc+to], p.alpha*p.a[i*p.lda+l], p.b[l*p.ldb+from:l*p.ldb+to])
		}
	}
}

func (p *product[T]) thinAddCols(chunk int) {
	from, to := chunk*thinBlock, min((chunk+1)*thinBlock, p.m)
	sum := p.pa[from:to]
	clear(sum)
	for l, v := range p.b[p.j*p.ldb : p.j*p.ldb+p.k] {
		Axpy(sum, p.alpha*v, p.a[l*p.lda+from:l*p.lda+to])
	}
	for i, v := range sum {
		c := &p.c[(from+i)*p.ldc+p.j]
		*c = mix(v, p.beta, *c)
	}
}

// packColumnsOf makes the n columns of a matrix of k rows contiguous.
func packColumnsOf[T par.Float](dst, src []T, ld, k, n int) {
	for j := range n {
		col, at := dst[j*k:(j+1)*k], j
		for l := range col {
			col[l] = src[at]
			at += ld
		}
	}
}
