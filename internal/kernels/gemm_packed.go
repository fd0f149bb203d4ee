// SPDX-License-Identifier: MIT

package kernels

// tile is a kernel that computes rows×cols elements of C, from panels of A and B that
// were packed for it:
//
//	for i, j := range rows, cols {
//		sum := 0
//		for l := range k {
//			sum += a[l*rows+i] * b[l*cols+j]
//		}
//		c[i*ldc+j] = sum, or += sum
//	}
type tile[T Float] struct {
	rows, cols int
	run        func(k int, a, b, c *T, ldc int, add bool)
}

// tileFor returns the chosen kernel for T, nil if there is none.
func tileFor[T Float]() *tile[T] {
	impl := chosen.Load()
	if k, ok := any(impl.f32).(*tile[T]); ok {
		return k
	}
	k, _ := any(impl.f64).(*tile[T])
	return k
}

// The sizes of the blocks that are packed at a time: a panel of A and one of B stay in
// the first-level cache, a block of A in the second.
const (
	blockK    = 256
	blockN    = 2048
	taskRows  = 8      // panels of A that one task goes through for each panel of B
	taskNanos = 20_000 // what a task should take
)

// packed is one product under way.
type packed[T Float] struct {
	t              *tile[T]
	transA, transB bool
	m, n, k        int
	alpha          T
	a, b, c        []T
	lda, ldb, ldc  int
	beta           T
	pa, pb         []T
}

// gemmFast computes the product with packed panels and reports whether it did.
func gemmFast[T Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) bool {
	t := tileFor[T]()
	if t == nil || m < 2 || n < 4 {
		return false
	}
	if beta != 0 && beta != 1 {
		scaleRows(m, n, beta, c, ldc)
		beta = 1
	}
	p := &packed[T]{t: t, transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, a: a, b: b, c: c, lda: lda, ldb: ldb, ldc: ldc, beta: beta}
	mPanels := (m + t.rows - 1) / t.rows
	kc, nc := min(k, blockK), min(n, blockN)
	sa := scratch[T](mPanels * t.rows * kc)
	sb := scratch[T]((nc + t.cols - 1) / t.cols * t.cols * kc)
	p.pa, p.pb = *sa, *sb
	for j := 0; j < n; j += blockN {
		for l := 0; l < k; l += blockK {
			p.block(j, min(blockN, n-j), l, min(blockK, k-l), mPanels)
		}
	}
	giveBack(sa)
	giveBack(sb)
	return true
}

// block adds the product of columns l … l+kc of A and the block of B there to columns
// j … j+nc of C.
func (p *packed[T]) block(j, nc, l, kc, mPanels int) {
	nPanels := (nc + p.t.cols - 1) / p.t.cols
	Parallel(nPanels+mPanels, int64(nc+p.m)*int64(kc), func(i int) {
		if i < nPanels {
			p.packB(i, j, nc, l, kc)
		} else {
			p.packA(i-nPanels, l, kc)
		}
	})
	p.tasks(j, nc, l, kc, mPanels, nPanels)
}

// tasks computes the tiles of all panels, a few of A with a few of B at a time.
func (p *packed[T]) tasks(j, nc, l, kc, mPanels, nPanels int) {
	tileNanos := p.t.rows * p.t.cols * kc / 50
	high := min(mPanels, taskRows)
	wide := min(nPanels, max(1, taskNanos/max(tileNanos*high, 1)))
	rowTasks, colTasks := (mPanels+high-1)/high, (nPanels+wide-1)/wide
	Parallel(rowTasks*colTasks, int64(mPanels)*int64(nPanels)*int64(tileNanos), func(i int) {
		from := i / colTasks * high
		for q := i % colTasks * wide; q < min((i%colTasks+1)*wide, nPanels); q++ {
			for r := from; r < min(from+high, mPanels); r++ {
				p.tile(r, q, j, nc, l, kc)
			}
		}
	})
}

// tile computes one tile of C.
func (p *packed[T]) tile(r, q, j, nc, l, kc int) {
	rows, cols := p.t.rows, p.t.cols
	height, width := min(rows, p.m-r*rows), min(cols, nc-q*cols)
	a, b := &p.pa[r*rows*kc], &p.pb[q*cols*kc]
	at := r*rows*p.ldc + j + q*cols
	add := l > 0 || p.beta != 0
	if height == rows && width == cols {
		p.t.run(kc, a, b, &p.c[at], p.ldc, add)
		return
	}
	p.edge(kc, a, b, at, height, width, add)
}

// edge computes a tile that reaches beyond C in memory of its own.
func (p *packed[T]) edge(kc int, a, b *T, at, height, width int, add bool) {
	s := scratch[T](p.t.rows * p.t.cols)
	full := *s
	p.t.run(kc, a, b, &full[0], p.t.cols, false)
	for i := range height {
		row, from := p.c[at+i*p.ldc:][:width], full[i*p.t.cols:][:width]
		if add {
			Add(row, row, from)
		} else {
			copy(row, from)
		}
	}
	giveBack(s)
}

// packA copies rows of A, scaled by alpha, into panel r; rows beyond A are 0.
func (p *packed[T]) packA(r, l, kc int) {
	rows := p.t.rows
	dst := p.pa[r*rows*kc : (r+1)*rows*kc]
	from := r * rows
	height := min(rows, p.m-from)
	if p.transA {
		packRows(dst, p.a[l*p.lda+from:], p.lda, kc, rows, height)
	} else {
		packColumns(dst, p.a[from*p.lda+l:], p.lda, kc, rows, height)
	}
	if p.alpha != 1 {
		MulScalar(dst, dst, p.alpha)
	}
}

// packB copies columns of B into panel q; columns beyond B are 0.
func (p *packed[T]) packB(q, j, nc, l, kc int) {
	cols := p.t.cols
	dst := p.pb[q*cols*kc : (q+1)*cols*kc]
	from := j + q*cols
	width := min(cols, nc-q*cols)
	if p.transB {
		packColumns(dst, p.b[from*p.ldb+l:], p.ldb, kc, cols, width)
	} else {
		packRows(dst, p.b[l*p.ldb+from:], p.ldb, kc, cols, width)
	}
}

// packRows is dst[l*w+i] = src[l*ld+i] for i < used, 0 for the rest.
func packRows[T Float](dst, src []T, ld, kc, w, used int) {
	for l := range kc {
		copy(dst[l*w:l*w+used], src[l*ld:l*ld+used])
		if used < w {
			clear(dst[l*w+used : (l+1)*w])
		}
	}
}

// packColumns is dst[l*w+i] = src[i*ld+l] for i < used, 0 for the rest. It takes
// several rows at a time, so that neighbouring elements of dst are written together.
func packColumns[T Float](dst, src []T, ld, kc, w, used int) {
	if used < w {
		clear(dst)
	}
	i := 0
	for ; i+8 <= used; i += 8 {
		for l := transpose8(dst[i:], src[i*ld:], ld, kc, w); l < kc; l++ {
			for r := range 8 {
				dst[l*w+i+r] = src[(i+r)*ld+l]
			}
		}
	}
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
