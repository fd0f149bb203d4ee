// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package roofline

// loopsOf returns the loops for an implementation of the kernels.
func loopsOf(implementation string) loops {
	if implementation == "neon" {
		return loops{fma: fmaNEON, read: readNEON, width: 4, chains: 24}
	}
	return loops{}
}
