// SPDX-License-Identifier: MIT

// Package kerneltest holds what tests of kernels share: memory with sentinels around
// it, sizes that matter, and running a test on every set of instructions.
package kerneltest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/isa"
)

// Sizes holds lengths around those of vectors and register tiles.
var Sizes = []int{0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100}

// Offsets holds how many elements after a multiple of 64 bytes a slice may begin: no
// vector is aligned at most of them.
var Offsets = []int{0, 1, 3, 8, 13}

// Element lists the types that kernels work on.
type Element interface {
	~float32 | ~float64 | ~int64 | ~uint8
}

// margin is the number of sentinels on each side, more than the widest tile.
const margin = 128

// Sentinel is what surrounds a slice of [Guarded].
const Sentinel = 119

// Guarded returns n zeros that begin offset elements after a multiple of 64 bytes, with
// sentinels on both sides. check fails the test if one of those has changed.
func Guarded[T Element](n, offset int) (data []T, check func(t testing.TB)) {
	all := make([]T, n+offset+2*margin+64)
	for i := range all {
		all[i] = Sentinel
	}
	begin := margin + offset
	for uintptr(unsafe.Pointer(&all[begin-offset]))%64 != 0 {
		begin++
	}
	data = all[begin : begin+n : begin+n]
	clear(data)
	return data, func(t testing.TB) {
		t.Helper()
		for i, v := range all {
			if (i < begin || i >= begin+n) && v != Sentinel {
				require.Failf(t, "write out of bounds", "element %d of %d is %v", i-begin, n, v)
			}
		}
	}
}

// Random returns n normally distributed numbers that begin at an odd place, and what fails
// the test if something around them has changed.
func Random[T ~float32 | ~float64](n int, seed uint64) (data []T, check func(t testing.TB)) {
	data, check = Guarded[T](n, Offsets[seed%uint64(len(Offsets))])
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range data {
		data[i] = T(r.NormFloat64())
	}
	return data, check
}

// Widened returns the elements of x in float64.
func Widened[T ~float32 | ~float64](x []T) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// Each runs f once for every set of the family that this processor has.
func Each(t *testing.T, family *isa.Family, f func(t *testing.T)) {
	t.Helper()
	for _, name := range family.Names() {
		t.Run(name, func(t *testing.T) {
			restore, err := family.Use(name)
			require.NoError(t, err)
			defer restore()
			f(t)
		})
	}
}

// Close fails the test unless each element of got differs from want by at most the
// bound for it; NaN and infinities must be the same in both.
func Close[T ~float32 | ~float64](t testing.TB, want, bound []float64, got []T, msg ...any) {
	t.Helper()
	require.Len(t, got, len(want), msg...)
	for i, w := range want {
		g := float64(got[i])
		switch {
		case math.IsNaN(w) && math.IsNaN(g), w == g, math.Abs(w-g) <= bound[i] && !math.IsInf(w, 0):
		default:
			require.Failf(t, "not close", "element %d: want %v, got %v, which is off by %v and may be by %v; %s",
				i, w, g, g-w, bound[i], fmt.Sprint(msg...))
		}
	}
}

// Near fails the test unless |got-want| ≤ eps·(1+|want|) for each element; NaN and
// infinities must be the same in both.
func Near[T ~float32 | ~float64](t testing.TB, want []float64, got []T, eps float64) {
	t.Helper()
	bound := make([]float64, len(want))
	for i, w := range want {
		bound[i] = eps * (1 + math.Abs(w))
	}
	Close(t, want, bound, got)
}

// Rate runs f, which does flops operations, and reports how many GFLOP/s it reached. It
// returns that of the fastest call, as other work on the machine disturbs the others.
func Rate(b *testing.B, flops float64, f func()) (best float64) {
	b.ReportAllocs()
	f()
	fastest := time.Duration(math.MaxInt64)
	for b.Loop() {
		begin := time.Now()
		f()
		fastest = min(fastest, time.Since(begin))
	}
	best = flops / fastest.Seconds() / 1e9
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	b.ReportMetric(best, "best-GFLOP/s")
	return best
}
