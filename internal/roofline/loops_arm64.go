// SPDX-License-Identifier: MIT

//go:build arm64 && !purego

package roofline

// fma executes n times 24 multiply-adds of whole vectors, as many as a tile does; read adds
// up 64-byte lines, a multiple of four, from p.

//go:noescape
func fmaNEON(n int)

//go:noescape
func readNEON(p *float32, lines int)

// loopsOf returns the loops for an implementation of the kernels.
func loopsOf(implementation string) loops {
	if implementation == "neon" {
		return loops{fma: fmaNEON, read: readNEON, width: 4, chains: 24}
	}
	return loops{}
}
