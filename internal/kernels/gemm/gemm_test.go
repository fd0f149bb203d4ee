// SPDX-License-Identifier: MIT

package gemm

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
	"github.com/stheno-go/stheno/internal/kernels/par"
)

// testCase is one call of Gemm and what it must give.
type testCase[T par.Float] struct {
	transA, transB            bool
	m, n, k                   int
	alpha, beta               T
	a, b, c                   []T
	lda, ldb, ldc             int
	checkA, checkB, checkC    func(testing.TB)
	rowsA, colsA, rowsB, colB int
}

// newCase returns a case with random matrices whose rows are pad elements apart, and
// the sentinel between the rows of C.
func newCase[T par.Float](transA, transB bool, m, n, k, pad int, alpha, beta T) *testCase[T] {
	c := &testCase[T]{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta}
	c.rowsA, c.colsA, c.rowsB, c.colB = m, k, k, n
	if transA {
		c.rowsA, c.colsA = k, m
	}
	if transB {
		c.rowsB, c.colB = n, k
	}
	c.lda, c.ldb, c.ldc = c.colsA+pad, c.colB+pad, n+pad
	seed := uint64(m + 3*n + 7*k)
	c.a, c.checkA = kerneltest.Random[T](extent(c.rowsA, c.colsA, c.lda), seed+1)
	c.b, c.checkB = kerneltest.Random[T](extent(c.rowsB, c.colB, c.ldb), seed+2)
	c.c, c.checkC = kerneltest.Random[T](extent(m, n, c.ldc), seed+3)
	for i := range c.c {
		if i%c.ldc >= n {
			c.c[i] = kerneltest.Sentinel
		}
	}
	return c
}

// extent is the number of elements up to the last of a matrix.
func extent(rows, cols, ld int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

// want returns the result by the reference in float64, and the bound of the error of
// any order of summation in T: k+3 roundings of the sum of absolute values.
func (c *testCase[T]) want() (want, bound []float64) {
	abs := func(x []float64) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = math.Abs(v)
		}
		return y
	}
	a, b := kerneltest.Widened(c.a), kerneltest.Widened(c.b)
	want = kerneltest.Widened(c.c)
	bound = abs(want)
	naive(c.transA, c.transB, c.m, c.n, c.k, float64(c.alpha), a, c.lda, b, c.ldb, float64(c.beta), want, c.ldc)
	naive(c.transA, c.transB, c.m, c.n, c.k, math.Abs(float64(c.alpha)), abs(a), c.lda, abs(b), c.ldb, math.Abs(float64(c.beta)), bound, c.ldc)
	unit := math.Ldexp(1, -53)
	if unsafe.Sizeof(c.alpha) == 4 {
		unit = math.Ldexp(1, -24)
	}
	for i := range bound {
		bound[i] *= float64(c.k+3) * 2 * unit // twice: the reference rounds as well
		if i%c.ldc >= c.n {
			bound[i] = 0
		}
	}
	return want, bound
}

// run computes the case, with NaN in C if that must not be read, and compares.
func (c *testCase[T]) run(t *testing.T) {
	t.Helper()
	want, bound := c.want()
	if c.beta == 0 {
		for i := range c.m {
			for j := range c.n {
				c.c[i*c.ldc+j] = T(math.NaN())
			}
		}
	}
	MatMul(c.transA, c.transB, c.m, c.n, c.k, c.alpha, c.a, c.lda, c.b, c.ldb, c.beta, c.c, c.ldc)
	kerneltest.Close(t, want, bound, c.c, fmt.Sprintf("transA %v, transB %v, %d×%d×%d, alpha %v, beta %v, lda %d, ldb %d, ldc %d",
		c.transA, c.transB, c.m, c.n, c.k, c.alpha, c.beta, c.lda, c.ldb, c.ldc))
	c.checkA(t)
	c.checkB(t)
	c.checkC(t)
}

func TestGemm(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		t.Run("float32", testGemmSizes[float32])
		t.Run("float64", testGemmSizes[float64])
	})
}

