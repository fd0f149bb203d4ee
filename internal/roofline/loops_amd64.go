// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package roofline

// loopsOf returns the loops for an implementation of the kernels.
func loopsOf(implementation string) loops {
	switch implementation {
	case "avx512":
		return loops{fma: fmaAVX512, read: readAVX512, width: 16, chains: 12}
	case "avx2":
		return loops{fma: fmaAVX2, read: readAVX2, width: 8, chains: 12}
	}
	return loops{}
}
