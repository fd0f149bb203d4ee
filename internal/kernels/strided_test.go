// SPDX-License-Identifier: MIT

package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/kernels/kerneltest"
)

// slowCopy is Copy by its definition.
func slowCopy[T any](dst []T, to []int, src []T, from []int, dims []int, d, s int) {
	if len(dims) == 0 {
		dst[d] = src[s]
		return
	}
	for i := range dims[0] {
		slowCopy(dst, to[1:], src, from[1:], dims[1:], d+i*to[0], s+i*from[0])
	}
}

// dense returns the distances of a contiguous array whose axes lie in the given order,
// and its size.
func dense(dims, order []int) (stride []int, size int) {
	stride, size = make([]int, len(dims)), 1
	for i := len(order) - 1; i >= 0; i-- {
		stride[order[i]] = size
		size *= dims[order[i]]
	}
	return stride, size
}

// begin is the offset of the first element, and reach is the length of the slice.
func begin(stride, dims []int) (at, reach int) {
	reach = 1
	for i, d := range dims {
		if d == 0 {
			return 0, 0
		}
		at -= min(0, (d-1)*stride[i])
		reach += max((d-1)*stride[i], (1-d)*stride[i])
	}
	return at, reach
}

func checkCopy(t *testing.T, to, from, dims []int) {
	t.Helper()
	d, toReach := begin(to, dims)
	s, fromReach := begin(from, dims)
	src := make([]float32, fromReach)
	for i := range src {
		src[i] = float32(i + 1)
	}
	got, check := kerneltest.Random[float32](toReach, 1)
	want := append([]float32{}, got...)
	if toReach > 0 {
		slowCopy(want, to, src, from, dims, d, s)
	}
	Copy(got, to, src, from, dims)
	check(t)
	require.True(t, assert.ObjectsAreEqual(want, got), "dims %v, to %v, from %v", dims, to, from)
}

func TestCopyPermutations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sizes := []int{0, 1, 2, 3, 5, 7, 8, 9, 31, 33}
	for range 2000 {
		rank := r.IntN(5)
		dims := make([]int, rank)
		for i := range dims {
			dims[i] = sizes[r.IntN(len(sizes))]
			if i > 1 {
				dims[i] = sizes[r.IntN(5)]
			}
		}
		r.Shuffle(rank, func(i, j int) { dims[i], dims[j] = dims[j], dims[i] })
		to, _ := dense(dims, r.Perm(rank))
		from, _ := dense(dims, r.Perm(rank))
		for i := range from {
			switch r.IntN(6) {
			case 0:
				from[i] = 0 // broadcast
			case 1:
				from[i] = -from[i] // flip
			case 2:
				to[i] = -to[i]
			}
		}
		if r.IntN(4) == 0 { // every second element
			for i := range from {
				from[i] *= 2
				to[i] *= 3
			}
		}
		checkCopy(t, to, from, dims)
	}
}

func TestCopyOfManyDimensions(t *testing.T) {
	dims := []int{2, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2}
	rank := len(dims)
	reverse := make([]int, rank)
	forward := make([]int, rank)
	for i := range reverse {
		forward[i], reverse[i] = i, rank-1-i
	}
	to, _ := dense(dims, forward)
	from, _ := dense(dims, reverse)
	checkCopy(t, to, from, dims)
	from[0], from[rank-1] = -from[0], -from[rank-1]
	checkCopy(t, to, from, dims)
}

// These are large enough for several threads, split along either dimension.
func TestCopyLarge(t *testing.T) {
	for _, c := range []struct{ dims, order []int }{
		{[]int{100_003}, []int{0}},
		{[]int{301, 333}, []int{1, 0}},
		{[]int{4, 16, 20, 64}, []int{0, 3, 1, 2}},
		{[]int{64, 33, 40}, []int{2, 1, 0}},
		{[]int{3, 50, 700}, []int{1, 2, 0}},
		{[]int{2, 70_000}, []int{1, 0}},
		{[]int{70_000, 2}, []int{1, 0}},
		{[]int{1, 2, 3, 30_000}, []int{2, 1, 3, 0}},
	} {
		t.Run(fmt.Sprint(c.dims, c.order), func(t *testing.T) {
			rank := len(c.dims)
			forward := make([]int, rank)
			for i := range forward {
				forward[i] = i
			}
			a, _ := dense(c.dims, forward)
			b, _ := dense(c.dims, c.order)
			checkCopy(t, a, b, c.dims)
			checkCopy(t, b, a, c.dims)
			b[rank-1] = 0
			checkCopy(t, a, b, c.dims)
			b[0] = -b[0]
			checkCopy(t, a, b, c.dims)
		})
	}
}

func TestShortCopiesAllocateNothing(t *testing.T) {
	dst, src := make([]float32, 16), make([]float32, 16)
	dims, to, from := []int{4, 4}, []int{4, 1}, []int{1, 4}
	assert.Zero(t, testing.AllocsPerRun(20, func() { Copy(dst, to, src, from, dims) }))
}

func TestFill(t *testing.T) {
	for _, n := range lengths {
		dst, check := kerneltest.Random[float32](n, 1)
		Fill(dst, 3)
		for _, v := range dst {
			require.Equal(t, float32(3), v)
		}
		check(t)
	}
}
