// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package kernels

import "golang.org/x/sys/cpu"

//go:generate go run -C _asm . -out ../gemm_amd64.s

// The assembly adds up a tile of C over k packed rows of A and B; with add it adds to
// what is in C. See [tile].
//
//go:noescape
func gemmTileF32AVX512(k int, a, b, c *float32, ldc int, add bool)

//go:noescape
func gemmTileF64AVX512(k int, a, b, c *float64, ldc int, add bool)

//go:noescape
func gemmTileF32AVX2(k int, a, b, c *float32, ldc int, add bool)

//go:noescape
func gemmTileF64AVX2(k int, a, b, c *float64, ldc int, add bool)

// transpose8AVX2 is, for b < blocks and i, l < 8,
//
//	dst[(8*b+l)*w+i] = src[i*ld+8*b+l]
//
//go:noescape
func transpose8AVX2(blocks int, src *float32, ld int, dst *float32, w int)

// transpose8 transposes all whole blocks of eight columns of eight rows and returns
// how many columns it did.
func transpose8[T Float](dst, src []T, ld, kc, w int) int {
	d, ok := any(dst).([]float32)
	if !ok || chosen.Load() == generic || kc < 8 {
		return 0
	}
	s := any(src).([]float32)
	_, _ = s[7*ld+kc-1], d[(kc-1)*w+7] // within bounds
	transpose8AVX2(kc/8, &s[0], ld, &d[0], w)
	return kc &^ 7
}

func detect() []*implementation {
	var list []*implementation
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append(list, &implementation{
			name: "avx2",
			f32:  &tile[float32]{rows: 6, cols: 16, run: gemmTileF32AVX2},
			f64:  &tile[float64]{rows: 6, cols: 8, run: gemmTileF64AVX2},
		})
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ {
		list = append(list, &implementation{
			name: "avx512",
			f32:  &tile[float32]{rows: 12, cols: 32, run: gemmTileF32AVX512},
			f64:  &tile[float64]{rows: 12, cols: 16, run: gemmTileF64AVX512},
		})
	}
	return list
}
