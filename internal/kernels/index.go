// SPDX-License-Identifier: MIT

package kernels

import "fmt"

// within returns i, an index into a dimension of the given size, or an error with
// torch's text. As there, negative ones do not count from the end.
func within(i int64, dim, size int) (int, error) {
	if i < 0 || i >= int64(size) {
		return 0, fmt.Errorf("index %d is out of bounds for dimension %d with size %d", i, dim, size)
	}
	return int(i), nil
}

// IndexSelect is dst[o,j,:] = src[o,index[j],:] for src of shape (outer, n, inner).
func IndexSelect[T any](dst, src []T, index []int64, outer, n, inner, dim int) error {
	for j, i := range index {
		k, err := within(i, dim, n)
		if err != nil {
			return err
		}
		for o := range outer {
			copy(dst[(o*len(index)+j)*inner:][:inner], src[(o*n+k)*inner:][:inner])
		}
	}
	return nil
}

// IndexAdd is dst[o,index[j],:] += src[o,j,:] for dst of shape (outer, n, inner), in
// the order of j.
func IndexAdd[T Number](dst, src []T, index []int64, outer, n, inner, dim int) error {
	for j, i := range index {
		k, err := within(i, dim, n)
		if err != nil {
			return err
		}
		for o := range outer {
			to := dst[(o*n+k)*inner:][:inner]
			Add(to, to, src[(o*len(index)+j)*inner:][:inner])
		}
	}
	return nil
}

// Gather is dst[o,j,i] = src[o,index[o,j,i],i] for src of shape (outer, n, inner)
// and index of shape (outer, m, inner).
func Gather[T any](dst, src []T, index []int64, outer, n, m, inner, dim int) error {
	for o := range outer {
		for j := range m {
			for i := range inner {
				at := (o*m+j)*inner + i
				k, err := within(index[at], dim, n)
				if err != nil {
					return err
				}
				dst[at] = src[(o*n+k)*inner+i]
			}
		}
	}
	return nil
}

// ScatterAdd is dst[o,index[o,j,i],i] += src[o,j,i], in the order of memory.
func ScatterAdd[T Number](dst, src []T, index []int64, outer, n, m, inner, dim int) error {
	for o := range outer {
		for j := range m {
			for i := range inner {
				at := (o*m+j)*inner + i
				k, err := within(index[at], dim, n)
				if err != nil {
					return err
				}
				dst[(o*n+k)*inner+i] += src[at]
			}
		}
	}
	return nil
}
