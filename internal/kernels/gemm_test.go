// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// withEach runs f under every implementation that this processor has.
func withEach(t *testing.T, f func(t *testing.T)) {
	for _, name := range Implementations() {
		t.Run(name, func(t *testing.T) {
			restore, err := Use(name)
			require.NoError(t, err)
			defer restore()
			f(t)
		})
	}
}

const guard = 12345

// guarded returns n random elements that begin at an odd place between sentinels.
func guarded[T Float](n int, seed uint64) (data []T, check func(t *testing.T)) {
	const margin = 19
	all := make([]T, n+2*margin)
	for i := range all {
		all[i] = guard
	}
	data = all[margin : margin+n : margin+n]
	Normal(data, seed, 1)
	return data, func(t *testing.T) {
		t.Helper()
		for i := range margin {
			require.Equal(t, T(guard), all[i], "write before the slice")
			require.Equal(t, T(guard), all[len(all)-1-i], "write behind the slice")
		}
	}
}

func TestGemm(t *testing.T) {
	withEach(t, func(t *testing.T) {
		t.Run("float32", testGemm[float32])
		t.Run("float64", testGemm[float64])
	})
}

func testGemm[T Float](t *testing.T) {
	eps := 1e-14
	var zero T
	if _, ok := any(zero).(float32); ok {
		eps = 6e-7
	}
	sizes := [][3]int{
		{1, 1, 1}, {15, 1, 1}, {1, 15, 2}, {2, 3, 0}, {0, 3, 2}, {3, 0, 2}, {7, 9, 8}, {12, 32, 5}, {13, 33, 31}, {6, 16, 17},
		{24, 64, 16}, {31, 47, 300}, {64, 10, 128}, {5, 2100, 9}, {100, 65, 257}, {97, 33, 513}, {2, 4, 2048}, {200, 100, 60},
	}
	for _, s := range sizes {
		m, n, k := s[0], s[1], s[2]
		for mode := range 4 {
			transA, transB := mode&1 == 1, mode&2 == 2
			lda, ldb, ldc := k+3, n+1, n+2
			rowsA, rowsB := m, k
			if transA {
				lda, rowsA = m+1, k
			}
			if transB {
				ldb, rowsB = k+2, n
			}
			for _, beta := range []T{0, 1, -0.5} {
				a, checkA := guarded[T](max(rowsA, 1)*lda, 1)
				b, checkB := guarded[T](max(rowsB, 1)*ldb, 2)
				c, checkC := guarded[T](max(m, 1)*ldc, 3)
				if beta == 0 {
					for i := range c {
						c[i] = T(math.NaN()) // must not be read
					}
				}
				want := make([]float64, len(c))
				for i := range want {
					want[i] = float64(c[i])
				}
				for i := range m {
					for j := range n {
						sum := 0.0
						for l := range k {
							x, y := a[i*lda*boolInt(!transA)+l*boolInt(!transA)+boolInt(transA)*(l*lda+i)], b[boolInt(!transB)*(l*ldb+j)+boolInt(transB)*(j*ldb+l)]
							sum += float64(x) * float64(y)
						}
						v := 1.5 * sum
						if beta != 0 {
							v += float64(beta) * want[i*ldc+j]
						}
						want[i*ldc+j] = v
					}
				}
				Gemm(transA, transB, m, n, k, 1.5, a, lda, b, ldb, beta, c, ldc)
				for i := range m {
					for j := range ldc {
						at := i*ldc + j
						if j >= n && math.IsNaN(want[at]) {
							require.True(t, c[at] != c[at], "wrote between rows")
							continue
						}
						require.InDelta(t, want[at], float64(c[at]), eps*math.Sqrt(float64(k+1))*20, "%v transA %v transB %v beta %v at %d,%d", s, transA, transB, beta, i, j)
					}
				}
				checkA(t)
				checkB(t)
				checkC(t)
			}
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestGemmSameBitsForAnyThreads(t *testing.T) {
	withEach(t, func(t *testing.T) {
		a, _ := guarded[float32](300*500, 1)
		b, _ := guarded[float32](500*700, 2)
		var want []float32
		for _, threads := range []int{1, 2, 3, 8} {
			old := runtime.GOMAXPROCS(threads)
			got := make([]float32, 300*700)
			Gemm(false, false, 300, 700, 500, 1, a, 500, b, 700, 0, got, 700)
			runtime.GOMAXPROCS(old)
			if want == nil {
				want = got
			}
			require.Equal(t, want, got)
		}
	})
}

func BenchmarkGemm(b *testing.B) {
	for _, s := range []struct {
		name           string
		transA, transB bool
		m, n, k        int
	}{
		{"15x1x1", false, true, 15, 1, 1}, {"256", false, false, 256, 256, 256}, {"1024", false, false, 1024, 1024, 1024},
		{"mlp forward NT", false, true, 64, 256, 784}, {"mlp dgrad NN", false, false, 64, 256, 128}, {"mlp wgrad TN", true, false, 256, 784, 64},
	} {
		b.Run(fmt.Sprintf("%s %dx%dx%d", s.name, s.m, s.n, s.k), func(b *testing.B) {
			x, y, c := make([]float32, s.m*s.k), make([]float32, s.n*s.k), make([]float32, s.m*s.n)
			Normal(x, 1, 1)
			Normal(y, 1, 2)
			lda, ldb := s.k, s.n
			if s.transA {
				lda = s.m
			}
			if s.transB {
				ldb = s.k
			}
			for b.Loop() {
				Gemm(s.transA, s.transB, s.m, s.n, s.k, 1, x, lda, y, ldb, 0, c, s.n)
			}
			b.ReportMetric(2*float64(s.m)*float64(s.n)*float64(s.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
