// SPDX-License-Identifier: MIT

package kernels

// AddStrided is [Copy] that adds instead: no two elements of dst may be one.
func AddStrided[T Float](dst []T, to []int, src []T, from []int, dims []int) {
	for _, d := range dims {
		if d == 0 {
			return
		}
	}
	addStrided(dst, to, src, from, dims)
}

func addStrided[T Float](dst []T, to []int, src []T, from []int, dims []int) {
	switch len(dims) {
	case 0:
		dst[0] += src[0]
	case 1:
		if n := dims[0]; to[0] == 1 && from[0] == 1 {
			Add(dst[:n], dst[:n], src[:n])
			return
		}
		for i := range dims[0] {
			dst[i*to[0]] += src[i*from[0]]
		}
	default:
		for i := range dims[0] {
			addStrided(dst[i*to[0]:], to[1:], src[i*from[0]:], from[1:], dims[1:])
		}
	}
}
