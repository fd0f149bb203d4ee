// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

func TestEmbedding(t *testing.T) {
	for _, s := range [][3]int{{0, 3, 2}, {4, 0, 2}, {1, 1, 1}, {9, 5, 3}, {700, 65, 11}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			testEmbedding[float32](t, s[0], s[1], s[2], 1e-6)
			testEmbedding[float64](t, s[0], s[1], s[2], 1e-14)
		})
	}
}

func testEmbedding[T Float](t *testing.T, n, dim, rows int, eps float64) {
	w, _ := kerneltest.Random[T](rows*dim, 1)
	dy, _ := kerneltest.Random[T](n*dim, 2)
	idx := make([]int64, n)
	for i := range idx {
		idx[i] = int64(i * i % rows)
	}
	y, checkY := kerneltest.Random[T](n*dim, 3)
	require.NoError(t, Embedding(y, w, idx, dim, rows))
	for i := range y {
		require.Equal(t, w[int(idx[i/dim])*dim+i%dim], y[i])
	}
	checkY(t)
	for _, padding := range []int{-1, 0, rows - 1} {
		dw, checkDW := kerneltest.Random[T](rows*dim, 4)
		want := make([]float64, len(dw))
		for i, d := range dy {
			if k := int(idx[i/dim]); k != padding {
				want[k*dim+i%dim] += float64(d)
			}
		}
		EmbeddingGrad(dw, dy, idx, dim, rows, padding)
		kerneltest.Near(t, want, dw, 20*eps) // up to 150 terms
		checkDW(t)
	}
}

func TestEmbeddingOutOfRange(t *testing.T) {
	y, w := []float32{7, 7}, []float32{1, 2, 3}
	for _, bad := range []int64{3, -1} {
		require.EqualError(t, Embedding(y, w, []int64{0, bad}, 1, 3), "index out of range in self")
		require.Equal(t, []float32{7, 7}, y)
	}
}
