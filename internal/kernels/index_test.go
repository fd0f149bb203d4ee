// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

// indices returns count indices into a dimension of size n, with repetitions.
func indices(count, n int) []int64 {
	index := make([]int64, count)
	for i := range index {
		a, _, _, _ := philox(1, 2, uint64(i))
		index[i] = int64(a) % int64(n)
	}
	return index
}

// gathers are outer, n, m and inner; the last ones are large enough for several threads.
var gathers = [][4]int{{1, 1, 1, 1}, {1, 5, 7, 1}, {2, 5, 3, 4}, {3, 9, 0, 2}, {0, 3, 2, 2}, {2, 3, 4, 0}, {1, 50, 300, 200}, {40, 30, 50, 33}, {3, 7, 40_000, 1}}

func TestIndexSelectAndAdd(t *testing.T) {
	for _, g := range gathers {
		outer, n, m, inner := g[0], g[1], g[2], g[3]
		index := indices(m, n)
		t.Run(fmt.Sprint(g), func(t *testing.T) {
			src, _ := kerneltest.Random[float32](outer*n*inner, 1)
			eachThreads(t, func() []uint64 {
				got, check := kerneltest.Random[float32](outer*m*inner, 2)
				require.NoError(t, IndexSelect(got, src, index, outer, n, inner, 1))
				want := make([]float32, len(got))
				sum, check2 := kerneltest.Random[float32](outer*n*inner, 3)
				wantSum := append([]float32{}, sum...)
				for o := range outer {
					for j, k := range index {
						for i := range inner {
							want[(o*m+j)*inner+i] = src[(o*n+int(k))*inner+i]
							wantSum[(o*n+int(k))*inner+i] += want[(o*m+j)*inner+i]
						}
					}
				}
				require.True(t, assert.ObjectsAreEqual(want, got[:len(want):len(want)]))
				check(t)
				require.NoError(t, IndexAdd(sum, got, index, outer, n, inner, 1))
				require.True(t, assert.ObjectsAreEqual(wantSum, sum[:len(sum):len(sum)]))
				check2(t)
				return append(exactly(got), exactly(sum)...)
			})
		})
	}
}

func TestGatherAndScatterAdd(t *testing.T) {
	for _, g := range gathers {
		outer, n, m, inner := g[0], g[1], g[2], g[3]
		index := indices(outer*m*inner, n)
		src, _ := kerneltest.Random[float32](outer*n*inner, 1)
		got, check := kerneltest.Random[float32](outer*m*inner, 2)
		require.NoError(t, Gather(got, src, index, outer, n, m, inner, 1))
		sum, check2 := kerneltest.Random[float32](outer*n*inner, 3)
		wantSum := append([]float32{}, sum...)
		for at, k := range index {
			o, i := at/(m*inner), at%inner
			from := (o*n+int(k))*inner + i
			require.Equal(t, src[from], got[at], "%v", g)
			wantSum[from] += got[at]
		}
		check(t)
		require.NoError(t, ScatterAdd(sum, got, index, outer, n, m, inner, 1))
		require.True(t, assert.ObjectsAreEqual(wantSum, sum[:len(sum):len(sum)]))
		check2(t)
	}
}

func TestIndexOutOfBounds(t *testing.T) {
	for _, c := range []struct {
		index int64
		want  string
	}{
		{7, "index 7 is out of bounds for dimension 2 with size 5"},
		{5, "index 5 is out of bounds for dimension 2 with size 5"},
		{-1, "index -1 is out of bounds for dimension 2 with size 5"},
		{1 << 62, "index 4611686018427387904 is out of bounds for dimension 2 with size 5"},
	} {
		x, y, index := make([]float32, 5), make([]float32, 2), []int64{4, c.index}
		assert.EqualError(t, IndexSelect(y, x, index, 1, 5, 1, 2), c.want)
		assert.EqualError(t, IndexAdd(x, y, index, 1, 5, 1, 2), c.want)
		assert.EqualError(t, Gather(y, x, index, 1, 5, 2, 1, 2), c.want)
		assert.EqualError(t, ScatterAdd(x, y, index, 1, 5, 2, 1, 2), c.want)
	}
}

func TestCumsum(t *testing.T) {
	for _, b := range blocks {
		outer, n, inner := b[0], b[1], b[2]
		src, _ := kerneltest.Random[float32](outer*n*inner, 1)
		for _, back := range []bool{false, true} {
			f := CumsumMiddle[float32]
			if back {
				f = CumsumBackMiddle[float32]
			}
			eachThreads(t, func() []uint64 {
				got, check := kerneltest.Random[float32](len(src), 2)
				f(got, src, outer, n, inner)
				for o := range outer {
					for i := range inner {
						sum := 0.0
						for k := range n {
							if back {
								k = n - 1 - k
							}
							at := (o*n+k)*inner + i
							sum += float64(src[at])
							if float32(sum) != got[at] { // both are sums in float64, in one order
								require.Equal(t, float32(sum), got[at], "%v at %d", b, at)
							}
						}
					}
				}
				check(t)
				own := append([]float32{}, src...)
				f(own, own, outer, n, inner)
				require.True(t, assert.ObjectsAreEqual(got[:len(got):len(got)], own), "in place")
				return exactly(got)
			})
		}
	}
}
