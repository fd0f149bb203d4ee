// SPDX-License-Identifier: MIT

package kernels

import (
	"errors"

	"github.com/stheno-go/stheno/internal/kernels/par"
)

// Embedding is y[i,:] = w[idx[i],:] for w of shape (rows, dim). An index that is not
// there is an error with torch's text, and y is left as it was.
func Embedding[T Float](y, w []T, idx []int64, dim, rows int) error {
	for _, i := range idx {
		if i < 0 || i >= int64(rows) {
			return errors.New("index out of range in self")
		}
	}
	par.Over(len(idx), dim, embedding[T]{y, w, idx, dim})
	return nil
}

type embedding[T Float] struct {
	y, w []T
	idx  []int64
	dim  int
}

func (r embedding[T]) Span(from, to int) {
	for i := from; i < to; i++ {
		copy(r.y[i*r.dim:(i+1)*r.dim], r.w[int(r.idx[i])*r.dim:])
	}
}

// EmbeddingGrad is the gradient of Embedding in w:
//
//	for i := range idx {
//		if idx[i] != paddingIdx {
//			dw[idx[i],:] += dy[i,:]
//		}
//	}
//
// from 0, in the order of i. paddingIdx -1 stands for none. The indices must have
// passed Embedding.
func EmbeddingGrad[T Float](dw, dy []T, idx []int64, dim, rows, paddingIdx int) {
	clear(dw[:rows*dim])
	par.Over((dim+embeddingColumns-1)/embeddingColumns, embeddingColumns*len(idx), embeddingGrad[T]{dw, dy, idx, dim, paddingIdx})
}

// embeddingColumns is how many columns a piece of the gradient has: whole lines of
// cache, so that threads do not share them.
const embeddingColumns = 32

type embeddingGrad[T Float] struct {
	dw, dy       []T
	idx          []int64
	dim, padding int
}

func (r embeddingGrad[T]) Span(from, to int) {
	from, to = from*embeddingColumns, min(to*embeddingColumns, r.dim)
	for i, k := range r.idx {
		if int(k) != r.padding {
			row := r.dw[int(k)*r.dim+from : int(k)*r.dim+to]
			Add(row, row, r.dy[i*r.dim+from:i*r.dim+to])
		}
	}
}
