// SPDX-License-Identifier: MIT

package kernels

// Copy copies an array of shape dims between two layouts, given by the distances
// in elements between neighbours along each dimension:
//
//	for i, j, … := range dims {
//		dst[i*to[0]+j*to[1]+…] = src[i*from[0]+j*from[1]+…]
//	}
//
// Distances in src may be 0.
func Copy[T any](dst []T, to []int, src []T, from []int, dims []int) {
	for _, d := range dims {
		if d == 0 {
			return
		}
	}
	c := newCopier(to, from, dims)
	copyFrom(dst, src, c, 0, 0, 0)
}

// copier is a copy with dimensions of size 1 left out and those that lie behind one
// another in both layouts joined.
type copier struct{ dims, to, from []int }

func newCopier(to, from, dims []int) copier {
	var c copier
	for i, d := range dims {
		if d == 1 {
			continue
		}
		if k := len(c.dims) - 1; k >= 0 && c.to[k] == d*to[i] && c.from[k] == d*from[i] {
			c.dims[k] *= d
			c.to[k], c.from[k] = to[i], from[i]
			continue
		}
		c.dims, c.to, c.from = append(c.dims, d), append(c.to, to[i]), append(c.from, from[i])
	}
	return c
}

func copyFrom[T any](dst, src []T, c copier, axis, d, s int) {
	if axis == len(c.dims) {
		dst[d] = src[s]
		return
	}
	n, to, from := c.dims[axis], c.to[axis], c.from[axis]
	if axis < len(c.dims)-2 {
		for range n {
			copyFrom(dst, src, c, axis+1, d, s)
			d += to
			s += from
		}
		return
	}
	if axis == len(c.dims)-2 {
		copyPlane(dst, src, c, axis, d, s)
		return
	}
	copyLine(dst, src, n, to, from, d, s)
}

// copyPlane copies the last two dimensions in tiles, so that a transposition
// touches each cache line of both sides once.
func copyPlane[T any](dst, src []T, c copier, axis, d, s int) {
	const tile = 32
	rows, cols := c.dims[axis], c.dims[axis+1]
	rowTo, rowFrom, colTo, colFrom := c.to[axis], c.from[axis], c.to[axis+1], c.from[axis+1]
	if colFrom <= 1 || rowFrom > colFrom {
		for range rows {
			copyLine(dst, src, cols, colTo, colFrom, d, s)
			d += rowTo
			s += rowFrom
		}
		return
	}
	for i := 0; i < rows; i += tile {
		for j := 0; j < cols; j += tile {
			for k := i; k < min(i+tile, rows); k++ {
				copyLine(dst, src, min(tile, cols-j), colTo, colFrom, d+k*rowTo+j*colTo, s+k*rowFrom+j*colFrom)
			}
		}
	}
}

func copyLine[T any](dst, src []T, n, to, from, d, s int) {
	switch {
	case to == 1 && from == 1:
		copy(dst[d:d+n], src[s:s+n])
	case to == 1 && from == 0:
		v := src[s]
		line := dst[d : d+n]
		for i := range line {
			line[i] = v
		}
	default:
		for range n {
			dst[d] = src[s]
			d += to
			s += from
		}
	}
}
