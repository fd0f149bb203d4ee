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

// allWithin is the first error of within.
func allWithin(index []int64, dim, size int) error {
	for _, i := range index {
		if _, err := within(i, dim, size); err != nil {
			return err
		}
	}
	return nil
}

// IndexSelect is dst[o,j,:] = src[o,index[j],:] for src of shape (outer, n, inner).
func IndexSelect[T any](dst, src []T, index []int64, outer, n, inner, dim int) error {
	if err := allWithin(index, dim, n); err != nil {
		return err
	}
	if outer*len(index)*inner < serialLen { // without a closure
		for o := range outer {
			for j := range index {
				selectRow(dst, src, index, n, inner, o, j)
			}
		}
		return nil
	}
	m := len(index)
	rows(outer*m, inner, func(r int) { selectRow(dst, src, index, n, inner, r/m, r%m) })
	return nil
}

func selectRow[T any](dst, src []T, index []int64, n, inner, o, j int) {
	copy(dst[(o*len(index)+j)*inner:][:inner], src[(o*n+int(index[j]))*inner:][:inner])
}

// IndexAdd is dst[o,index[j],:] += src[o,j,:] for dst of shape (outer, n, inner), in
// the order of j.
func IndexAdd[T Number](dst, src []T, index []int64, outer, n, inner, dim int) error {
	if err := allWithin(index, dim, n); err != nil {
		return err
	}
	if outer*len(index)*inner < serialLen { // without a closure
		for o := range outer {
			addRows(dst, src, index, n, inner, o)
		}
		return nil
	}
	rows(outer, len(index)*inner, func(o int) { addRows(dst, src, index, n, inner, o) })
	return nil
}

func addRows[T Number](dst, src []T, index []int64, n, inner, o int) {
	for j, k := range index {
		to := dst[(o*n+int(k))*inner:][:inner]
		Add(to, to, src[(o*len(index)+j)*inner:][:inner])
	}
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

// CumsumMiddle is dst[o,k,i] = Σ_{j≤k} src[o,j,i], accumulated in float64.
func CumsumMiddle[T Float](dst, src []T, outer, n, inner int) {
	reduceTiles(outer, n, inner, func(o, from, to int) { cumsumLane(dst, src, n, inner, o, from, to, false) })
}

// CumsumBackMiddle is dst[o,k,i] = Σ_{j≥k} src[o,j,i], accumulated in float64.
func CumsumBackMiddle[T Float](dst, src []T, outer, n, inner int) {
	reduceTiles(outer, n, inner, func(o, from, to int) { cumsumLane(dst, src, n, inner, o, from, to, true) })
}

func cumsumLane[T Float](dst, src []T, n, inner, o, from, to int, back bool) {
	for ; from < to; from += laneLen {
		var acc [laneLen]float64
		sum := acc[:min(laneLen, to-from)]
		for k := range n {
			if back {
				k = n - 1 - k
			}
			at := (o*n+k)*inner + from
			s, d := src[at:][:len(sum)], dst[at:][:len(sum)]
			for i := range sum {
				sum[i] += float64(s[i])
				d[i] = T(sum[i])
			}
		}
	}
}
