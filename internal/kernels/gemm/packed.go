// SPDX-License-Identifier: MIT

package gemm

import (
	"sync"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// The sizes of what is packed and worked on at a time. A panel of B, cols×tileK, is
// read again and again from the first-level cache or the second; the panels of A of a
// task, taskRows of them, stay in the second; packed blocks in the third.
const (
	tileK  = 384
	packK  = 1536
	blockM = 1536
	blockN = 1024

	taskRows  = 8       // panels of A that one task goes through for each panel of B
	taskNanos = 8_000   // what a task should take at least
	packChunk = 1 << 14 // elements that a chunk packs, about
)

// product is one product under way: C = alpha·op(A)·op(B) + beta·C.
type product[T par.Float] struct {
	t              *Tile[T]
	transA, transB bool
	m, n, k        int
	alpha, beta    T
	a, b, c        []T
	lda, ldb, ldc  int

	// The block that is worked on is rows i … i+mc of op(A) and columns j … j+nc of
	// op(B), from l to l+kc: mPanels panels in pa, nPanels in pb.
	pa, pb         []T
	i, mc, mPanels int
	j, nc, nPanels int
	l, kc          int

	// A chunk packs aPacks panels of A or bPacks of B; those of B come first.
	aPacks, bPacks   int
	aChunks, bChunks int

	// A task is high×wide tiles, colTasks of them side by side; it goes through l by step.
	// For dots of thin products, high is how many vectors a chunk takes, for small products
	// how many rows.
	high, wide, colTasks, step int

	// The methods that Parallel calls, bound once.
	packChunks, runTask, smallTask, dotRows, dotCols, addRows, addCols func(chunk int)
}

var products32, products64 sync.Pool

func newProduct[T par.Float]() *product[T] {
	p, _ := par.Pick[T](&products32, &products64).Get().(*product[T])
	if p == nil {
		p = &product[T]{}
		p.packChunks, p.runTask, p.smallTask = p.pack, p.task, p.runSmall
		p.dotRows, p.dotCols, p.addRows, p.addCols = p.thinDotRows, p.thinDotCols, p.thinAddRows, p.thinAddCols
	}
	return p
}

// close keeps p for the next product, without what it points to.
func (p *product[T]) close() {
	p.a, p.b, p.c, p.pa, p.pb = nil, nil, nil, nil, nil
	par.Pick[T](&products32, &products64).Put(p)
}

// blocks computes the product block by block, from panels.
func (p *product[T]) blocks() {
	if p.beta != 0 && p.beta != 1 {
		scaleRows(p.m, p.n, p.beta, p.c, p.ldc)
		p.beta = 1
	}
	rows, cols := p.t.Rows, p.t.Cols
	kc := min(p.k, packK)
	sa := par.Scratch[T]((min(p.m, blockM) + rows - 1) / rows * rows * kc)
	sb := par.Scratch[T]((min(p.n, blockN) + cols - 1) / cols * cols * kc)
	p.pa, p.pb = *sa, *sb
	for p.j = 0; p.j < p.n; p.j += blockN {
		p.nc = min(blockN, p.n-p.j)
		p.nPanels = (p.nc + cols - 1) / cols
		for p.l = 0; p.l < p.k; p.l += packK {
			p.kc = min(packK, p.k-p.l)
			steps := (p.kc + tileK - 1) / tileK
			p.step = ((p.kc+steps-1)/steps + 7) &^ 7
			for p.i = 0; p.i < p.m; p.i += blockM {
				p.mc = min(blockM, p.m-p.i)
				p.mPanels = (p.mc + rows - 1) / rows
				p.packBlock()
				p.multiplyBlock()
			}
		}
	}
	par.GiveBack(sa)
	par.GiveBack(sb)
}

// packBlock packs the block of A and, for the first one, that of B.
func (p *product[T]) packBlock() {
	p.aPacks = max(1, packChunk/(p.t.Rows*p.kc))
	p.bPacks = max(1, packChunk/(p.t.Cols*p.kc))
	p.aChunks = (p.mPanels + p.aPacks - 1) / p.aPacks
	p.bChunks = 0
	elements := p.mPanels * p.t.Rows
	if p.i == 0 {
		p.bChunks = (p.nPanels + p.bPacks - 1) / p.bPacks
		elements += p.nPanels * p.t.Cols
	}
	par.Parallel(p.bChunks+p.aChunks, int64(elements)*int64(p.kc)/4, p.packChunks)
}

func (p *product[T]) pack(chunk int) {
	if chunk < p.bChunks {
		for q := chunk * p.bPacks; q < min((chunk+1)*p.bPacks, p.nPanels); q++ {
			p.packB(q)
		}
		return
	}
	chunk -= p.bChunks
	for r := chunk * p.aPacks; r < min((chunk+1)*p.aPacks, p.mPanels); r++ {
		p.packA(r)
	}
}

// packA copies rows of op(A), scaled by alpha, into panel r; rows beyond A are 0.
func (p *product[T]) packA(r int) {
	rows := p.t.Rows
	dst := p.pa[r*rows*p.kc : (r+1)*rows*p.kc]
	from := p.i + r*rows
	height := min(rows, p.i+p.mc-from)
	if p.transA {
		packRows(dst, p.a[p.l*p.lda+from:], p.lda, p.kc, rows, height)
	} else {
		PackColumns(dst, p.a[from*p.lda+p.l:], p.lda, p.kc, rows, height)
	}
	if p.alpha != 1 {
		for i := range dst {
			dst[i] *= p.alpha
		}
	}
}

// packB copies columns of op(B) into panel q; columns beyond B are 0.
func (p *product[T]) packB(q int) {
	cols := p.t.Cols
	dst := p.pb[q*cols*p.kc : (q+1)*cols*p.kc]
	from := p.j + q*cols
	width := min(cols, p.j+p.nc-from)
	if p.transB {
		PackColumns(dst, p.b[from*p.ldb+p.l:], p.ldb, p.kc, cols, width)
	} else {
		packRows(dst, p.b[p.l*p.ldb+from:], p.ldb, p.kc, cols, width)
	}
}

// multiplyBlock computes the tiles of all panels, a few of A with a few of B at a time.
func (p *product[T]) multiplyBlock() {
	tileNanos := p.t.Rows*p.t.Cols*p.kc/max(p.t.Rate, 1) + 1
	rowTasks := (p.mPanels + taskRows - 1) / taskRows
	p.high = (p.mPanels + rowTasks - 1) / rowTasks // tasks of about the same size
	p.wide = min(p.nPanels, max(1, taskNanos/(tileNanos*p.high)))
	p.colTasks = (p.nPanels + p.wide - 1) / p.wide
	rowTasks = (p.mPanels + p.high - 1) / p.high
	par.Parallel(rowTasks*p.colTasks, int64(p.mPanels)*int64(p.nPanels)*int64(tileNanos), p.runTask)
}

func (p *product[T]) task(chunk int) {
	r0, q0 := chunk/p.colTasks*p.high, chunk%p.colTasks*p.wide
	for l := 0; l < p.kc; l += p.step {
		for q := q0; q < min(q0+p.wide, p.nPanels); q++ {
			for r := r0; r < min(r0+p.high, p.mPanels); r++ {
				p.tile(r, q, l, min(p.step, p.kc-l))
			}
		}
	}
}

// Tile computes one tile of C, or adds steps l … l+k to it.
func (p *product[T]) tile(r, q, l, k int) {
	rows, cols := p.t.Rows, p.t.Cols
	height, width := min(rows, p.mc-r*rows), min(cols, p.nc-q*cols)
	a, b := &p.pa[(r*p.kc+l)*rows], &p.pb[(q*p.kc+l)*cols]
	at := (p.i+r*rows)*p.ldc + p.j + q*cols
	c := p.c[at : at+(height-1)*p.ldc+width]
	add := p.l+l > 0 || p.beta != 0
	switch {
	case height == rows && width == cols:
		p.t.Run(k, a, b, &c[0], p.ldc, add)
	case p.t.Edge != nil:
		p.t.Edge(height, width, k, a, b, &c[0], p.ldc, add)
	default:
		p.edge(height, width, k, a, b, c, add)
	}
}

// edge computes a tile that reaches beyond C in memory of its own.
func (p *product[T]) edge(height, width, k int, a, b *T, c []T, add bool) {
	s := par.Scratch[T](p.t.Rows * p.t.Cols)
	full := *s
	p.t.Run(k, a, b, &full[0], p.t.Cols, false)
	for i := range height {
		row, from := c[i*p.ldc:][:width], full[i*p.t.Cols:][:width]
		for j, v := range from {
			if add {
				v += row[j]
			}
			row[j] = v
		}
	}
	par.GiveBack(s)
}