// testGemmSizes goes through all sizes and transpositions; the scales and the distances
// of rows take turns.
func testGemmSizes[T par.Float](t *testing.T) {
	scales := [][2]T{{1, 0}, {1, 1}, {1.5, -0.5}, {-2, 0}, {0, 0.5}, {0, 0}}
	count, stride := 0, 1
	if testing.Short() {
		stride = 13
	}
	for _, m := range kerneltest.Sizes {
		for _, n := range kerneltest.Sizes {
			for _, k := range []int{0, 1, 2, 3, 8, 16, 33, 100} {
				for mode := range 4 {
					count++
					if count%stride != 0 {
						continue
					}
					s := scales[count/4%len(scales)]
					newCase(mode&1 == 1, mode&2 == 2, m, n, k, count/3%4, s[0], s[1]).run(t)
				}
			}
		}
	}
}

// Larger than a block in each direction, and thin ones that are shared out.
func TestGemmBlocks(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, s := range [][3]int{
			{5, blockN + 70, 9}, {blockM + 13, 20, 7}, {25, 40, packK + 100}, {14, 35, tileK + 1}, {97, 130, 2*tileK + 5},
			{1, 3 * thinBlock, 40}, {3, 500, 1000}, {3 * thinBlock, 2, 30}, {700, 1, 900}, {200, 100, 60},
		} {
			for mode := range 4 {
				if testing.Short() && mode != (s[0]+s[1])%4 {
					continue
				}
				newCase[float32](mode&1 == 1, mode&2 == 2, s[0], s[1], s[2], 2, 1.5, 1).run(t)
				newCase[float64](mode&1 == 1, mode&2 == 2, s[0], s[1], s[2], 0, 1, 0).run(t)
			}
		}
		for mode := range 4 { // rows that share sets of a cache
			newCase[float32](mode&1 == 1, mode&2 == 2, 28, 40, 200, 984, 1, 1).run(t)
			newCase[float32](mode&1 == 1, mode&2 == 2, 28, 1000, 40, 1024-40, 1, 0).run(t)
			newCase[float32](mode&1 == 1, mode&2 == 2, 204, 72, 90, 1, 1, 0).run(t)
		}
	})
}

// Every width of the last tile, where operands are read as they lie.
func TestGemmWidths(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for n := 17; n <= 68; n++ {
			for mode := range 4 {
				m := 4 * (1 + n%5)
				newCase[float32](mode&1 == 1, mode&2 == 2, m, n, 9, n%3, 1, float32(n/2%2)).run(t)
				newCase[float64](mode&1 == 1, mode&2 == 2, m, n, 9, n%3, 1, float64(n/2%2)).run(t)
			}
		}
	})
}

// A NaN or infinity reaches the elements that depend on it and no others, whatever
// panels are filled up with.
func TestGemmNaNAndInf(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, s := range [][3]int{{2, 3, 4}, {13, 33, 40}, {12, 32, 64}, {50, 70, 33}, {2, 100, 90}, {100, 2, 90}} {
			m, n, k := s[0], s[1], s[2]
			for mode := range 4 {
				c := newCase[float32](mode&1 == 1, mode&2 == 2, m, n, k, 1, 1, 0)
				c.a[(c.rowsA-1)*c.lda+c.colsA-1] = float32(math.NaN())
				c.b[(c.rowsB-1)*c.ldb] = float32(math.Inf(1))
				c.run(t)
				c = newCase[float32](mode&1 == 1, mode&2 == 2, m, n, k, 1, 1, 1)
				c.a[0] = float32(math.Inf(-1))
				c.c[len(c.c)-1] = float32(math.NaN())
				c.run(t)
			}
		}
	})
}

func TestGemmSameBitsForAnyThreads(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for _, s := range [][3]int{{150, 200, 450}, {152, 200, 450}, {2, 5000, 200}, {3000, 1, 100}} {
			m, n, k := s[0], s[1], s[2]
			for mode := range 4 {
				c := newCase[float32](mode&1 == 1, mode&2 == 2, m, n, k, 0, 1, 0)
				var want []float32
				for _, procs := range []int{1, 2, 3, 8} {
					restore := par.Pretend(procs)
					got := make([]float32, m*n)
					MatMul(c.transA, c.transB, m, n, k, 1, c.a, c.lda, c.b, c.ldb, 0, got, n)
					restore()
					if want == nil {
						want = got
					}
					require.Equal(t, want, got, "%d threads", procs)
				}
			}
		}
	})
}

