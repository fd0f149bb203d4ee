// SPDX-License-Identifier: MIT

//go:build amd64 && !purego

package isa

import "golang.org/x/sys/cpu"

// has reports whether this processor can run s.
func has(s Set) bool {
	avx2 := cpu.X86.HasAVX2 && cpu.X86.HasFMA
	avx512 := avx2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL
	switch s {
	case AVX2:
		return avx2
	case AVX512:
		return avx512 && cpu.X86.HasAVX512DQ
	case VNNI:
		return avx512 && cpu.X86.HasAVX512VNNI
	}
	return s == Go
}
