// SPDX-License-Identifier: MIT

package gemm

import (
	"unsafe"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Products whose operands stay about in the second-level cache are computed from where
// these lie: packing takes longer than it saves, above all if one thread packs what another
// reads. A panel of B is packed by the task that needs it where B is transposed or its rows
// would push each other out of the cache.

const (
	smallProduct = 1 << 28 // multiplications at most
	smallLength  = 1024    // k at most
	smallTasks   = 8       // that a product is split into if it can be
	smallNanos   = 40_000  // what a task should take at most
	smallPacked  = 96      // rows of a task that packs, at least

	// Lines that many bytes apart share a set of a first-level cache, and those of a
	// second-level one can hold that much at a distance of one byte.
	firstLevelSet  = 4096
	secondLevelSet = 1 << 19
)

// isSmall reports whether small computes the product. Rows of A must not push each other out
// of the first-level cache.
func (p *product[T]) isSmall() bool {
	row := p.lda * int(unsafe.Sizeof(p.alpha))
	return p.t.direct != nil && p.m%4 == 0 && p.n > p.t.lanes && p.k <= smallLength && p.m*p.n*p.k <= smallProduct &&
		p.alpha == 1 && (p.beta == 0 || p.beta == 1) && (p.transA || row%firstLevelSet != 0)
}

// panelsOfB reports whether tasks pack their panels of B.
func (p *product[T]) panelsOfB() bool {
	row := p.ldb * int(unsafe.Sizeof(p.alpha))
	return p.transB || p.k*(row&-row) > secondLevelSet
}

// small computes the product in tasks of a panel of B with some rows of A.
func (p *product[T]) small() {
	rows, cols := p.t.Rows, p.t.Cols
	p.nPanels = (p.n + cols - 1) / cols
	nanos := int64(p.m) * int64(p.n) * int64(p.k) / int64(max(p.t.Rate, 1))
	parts := (max(smallTasks, int(nanos/smallNanos)) + p.nPanels - 1) / p.nPanels
	if p.panelsOfB() {
		parts = min(parts, max(1, p.m/smallPacked))
	}
	parts = min(parts, (p.m+rows-1)/rows)
	p.high = ((p.m+rows-1)/rows + parts - 1) / parts * rows
	p.colTasks = p.nPanels
	parts = (p.m + p.high - 1) / p.high
	par.Parallel(parts*p.nPanels, nanos, p.smallTask)
}

func (p *product[T]) runSmall(chunk int) {
	rows, cols := p.t.Rows, p.t.Cols
	from, at := chunk/p.colTasks*p.high, chunk%p.colTasks*cols
	width := min(cols, p.n-at)
	b, bStep := p.b, p.ldb
	var s *[]T
	if p.panelsOfB() {
		s = par.Scratch[T](cols * p.k)
		if p.transB {
			PackColumns(*s, b[at*p.ldb:], p.ldb, p.k, cols, width)
		} else {
			packRows(*s, b[at:], p.ldb, p.k, cols, width)
		}
		b, bStep = *s, cols
	} else {
		b = b[at:]
	}
	aRow, aStep := p.lda, 1
	if p.transA {
		aRow, aStep = 1, p.lda
	}
	steps := (p.k + tileK - 1) / tileK // sums as long as those of blocks, which lose as little
	step := ((p.k+steps-1)/steps + 7) &^ 7
	for l := 0; l < p.k; l += step {
		for i := from; i < min(from+p.high, p.m); i += rows {
			p.t.direct(min(rows, p.m-i), width, min(step, p.k-l), &p.a[i*aRow+l*aStep], aRow, aStep, &b[l*bStep], bStep, &p.c[i*p.ldc+at], p.ldc, l > 0 || p.beta != 0)
		}
	}
	if s != nil {
		par.GiveBack(s)
	}
}