func TestGemmDoesNotAllocate(t *testing.T) {
	if raceEnabled() {
		t.Log("the race detector makes pools forget")
		return
	}
	for _, s := range [][3]int{{15, 1, 1}, {10, 10, 10}, {64, 10, 128}, {200, 300, 100}, {2, 5000, 100}, {5000, 2, 100}} {
		m, n, k := s[0], s[1], s[2]
		for mode := range 4 {
			c := newCase[float32](mode&1 == 1, mode&2 == 2, m, n, k, 0, 1, 0)
			got := testing.AllocsPerRun(20, func() {
				MatMul(c.transA, c.transB, m, n, k, 1, c.a, c.lda, c.b, c.ldb, 0, c.c, n)
			})
			assert.Zero(t, got, "%v mode %d", s, mode)
		}
	}
}

// Whole vectors of packed panels must not cross lines.
func TestScratchIsAligned(t *testing.T) {
	for n := 16; n < 1<<20; n = n*3/2 + 1 {
		s, d := par.Scratch[float32](n), par.Scratch[float64](n)
		assert.Zero(t, uintptr(unsafe.Pointer(&(*s)[0]))%64, n)
		assert.Zero(t, uintptr(unsafe.Pointer(&(*d)[0]))%64, n)
		par.GiveBack(s)
		par.GiveBack(d)
	}
}

func TestPack(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		t.Run("float32", testPack[float32])
		t.Run("float64", testPack[float64])
	})
}

func testPack[T par.Float](t *testing.T) {
	for _, w := range []int{4, 6, 8, 12, 16, 32} {
		for used := 1; used <= w; used++ {
			for _, kc := range []int{1, 3, 4, 7, 8, 9, 16, 19} {
				src, checkSrc := kerneltest.Random[T](100*100, uint64(w))
				rows, checkRows := kerneltest.Random[T](kc*w, uint64(used))
				cols, checkCols := kerneltest.Random[T](kc*w, uint64(kc))
				packRows(rows, src[5:5+(kc-1)*99+used], 99, kc, w, used)
				PackColumns(cols, src[5:5+(used-1)*99+kc], 99, kc, w, used)
				wantRows, wantCols := make([]T, kc*w), make([]T, kc*w)
				for l := range kc {
					for i := range used {
						wantRows[l*w+i], wantCols[l*w+i] = src[5+l*99+i], src[5+i*99+l]
					}
				}
				require.Equal(t, wantRows, rows, "rows: panel of %d, %d used, length %d", w, used, kc)
				require.Equal(t, wantCols, cols, "columns: panel of %d, %d used, length %d", w, used, kc)
				checkSrc(t)
				checkRows(t)
				checkCols(t)
			}
		}
	}
}

func TestDotAndAxpy(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for n := range 150 {
			x, checkX := kerneltest.Random[float64](n, uint64(n))
			y, checkY := kerneltest.Random[float64](n, uint64(n+1))
			sum, size := 0.0, 0.0
			want, bound := make([]float64, n), make([]float64, n)
			for i := range n {
				sum += x[i] * y[i]
				size += math.Abs(x[i] * y[i])
				want[i] = y[i] + 1.5*x[i]
				bound[i] = 1e-15 * (math.Abs(y[i]) + 1.5*math.Abs(x[i])) // a few roundings of 1.1e-16
			}
			kerneltest.Close(t, []float64{sum}, []float64{float64(n) * 2.3e-16 * size}, []float64{Dot(x, y)})
			Axpy(y, 1.5, x)
			kerneltest.Close(t, want, bound, y)
			checkX(t)
			checkY(t)
		}
	})
}

