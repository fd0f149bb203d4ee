// SPDX-License-Identifier: MIT

package kernels

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wrapped is x modulo 2^64 as int64, or modulo 256.
func wrapped[T Integer](x *big.Int) T {
	return T(new(big.Int).And(x, new(big.Int).SetUint64(math.MaxUint64)).Uint64())
}

// drawInteger draws small numbers, large ones and those at the ends.
func drawInteger[T Integer](r *rand.Rand) T {
	least := uint64(1) << 63
	switch x := r.Uint64(); r.IntN(4) {
	case 0:
		return T(x)
	case 1:
		return []T{0, 1, 2, ^T(0), ^T(1), T(least), T(least - 1), T(least >> 56)}[x%8]
	default:
		return T(int64(x%23) - 11)
	}
}

func integersAgainstBig[T Integer](t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	n := func(x T) *big.Int {
		if x < 0 {
			return big.NewInt(int64(x))
		}
		return new(big.Int).SetUint64(uint64(x))
	}
	modulus := new(big.Int).Lsh(big.NewInt(1), 64)
	for range 20_000 {
		a, b := drawInteger[T](r), drawInteger[T](r)
		switch {
		case b >= 0:
			require.Equal(t, wrapped[T](new(big.Int).Exp(n(a), n(b), modulus)), IntPow(a, b), "%d to the power %d", a, b)
		case a == 1 || a == ^T(0):
			want := a
			if b%2 == 0 {
				want = 1
			}
			require.Equal(t, want, IntPow(a, b), "%d to the power %d", a, b)
		default:
			require.Zero(t, IntPow(a, b), "%d to the power %d", a, b)
		}
		if b == 0 {
			continue
		}
		// Euclid's quotient and remainder, and one less where the remainder has not the sign of b.
		q, m := new(big.Int).DivMod(n(a), n(b), new(big.Int))
		if b < 0 && m.Sign() != 0 {
			q.Sub(q, big.NewInt(1))
			m.Add(m, n(b))
		}
		require.Equal(t, wrapped[T](q), IntFloorDivide(a, b), "⌊%d/%d⌋", a, b)
		require.Equal(t, wrapped[T](m), IntRemainder(a, b), "%d modulo %d", a, b)
	}
}

func TestIntegersAgainstBig(t *testing.T) {
	integersAgainstBig[int64](t)
	integersAgainstBig[uint8](t)
}

// Of floats, against rational numbers: the remainder is exact but for the addition of b, and
// the quotient is whole.
func TestQuotientsAgainstBig(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	for range 20_000 {
		a, b := math.Ldexp(r.NormFloat64(), r.IntN(20)), math.Ldexp(r.NormFloat64(), r.IntN(10))
		if r.IntN(2) == 0 {
			a, b = float64(r.IntN(200)-100)/10, float64(r.IntN(19)-9)/10
		}
		if b == 0 {
			continue
		}
		x, y := new(big.Rat).SetFloat64(a), new(big.Rat).SetFloat64(b)
		ratio := new(big.Rat).Quo(x, y)
		whole := new(big.Int).Div(ratio.Num(), ratio.Denom()) // rounds down: the denominator is positive
		q := new(big.Rat).SetInt(whole)
		rest, _ := new(big.Rat).Sub(x, q.Mul(q, y)).Float64()
		floor, _ := new(big.Float).SetInt(whole).Float64()
		assert.InDelta(t, rest, Remainder(a, b), 1e-15*math.Abs(b), "%v modulo %v", a, b)
		assert.Equal(t, floor+0, FloorDivide(a, b)+0, "⌊%v/%v⌋", a, b)
	}
}

func TestIntMatMulAndCumsum(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 3))
	for range 200 {
		m, n, k := r.IntN(9), 1+r.IntN(40), r.IntN(9)
		ta, tb := r.IntN(2) == 0, r.IntN(2) == 0
		pad := r.IntN(3)
		lda, ldb, rowsA, rowsB := k+pad, n+pad, m, k
		if ta {
			lda, rowsA = m+pad, k
		}
		if tb {
			ldb, rowsB = k+pad, n
		}
		draw := func(n int) []int64 {
			x := make([]int64, n)
			for i := range x {
				x[i] = drawInteger[int64](r)
			}
			return x
		}
		a, b, c := draw(rowsA*lda), draw(rowsB*ldb), draw(m*n)
		IntMatMul(ta, tb, m, n, k, a, lda, b, ldb, c)
		for i := range m {
			for j := range n {
				want := int64(0)
				for l := range k {
					x, y := i*lda+l, l*ldb+j
					if ta {
						x = l*lda + i
					}
					if tb {
						y = j*ldb + l
					}
					want += a[x] * b[y]
				}
				require.Equal(t, want, c[i*n+j], "%v %v %d×%d×%d, element %d, %d", ta, tb, m, k, n, i, j)
			}
		}
		outer, inner := r.IntN(3), 1+r.IntN(5)
		src := draw(outer * k * inner)
		dst, want := make([]int64, len(src)), slices.Clone(src)
		CumsumWhole(dst, src, outer, k, inner)
		for o := range outer {
			for at := inner; at < k*inner; at++ {
				want[o*k*inner+at] += want[o*k*inner+at-inner]
			}
		}
		require.Equal(t, want, dst)
	}
}
