// SPDX-License-Identifier: MIT

package kernels

import "github.com/stheno-go/stheno/internal/kernels/par"

// Fill is dst[i] = v.
func Fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// Copy copies an array of shape dims between two layouts, given by the distances
// in elements between neighbours along each dimension:
//
//	for i, j, … := range dims {
//		dst[i*to[0]+j*to[1]+…] = src[i*from[0]+j*from[1]+…]
//	}
//
// Distances in src may be 0. Along a dimension with a negative distance the slice
// begins with the last element, so that all indices are within it.
func Copy[T any](dst []T, to []int, src []T, from []int, dims []int) {
	size := 1
	for _, d := range dims {
		size *= d
	}
	if size == 0 {
		return
	}
	if len(dims) > copyRank {
		d, s := -min(0, (dims[0]-1)*to[0]), -min(0, (dims[0]-1)*from[0])
		for k := range dims[0] {
			Copy(dst[d+k*to[0]:], to[1:], src[s+k*from[0]:], from[1:], dims[1:])
		}
		return
	}
	var c copier
	d, s := 0, 0
	for i, n := range dims {
		d -= min(0, (n-1)*to[i])
		s -= min(0, (n-1)*from[i])
		c.add(n, to[i], from[i])
	}
	c.order()
	if size < 2*serialLen {
		copyFrom(dst, src, &c, 0, d, s)
		return
	}
	copyParallel(dst, src, c, d, s, size)
}

// copyRank is how many dimensions a copier holds; tensors have 8.
const copyRank = 8

// copier is a copy with dimensions of size 1 left out and those that lie behind one
// another in both layouts joined.
type copier struct {
	rank           int
	dims, to, from [copyRank]int
}

// add appends a dimension.
func (c *copier) add(n, to, from int) {
	k := c.rank - 1
	switch {
	case n == 1:
	case k >= 0 && c.to[k] == n*to && c.from[k] == n*from:
		c.dims[k] *= n
		c.to[k], c.from[k] = to, from
	default:
		c.dims[c.rank], c.to[c.rank], c.from[c.rank] = n, to, from
		c.rank++
	}
}

// order moves the dimension along which one side is contiguous beside the last one,
// if the last one is not: copyPlane then reads and writes whole cache lines.
func (c *copier) order() {
	last := c.rank - 1
	if last < 1 {
		return
	}
	near := c.from
	if c.from[last] <= 1 && c.from[last] >= -1 {
		near = c.to
	}
	best := last
	for i := last - 1; i >= 0; i-- {
		if near[i] != 0 && max(near[i], -near[i]) < max(near[best], -near[best]) {
			best = i
		}
	}
	for i := best; i < last-1; i++ {
		c.dims[i], c.dims[i+1] = c.dims[i+1], c.dims[i]
		c.to[i], c.to[i+1] = c.to[i+1], c.to[i]
		c.from[i], c.from[i+1] = c.from[i+1], c.from[i]
	}
}

// copyParallel splits the first dimension, or the second one if that has few elements.
func copyParallel[T any](dst, src []T, c copier, d, s, size int) {
	axis, outer := 0, 1
	if c.rank > 1 && c.dims[0] < 16 {
		axis, outer = 1, c.dims[0]
	}
	n := c.dims[axis]
	group := max(1, chunkLen/(size/outer/n), (n*outer+par.MaxChunks-1)/par.MaxChunks)
	if axis >= c.rank-2 {
		group = (group + copyTile - 1) / copyTile * copyTile
	}
	each := (n + group - 1) / group
	nanos := int64(size) / 2
	if last := c.rank - 1; c.to[last] == 1 && (c.from[last] == 1 || c.from[last] == 0) && c.dims[last] >= 32 {
		nanos /= 8 // whole lines are copied at once
	}
	par.Parallel(each*outer, nanos, func(i int) {
		part := c
		begin, o := i%each*group, i/each
		part.dims[axis] = min(group, n-begin)
		d, s := d+begin*c.to[axis], s+begin*c.from[axis]
		if axis == 1 {
			part.dims[0] = 1
			d, s = d+o*c.to[0], s+o*c.from[0]
		}
		copyFrom(dst, src, &part, 0, d, s)
	})
}

func copyFrom[T any](dst, src []T, c *copier, axis, d, s int) {
	switch left := c.rank - axis; {
	case left == 0:
		dst[d] = src[s]
	case left == 1:
		copyLine(dst, src, c.dims[axis], c.to[axis], c.from[axis], d, s)
	case left == 2:
		copyPlane(dst, src, c, axis, d, s)
	default:
		for range c.dims[axis] {
			copyFrom(dst, src, c, axis+1, d, s)
			d += c.to[axis]
			s += c.from[axis]
		}
	}
}

const copyTile = 32

// copyPlane copies the last two dimensions, in tiles if one side is contiguous along
// the first of them, so that a transposition touches each cache line of both once.
func copyPlane[T any](dst, src []T, c *copier, axis, d, s int) {
	rows, cols := c.dims[axis], c.dims[axis+1]
	rowTo, rowFrom, colTo, colFrom := c.to[axis], c.from[axis], c.to[axis+1], c.from[axis+1]
	if colFrom <= 1 && colTo == 1 || rowFrom != 1 && rowTo != 1 {
		for range rows {
			copyLine(dst, src, cols, colTo, colFrom, d, s)
			d += rowTo
			s += rowFrom
		}
		return
	}
	for i := 0; i < rows; i += copyTile {
		for j := 0; j < cols; j += copyTile {
			for k := i; k < min(i+copyTile, rows); k++ {
				copyLine(dst, src, min(copyTile, cols-j), colTo, colFrom, d+k*rowTo+j*colTo, s+k*rowFrom+j*colFrom)
			}
		}
	}
}

func copyLine[T any](dst, src []T, n, to, from, d, s int) {
	switch {
	case to == 1 && from == 1:
		copy(dst[d:d+n], src[s:s+n])
	case to == 1 && from == 0:
		Fill(dst[d:d+n], src[s])
	case to == 1:
		line := dst[d : d+n]
		for i := range line {
			line[i] = src[s]
			s += from
		}
	case from == 1:
		for _, v := range src[s : s+n] {
			dst[d] = v
			d += to
		}
	default:
		for range n {
			dst[d] = src[s]
			d += to
			s += from
		}
	}
}