// shapes holds squares, what linear regression does, and the three products of each
// layer of an MLP 784-256-128-10 with batches of 64.
var shapes = []struct {
	name           string
	transA, transB bool
	m, n, k        int
}{
	{"regression", false, true, 15, 1, 1}, {"regression", true, false, 1, 1, 15}, {"regression", false, true, 100, 1, 2},
	{"NN", false, false, 8, 8, 8}, {"NN", false, false, 16, 16, 16}, {"NN", false, false, 32, 32, 32}, {"NN", false, false, 64, 64, 64},
	{"NN", false, false, 128, 128, 128}, {"NN", false, false, 256, 256, 256}, {"NN", false, false, 512, 512, 512}, {"NN", false, false, 1024, 1024, 1024},
	{"NT", false, true, 64, 256, 784}, {"NN", false, false, 64, 784, 256}, {"TN", true, false, 256, 784, 64},
	{"NT", false, true, 64, 128, 256}, {"NN", false, false, 64, 256, 128}, {"TN", true, false, 128, 256, 64},
	{"NT", false, true, 64, 10, 128}, {"NN", false, false, 64, 128, 10}, {"TN", true, false, 10, 128, 64},
	{"NT", false, true, 1, 256, 784}, {"NN", false, false, 1, 784, 256}, {"TN", true, false, 256, 784, 1},
}

func BenchmarkGemm(b *testing.B) {
	b.Run("float32", benchmarkGemm[float32])
	b.Run("float64", benchmarkGemm[float64])
}

func benchmarkGemm[T par.Float](b *testing.B) {
	for _, s := range shapes {
		b.Run(fmt.Sprintf("%s %dx%dx%d", s.name, s.m, s.n, s.k), func(b *testing.B) {
			x, _ := kerneltest.Random[T](s.m*s.k, 1)
			y, _ := kerneltest.Random[T](s.n*s.k, 2)
			c := make([]T, s.m*s.n)
			lda, ldb := s.k, s.n
			if s.transA {
				lda = s.m
			}
			if s.transB {
				ldb = s.k
			}
			kerneltest.Rate(b, 2*float64(s.m)*float64(s.n)*float64(s.k), func() {
				MatMul(s.transA, s.transB, s.m, s.n, s.k, 1, x, lda, y, ldb, 0, c, s.n)
			})
		})
	}
}

// BenchmarkGemmImplementations compares them at one size.
func BenchmarkGemmImplementations(b *testing.B) {
	const n = 512
	x, _ := kerneltest.Random[float32](n*n, 1)
	y, _ := kerneltest.Random[float32](n*n, 2)
	c := make([]float32, n*n)
	for _, name := range isa.Kernels.Names() {
		b.Run(name, func(b *testing.B) {
			restore, err := isa.Kernels.Use(name)
			require.NoError(b, err)
			defer restore()
			kerneltest.Rate(b, 2*n*n*n, func() { MatMul(false, true, n, n, n, 1, x, n, y, n, 0, c, n) })
		})
	}
}

// Products computed from where their operands lie add up as packed ones do.
func TestGemmSmallHasTheBitsOfBlocks(t *testing.T) {
	kerneltest.Each(t, &isa.Kernels, func(t *testing.T) {
		for mode := range 4 {
			c := newCase[float32](mode&1 == 1, mode&2 == 2, 64, 100, 784, 3, 1, 1)
			want := slices.Clone(c.c)
			p := newProduct[float32]()
			p.t = TileFor[float32]()
			p.transA, p.transB, p.m, p.n, p.k = c.transA, c.transB, c.m, c.n, c.k
			p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc = 1, c.a, c.lda, c.b, c.ldb, 1, want, c.ldc
			p.blocks()
			p.close()
			MatMul(c.transA, c.transB, c.m, c.n, c.k, 1, c.a, c.lda, c.b, c.ldb, 1, c.c, c.ldc)
			require.Equal(t, want, c.c)
		}
	})
}

// naive is the reference of [MatMul]: its loop as written there, for all cases.
func naive[T par.Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	for i := range m {
		for j := range n {
			var sum T
			for l := range k {
				x, y := i*lda+l, l*ldb+j
				if transA {
					x = l*lda + i
				}
				if transB {
					y = j*ldb + l
				}
				sum += a[x] * b[y]
			}
			v := alpha * sum
			if beta != 0 {
				v += beta * c[i*ldc+j]
			}
			c[i*ldc+j] = v
		}
	}
}
