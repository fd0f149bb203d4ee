// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package roofline

//go:generate go run -C _asm . -out ../loops_amd64.s

// fma executes n times 12 multiply-adds of whole vectors; read adds up 64-byte lines, a
// multiple of four, from p.

//go:noescape
func fmaAVX512(n int)

//go:noescape
func fmaAVX2(n int)

//go:noescape
func readAVX512(p *float32, lines int)

//go:noescape
func readAVX2(p *float32, lines int)

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
